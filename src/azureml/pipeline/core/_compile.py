"""From steps to the graph: a `Pipeline` as the document that the server runs (contracts §4–§7).

Pure but for looking whether scripts are there. Snapshots and ids of datasets are filled in by `finished`, when the
pipeline is submitted.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from azureml.data.abstract_dataset import AbstractDataset
from azureml.data.datapath import DataPath
from azureml.data.output_dataset_config import OutputDatasetConfig
from azureml.pipeline.core import _ports
from azureml.pipeline.core._order import Ordered
from azureml.pipeline.core._parameter import PipelineParameter
from azureml.pipeline.core._ports import InPort
from azureml.pipeline.core._problems import did_you_mean
from azureml.pipeline.core._settings import Facts, FactsOf
from azureml.pipeline.core.builder import PipelineStep
from stepworks.graph.document import (
    Command,
    DatasetValue,
    Graph,
    Input,
    Parameter,
    ParameterDefault,
    ParameterValue,
    Scalar,
    Source,
    Step,
    StepOutput,
    Text,
    Work,
)
from stepworks.hashing import content_hash

_DEFAULTS_OF_RUNCONFIG = (
    "NodeCount",
    "MpiProcessCountPerNode",
    "TensorflowWorkerCount",
    "TensorflowParameterServerCount",
)


class Compiled(NamedTuple):
    """A pipeline as a graph, and what is still to be filled in.

    `sources` are the source directories by step id; `datasets` those that must be saved, in the order of their
    places; `unavailable` says what this version cannot run.
    """

    graph: Graph
    sources: dict[str, str]
    datasets: tuple[AbstractDataset, ...]
    problems: tuple[str, ...]
    unavailable: tuple[str, ...]
    targets: dict[str, list[str]]


def compiled(
    ordered: Ordered,
    *,
    resolve_closure: bool = True,
    default_datastore: str | None = None,
    default_source_directory: str | None = None,
    description: str | None = None,
) -> Compiled:
    """Compile steps. Problems are gathered, not raised."""
    work = _Compilation(ordered, default_source_directory)
    if not resolve_closure:
        work.forbid_closure()
    steps = tuple([work.step(step) for step in ordered.steps])
    graph = Graph(
        steps=steps,
        parameters=tuple(work.parameters.values()),
        outputs=work.pipeline_outputs,
        default_datastore=default_datastore,
        description=description,
    )
    return Compiled(
        graph,
        work.sources,
        tuple(work.datasets),
        tuple(work.problems),
        tuple(dict.fromkeys(work.unavailable)),
        work.targets,
    )


def finished(compiled: Compiled, snapshots: Mapping[str, str], dataset_ids: Sequence[str]) -> Graph:
    """The graph with the snapshot of each source directory and the ids of its datasets."""
    ids = {_placeholder(i): saved for i, saved in enumerate(dataset_ids)}
    steps: list[Step] = []
    for step in compiled.graph.steps:
        changes: dict[str, Any] = {}
        source = compiled.sources.get(step.id)
        if source is not None:
            changes["snapshot"] = snapshots[source]
        if ids and any(isinstance(p.source, DatasetValue) and p.source.id in ids for p in step.inputs):
            changes["inputs"] = tuple(_with_ids(port, ids) for port in step.inputs)
        steps.append(replace(step, **changes) if changes else step)
    parameters = tuple(
        replace(p, default=_saved(p.default, ids)) if isinstance(p.default, DatasetValue) else p
        for p in compiled.graph.parameters
    )
    return replace(compiled.graph, steps=tuple(steps), parameters=parameters)


def _with_ids(port: Input, ids: Mapping[str, str]) -> Input:
    return replace(port, source=_saved(port.source, ids)) if isinstance(port.source, DatasetValue) else port


def _saved(value: DatasetValue, ids: Mapping[str, str]) -> DatasetValue:
    return value if value.id is None or value.id not in ids else DatasetValue(id=ids[value.id])


def _placeholder(number: int) -> str:
    return f"dataset {number}"


class _Compilation:
    def __init__(self, ordered: Ordered, default_source: str | None) -> None:
        self.ordered = ordered
        self.problems: list[str] = []
        self.unavailable: list[str] = []
        self.sources: dict[str, str] = {}
        self.datasets: list[AbstractDataset] = []
        self.parameters: dict[str, Parameter] = {}
        self.pipeline_outputs: dict[str, StepOutput] = {}
        # names of compute targets that are to be there, and the steps that name them
        self.targets: dict[str, list[str]] = {}
        self._declared: dict[str, PipelineParameter] = {}
        self._places: dict[int, DatasetValue] = {}
        self._scripts: dict[str, bool] = {}
        self._default_source = default_source
        self._facts = FactsOf()
        self._ids = step_ids(s.name for s in ordered.steps)
        self._id_of = dict(zip(ordered.steps, self._ids, strict=True))
        self._producers = self._find_producers()
        self._number = 0

    def forbid_closure(self) -> None:
        for missing, needing in self.ordered.reached:
            self.problems.append(
                f"Step '{needing.name}' needs step '{missing.name}', which isn't listed, and resolve_closure is False. "
                "Add it to steps=[…]."
            )

    def _find_producers(self) -> dict[int, tuple[PipelineStep, str, bool]]:
        """By identity of an output object: who makes it, under which port, and whether in its dataset form."""
        found: dict[int, tuple[PipelineStep, str, bool]] = {}
        for step in self.ordered.steps:
            for port in step._declared.outputs:
                known = found.get(id(port.origin))
                if known is not None:
                    self.problems.append(
                        f"The output '{port.name}' is an output of step '{known[0].name}' and of step '{step.name}'. "
                        "Give each step an output of its own."
                    )
                    continue
                found[id(port.origin)] = (step, port.name, port.item is not port.origin)
                if port.pipeline_output is not None:
                    self._name_output(port.pipeline_output, StepOutput(self._id_of[step], port.name), step)
        return found

    def _name_output(self, name: str, output: StepOutput, step: PipelineStep) -> None:
        if name in self.pipeline_outputs:
            self.problems.append(
                f"The pipeline_output_name '{name}' of step '{step.name}' is used twice. Give each its own."
            )
        else:
            self.pipeline_outputs[name] = output

    # --- steps

    def step(self, step: PipelineStep) -> Step:
        step_id = self._ids[self._number]
        self._number += 1
        declared = step._declared
        facts = self._facts.of(step._runconfig, step._compute, step._compute_types)
        for parameter in declared.parameters:
            self._parameter(parameter, step)
        self._check_runconfig(step)
        if step._work is None:
            self.unavailable.append(_unavailable(step))
        for port in (*declared.inputs, *declared.outputs):
            if port.unavailable is not None:
                self.unavailable.append(f"Step '{step.name}' uses {port.unavailable}.")
        self._source(step, step_id)
        if facts.target is not None:
            self.targets.setdefault(facts.target, []).append(step.name)
        self.problems += [f"Step '{step.name}': {p}" for p in facts.problems]
        after = self.ordered.after.get(step)
        return Step(
            id=step_id,
            name=step.name,
            work=step._work or _placeholder_work(step),
            inputs=tuple([self._input(port, step) for port in declared.inputs]),
            outputs=tuple([port.declared for port in declared.outputs]),
            parameters=self._step_parameters(step),
            variables=facts.variables,
            environment=facts.environment,
            compute=facts.compute,
            run_after=tuple(dict.fromkeys([self._id_of[s] for s in after])) if after else (),
            allow_reuse=step._allow_reuse,
            version=step._version,
            timeout_seconds=facts.timeout,
            settings=_settings(step, facts),
        )

    def _input(self, port: InPort, step: PipelineStep) -> Input:
        return Input(
            name=port.name,
            source=self._source_of(port, step),
            mode=port.mode,  # pyright: ignore[reportArgumentType]
            style=port.style,
            tabular=port.tabular,
            path_on_compute=port.path_on_compute,
            overwrite=port.overwrite,
            reader=port.reader,
        )

    def _source_of(self, port: InPort, step: PipelineStep) -> Source:
        if port.source is not None:
            return port.source
        if port.dataset is not None:
            return self._dataset(port.dataset)
        found = self._producers.get(id(port.origin))
        if found is None:
            self._no_producer(port, step)
            return StepOutput("", port.name)
        producer, name, is_dataset = found
        if port.as_dataset and not is_dataset and not isinstance(port.origin, OutputDatasetConfig):
            self.problems.append(
                f"Step '{step.name}' reads '{port.origin.name}' in its dataset form, but step '{producer.name}' has "
                f"the plain PipelineData among its outputs. Give its as_dataset() in outputs=[…] there too."
            )
        return StepOutput(self._id_of[producer], name)

    def _no_producer(self, port: InPort, step: PipelineStep) -> None:
        origin = port.origin
        producer: PipelineStep | None = origin._producer
        if producer is not None:
            near = did_you_mean(producer.name, (s.name for s in self.ordered.steps))
            self.problems.append(
                f"Step '{step.name}' can't use output '{origin.name}' of step '{producer.name}': that step isn't in "
                f"this pipeline.{near} Add the step to steps=[…]."
            )
        else:
            self.problems.append(
                f"Step '{step.name}' can't use '{origin.name}' as input '{port.name}': no step makes it. "
                "Give it in outputs=[…] of the step that writes it."
            )

    def _dataset(self, dataset: AbstractDataset) -> DatasetValue:
        place = self._places.get(id(dataset))
        if place is None:
            place = self._places[id(dataset)] = DatasetValue(id=_placeholder(len(self.datasets)))
            self.datasets.append(dataset)
        return place

    def _source(self, step: PipelineStep, step_id: str) -> None:
        """Note where the step's snapshot is taken, and look whether its script is there."""
        if step._work is None and step._script is None:
            return
        folder = step._source_directory or self._default_source or "."
        self.sources[step_id] = folder
        if step._script is None:
            return
        path = os.path.join(folder, step._script)
        is_there = self._scripts.get(path)
        if is_there is None:
            is_there = self._scripts[path] = os.path.isfile(path)
        if not is_there:
            self.problems.append(_no_script(step, folder))

    # --- parameters

    def _parameter(self, parameter: PipelineParameter, step: PipelineStep) -> None:
        known = self._declared.get(parameter.name)
        if known is parameter:
            return
        if known is None:
            self._declared[parameter.name] = parameter
            self.parameters[parameter.name] = Parameter(
                parameter.name,
                parameter._type,  # pyright: ignore[reportArgumentType]
                self._default(parameter),
            )
        elif not _equal_defaults(known, parameter):
            self.problems.append(
                f"The pipeline parameter '{parameter.name}' of step '{step.name}' has the default "
                f"{parameter.default_value!r}, elsewhere {known.default_value!r}. "
                "Use one PipelineParameter, or two names."
            )

    def _default(self, parameter: PipelineParameter) -> ParameterDefault:
        value = parameter.default_value
        if isinstance(value, DataPath):
            return _ports.path_value(value)
        return self._dataset(value) if isinstance(value, AbstractDataset) else value

    def _step_parameters(self, step: PipelineStep) -> dict[str, Scalar | ParameterValue]:
        return {
            str(name): ParameterValue(value.name) if isinstance(value, PipelineParameter) else _scalar(value)
            for name, value in step._params.items()
        }

    def _check_runconfig(self, step: PipelineStep) -> None:
        for name, parameter in step._runconfig_params.items():
            if name not in _DEFAULTS_OF_RUNCONFIG:
                self.problems.append(
                    f"Step '{step.name}': runconfig_pipeline_params has '{name}'. "
                    f"It takes {', '.join(_DEFAULTS_OF_RUNCONFIG)}."
                )
            elif isinstance(parameter, PipelineParameter):
                self._parameter(parameter, step)


def step_ids(names: Iterable[str]) -> list[str]:
    """An id of eight hexadecimal digits for each step: by its name and how many of that name came before, so that
    equal pipelines have equal ids."""
    counts: dict[str, int] = {}
    taken: set[str] = set()
    ids: list[str] = []
    for name in names:
        number = counts.get(name, 0)
        counts[name] = number + 1
        attempt = 0
        found = content_hash("node/1", name, number, attempt)[:8]
        while found in taken:
            attempt += 1
            found = content_hash("node/1", name, number, attempt)[:8]
        taken.add(found)
        ids.append(found)
    return ids


def _placeholder_work(step: PipelineStep) -> Work:
    """What stands in a graph for a step that this version cannot run; such a graph is not submitted."""
    return Command(((Text(f": {step.step_type}"),),))


def _unavailable(step: PipelineStep) -> str:
    return (
        f"Step '{step.name}' is a {type(step).__name__}, which isn't available here. Use {step._unavailable} instead."
    )


def _no_script(step: PipelineStep, folder: str) -> str:
    script = step._script or ""
    try:
        near = did_you_mean(script, os.listdir(os.path.join(folder, os.path.dirname(script))))
    except OSError:
        return (
            f"Step '{step.name}': there is no folder '{folder}' to find script '{script}' in (looked for "
            f"{os.path.abspath(folder)}). Check source_directory; it is relative to the current directory."
        )
    return f"Step '{step.name}': there is no script '{script}' in {os.path.abspath(folder)}.{near} Check script_name."


def _scalar(value: Any) -> Scalar:
    return value if isinstance(value, str | int | float) else str(value)


def _settings(step: PipelineStep, facts: Facts) -> dict[str, Scalar | None]:
    if not step._settings and not step._runconfig_params:
        return facts.settings
    return facts.settings | {k: _setting(v) for k, v in {**step._settings, **step._runconfig_params}.items()}


def _setting(value: Any) -> Scalar | None:
    """A setting as it is recorded; a pipeline parameter by its name."""
    if isinstance(value, PipelineParameter):
        return f"parameter:{value.name}"
    return None if value is None else _scalar(value)


def _equal_defaults(one: PipelineParameter, other: PipelineParameter) -> bool:
    if one._type != other._type:
        return False
    first, second = one.default_value, other.default_value
    if isinstance(first, DataPath):
        return (first.datastore_name, first.path_on_datastore) == (second.datastore_name, second.path_on_datastore)
    return first._plan == second._plan if isinstance(first, AbstractDataset) else first == second

"""Submitting a pipeline: snapshots and datasets go to the server, then the graph (contracts §9)."""

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from azureml._unsupported import unsupported
from azureml.exceptions import AzureMLException
from azureml.pipeline.core import _ports
from azureml.pipeline.core._compile import Compiled, finished
from azureml.pipeline.core.pipeline import Pipeline
from stepworks.errors import InvalidGraph
from stepworks.graph.document import Graph, ParameterDefault, Step

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core.run import PipelineRun

# The changes of a work tree may be long: the pipeline run has them, its steps do not repeat them.
_ONLY_ON_RUN = "stepworks.git.patch"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Options(NamedTuple):
    """How a pipeline is run. `parameters` are values by name; a value of None means the default."""

    parameters: Mapping[str, Any] = _NOTHING
    continue_on_step_failure: bool = False
    regenerate_outputs: bool = False
    parent: str | None = None
    tags: Mapping[str, str] = _NOTHING
    name: str | None = None


def submit_config(
    experiment: "Experiment", config: Any, tags: dict[str, str], options: dict[str, Any], parent: "Run | None" = None
) -> "PipelineRun":
    """What `Experiment.submit` does with an object of azureml.pipeline; unknown options are ignored (contracts §4).

    Raises AzureMLException for what cannot be submitted.
    """
    if not isinstance(config, Pipeline):
        if type(config).__name__ in ("PublishedPipeline", "PipelineEndpoint"):
            raise unsupported("Submitting a published pipeline", "Experiment.submit with the Pipeline itself")
        raise AzureMLException(
            f"A {type(config).__name__} cannot be submitted. Build a Pipeline of steps and submit that."
        )
    wanted = Options(
        parameters=options.get("pipeline_parameters") or options.get("pipeline_params") or {},
        continue_on_step_failure=bool(options.get("continue_on_step_failure", False)),
        regenerate_outputs=bool(options.get("regenerate_outputs", False)),
        parent=parent.id if parent is not None else options.get("parent_run_id"),
        tags={str(k): str(v) for k, v in tags.items()},
        name=options.get("display_name"),
    )
    return submit_pipeline(config, experiment, wanted)


def submit_pipeline(pipeline: Pipeline, experiment: "Experiment | str", options: Options) -> "PipelineRun":
    """Run a pipeline in an experiment; says what it does, a line for each step.

    Raises NotImplementedError when it has steps that this version cannot run, ValueError for a cycle and for values
    that do not fit the parameters: before anything is uploaded.
    """
    from azureml.core.experiment import Experiment
    from azureml.pipeline.core.run import PipelineRun
    from stepworks.ids import new_uuid
    from stepworks.wire.runs import SubmitRun

    workspace = pipeline._workspace
    if isinstance(experiment, str):
        experiment = Experiment(workspace, experiment)
    made = pipeline._compiled
    _check(made)
    parameters = _parameters(made.graph, options.parameters, workspace)
    properties, of_step, snapshots = _take_sources(workspace, made)
    graph = finished(made, snapshots, [d._saved_id(workspace) for d in made.datasets])
    submission = SubmitRun(
        id=new_uuid(),
        experiment=experiment.name,
        graph=graph,
        parameters=parameters,
        continue_on_step_failure=options.continue_on_step_failure,
        regenerate_outputs=options.regenerate_outputs,
        tags=dict(options.tags),
        properties=properties,
        step_properties=of_step,
        name=options.name,
        description=graph.description,
        parent=options.parent,
    )
    record = workspace._client.submit(workspace.name, submission)
    run = PipelineRun(experiment, record.id, _record=record)
    sys.stdout.write(_said(graph, regenerate=options.regenerate_outputs))
    sys.stdout.write(f"Submitted PipelineRun {run.id}\nLink to stepworks: {run.get_portal_url()}\n")
    return run


def _check(made: Compiled) -> None:
    if made.unavailable:
        raise NotImplementedError("\n".join(made.unavailable))
    from stepworks.graph.order import find_cycle, waits_for

    if find_cycle(waits_for(made.graph)):
        from stepworks.graph.validate import problems

        raise InvalidGraph(problems(made.graph))


def _parameters(graph: Graph, given: Mapping[str, Any], workspace: "Workspace") -> dict[str, ParameterDefault]:
    """Values as the graph has them. Raises ValueError for unknown names and wrong types, all of them at once."""
    from azureml.data.abstract_dataset import AbstractDataset
    from azureml.data.datapath import DataPath
    from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
    from stepworks.graph.document import DatasetValue
    from stepworks.graph.parameters import assign

    values: dict[str, ParameterDefault] = {}
    datasets: dict[str, AbstractDataset] = {}
    for name, value in given.items():
        if isinstance(value, DatasetConsumptionConfig):
            value = value.dataset
        if isinstance(value, DataPath):
            values[name] = _ports.path_value(value)
        elif isinstance(value, AbstractDataset):
            datasets[name] = value
            values[name] = DatasetValue(id="unsaved")
        elif value is not None:
            values[name] = value.item() if hasattr(value, "item") and hasattr(value, "dtype") else value
    assign(graph, values)
    return values | {name: DatasetValue(id=dataset._saved_id(workspace)) for name, dataset in datasets.items()}


def _take_sources(
    workspace: "Workspace", made: Compiled
) -> tuple[dict[str, str], dict[str, dict[str, str]], dict[str, str]]:
    """Take each source directory once: facts about the run's code, the same by step id, and snapshots by directory."""
    from azureml.core._snapshots import take_source

    taken = {folder: take_source(workspace._client, folder) for folder in dict.fromkeys(made.sources.values())}
    snapshots = {folder: source.snapshot for folder, source in taken.items()}
    facts = {folder: {k: v for k, v in s.properties.items() if k != "ContentSnapshotId"} for folder, s in taken.items()}
    short = {folder: {k: v for k, v in f.items() if k != _ONLY_ON_RUN} for folder, f in facts.items()}
    of_step = {step: short[folder] for step, folder in made.sources.items() if short[folder]}
    return next(iter(facts.values()), {}), of_step, snapshots


def _said(graph: Graph, *, regenerate: bool) -> str:
    """A line for each step and each place of data it reads."""
    from stepworks.graph.document import DataPathValue

    lines: list[str] = []
    for step in graph.steps:
        what = "it will run" if regenerate or not step.allow_reuse else "it may reuse earlier results"
        lines.append(f"Created step {step.name} [{step.id}][{_module_id(step)}], {what}\n")
        lines += [
            f"Using data reference {port.name} for step {step.name} [{step.id}]\n"
            for port in step.inputs
            if isinstance(port.source, DataPathValue)
        ]
    return "".join(lines)


def _module_id(step: Step) -> str:
    """What identifies the definition of a step, whatever its name in the graph."""
    from stepworks.hashing import content_hash

    return content_hash("module/1", step.work, step.snapshot, step.version)[:8]

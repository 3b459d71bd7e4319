"""From a declared step to the order that runs it: where each input lies, where each output goes, what the script sees.

Pure: everything that must be looked up is given.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from stepworks.data.paths import relative
from stepworks.engine.base import RunAccess
from stepworks.environments.base import EnvironmentHandle
from stepworks.errors import InvalidInput
from stepworks.graph.document import DataPathValue, DatasetValue, FromParameter, Input, Output, Source, Step, StepOutput
from stepworks.graph.parameters import Value
from stepworks.records.rows import Dataset, Experiment, Workspace
from stepworks.reuse.key import used_parameters
from stepworks.runs.values import Produced
from stepworks.wire.agent import BoundDatastore, BoundInput, BoundOutput, EnvironmentOrder, RunAttempt

_NOT_A_WORD = re.compile(r"\W")
PORT_PLACE = "azureml/{run-id}/{output-name}"
DATASET_PLACE = "dataset/{run-id}/{output-name}"


class Surroundings(msgspec.Struct, frozen=True):
    """What is the same for all steps of a run."""

    root: str
    workspace: Workspace
    experiment: Experiment
    parameters: dict[str, Value]
    default_datastore: str | None = None


class FoundInput(msgspec.Struct, frozen=True):
    """Where an input's data were found: exactly one of the three."""

    produced: Produced | None = None
    place: DataPathValue | None = None
    dataset: Dataset | None = None
    datastores: tuple[str, ...] = ()
    is_file: bool = False


def source_of(port: Input, parameters: Mapping[str, Value]) -> DataPathValue | DatasetValue | StepOutput:
    """Where an input comes from, once pipeline parameters have values. Raises InvalidInput if the value is no data."""
    source: Source | Value = port.source
    if isinstance(source, FromParameter):
        name = source.name
        source = parameters[name]
        if isinstance(source, str):
            raise InvalidInput(
                f"Input '{port.name}' is the pipeline parameter '{name}', whose value {source!r} is not data."
            )
    return source


def bind_output(port: Output, run: str, around: Surroundings) -> BoundOutput:
    """Where an output of the step run `run` goes (contracts §6, §20)."""
    datastore = port.datastore
    path: str | None
    if isinstance(port.path, FromParameter):
        value = around.parameters[port.path.name]
        if isinstance(value, DatasetValue):
            raise InvalidInput(
                f"Output '{port.name}' goes to the pipeline parameter '{port.path.name}', whose value is a dataset."
            )
        if isinstance(value, DataPathValue):
            datastore, path = value.datastore, value.path
        else:
            path = value
    else:
        path = port.path
    if path is None:
        path = DATASET_PLACE if port.style == "dataset" else PORT_PLACE
    place = relative(path.replace("{run-id}", run).replace("{output-name}", port.name), what="path of an output")
    return BoundOutput(
        port=port, datastore=datastore or around.default_datastore or around.workspace.default_datastore, path=place
    )


def is_own_place(port: Output) -> bool:
    """Whether the place of an output is its run's own: then nobody looks for a reused step's output there."""
    return port.path is None or (isinstance(port.path, str) and "{run-id}" in port.path)


def bind_input(port: Input, found: FoundInput) -> BoundInput:
    """An input with its data."""
    if found.produced is not None:
        return BoundInput(
            port=port, datastore=found.produced.datastore, path=found.produced.path, is_file=found.produced.is_file
        )
    if found.place is not None:
        return BoundInput(
            port=port, datastore=found.place.datastore, path=relative(found.place.path), is_file=found.is_file
        )
    if found.dataset is not None:
        return BoundInput(port=port, dataset=found.dataset.id, plan=found.dataset.plan, is_file=found.is_file)
    raise InvalidInput(f"Input '{port.name}' has no data.")


def datastores_of(inputs: Iterable[FoundInput], outputs: Iterable[BoundOutput]) -> tuple[str, ...]:
    """Names of all datastores that a step touches, each once."""
    names: dict[str, None] = {}
    for found in inputs:
        if found.produced is not None:
            names[found.produced.datastore] = None
        if found.place is not None:
            names[found.place.datastore] = None
        names.update(dict.fromkeys(found.datastores))
    names.update(dict.fromkeys(output.datastore for output in outputs))
    return tuple(names)


def order(
    step: Step,
    run: str,
    around: Surroundings,
    *,
    attempt: str,
    lease: str,
    queued: float,
    inputs: Mapping[str, FoundInput],
    outputs: tuple[BoundOutput, ...],
    datastores: tuple[BoundDatastore, ...],
    environment: EnvironmentHandle,
    access: RunAccess,
) -> RunAttempt:
    """The order that runs one attempt of a step."""
    parameters = used_parameters(step, around.parameters)
    return RunAttempt(
        attempt=attempt,
        lease=lease,
        run=run,
        root=around.root,
        name=step.name,
        experiment=around.experiment.name,
        workspace=around.workspace.name,
        work=step.work,
        snapshot=step.snapshot,
        environment=EnvironmentOrder(
            lock=environment.lock_id,
            python=environment.python,
            variables=dict(environment.variables),
            path=environment.path,
        ),
        inputs=tuple(bind_input(port, inputs[port.name]) for port in step.inputs),
        outputs=outputs,
        datastores=datastores,
        parameters=parameters,
        variables=step.variables | parameter_variables(parameters) | identity_variables(run, around, access),
        timeout_seconds=step.timeout_seconds,
        queued=queued,
    )


def parameter_variables(parameters: Mapping[str, str]) -> dict[str, str]:
    """AML_PARAMETER_<name>: characters that no variable's name may have become "_" (contracts §7)."""
    return {f"AML_PARAMETER_{_NOT_A_WORD.sub('_', name)}": text for name, text in parameters.items()}


def identity_variables(run: str, around: Surroundings, access: RunAccess) -> dict[str, str]:
    """What `Run.get_context()` reads (contracts §7)."""
    return {
        "AZUREML_RUN_ID": run,
        "AZUREML_ROOT_RUN_ID": around.root,
        "AZUREML_ARM_SUBSCRIPTION": around.workspace.subscription_id,
        "AZUREML_ARM_RESOURCEGROUP": around.workspace.resource_group,
        "AZUREML_ARM_WORKSPACE_NAME": around.workspace.name,
        "AZUREML_ARM_PROJECT_NAME": around.experiment.name,
        "AZUREML_EXPERIMENT_ID": around.experiment.id,
        "AZUREML_WORKSPACE_ID": around.workspace.id,
        "AZUREML_RUN_TOKEN": access.token,
        "AZUREML_RUN_TOKEN_EXPIRY": str(int(access.token_expiry)),
        "AZUREML_SERVICE_ENDPOINT": access.endpoint,
        "AZUREML_DISCOVERY_SERVICE_ENDPOINT": f"{access.endpoint}/discovery",
    }

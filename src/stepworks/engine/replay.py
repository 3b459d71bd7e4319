"""The order of a step run once more, to run it elsewhere: the same code, environment and inputs, and a place of its own
for outputs. Changes nothing."""

from stepworks.engine import bind
from stepworks.engine.bind import FoundInput
from stepworks.engine.live import SCRIPT_RUN, STEP_RUN, LiveRun
from stepworks.engine.ports import Ports
from stepworks.engine.recover import rebuilt
from stepworks.engine.surveys import saved_dataset
from stepworks.errors import DataMissing, InvalidInput, NotFound
from stepworks.graph.document import DataPathValue, DatasetValue, Input, StepOutput
from stepworks.records.base import View
from stepworks.records.rows import Run
from stepworks.wire.agent import RunAttempt


def order_again(ports: Ports, run_id: str) -> RunAttempt:
    """The order that a step run (or script run) was, or would be, given.

    Raises NotFound, InvalidInput for a run that is no step, DataMissing when an input is not there (any more), and
    EnvironmentFailed.
    """
    with ports.records.read() as view:
        row = view.get(Run, run_id)
        if row is None:
            raise NotFound(f"There is no run {run_id!r}.", target=run_id)
        if row.type not in (STEP_RUN, SCRIPT_RUN) or row.node is None:
            raise InvalidInput(f"Run {run_id} is no step.", target=run_id, remedy="Name one of its steps.")
        pipeline = row if row.type == SCRIPT_RUN else view.get(Run, row.parent or "")
        if pipeline is None:
            raise NotFound(f"The pipeline run of step run {run_id} is gone.", target=run_id)
        live, by_step = rebuilt(view, pipeline)
        step = live.steps[row.node]
        found = {port.name: _found(ports, view, live, by_step, port) for port in step.inputs}
        outputs = tuple(bind.bind_output(port, row.id, live.around) for port in step.outputs)
        names = bind.datastores_of(found.values(), outputs)
        datastores = tuple(ports.find_datastore(view, row.workspace, name) for name in names)
    lock = ports.environments.lock(step.environment)
    handle = ports.environments.ready(lock) or ports.environments.build(lock, lambda line: None)
    return bind.order(
        step,
        row.id,
        live.around,
        attempt=ports.new_id(),
        lease=ports.new_id(),
        queued=ports.clock.now(),
        inputs=found,
        outputs=outputs,
        datastores=datastores,
        environment=handle,
        access=ports.give_access(row.id),
    )


def _found(ports: Ports, view: View, live: LiveRun, by_step: dict[str, Run], port: Input) -> FoundInput:
    source = bind.source_of(port, live.around.parameters)
    workspace = live.row.workspace
    if isinstance(source, StepOutput):
        produced = next((p for p in by_step[source.step].outputs if p.name == source.port), None)
        if produced is None:
            raise DataMissing(
                f"Input '{port.name}' is output '{source.port}' of a step that has not produced it.", target=port.name
            )
        return FoundInput(produced=produced)
    if isinstance(source, DataPathValue):
        known = ports.inputs.identity(workspace, source)
        return FoundInput(place=source, datastores=known.datastores, is_file=known.is_file)
    dataset = saved_dataset(view, workspace, source)
    known = ports.inputs.identity(workspace, DatasetValue(id=dataset.id))
    return FoundInput(dataset=dataset, datastores=known.datastores, is_file=known.is_file)

"""Events that tell followers how runs stand."""

from stepworks.engine.live import STEP_RUN, LiveRun
from stepworks.records.rows import Run
from stepworks.runs.events import RunChanged
from stepworks.runs.values import Failure


def of_run(live: LiveRun, status: str, time: float, failure: Failure | None = None) -> RunChanged:
    """How a pipeline run stands."""
    row = live.row
    return RunChanged(
        run=row.id,
        root=row.root,
        parent=row.parent,
        name=row.name,
        type=row.type,
        status=status,
        time=time,
        failure=failure,
    )


def of_step(
    live: LiveRun,
    step: str,
    status: str,
    time: float,
    *,
    reused_from: str | None = None,
    failure: Failure | None = None,
    note: str = "",
) -> RunChanged:
    """How a step run stands; of a script run, the run itself."""
    row = live.row
    script = live.is_script
    return RunChanged(
        run=live.step_runs[step],
        root=row.root,
        parent=row.parent if script else row.id,
        name=row.name if script else live.steps[step].name,
        type=row.type if script else STEP_RUN,
        node=step,
        status=status,
        time=time,
        reused_from=reused_from,
        failure=failure,
        note=note,
    )


def of_row(row: Run) -> RunChanged:
    """How a run stands by its row."""
    return RunChanged(
        run=row.id,
        root=row.root,
        parent=row.parent,
        name=row.name,
        type=row.type,
        node=row.node,
        status=row.status,
        time=row.ended or row.started or row.created,
        failure=row.failure,
    )

"""Runs as the records tell them, after a crash or a refusal: their machines made again, their attempts looked for."""

from dataclasses import dataclass, field

from stepworks.engine.bind import Surroundings
from stepworks.engine.instructions import Instruction
from stepworks.engine.live import PIPELINE_RUN, SCRIPT_RUN, STEP_RUN, ActiveStep, LiveAttempt, LiveRun
from stepworks.engine.machine import Known, Phase, new_run, resume
from stepworks.engine.plan import plan_of
from stepworks.errors import CorruptRecords
from stepworks.graph.document import Graph, decode
from stepworks.graph.parameters import assign_leniently, from_plain
from stepworks.records.base import View, Where, among, eq
from stepworks.records.rows import Attempt, Experiment, GraphDocument, Run, Submission, Workspace
from stepworks.runs.status import TERMINAL, is_terminal

_OVER = {"Completed": Phase.COMPLETED, "Bypassed": Phase.COMPLETED, "Failed": Phase.FAILED, "Canceled": Phase.CANCELED}


@dataclass
class Recovered:
    """A run made again: what is to be done now, and the attempts that an agent may still have."""

    live: LiveRun
    instructions: tuple[Instruction, ...]
    attempts: list[LiveAttempt] = field(default_factory=list[LiveAttempt])


def open_runs(view: View) -> list[str]:
    """Ids of all runs the engine has to bring to an end, oldest first."""
    where = [Where("status", "!=", status) for status in sorted(TERMINAL)]
    found = view.values(Run, ("id",), among("type", (PIPELINE_RUN, SCRIPT_RUN)), *where, order=("created", "number"))
    return [str(row[0]) for row in found]


def recover(view: View, run: str, now: float) -> Recovered | None:
    """A run from its rows; None when it is over or not there. Raises CorruptRecords when its graph is missing."""
    row = view.get(Run, run)
    if row is None or is_terminal(row.status) or row.graph is None:
        return None
    live, by_step = rebuilt(view, row)
    open_rows = [r.id for r in by_step.values() if not is_terminal(r.status)]
    attempts: dict[str, list[Attempt]] = {}
    for attempt in view.find(Attempt, among("run", open_rows), order=("number",)):
        attempts.setdefault(attempt.run, []).append(attempt)
    recovered = Recovered(live, ())
    known: dict[str, Known] = {}
    for step in live.graph.steps:
        step_row = by_step[step.id]
        tries = attempts.get(step_row.id, [])
        known[step.id] = _known(step_row, tries)
        if is_terminal(step_row.status):
            live.produced[step.id] = {p.name: p for p in step_row.outputs}
            if step_row.attempts:
                live.ran.setdefault(step_row.status, []).append(step_row.id)
            if step_row.status == "Failed" and step_row.failure is not None and live.first_failure is None:
                live.first_failure = (step.name, step_row.failure)
        elif tries:
            work = live.active[step.id] = ActiveStep(live, step, step_row.id)
            work.decision, work.warnings, work.started = step_row.decision, step_row.warnings, step_row.started
            if tries[-1].state == "leased":
                work.attempt = _live_attempt(live, step.id, tries[-1])
                recovered.attempts.append(work.attempt)
    live.told_failure = row.failure if live.is_script else None
    live.state, recovered.instructions = resume(
        live.state.plan,
        known,
        continue_on_failure=live.state.continue_on_failure,
        canceled=row.cancel_requested,
        timed_out=live.deadline is not None and now >= live.deadline,
    )
    return recovered


def rebuilt(view: View, row: Run) -> tuple[LiveRun, dict[str, Run]]:
    """A pipeline run or script run, over or not, as it was before its first step; and its step runs by step.

    Raises CorruptRecords when something that belongs to it is missing.
    """
    graph = _graph(view, row)
    step_rows = [row] if row.type == SCRIPT_RUN else view.find(Run, eq("parent", row.id), eq("type", STEP_RUN))
    by_step = {r.node: r for r in step_rows if r.node is not None}
    return _live(view, row, graph, by_step), by_step


def _graph(view: View, row: Run) -> Graph:
    document = view.get(GraphDocument, str(row.graph))
    if document is None:
        raise CorruptRecords(f"The graph of run {row.id} is not in the records.", target=row.id)
    return decode(document.document)


def _live(view: View, row: Run, graph: Graph, by_step: dict[str, Run]) -> LiveRun:
    workspace = view.get(Workspace, row.workspace)
    experiment = view.get(Experiment, row.workspace, row.experiment)
    if workspace is None or experiment is None or any(step.id not in by_step for step in graph.steps):
        raise CorruptRecords(
            f"The workspace, experiment or a step run of run {row.id} is not in the records.", target=row.id
        )
    submission = row.submission or Submission()
    values = assign_leniently(graph, from_plain(submission.parameters)).values
    timeout = submission.timeout_seconds
    return LiveRun(
        row=row,
        graph=graph,
        around=Surroundings(row.root, workspace, experiment, values, graph.default_datastore),
        state=new_run(plan_of(graph), continue_on_failure=submission.continue_on_step_failure),
        steps={step.id: step for step in graph.steps},
        step_runs={step.id: by_step[step.id].id for step in graph.steps},
        regenerate=submission.regenerate_outputs,
        deadline=None if timeout is None else row.created + timeout,
    )


def _known(row: Run, tries: list[Attempt]) -> Known:
    number = tries[-1].number if tries else 0
    if is_terminal(row.status):
        reused = row.decision is not None and row.decision.is_reused
        return Known(Phase.REUSED if reused and row.status == "Completed" else _OVER[row.status], number)
    if not tries or tries[-1].state != "leased":
        return Known(Phase.WAITING, number)
    if row.status == "CancelRequested":
        return Known(Phase.ENDING, number)
    return Known(Phase.RUNNING if row.status == "Running" else Phase.SUBMITTED, number)


def _live_attempt(live: LiveRun, step: str, row: Attempt) -> LiveAttempt:
    return LiveAttempt(row.id, live, step, row.number, row.run, row.pool, row.created, row.lease, row.agent, row.leased)

"""From a request to the rows of a run that has not begun: checked as a whole, nothing written yet."""

import re
from dataclasses import dataclass

import msgspec

from stepworks.engine.bind import Surroundings
from stepworks.engine.live import PIPELINE_RUN, SCRIPT_RUN, STEP_RUN, LiveRun
from stepworks.engine.machine import new_run
from stepworks.engine.plan import plan_of
from stepworks.errors import InvalidInput, NotFound
from stepworks.graph.document import Graph, Step, encode
from stepworks.graph.parameters import Assignment, assign, assign_leniently, to_plain
from stepworks.graph.validate import check
from stepworks.hashing import hash_bytes
from stepworks.ids import NewId
from stepworks.records.base import Transaction
from stepworks.records.rows import Experiment, GraphDocument, Run, Submission, Workspace
from stepworks.wire.runs import SubmitRun

_EXPERIMENT_NAME = re.compile(r"[a-zA-Z0-9][\w-]{0,254}", re.ASCII)


class SubmitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Run a graph in a workspace.

    With `lenient` parameters are taken as REST gives them (contracts §8, §20): any scalar, unknown names only warn.
    """

    workspace: str
    submission: SubmitRun
    lenient: bool = False
    published_pipeline: str | None = None
    schedule: str | None = None


@dataclass(frozen=True)
class Checked:
    """A request that can run, and what was worked out while checking it."""

    request: SubmitRequest
    assignment: Assignment
    document: GraphDocument


def checked(request: SubmitRequest) -> Checked:
    """Check a request. Raises InvalidGraph with every problem of the graph, InvalidInput for everything else."""
    submission = request.submission
    graph = submission.graph
    check(graph)
    if submission.kind == "script" and len(graph.steps) != 1:
        raise InvalidInput(
            f"A script run has one step, not {len(graph.steps)}.", target="graph", remedy="Submit it as a pipeline."
        )
    if not _EXPERIMENT_NAME.fullmatch(submission.experiment):
        raise InvalidInput(
            f"{submission.experiment!r} cannot be an experiment's name.",
            target="experiment",
            remedy="Names have 1 to 255 letters, digits, '_' or '-', and begin with a letter or digit.",
        )
    if submission.timeout_seconds is not None and not submission.timeout_seconds > 0:
        raise InvalidInput("The timeout of a run is more than 0 seconds.", target="timeout_seconds")
    assignment = (assign_leniently if request.lenient else assign)(graph, submission.parameters)
    document = encode(graph)
    return Checked(request, assignment, GraphDocument(id=hash_bytes(document), document=document))


def open_run(tx: Transaction, checked: Checked, now: float, new_id: NewId) -> tuple[LiveRun, list[Run]]:
    """The run of a request and the rows of it and its step runs. Experiment and graph document are stored if new.

    Raises NotFound when the workspace or the parent run is not there.
    """
    request, submission = checked.request, checked.request.submission
    workspace = tx.get(Workspace, request.workspace)
    if workspace is None:
        raise NotFound(f"There is no workspace {request.workspace!r} on this server.", target=request.workspace)
    experiment = tx.get(Experiment, request.workspace, submission.experiment)
    if experiment is None:
        experiment = Experiment(id=new_id(), workspace=request.workspace, name=submission.experiment, created=now)
        tx.insert(experiment)
    if tx.get(GraphDocument, checked.document.id) is None:
        tx.insert(checked.document)
    root = submission.id
    if submission.parent is not None:
        parent = tx.get(Run, submission.parent)
        if parent is None:
            raise NotFound(f"There is no run {submission.parent!r} to be the parent.", target=submission.parent)
        root = parent.root
    graph = submission.graph
    is_script = submission.kind == "script"
    number = tx.next_number(
        number_scope(request.workspace, submission.experiment), 1 if is_script else 1 + len(graph.steps)
    )
    row = _run_row(checked, root, number, now)
    if is_script:
        step = graph.steps[0]
        row = msgspec.structs.replace(
            row,
            node=step.id,
            snapshot=step.snapshot,
            target=_target(step, graph),
            properties=step_properties(step) | submission.step_properties.get(step.id, {}) | row.properties,
        )
        runs, step_runs = [row], {step.id: row.id}
    else:
        steps = [_step_row(checked, row, step, new_id(), number + i, now) for i, step in enumerate(graph.steps, 1)]
        runs = [row, *steps]
        step_runs = {step.id: run.id for step, run in zip(graph.steps, steps, strict=True)}
    live = LiveRun(
        row=row,
        graph=graph,
        around=Surroundings(root, workspace, experiment, checked.assignment.values, graph.default_datastore),
        state=new_run(plan_of(graph), continue_on_failure=submission.continue_on_step_failure),
        steps={step.id: step for step in graph.steps},
        step_runs=step_runs,
        regenerate=submission.regenerate_outputs,
        deadline=None if submission.timeout_seconds is None else now + submission.timeout_seconds,
    )
    return live, runs


def number_scope(workspace: str, experiment: str) -> str:
    """Where runs of an experiment are counted."""
    return f"runs/{workspace}/{experiment}"


def step_properties(step: Step) -> dict[str, str]:
    """What every run of a step says of it."""
    return {} if step.snapshot is None else {"ContentSnapshotId": step.snapshot}


def _run_row(checked: Checked, root: str, number: int, now: float) -> Run:
    request, submission = checked.request, checked.request.submission
    is_script = submission.kind == "script"
    return Run(
        id=submission.id,
        workspace=request.workspace,
        experiment=submission.experiment,
        type=SCRIPT_RUN if is_script else PIPELINE_RUN,
        parent=submission.parent,
        root=root,
        number=number,
        name=submission.name,
        status="NotStarted" if is_script else "Running",
        created=now,
        started=None if is_script else now,
        description=submission.description,
        tags=submission.tags,
        properties=submission.properties,
        graph=checked.document.id,
        submission=Submission(
            parameters=to_plain(submission.parameters),
            continue_on_step_failure=submission.continue_on_step_failure,
            regenerate_outputs=submission.regenerate_outputs,
            timeout_seconds=submission.timeout_seconds,
            source=submission.source,
            published_pipeline=request.published_pipeline,
            schedule=request.schedule,
        ),
        warnings=checked.assignment.warnings,
    )


def _step_row(checked: Checked, run: Run, step: Step, id: str, number: int, now: float) -> Run:
    submission = checked.request.submission
    return Run(
        id=id,
        workspace=run.workspace,
        experiment=run.experiment,
        type=STEP_RUN,
        parent=run.id,
        root=run.root,
        number=number,
        name=step.name,
        status="NotStarted",
        created=now,
        target=_target(step, submission.graph),
        tags={"azureml.nodeid": step.id, "azureml.pipeline": run.id},
        properties=step_properties(step) | submission.step_properties.get(step.id, {}),
        node=step.id,
        snapshot=step.snapshot,
    )


def _target(step: Step, graph: Graph) -> str:
    return step.compute or graph.default_compute or "local"

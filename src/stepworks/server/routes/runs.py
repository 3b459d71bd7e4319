"""Runs: submitting, listing, reading, changing, cancelling."""

import re
from typing import Any

import msgspec
from msgspec.structs import replace
from starlette.responses import Response

from stepworks.engine.submit import SubmitRequest
from stepworks.errors import Conflict, InvalidInput, NotFound
from stepworks.records import rows
from stepworks.records.base import Transaction, View, Where, among, eq
from stepworks.runs.events import RunChanged
from stepworks.runs.status import is_terminal
from stepworks.server import lookup
from stepworks.server.records_out import run_record
from stepworks.server.routes.workspaces import make_experiment
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.wire.agent import Order
from stepworks.wire.runs import ChildrenQuery, RunChanges, RunQuery, RunRecord, StartRun, SubmitRun

_RUN_ID = re.compile(r"[a-zA-Z0-9][\w.-]{0,254}", re.ASCII)
_ENGINE_TYPES = frozenset({"azureml.PipelineRun", "azureml.StepRun", "azureml.scriptrun"})


def submit(services: Services, workspace: str, body: SubmitRun) -> RunRecord:
    """Run a graph. A submission of an id that exists already is answered with that run."""
    check_run_id(body.id)
    with services.records.read() as view:
        lookup.workspace(view, workspace)
        if (known := view.get(rows.Run, body.id)) is not None:
            return run_record(known)
    return run_record(services.engine.submit(SubmitRequest(workspace=workspace, submission=body)))


def check_run_id(run_id: str) -> None:
    """Refuse ids that could not be part of a path or URL."""
    if not _RUN_ID.fullmatch(run_id):
        raise InvalidInput(
            f"{run_id!r} cannot be a run's id.",
            target="id",
            remedy="Ids have letters, digits, '_', '-' or '.', at most 255 of them.",
        )


def start_run(services: Services, workspace: str, body: StartRun) -> RunRecord:
    """Begin a run that its client conducts: an interactive run, or a child of another run."""
    run_id = body.id or services.new_id()
    check_run_id(run_id)

    def work(tx: Transaction) -> rows.Run:
        lookup.workspace(tx, workspace)
        known = tx.get(rows.Run, run_id)
        if known is not None:
            return known
        make_experiment(services, tx, workspace, body.experiment)
        root = run_id if body.parent is None else lookup.run(tx, body.parent).root
        now = services.clock.now()
        run = rows.Run(
            id=run_id,
            workspace=workspace,
            experiment=body.experiment,
            type="",
            parent=body.parent,
            root=root,
            number=tx.next_number(f"runs/{workspace}/{body.experiment}"),
            name=body.name,
            status=body.status,
            created=now,
            started=now if body.status == "Running" else None,
            tags=body.tags,
            properties=body.properties,
            snapshot=body.snapshot,
        )
        tx.insert(run)
        return run

    run = services.records.write(work)
    services.bus.publish(changed(run))
    return run_record(run)


def list_runs(services: Services, workspace: str, query: RunQuery) -> list[RunRecord]:
    """Runs of a workspace, newest first."""
    where: list[Where] = [eq("workspace", workspace)]
    where += [eq(c, v) for c in ("experiment", "type", "status", "parent") if (v := getattr(query, c)) is not None]
    if query.top_level:
        where.append(eq("parent", None))
    with services.records.read() as view:
        lookup.workspace(view, workspace)
        if query.tag is None:
            return [
                run_record(r)
                for r in view.find(
                    rows.Run, *where, order=("-created", "-number"), limit=query.limit, offset=query.offset
                )
            ]
        key, equals, value = query.tag.partition("=")
        tagged = [
            r
            for r in view.find(rows.Run, *where, order=("-created", "-number"))
            if key in r.tags and (not equals or r.tags[key] == value)
        ]
    return [run_record(r) for r in tagged[query.offset : query.offset + query.limit]]


def get_run(services: Services, run: str) -> RunRecord:
    """A run by id."""
    with services.records.read() as view:
        return run_record(lookup.run(view, run))


def list_children(services: Services, run: str, query: ChildrenQuery) -> list[RunRecord]:
    """Children of a run in the order they were made; all descendants when asked to."""
    with services.records.read() as view:
        parent = lookup.run(view, run)
        found = (
            descendants(view, parent.id)
            if query.recursive
            else view.find(rows.Run, eq("parent", run), order=("number",))
        )
    return [run_record(r) for r in found if query.status in (None, r.status)]


def descendants(view: View, run: str) -> list[rows.Run]:
    """All runs below a run, parents first."""
    found: list[rows.Run] = []
    level = [run]
    while level:
        below = view.find(rows.Run, among("parent", level), order=("number",))
        found += below
        level = [r.id for r in below]
    return found


def change_run(services: Services, run: str, body: RunChanges) -> RunRecord:
    """Change tags, add properties, rename; end a run that its client conducts, or a script run as failed."""
    if body.status == "Failed" and body.failure is not None and _is_script(services, run):
        change_run(services, run, replace(body, status=None, failure=None))
        return run_record(services.engine.fail(run, body.failure))

    def work(tx: Transaction) -> tuple[rows.Run, bool]:
        now = services.clock.now()
        row = lookup.run(tx, run)
        changes: dict[str, Any] = {}
        if body.tags is not None or body.remove_tags:
            tags = row.tags | (body.tags or {})
            changes["tags"] = {k: v or "" for k, v in tags.items() if k not in body.remove_tags}
        if body.properties is not None:
            if clash := [k for k, v in body.properties.items() if row.properties.get(k, v) != v]:
                raise InvalidInput(
                    f"Properties are written once; {', '.join(clash)} has another value already.",
                    target="properties",
                    remedy="Use a tag for what changes.",
                )
            changes["properties"] = row.properties | body.properties
        changes |= {k: v for k in ("name", "description") if (v := getattr(body, k)) is not None}
        if body.status is not None and body.status != row.status:
            changes |= _new_status(row, body, now)
        if changes:
            tx.update(rows.Run, [eq("id", run)], **changes)
        return lookup.run(tx, run), "status" in changes

    row, is_news = services.records.write(work)
    if is_news:
        services.bus.publish(changed(row))
    return run_record(row)


def _is_script(services: Services, run: str) -> bool:
    with services.records.read() as view:
        return lookup.run(view, run).type == "azureml.scriptrun"


def _new_status(row: rows.Run, body: RunChanges, now: float) -> dict[str, Any]:
    if row.type in _ENGINE_TYPES:
        raise Conflict(
            f"The status of run {row.id} follows from its execution.", target="status", remedy="Cancel it to end it."
        )
    if is_terminal(row.status):
        raise Conflict(f"Run {row.id} is {row.status} already.", target="status")
    changes: dict[str, Any] = {"status": body.status}
    if body.status == "Running":
        changes["started"] = row.started or now
    else:
        changes["ended"] = now
    if body.failure is not None:
        changes["failure"] = body.failure
    return changes


def cancel_run(services: Services, run: str) -> RunRecord:
    """Ask a run to end: all processes of its steps, and the runs below it."""
    with services.records.read() as view:
        row = lookup.run(view, run)
    if row.type in _ENGINE_TYPES:
        services.engine.cancel(run)
    elif not is_terminal(row.status):
        change_run(services, run, RunChanges(status="Canceled"))
    return get_run(services, run)


def get_graph(services: Services, run: str) -> Response:
    """The graph document of a pipeline run or script run."""
    with services.records.read() as view:
        row = lookup.run(view, run)
        document = view.get(rows.GraphDocument, row.graph) if row.graph else None
    if document is None:
        raise NotFound(f"Run {run} was not made from a graph.", target=run, remedy="Ask its pipeline run.")
    return Response(document.document, media_type="application/json")


def get_order(services: Services, run: str) -> Order:
    """The order of a step once more: its code, environment and inputs, to run it elsewhere."""
    return services.order_again(run)


def changed(row: rows.Run) -> RunChanged:
    """The event that tells how a run stands."""
    return RunChanged(
        run=row.id,
        root=row.root,
        parent=row.parent,
        name=row.name,
        type=row.type,
        node=row.node,
        status=row.status,
        time=row.ended or row.started or row.created,
        reused_from=row.decision.reused_from if row.decision else None,
        failure=row.failure,
        note="; ".join(str(r) for r in row.decision.reasons) if row.decision else "",
    )


ROUTES = (
    Route("POST", "/workspaces/{workspace}/submissions", submit, RunRecord),
    Route("POST", "/workspaces/{workspace}/runs", start_run, RunRecord),
    Route("GET", "/workspaces/{workspace}/runs", list_runs, list[RunRecord]),
    Route("GET", "/runs/{run}", get_run, RunRecord),
    Route("PATCH", "/runs/{run}", change_run, RunRecord),
    Route("GET", "/runs/{run}/children", list_children, list[RunRecord]),
    Route("POST", "/runs/{run}/cancel", cancel_run, RunRecord),
    Route("GET", "/runs/{run}/graph", get_graph, msgspec.Raw),
    Route("GET", "/runs/{run}/order", get_order, Order),
)

"""Workspaces and experiments."""

import re
from typing import Any

import msgspec

from stepworks.data.storage_map import StorageMap
from stepworks.errors import Conflict, InvalidInput
from stepworks.records import rows
from stepworks.records.base import Transaction, Where, eq
from stepworks.runs.status import TERMINAL
from stepworks.server import lookup
from stepworks.server.records_out import experiment_record, workspace_record
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.wire.workspaces import (
    ExperimentChanges,
    ExperimentRecord,
    NewWorkspace,
    WorkspaceChanges,
    WorkspaceRecord,
)

_WORKSPACE_NAME = re.compile(r"[a-zA-Z0-9][\w-]{2,32}", re.ASCII)
_EXPERIMENT_NAME = re.compile(r"[a-zA-Z0-9][\w-]{0,254}", re.ASCII)
DEFAULT_DATASTORES = (("workspaceblobstore", "AzureBlob"), ("workspacefilestore", "AzureFile"))


def ensure_workspace(services: Services, body: NewWorkspace) -> WorkspaceRecord:
    """Make a workspace with its two datastores, or find the one of that name."""
    if body.storage_map is not None:
        StorageMap.parse(body.storage_map)
    with services.records.read() as view:
        found = view.get(rows.Workspace, body.name)
    if found is None:
        found = services.records.write(lambda tx: _make_workspace(services, tx, body))
    elif not body.exist_ok:
        raise Conflict(
            f"There is a workspace {body.name!r} already.",
            target=body.name,
            remedy="Use Workspace.get, or exist_ok=True.",
        )
    elif body.storage_map not in (None, found.storage_map):
        where, wanted = [eq("name", body.name)], body.storage_map
        services.records.write(lambda tx: tx.update(rows.Workspace, where, storage_map=wanted))
    return workspace_record(found)


def _make_workspace(services: Services, tx: Transaction, new: NewWorkspace) -> rows.Workspace:
    found = tx.get(rows.Workspace, new.name)
    if found is not None:
        return found
    if not _WORKSPACE_NAME.fullmatch(new.name):
        raise InvalidInput(
            f"{new.name!r} cannot be a workspace's name.",
            target="name",
            remedy="Names have 3 to 33 letters, digits, '_' or '-', and begin with a letter or digit.",
        )
    now = services.clock.now()
    workspace = rows.Workspace(
        name=new.name,
        id=services.new_id(),
        subscription_id=new.subscription_id,
        resource_group=new.resource_group,
        location=new.location,
        default_datastore=DEFAULT_DATASTORES[0][0],
        tags=new.tags,
        description=new.description,
        storage_map=new.storage_map or "",
        created=now,
    )
    tx.insert(workspace)
    for name, kind in DEFAULT_DATASTORES:
        root = services.home.own_datastore(new.name, name)
        services.home.placed(root).mkdir(parents=True, exist_ok=True)
        tx.insert(rows.Datastore(workspace=new.name, name=name, type=kind, settings={"root": root}, created=now))
    return workspace


def list_workspaces(services: Services) -> list[WorkspaceRecord]:
    """All workspaces."""
    with services.records.read() as view:
        return [workspace_record(w) for w in view.find(rows.Workspace, order=("name",))]


def get_workspace(services: Services, workspace: str) -> WorkspaceRecord:
    """A workspace by name."""
    with services.records.read() as view:
        return workspace_record(lookup.workspace(view, workspace))


def change_workspace(services: Services, workspace: str, body: WorkspaceChanges) -> WorkspaceRecord:
    """Change a workspace's default datastore, description or tags."""

    def work(tx: Transaction) -> rows.Workspace:
        lookup.workspace(tx, workspace)
        if body.default_datastore is not None:
            lookup.datastore(tx, workspace, body.default_datastore)
        if changes := _given(body):
            tx.update(rows.Workspace, [eq("name", workspace)], **changes)
        return lookup.workspace(tx, workspace)

    return workspace_record(services.records.write(work))


def delete_workspace(services: Services, workspace: str) -> None:
    """Remove a workspace's records; its folders stay on the disk."""

    def work(tx: Transaction) -> None:
        lookup.workspace(tx, workspace)
        active = [Where("status", "!=", s) for s in sorted(TERMINAL)]
        if running := tx.count(rows.Run, eq("workspace", workspace), *active):
            raise Conflict(
                f"{running} runs of workspace {workspace!r} have not ended.",
                target=workspace,
                remedy="Cancel them first.",
            )
        run_ids = [str(v[0]) for v in tx.values(rows.Run, ("id",), eq("workspace", workspace))]
        for run_id in run_ids:
            for kind in (rows.Artifact, rows.Metric):
                tx.delete(kind, eq("run", run_id))
        for kind in _OF_WORKSPACE:
            tx.delete(kind, eq("workspace", workspace))
        tx.delete(rows.Workspace, eq("name", workspace))

    services.records.write(work)


_OF_WORKSPACE: tuple[type[rows.Row], ...] = (
    rows.Attempt,
    rows.ReuseEntry,
    rows.Run,
    rows.Experiment,
    rows.Datastore,
    rows.DatasetVersion,
    rows.Dataset,
    rows.Model,
    rows.Environment,
    rows.Compute,
    rows.Secret,
)


def ensure_experiment(services: Services, workspace: str, name: str) -> ExperimentRecord:
    """Make an experiment, or find it."""
    with services.records.read() as view:
        lookup.workspace(view, workspace)
        found = view.get(rows.Experiment, workspace, name)
    return experiment_record(found or services.records.write(lambda tx: make_experiment(services, tx, workspace, name)))


def make_experiment(services: Services, tx: Transaction, workspace: str, name: str) -> rows.Experiment:
    """The experiment of that name, made if it is not there. Raises InvalidInput for a name beyond the rules."""
    found = tx.get(rows.Experiment, workspace, name)
    if found is not None:
        return found
    if not _EXPERIMENT_NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} cannot be an experiment's name.",
            target="name",
            remedy="Names have 1 to 255 letters, digits, '_' or '-', and begin with a letter or digit.",
        )
    made = rows.Experiment(id=services.new_id(), workspace=workspace, name=name, created=services.clock.now())
    tx.insert(made)
    return made


def list_experiments(services: Services, workspace: str) -> list[ExperimentRecord]:
    """Experiments of a workspace, archived ones too."""
    with services.records.read() as view:
        lookup.workspace(view, workspace)
        return [experiment_record(e) for e in view.find(rows.Experiment, eq("workspace", workspace), order=("name",))]


def change_experiment(services: Services, workspace: str, name: str, body: ExperimentChanges) -> ExperimentRecord:
    """Change an experiment's tags or description, archive it or bring it back."""

    def work(tx: Transaction) -> rows.Experiment:
        lookup.experiment(tx, workspace, name)
        if changes := _given(body):
            tx.update(rows.Experiment, [eq("workspace", workspace), eq("name", name)], **changes)
        return lookup.experiment(tx, workspace, name)

    return experiment_record(services.records.write(work))


def delete_experiment(services: Services, workspace: str, name: str) -> None:
    """Remove an experiment that has no runs."""

    def work(tx: Transaction) -> None:
        lookup.experiment(tx, workspace, name)
        if runs := tx.count(rows.Run, eq("workspace", workspace), eq("experiment", name)):
            raise Conflict(f"Experiment {name!r} has {runs} runs.", target=name, remedy="Archive it instead.")
        tx.delete(rows.Experiment, eq("workspace", workspace), eq("name", name))

    services.records.write(work)


def _given(changes: msgspec.Struct) -> dict[str, Any]:
    return {k: v for k, v in msgspec.structs.asdict(changes).items() if v is not None}


ROUTES = (
    Route("POST", "/workspaces", ensure_workspace, WorkspaceRecord),
    Route("GET", "/workspaces", list_workspaces, list[WorkspaceRecord]),
    Route("GET", "/workspaces/{workspace}", get_workspace, WorkspaceRecord),
    Route("PATCH", "/workspaces/{workspace}", change_workspace, WorkspaceRecord),
    Route("DELETE", "/workspaces/{workspace}", delete_workspace),
    Route("GET", "/workspaces/{workspace}/experiments", list_experiments, list[ExperimentRecord]),
    Route("PUT", "/workspaces/{workspace}/experiments/{name}", ensure_experiment, ExperimentRecord),
    Route("PATCH", "/workspaces/{workspace}/experiments/{name}", change_experiment, ExperimentRecord),
    Route("DELETE", "/workspaces/{workspace}/experiments/{name}", delete_experiment),
)

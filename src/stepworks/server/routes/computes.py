"""Compute targets and how their nodes stand."""

import re

import msgspec

from stepworks.compute.base import PoolSettings
from stepworks.errors import InvalidInput, NotFound
from stepworks.records import rows
from stepworks.records.base import Transaction, View, eq
from stepworks.server import lookup
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.wire.assets import ComputeRecord, NewCompute

_NAME = re.compile(r"[a-zA-Z0-9][\w-]{0,63}", re.ASCII)
_TAKEN = frozenset({"amlcompute", "local", "containerinstance"})


def put_compute(services: Services, workspace: str, name: str, body: NewCompute) -> ComputeRecord:
    """Create or attach a compute target, or change the one of that name."""
    if name != body.name:
        raise InvalidInput(f"The path says {name!r}, the body {body.name!r}.", target="name")
    if not _NAME.fullmatch(name) or name.lower() in _TAKEN:
        raise InvalidInput(
            f"{name!r} cannot be the name of a compute target.",
            target="name",
            remedy="Names have 1 to 64 letters, digits, '_' or '-'; " + ", ".join(sorted(_TAKEN)) + " are taken.",
        )
    pool_settings(body.settings)

    def work(tx: Transaction) -> rows.Compute:
        lookup.workspace(tx, workspace)
        known = tx.get(rows.Compute, workspace, name)
        if known is not None and known.type != body.type:
            raise InvalidInput(
                f"Compute target {name!r} is of type {known.type}.", target="type", remedy="Delete it first."
            )
        now = services.clock.now()
        row = rows.Compute(
            workspace=workspace,
            name=name,
            type=body.type,
            settings=body.settings,
            created=known.created if known else now,
            modified=now,
        )
        tx.put(row)
        return row

    row = services.records.write(work)
    services.pools.configure(workspace, name, pool_settings(row.settings))
    return _record(services, row)


def pool_settings(settings: dict[str, object]) -> PoolSettings:
    """The pool that a compute target's settings describe. Raises InvalidInput."""
    try:
        found = msgspec.convert({k: v for k, v in settings.items() if v is not None}, PoolSettings, strict=False)
    except msgspec.ValidationError as e:
        raise InvalidInput(f"The settings of a compute target cannot be read: {e}.", target="settings") from e
    if not 0 <= found.min_nodes <= found.max_nodes:
        raise InvalidInput(
            f"min_nodes is {found.min_nodes} and max_nodes {found.max_nodes}.",
            target="settings",
            remedy="0 ≤ min_nodes ≤ max_nodes is needed.",
        )
    return found


def list_computes(services: Services, workspace: str) -> list[ComputeRecord]:
    """Compute targets of a workspace."""
    with services.records.read() as view:
        lookup.workspace(view, workspace)
        found = view.find(rows.Compute, eq("workspace", workspace), order=("name",))
    return [_record(services, c) for c in found]


def get_compute(services: Services, workspace: str, name: str) -> ComputeRecord:
    """A compute target by name."""
    with services.records.read() as view:
        return _record(services, _compute(view, workspace, name))


def delete_compute(services: Services, workspace: str, name: str) -> None:
    """Remove a compute target; what runs on it goes on."""

    def work(tx: Transaction) -> None:
        _compute(tx, workspace, name)
        tx.delete(rows.Compute, eq("workspace", workspace), eq("name", name))

    services.records.write(work)
    services.pools.remove(workspace, name)


def _compute(view: View, workspace: str, name: str) -> rows.Compute:
    found = view.get(rows.Compute, workspace, name)
    if found is None:
        raise NotFound(f"Workspace {workspace!r} has no compute target {name!r}.", target=name)
    return found


def _record(services: Services, row: rows.Compute) -> ComputeRecord:
    nodes = services.pools.nodes(row.workspace, row.name)
    return ComputeRecord(
        name=row.name,
        type=row.type,
        settings=row.settings,
        created=row.created,
        modified=row.modified,
        current_nodes=nodes.current,
        target_nodes=nodes.target,
        node_states=nodes.states,
        allocation_state="Steady" if nodes.current == nodes.target else "Resizing",
    )


ROUTES = (
    Route("PUT", "/workspaces/{workspace}/computes/{name}", put_compute, ComputeRecord),
    Route("GET", "/workspaces/{workspace}/computes", list_computes, list[ComputeRecord]),
    Route("GET", "/workspaces/{workspace}/computes/{name}", get_compute, ComputeRecord),
    Route("DELETE", "/workspaces/{workspace}/computes/{name}", delete_compute),
)

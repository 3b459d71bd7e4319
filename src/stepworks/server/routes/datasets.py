"""Datasets: saved definitions, and the versions they are registered as."""

import re

import msgspec

from stepworks.datasets.plan import from_json
from stepworks.errors import Conflict, InvalidInput, NotFound
from stepworks.records import rows
from stepworks.records.base import Transaction, View, Where, eq
from stepworks.server import lookup
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.wire.data import DatasetChanges, DatasetQuery, DatasetRecord, NewDataset, RegisterDataset

_KINDS = ("file", "tabular")
_NAME = re.compile(r"[^\x00-\x1f]{1,255}")


def save_dataset(services: Services, workspace: str, body: NewDataset) -> DatasetRecord:
    """Save a dataset; an equal definition keeps its id."""
    if body.kind not in _KINDS:
        raise InvalidInput(f"A dataset is of kind 'file' or 'tabular', not {body.kind!r}.", target="kind")
    # Steps would find out much later.
    from_json(bytes(body.plan))

    def work(tx: Transaction) -> rows.Dataset:
        lookup.workspace(tx, workspace)
        known = tx.find(
            rows.Dataset, eq("workspace", workspace), eq("definition", body.definition), eq("kind", body.kind), limit=1
        )
        if known:
            return known[0]
        made = rows.Dataset(
            id=services.new_id(),
            workspace=workspace,
            kind=body.kind,
            plan=bytes(body.plan),
            definition=body.definition,
            created=services.clock.now(),
        )
        tx.insert(made)
        return made

    row = services.records.write(work)
    with services.records.read() as view:
        return _record(view, row)


def get_dataset(services: Services, workspace: str, dataset: str) -> DatasetRecord:
    """A saved dataset by id."""
    with services.records.read() as view:
        return _record(view, _dataset(view, workspace, dataset))


def register_dataset(services: Services, workspace: str, body: RegisterDataset) -> DatasetRecord:
    """Register a saved dataset under a name, as its first or next version."""
    if not _NAME.fullmatch(body.name):
        raise InvalidInput(
            f"{body.name!r} cannot be a dataset's name.",
            target="name",
            remedy="Names have 1 to 255 printable characters.",
        )
    return services.records.write(lambda tx: register(services, tx, workspace, body))


def register(services: Services, tx: Transaction, workspace: str, body: RegisterDataset) -> DatasetRecord:
    """As `register_dataset`, inside a transaction. Registering the newest version's definition again keeps it."""
    dataset = _dataset(tx, workspace, body.dataset)
    newest = tx.find(
        rows.DatasetVersion, eq("workspace", workspace), eq("name", body.name), order=("-version",), limit=1
    )
    if newest:
        if newest[0].dataset == dataset.id:
            return _record(tx, dataset, newest[0])
        if not body.create_new_version:
            raise Conflict(
                f"Workspace {workspace!r} has a dataset {body.name!r} already.",
                target=body.name,
                remedy="Give create_new_version=True to add a version.",
            )
    other = [v for v in tx.find(rows.DatasetVersion, eq("dataset", dataset.id), limit=1) if v.name != body.name]
    if other and not body.create_new_version:
        raise Conflict(
            f"The same definition is registered as {other[0].name!r} already.",
            target=body.name,
            remedy=f"Use Dataset.get_by_name(workspace, {other[0].name!r}), or create_new_version=True.",
        )
    version = rows.DatasetVersion(
        workspace=workspace,
        name=body.name,
        version=newest[0].version + 1 if newest else 1,
        dataset=dataset.id,
        kind=dataset.kind,
        description=body.description,
        tags=body.tags,
        created=services.clock.now(),
    )
    tx.insert(version)
    return _record(tx, dataset, version)


def list_versions(services: Services, workspace: str, query: DatasetQuery) -> list[DatasetRecord]:
    """Registered datasets: a version, all of a name, or the newest of each name."""
    where: list[Where] = [eq("workspace", workspace)]
    if query.name is not None:
        where.append(eq("name", query.name))
    if query.version is not None:
        where.append(eq("version", query.version))
    with services.records.read() as view:
        lookup.workspace(view, workspace)
        found = view.find(rows.DatasetVersion, *where, order=("name", "-version"))
        if not query.all_versions and query.version is None:
            found = list({v.name: v for v in reversed(found)}.values())[::-1]
        return [_record(view, _dataset(view, workspace, v.dataset), v) for v in found]


def change_version(services: Services, workspace: str, name: str, version: int, body: DatasetChanges) -> DatasetRecord:
    """Change the tags or description of a registered version."""

    def work(tx: Transaction) -> DatasetRecord:
        row = tx.get(rows.DatasetVersion, workspace, name, version)
        if row is None:
            raise NotFound(f"Workspace {workspace!r} has no version {version} of a dataset {name!r}.", target=name)
        tags = {k: v for k, v in (row.tags | (body.tags or {})).items() if v is not None}
        row = msgspec.structs.replace(
            row, tags=tags, description=row.description if body.description is None else body.description
        )
        tx.put(row)
        return _record(tx, _dataset(tx, workspace, row.dataset), row)

    return services.records.write(work)


def unregister(services: Services, workspace: str, name: str) -> None:
    """Forget all versions of a name; saved definitions stay, since runs refer to them."""
    where = (eq("workspace", workspace), eq("name", name))
    if not services.records.write(lambda tx: tx.delete(rows.DatasetVersion, *where)):
        raise NotFound(f"Workspace {workspace!r} has no dataset {name!r}.", target=name)


def _dataset(view: View, workspace: str, dataset: str) -> rows.Dataset:
    found = view.get(rows.Dataset, dataset)
    if found is None or found.workspace != workspace:
        raise NotFound(f"Workspace {workspace!r} has no dataset with the id {dataset!r}.", target=dataset)
    return found


def _record(view: View, row: rows.Dataset, version: rows.DatasetVersion | None = None) -> DatasetRecord:
    if version is None:
        newest = view.find(rows.DatasetVersion, eq("dataset", row.id), order=("-created",), limit=1)
        version = newest[0] if newest else None
    return DatasetRecord(
        id=row.id,
        workspace=row.workspace,
        kind=row.kind,
        plan=msgspec.Raw(row.plan),
        definition=row.definition,
        created=row.created,
        name=version.name if version else None,
        version=version.version if version else None,
        description=version.description if version else None,
        tags=version.tags if version else {},
    )


ROUTES = (
    Route("POST", "/workspaces/{workspace}/datasets", save_dataset, DatasetRecord),
    Route("GET", "/workspaces/{workspace}/datasets/{dataset}", get_dataset, DatasetRecord),
    Route("POST", "/workspaces/{workspace}/dataset-versions", register_dataset, DatasetRecord),
    Route("GET", "/workspaces/{workspace}/dataset-versions", list_versions, list[DatasetRecord]),
    Route("PATCH", "/workspaces/{workspace}/dataset-versions/{name}/{version}", change_version, DatasetRecord),
    Route("DELETE", "/workspaces/{workspace}/dataset-versions/{name}", unregister),
)

"""Datastores and the files in them."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import StreamingResponse

from stepworks.data.paths import relative
from stepworks.datastores.base import Datastore
from stepworks.datastores.local import LocalDatastore
from stepworks.errors import Conflict, InvalidInput
from stepworks.records import rows
from stepworks.records.base import Transaction, eq
from stepworks.server import lookup
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.server.uploads import consume_in_thread
from stepworks.wire.data import DatastoreRecord, FileQuery, FileRecord, FileStored, NewDatastore, PutFileQuery


def list_datastores(services: Services, workspace: str) -> list[DatastoreRecord]:
    """Registered datastores of a workspace."""
    with services.records.read() as view:
        default = lookup.workspace(view, workspace).default_datastore
        return [
            _record(services, d, default)
            for d in view.find(rows.Datastore, eq("workspace", workspace), order=("name",))
        ]


def get_datastore(services: Services, workspace: str, name: str) -> DatastoreRecord:
    """A datastore by name."""
    with services.records.read() as view:
        default = lookup.workspace(view, workspace).default_datastore
        return _record(services, lookup.datastore(view, workspace, name), default)


def register_datastore(services: Services, workspace: str, name: str, body: NewDatastore) -> DatastoreRecord:
    """Register a storage. Only folders of the server's machine (type "Local", setting "root") so far."""
    if name != body.name:
        raise InvalidInput(f"The path says {name!r}, the body {body.name!r}.", target="name")
    root = body.settings.get("root")
    if body.type != "Local" or not isinstance(root, str) or not Path(root).is_absolute():
        raise InvalidInput(
            f"A datastore of type {body.type!r} cannot be registered in this version.",
            target="type",
            remedy="Register a folder of the server's machine: type 'Local' with an absolute path as setting 'root'.",
        )

    def work(tx: Transaction) -> rows.Datastore:
        lookup.workspace(tx, workspace)
        if not body.overwrite and tx.get(rows.Datastore, workspace, name) is not None:
            raise Conflict(
                f"Workspace {workspace!r} has a datastore {name!r} already.",
                target=name,
                remedy="Give overwrite=True to replace it.",
            )
        row = rows.Datastore(
            workspace=workspace, name=name, type=body.type, settings=body.settings, created=services.clock.now()
        )
        tx.put(row)
        return row

    services.records.write(work)
    return get_datastore(services, workspace, name)


def unregister_datastore(services: Services, workspace: str, name: str) -> None:
    """Forget a datastore; its data stay. The default one cannot be forgotten."""

    def work(tx: Transaction) -> None:
        lookup.datastore(tx, workspace, name)
        if lookup.workspace(tx, workspace).default_datastore == name:
            raise Conflict(
                f"{name!r} is the workspace's default datastore.",
                target=name,
                remedy="Make another one the default first.",
            )
        tx.delete(rows.Datastore, eq("workspace", workspace), eq("name", name))

    services.records.write(work)


def list_files(services: Services, workspace: str, name: str, query: FileQuery) -> list[FileRecord]:
    """Files of a datastore, sorted by path."""
    store = _open(services, workspace, name)
    found = store.list(query.prefix) if query.glob is None else store.find(query.glob)
    return [FileRecord(f.path, f.size, f.modified) for f in found]


async def write_file(
    services: Services, workspace: str, name: str, path: str, query: PutFileQuery, request: Request
) -> FileStored:
    """Store a file, complete or not at all."""
    clean = relative(path)
    stored = await consume_in_thread(
        request, lambda pieces: _open(services, workspace, name).write(clean, pieces, overwrite=query.overwrite)
    )
    return FileStored(clean, skipped=not stored)


def read_file(services: Services, workspace: str, name: str, path: str) -> StreamingResponse:
    """The bytes of a file."""
    return StreamingResponse(_open(services, workspace, name).read(path), media_type="application/octet-stream")


def _open(services: Services, workspace: str, name: str) -> Datastore:
    with services.records.read() as view:
        row = lookup.datastore(view, workspace, name)
    return LocalDatastore(services.home.placed(str(row.settings["root"])))


def _record(services: Services, row: rows.Datastore, default: str) -> DatastoreRecord:
    root = row.settings.get("root")
    return DatastoreRecord(
        workspace=row.workspace,
        name=row.name,
        type=row.type,
        settings=row.settings,
        root=None if root is None else str(services.home.placed(str(root))),
        is_default=row.name == default,
    )


ROUTES = (
    Route("GET", "/workspaces/{workspace}/datastores", list_datastores, list[DatastoreRecord]),
    Route("GET", "/workspaces/{workspace}/datastores/{name}", get_datastore, DatastoreRecord),
    Route("PUT", "/workspaces/{workspace}/datastores/{name}", register_datastore, DatastoreRecord),
    Route("DELETE", "/workspaces/{workspace}/datastores/{name}", unregister_datastore),
    Route("GET", "/workspaces/{workspace}/datastores/{name}/files", list_files, list[FileRecord]),
    Route("PUT", "/workspaces/{workspace}/datastores/{name}/files/{path:path}", write_file, FileStored, inline=True),
    Route("GET", "/workspaces/{workspace}/datastores/{name}/files/{path:path}", read_file, bytes),
)

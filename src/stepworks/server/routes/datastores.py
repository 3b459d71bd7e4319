"""Datastores and the files in them."""

from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse

from stepworks.data.paths import relative
from stepworks.data.storage_map import MAP_VARIABLE, STORAGE_TYPES, address_of
from stepworks.datastores.base import Datastore
from stepworks.datastores.local import LocalDatastore
from stepworks.errors import Conflict, InvalidInput
from stepworks.records import rows
from stepworks.records.base import Transaction, View, eq
from stepworks.server import lookup
from stepworks.server.places import folder_of, reached
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.server.uploads import consume_in_thread
from stepworks.wire.data import DatastoreRecord, FileQuery, FileRecord, FileStored, NewDatastore, PutFileQuery

_CONTAINER = ("account_name", "container_name")
_NEEDED = {
    "AzureBlob": _CONTAINER,
    "AzureDataLake": ("store_name",),
    "AzureDataLakeGen2": _CONTAINER,
    "AzureFile": _CONTAINER,
    "Local": ("root",),
}


def list_datastores(services: Services, workspace: str) -> list[DatastoreRecord]:
    """Registered datastores of a workspace."""
    with services.records.read() as view:
        default = lookup.workspace(view, workspace).default_datastore
        return [
            _record(services, view, d, default)
            for d in view.find(rows.Datastore, eq("workspace", workspace), order=("name",))
        ]


def get_datastore(services: Services, workspace: str, name: str) -> DatastoreRecord:
    """A datastore by name."""
    with services.records.read() as view:
        default = lookup.workspace(view, workspace).default_datastore
        return _record(services, view, lookup.datastore(view, workspace, name), default)


def register_datastore(services: Services, workspace: str, name: str, body: NewDatastore) -> DatastoreRecord:
    """Register a storage: a folder of the server's machine (type "Local", setting "root"), or one at an address of
    Azure that the workspace's storage map leads to such a folder."""
    if name != body.name:
        raise InvalidInput(f"The path says {name!r}, the body {body.name!r}.", target="name")
    _check(body)
    row = rows.Datastore(
        workspace=workspace,
        name=name,
        type=body.type,
        settings=body.settings | ({"credentials": sorted(body.credentials)} if body.credentials else {}),
        credentials=_sealed(services, body.credentials),
        created=services.clock.now(),
    )

    def work(tx: Transaction) -> Path | None:
        lookup.workspace(tx, workspace)
        if not body.overwrite and tx.get(rows.Datastore, workspace, name) is not None:
            raise Conflict(
                f"Workspace {workspace!r} has a datastore {name!r} already.",
                target=name,
                remedy="Give overwrite=True to replace it.",
            )
        folder = folder_of(services.home, tx, row)
        if folder is None:
            raise InvalidInput(
                f"{address_of(body.type, body.settings)} is no folder of the server's machine, and nothing else can "
                "be a datastore in this version.",
                target=MAP_VARIABLE,
                remedy=f"Say with {MAP_VARIABLE} which folder has the data, as in "
                "https://*.blob.core.windows.net/=file:///data/azure/, or use Datastore.register_local.",
            )
        tx.put(row)
        return folder if body.type in STORAGE_TYPES else None

    folder = services.records.write(work)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return get_datastore(services, workspace, name)


def _sealed(services: Services, credentials: dict[str, str]) -> bytes | None:
    return services.vault.encrypt(msgspec.json.encode(credentials).decode()) if credentials else None


def _check(new: NewDatastore) -> None:
    """Raises InvalidInput for a type that is not known, or settings that are missing or no text."""
    needed = _NEEDED.get(new.type)
    if needed is None:
        raise InvalidInput(
            f"A datastore of type {new.type!r} cannot be registered in this version.",
            target="type",
            remedy=f"Types are {', '.join(sorted(_NEEDED))}.",
        )
    for setting in needed:
        value = new.settings.get(setting)
        if not isinstance(value, str) or not value:
            raise InvalidInput(f"A datastore of type {new.type!r} needs the setting {setting!r}.", target=setting)
    if new.type == "Local" and not Path(str(new.settings["root"])).is_absolute():
        raise InvalidInput(f"{new.settings['root']!r} is no absolute path.", target="root")
    if new.type != "Local" and "root" in new.settings:
        raise InvalidInput("Only a datastore of type 'Local' has a root.", target="root")
    if "credentials" in new.settings:
        raise InvalidInput("Credentials are no settings: they are given beside them.", target="credentials")


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
        return LocalDatastore(reached(services.home, view, lookup.datastore(view, workspace, name)))


def _record(services: Services, view: View, row: rows.Datastore, default: str) -> DatastoreRecord:
    folder = folder_of(services.home, view, row)
    names: Any = row.settings.get("credentials", ())
    return DatastoreRecord(
        workspace=row.workspace,
        name=row.name,
        type=row.type,
        settings={k: v for k, v in row.settings.items() if k != "credentials"},
        root=None if folder is None else str(folder),
        is_default=row.name == default,
        credentials=tuple(names),
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

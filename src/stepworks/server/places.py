"""Where the files of a datastore are."""

from pathlib import Path
from urllib.parse import unquote

from stepworks.data.paths import relative
from stepworks.data.storage_map import StorageMap, address_of
from stepworks.errors import DataMissing
from stepworks.home import Home
from stepworks.records import rows
from stepworks.records.base import View

_FILE = "file:///"


def folder_of(home: Home, view: View, store: rows.Datastore) -> Path | None:
    """The folder of this machine that a datastore is: its own, or the one that the workspace's storage map leads its
    address to. None for a storage elsewhere."""
    root = store.settings.get("root")
    if root is not None:
        return home.placed(str(root))
    workspace = view.get(rows.Workspace, store.workspace)
    address = address_of(store.type, store.settings)
    if address is None or workspace is None:
        return None
    return mapped_folder(StorageMap.parse(workspace.storage_map), address)


def mapped_folder(storage_map: StorageMap, url: str) -> Path | None:
    """The folder of this machine that a map leads an address to; None when it leads to none. Raises UnsafePath."""
    led = storage_map.lead(url)
    if led is None or not led.startswith(_FILE):
        return None
    return Path("/", relative(unquote(led.removeprefix(_FILE)), what=f"what {url} leads to"))


def reached(home: Home, view: View, store: rows.Datastore) -> Path:
    """As `folder_of`. Raises DataMissing for a storage elsewhere."""
    folder = folder_of(home, view, store)
    if folder is None:
        raise DataMissing(
            f"Datastore {store.name!r} is at {address_of(store.type, store.settings)}, which is no folder of the "
            "server's machine.",
            target=store.name,
            remedy="Lead its address to a folder that has the data: STEPWORKS_STORAGE_MAP.",
        )
    return folder

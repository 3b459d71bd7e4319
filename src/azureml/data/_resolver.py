"""Where the bytes of a workspace's datasets are, as seen from this process: folders of this machine are read in place,
everything else is fetched once."""

import os
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from azureml.data import _service
from stepworks.datasets.resolver import FileEntry, FolderResolver
from stepworks.datasets.source import DataPath, DatastorePath
from stepworks.datasets.web import WebCache
from stepworks.errors import DataMissing, NotFound
from stepworks.hashing import content_hash

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from stepworks.wire.data import DatastoreRecord


def resolver_for(workspace: "Workspace | None") -> FolderResolver:
    """A resolver for datasets of a workspace; without one only web addresses can be read."""
    web = WebCache(_cache_folder() / "web")
    return FolderResolver({}, web) if workspace is None else WorkspaceResolver(workspace, web)


class WorkspaceResolver(FolderResolver):
    """Finds files in the datastores of a workspace. The datastores are asked for when one is needed."""

    def __init__(self, workspace: "Workspace", web: WebCache) -> None:
        super().__init__({}, web)
        self._workspace = workspace

    @cached_property
    def _records(self) -> "dict[str, DatastoreRecord]":
        return {d.name: d for d in _service.datastores(self._workspace)}

    def list(self, path: DataPath) -> Sequence[FileEntry]:
        """As `Resolver.list`."""
        if not isinstance(path, DatastorePath) or self._is_here(path.datastore):
            return super().list(path)
        found = self._workspace._client.files(self._workspace.name, path.datastore, glob=path.path)
        if not found:
            raise DataMissing(f"There is no file for '{path.path}' in datastore '{path.datastore}'.", target=path.path)
        return [FileEntry(path.datastore, f.path, f.size, f.modified, f"{f.size}-{f.modified}") for f in found]

    def local(self, entry: FileEntry) -> Path:
        """As `Resolver.local`; what is elsewhere is fetched into a folder that is kept."""
        if entry.datastore is None or self._is_here(entry.datastore):
            return super().local(entry)
        key = content_hash(
            "fetched/1", self._workspace.discovery_url, self._workspace.name, entry.datastore, entry.path, entry.etag
        )
        target = _cache_folder() / "files" / key[:32] / os.path.basename(entry.path)
        if not target.exists():
            try:
                self._workspace._client.file_read(self._workspace.name, entry.datastore, entry.path, target)
            except NotFound as e:
                raise DataMissing(
                    f"The file '{entry.path}' of datastore '{entry.datastore}' is gone.", target=entry.path
                ) from e
        return target

    def _is_here(self, datastore: str) -> bool:
        record = self._records.get(datastore)
        if record is None:
            return True  # the folder resolver says that it is not known
        if record.root is None or not os.path.isdir(record.root):
            return False
        self._folders = {**self._folders, datastore: Path(record.root)}
        return True


def _cache_folder() -> Path:
    from stepworks.home import Home

    if os.environ.get("STEPWORKS_HOME") or not os.environ.get("AZUREML_RUN_ID"):
        return Home.default(os.environ).cache
    # A step isn't told where the server's home is, and the user's own is none of its business.
    return Path(tempfile.gettempdir()) / f"stepworks-{os.getuid()}"

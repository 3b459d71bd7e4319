"""Where the bytes of a dataset are: the port, and the resolver for folders of this machine.

Whoever knows datastores implements `Resolver`; `FolderResolver` is the one for datastores that are local folders.
"""

# pyright: reportUnknownParameterType=false

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from stepworks.datasets import glob
from stepworks.datasets.source import DataPath, DatastorePath, LocalPath, SqlQuery, WebPath
from stepworks.datasets.web import WebCache
from stepworks.errors import DataMissing, InvalidInput
from stepworks.hashing import hash_file

if TYPE_CHECKING:
    import pyarrow as pa


class FileEntry(Struct, frozen=True):
    """A file that a path stands for.

    `path` is relative to the root of `datastore`; without a datastore it is the address of a web file or the
    absolute path of a local one. `modified` is in seconds since the epoch, UTC. `etag` is what the store says of the
    content, if it says anything; it need not be there.
    """

    datastore: str | None
    path: str
    size: int
    modified: float | None = None
    etag: str | None = None


class Resolver(Protocol):
    """Finds files and brings them to this machine."""

    def list(self, path: DataPath) -> Sequence[FileEntry]:
        """The files that a path stands for, sorted by path: the file, all files below the folder, or those that fit
        the glob. Raises DataMissing if there are none, NotFound if there is no such datastore."""
        ...

    def local(self, entry: FileEntry) -> Path:
        """Where the file's bytes are on this machine, fetched if need be; the name's ending is kept. The caller only
        reads it. Raises DataMissing if the file is gone."""
        ...

    def identity(self, entry: FileEntry) -> str:
        """A text that changes when the content of the file does."""
        ...

    def query(self, source: SqlQuery) -> "pa.RecordBatchReader":
        """Run a query. Raises InvalidInput if the datastore is no database."""
        ...


class FolderResolver:
    """Datastores that are folders of this machine, and web files through a cache.

    Local paths are refused unless `local_files` is said: a plan that came over the network must not read any file of
    the machine that it is run on.
    """

    def __init__(self, folders: Mapping[str, Path], web: WebCache | None = None, *, local_files: bool = False) -> None:
        self._folders = folders
        self._web = web
        self._local_files = local_files

    def list(self, path: DataPath) -> Sequence[FileEntry]:
        """As `Resolver.list`."""
        match path:
            case WebPath(url):
                cached = self._cache().refresh(url)
                return [FileEntry(None, url, cached.size, None, cached.etag)]
            case LocalPath(name) if not self._local_files:
                raise InvalidInput(
                    f"'{name}' is a file of one machine, so a dataset can't hold it.",
                    target="path",
                    remedy="Upload it to a datastore, and give its path there.",
                )
            case LocalPath(name):
                # A glob on an absolute path: look from the root of the file system.
                absolute = os.path.abspath(name) + ("/" if name.endswith("/") else "")
                found = list_folder(Path("/"), absolute.lstrip("/"))
                entries = [FileEntry(None, "/" + file.path, file.size, file.modified) for file in found]
            case DatastorePath(datastore, name):
                found = list_folder(self._folder(datastore), name)
                entries = [FileEntry(datastore, file.path, file.size, file.modified) for file in found]
        if not entries:
            place = f" in datastore '{path.datastore}'" if isinstance(path, DatastorePath) else ""
            raise DataMissing(
                f"There is no file for '{path.path}'{place}.",
                target=path.path,
                remedy="Check the path: its spelling, upper and lower case, and that the data was uploaded.",
            )
        return entries

    def local(self, entry: FileEntry) -> Path:
        """As `Resolver.local`: the file itself."""
        if entry.datastore is not None:
            path = self._folder(entry.datastore) / entry.path
        elif entry.path.startswith("/"):
            path = Path(entry.path)
        else:
            return self._cache().get(entry.path).path
        if not path.is_file():
            raise DataMissing(f"The file '{entry.path}' is gone.", target=entry.path)
        return path

    def identity(self, entry: FileEntry) -> str:
        """As `Resolver.identity`: the hash of the bytes."""
        return hash_file(self.local(entry))

    def query(self, source: SqlQuery) -> "pa.RecordBatchReader":
        """As `Resolver.query`: refused, as folders are no databases."""
        raise InvalidInput(
            f"The datastore '{source.datastore}' is no database, so it can't run a query.",
            target="query",
            remedy="Give a datastore that is a SQL database.",
        )

    def _folder(self, datastore: str) -> Path:
        try:
            return self._folders[datastore]
        except KeyError:
            raise DataMissing(
                f"There is no datastore '{datastore}'.",
                target=datastore,
                remedy=f"Known here: {', '.join(sorted(self._folders)) or 'none'}.",
            ) from None

    def _cache(self) -> WebCache:
        if self._web is None:
            raise InvalidInput("Web addresses can't be read here, as no cache folder was given.", target="path")
        return self._web


def list_folder(root: Path, pattern: str) -> Sequence[FileEntry]:
    """The files below `root` that a relative path, folder or glob stands for, sorted by path; none: empty.

    The entries name no datastore: the caller knows which it is.
    """
    pattern = "/".join(part for part in pattern.replace("\\", "/").split("/") if part not in ("", ".")) + (
        "/" if pattern.endswith("/") and glob.is_glob(pattern) else ""
    )
    # A file whose name has the letters of a wildcard is meant as it is.
    if not glob.is_glob(pattern) or (root / pattern).is_file():
        start = root / pattern
        found = [start] if start.is_file() else _below(start)
    else:
        wanted = glob.compile(pattern)
        found = (p for p in _below(root / glob.base(pattern)) if wanted.fullmatch(p.relative_to(root).as_posix()))
    return sorted((_entry(root, path) for path in found), key=lambda entry: entry.path)


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in files:
            yield Path(parent, name)


def _entry(root: Path, path: Path) -> FileEntry:
    stat = path.stat()
    return FileEntry(None, path.relative_to(root).as_posix(), stat.st_size, stat.st_mtime)

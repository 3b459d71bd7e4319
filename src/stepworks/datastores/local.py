"""A folder on this machine as a datastore."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from stepworks.data.paths import is_glob, relative
from stepworks.datastores.base import Datastore, StoredFile
from stepworks.errors import NotFound, UnsafePath
from stepworks.ids import new_hex

_CHUNK = 1 << 20
_PARTIAL = ".partial-"


class LocalDatastore(Datastore):
    """Files below one folder. Links are followed only as long as they stay below it."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))

    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        prefix = prefix.replace("\\", "/").lstrip("/")
        folder = relative(prefix.rpartition("/")[0])
        return (f for f in self._walk(folder) if f.path.startswith(prefix))

    def find(self, pattern: str) -> Iterator[StoredFile]:
        pattern = relative(pattern)
        if not is_glob(pattern) or (self.root / pattern).exists():
            path = self.root / pattern
            if path.is_file():
                return iter([self._stored(pattern, path.stat())])
            return self._walk(pattern)
        fixed: list[str] = []
        for segment in pattern.split("/"):
            if is_glob(segment):
                break
            fixed.append(segment)
        matches = glob_pattern(pattern).fullmatch
        return (f for f in self._walk("/".join(fixed)) if matches(f.path))

    def read(self, path: str) -> Iterator[bytes]:
        try:
            f = open(self._below(path), "rb")  # noqa: SIM115 - closed by the generator
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as e:
            raise NotFound(f"There is no file {path!r} in the datastore.", target=path) from e
        return _chunks(f)

    def write(self, path: str, chunks: Iterable[bytes], *, overwrite: bool = False) -> bool:
        target = self._below(path)
        if target.is_dir():
            raise UnsafePath(f"{path!r} is a folder of the datastore; a file cannot take its place.", target=path)
        if not overwrite and target.exists():
            for _ in chunks:
                pass
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{_PARTIAL}{new_hex(16)}")
        try:
            with open(partial, "wb") as f:
                for chunk in chunks:
                    f.write(chunk)
            if overwrite:
                os.replace(partial, target)
            else:
                # A hard link fails when the name is taken: of two who upload at once, one is told it was skipped.
                try:
                    os.link(partial, target)
                except FileExistsError:
                    return False
        finally:
            partial.unlink(missing_ok=True)
        return True

    def delete(self, path: str) -> bool:
        try:
            self._below(path).unlink()
        except FileNotFoundError:
            return False
        return True

    def local_path(self, path: str) -> Path:
        return self._below(path)

    def _below(self, path: str) -> Path:
        target = self.root / relative(path)
        if not self._is_inside(os.path.realpath(target)):
            raise UnsafePath(f"{path!r} is a link that leads out of the datastore.", target=path)
        return target

    def _is_inside(self, real: str) -> bool:
        return real == str(self.root) or real.startswith(f"{self.root}{os.sep}")

    def _is_below(self, entry: "os.DirEntry[str]") -> bool:
        return not entry.is_symlink() or self._is_inside(os.path.realpath(entry.path))

    def _walk(self, folder: str) -> Iterator[StoredFile]:
        try:
            entries = list(os.scandir(self._below(folder)))
        except (FileNotFoundError, NotADirectoryError):
            return
        # Sorted by whole path: a folder's files sort where "name/" does, not where "name" does.
        for entry in sorted(entries, key=lambda e: e.name + ("/" if e.is_dir() else "")):
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir():
                if not entry.is_symlink():
                    yield from self._walk(path)
            elif entry.is_file() and not entry.name.startswith(_PARTIAL) and self._is_below(entry):
                yield self._stored(path, entry.stat())

    @staticmethod
    def _stored(path: str, stat: os.stat_result) -> StoredFile:
        return StoredFile(path, stat.st_size, stat.st_mtime)


def glob_pattern(pattern: str) -> re.Pattern[str]:
    """A compiled glob: `*` and `?` within a folder, `**` across folders, `[abc]` sets."""
    out: list[str] = []
    i = 0
    while i < len(pattern):
        c = pattern[i]
        if pattern.startswith("**/", i):
            out.append("(?:.*/)?")
            i += 3
            continue
        if pattern.startswith("**", i):
            out.append(".*")
            i += 2
            continue
        end = pattern.find("]", i + 2) if c == "[" else -1
        if c == "*":
            out.append("[^/]*")
        elif c == "?":
            out.append("[^/]")
        elif end > 0:
            inner = pattern[i + 1 : end].replace("\\", r"\\")
            out.append(f"[{'^' + inner[1:] if inner.startswith('!') else inner}]")
            i = end
        else:
            out.append(re.escape(c))
        i += 1
    return re.compile("".join(out), re.DOTALL)


def _chunks(f: BinaryIO) -> Iterator[bytes]:
    with f:
        while chunk := f.read(_CHUNK):
            yield chunk

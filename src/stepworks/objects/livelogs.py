"""Logs of runs that are not over: files that grow, read by whoever follows the run, until they become objects."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from stepworks.data.paths import strict
from stepworks.errors import InvalidInput

_MOST = 1 << 30


class LiveLogs:
    """A folder with a folder for each run. Every method may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Most runs are so short that they never have a file here: they are not looked for on the disk.
        self._runs: set[str] = set(os.listdir(folder)) if folder.is_dir() else set()

    def append(self, run: str, name: str, offset: int, data: bytes) -> None:
        """Write the bytes of a log that begin at `offset`; the same bytes twice, or in another order, do no harm.

        Raises UnsafePath for a name that leads out of the run's folder.
        """
        path = self._path(run, name)
        self._runs.add(run)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            view = memoryview(data)
            while view:
                written = os.pwrite(fd, view, offset)
                view, offset = view[written:], offset + written
        finally:
            os.close(fd)

    def add(self, run: str, name: str, data: bytes) -> int:
        """Write bytes at the end of a log that one writer keeps; the offset they begin at."""
        offset = self.size(run, name)
        self.append(run, name, offset, data)
        return offset

    def read(self, run: str, name: str, offset: int = 0, limit: int = _MOST) -> bytes:
        """The log from `offset` on, as far as it is written; nothing when there is none of that name."""
        try:
            with open(self._path(run, name), "rb") as f:
                f.seek(offset)
                return f.read(limit)
        except FileNotFoundError:
            return b""

    def size(self, run: str, name: str) -> int:
        """How many bytes a log has; 0 when there is none of that name."""
        try:
            return os.stat(self._path(run, name)).st_size
        except FileNotFoundError:
            return 0

    def names(self, run: str) -> tuple[str, ...]:
        """The logs of a run, sorted."""
        if run not in self._runs:
            return ()
        folder = self._run_folder(run)
        found = (
            Path(root, file).relative_to(folder).as_posix() for root, _, files in os.walk(folder) for file in files
        )
        return tuple(sorted(found))

    def finish(self, run: str, name: str) -> Path | None:
        """The file of a log that is complete, to be kept elsewhere; None when there is none of that name."""
        path = self._path(run, name)
        return path if path.is_file() else None

    def set_aside(self, run: str, name: str, under: str) -> None:
        """Keep what was written of a log under another name: it begins anew."""
        source, target = self._path(run, name), self._path(run, under)
        if run in self._runs and source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)

    def discard(self, run: str) -> None:
        """Remove what is left of a run."""
        if run not in self._runs:
            return
        self._runs.discard(run)
        with suppress(FileNotFoundError):
            shutil.rmtree(self._run_folder(run))

    def _run_folder(self, run: str) -> Path:
        if not run or run in {".", ".."} or "/" in run or "\\" in run or "\0" in run:
            raise InvalidInput(f"{run!r} cannot be a run's id.", target="run")
        return self._folder / run

    def _path(self, run: str, name: str) -> Path:
        checked = strict(name, what="log name")
        if not checked:
            raise InvalidInput("A log needs a name.", target="name")
        return self._run_folder(run) / checked

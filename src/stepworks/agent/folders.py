"""Folders of attempts. Making and removing a folder costs as much as forking, so emptied ones are used again, with
their snapshot if it is as it was.

<attempt>/run/          the script's working directory: the snapshot, with outputs/ and logs/
<attempt>/out/          outputs while they are written
<attempt>/in/           inputs that had to be made
<attempt>/log.txt       standard output and error; an empty file or none at first
"""

import os
import stat
import threading
from collections.abc import Callable
from typing import NamedTuple

from stepworks.agent.restored import Restored, sees_every_change
from stepworks.errors import UnsafePath
from stepworks.filetrees import empty, remove

_SPARE = ".spare-"
_KEPT_BYTES = 512 << 20
_INNER = ("outputs", "logs")
LOG = "log.txt"


class _Spare(NamedTuple):
    """A folder that waits for an attempt, and what is in its `run`."""

    path: str
    restored: Restored | None


class Folders:
    """The folders below `work`. Safe for threads."""

    def __init__(self, work: str, owner: str, *, kept: int = 16) -> None:
        """`owner` is a name that no other agent of this home has; at most `kept` folders wait for attempts."""
        os.makedirs(work, exist_ok=True)
        self.work = os.path.realpath(work)
        self._kept = kept
        self._prefix = f"{self.work}/{_SPARE}{owner}-"
        self._keeps_snapshots = sees_every_change(self.work)
        # The one that was given back last is at the end.
        self._spare: list[_Spare] = []
        self._restored: dict[str, Restored] = {}
        self._lock = threading.Lock()
        self._made = 0
        self._mode = 0

    def take(self, attempt: str, snapshot: str | None = None) -> str:
        """A new folder for an attempt, with `run` and `out`; `fill` completes `run`, best with this snapshot."""
        if "/" in attempt or attempt.startswith("."):
            raise UnsafePath(f"{attempt!r} is not the id of an attempt.", target=attempt)
        path = f"{self.work}/{attempt}"
        spare = self._find(snapshot)
        if spare is not None:
            try:
                os.rename(spare.path, path)
            except OSError:
                remove(spare.path)  # something is in the way
            else:
                if spare.restored is not None:
                    self._restored[path] = spare.restored
                return path
        if os.path.lexists(path):
            remove(path)
        os.mkdir(path)
        for name in ("run", "out", *_INNER):
            os.mkdir(f"{path}/{name}")
        if not self._mode:
            self._mode = os.lstat(f"{path}/run").st_mode
        return path

    def fill(self, path: str, snapshot: str | None, restore: Callable[[str], None]) -> None:
        """Complete `run`: the snapshot, written by `restore` if it is not there yet, and `outputs` and `logs`, which
        exist whatever the snapshot has (published code relies on it)."""
        if path in self._restored:
            return
        run = f"{path}/run"
        if snapshot is not None:
            restore(run)
            if self._keeps_snapshots:
                self._restored[path] = Restored.of(snapshot, run)
        for name in _INNER:
            inner = f"{run}/{name}"
            if not os.path.lexists(inner):
                os.rename(f"{path}/{name}", inner)

    def size(self, path: str) -> int:
        """About how many bytes of disk a folder's snapshot takes."""
        restored = self._restored.get(path)
        return 0 if restored is None else restored.size

    def leave(self, path: str) -> None:
        """The attempt is over; its folder stays as it is."""
        self._restored.pop(path, None)

    def give_back(self, path: str) -> None:
        """The attempt is over: empty its folder and keep it, or remove it."""
        restored = self._restored.pop(path, None)
        if restored is not None and not (restored.size <= _KEPT_BYTES and self._has_kept(path, restored)):
            restored = None
        if restored is None and not self._can_empty(path):
            remove(path)
            return
        with self._lock:
            self._made += 1
            spare = _Spare(f"{self._prefix}{self._made}", restored)
        os.rename(path, spare.path)
        with self._lock:
            self._spare.append(spare)
            gone = [self._spare.pop(0) for _ in range(self._too_many())]
        for old in gone:
            remove(old.path)

    def clear(self) -> None:
        """Remove the spare folders."""
        while self._spare:
            remove(self._spare.pop().path)

    def remove_leftovers(self, keep: frozenset[str]) -> None:
        """Remove the folders of attempts of agents that are gone, but for those in `keep`."""
        for name in os.listdir(self.work):
            if name not in keep:
                remove(f"{self.work}/{name}")

    def _find(self, snapshot: str | None) -> _Spare | None:
        """The spare folder that has the snapshot, else an empty one."""
        with self._lock:
            for wanted in dict.fromkeys((snapshot, None)):
                for place in reversed(range(len(self._spare))):
                    restored = self._spare[place].restored
                    if (None if restored is None else restored.snapshot) == wanted:
                        return self._spare.pop(place)
        return None

    def _too_many(self) -> int:
        """How many of the spare folders are to go, the oldest first."""
        sizes = [0 if s.restored is None else s.restored.size for s in self._spare]
        count = max(len(sizes) - self._kept, 0)
        while sum(sizes[count:]) > _KEPT_BYTES:
            count += 1
        return count

    def _has_kept(self, path: str, restored: Restored) -> bool:
        """Whether `run` has its snapshot as it was, and can be made to have nothing else."""
        run = f"{path}/run"
        apart = [name for name in _INNER if name not in restored.entries]
        try:
            for inner in apart:
                if not self._is_as_made(f"{run}/{inner}"):
                    return False
                empty(f"{run}/{inner}")
            if not (self._is_as_made(run) and restored.is_whole(run, apart)):
                return False
            return self._has_nothing_else(path)
        except OSError:
            return False

    def _can_empty(self, path: str) -> bool:
        """Empty a folder of all but what a new one has; False when its owner has changed more than that."""
        run = f"{path}/run"
        try:
            for name in _INNER:
                if not self._is_as_made(f"{run}/{name}"):
                    return False
                empty(f"{run}/{name}")
                if not os.path.lexists(f"{path}/{name}"):
                    os.rename(f"{run}/{name}", f"{path}/{name}")
            if not self._is_as_made(run):
                return False
            empty(run)
            return self._has_nothing_else(path)
        except OSError:
            return False

    def _has_nothing_else(self, path: str) -> bool:
        """Remove what is beside `run`; False when `out` is not as it was made."""
        out = f"{path}/out"
        if not self._is_as_made(out):
            return False
        empty(out)
        for name in os.listdir(path):
            if name not in ("run", "out", *_INNER) and not (name == LOG and self._is_emptied(f"{path}/{name}")):
                remove(f"{path}/{name}")
        return True

    @staticmethod
    def _is_emptied(log: str) -> bool:
        """Whether the log is a file of its own, which then is empty: that costs less than another one."""
        info = os.lstat(log)
        if not stat.S_ISREG(info.st_mode) or info.st_nlink != 1:
            return False
        if info.st_size:
            os.truncate(log, 0)
        return True

    def _is_as_made(self, path: str) -> bool:
        mode = os.lstat(path).st_mode
        return stat.S_ISDIR(mode) and mode == self._mode

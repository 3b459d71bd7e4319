"""Folders of attempts. Making and removing a folder costs as much as forking, so emptied ones are used again.

<attempt>/run/          the script's working directory: the snapshot, with outputs/ and logs/
<attempt>/out/          outputs while they are written
<attempt>/in/           inputs that had to be made
<attempt>/log.txt       standard output and error
"""

import os
import stat

from stepworks.agent.files import empty, remove
from stepworks.errors import UnsafePath

_SPARE = ".spare-"
_KEPT = 16
_INNER = ("outputs", "logs")


class Folders:
    """The folders below `work`. Safe for threads."""

    def __init__(self, work: str, owner: str) -> None:
        """`owner` is a name that no other agent of this home has."""
        os.makedirs(work, exist_ok=True)
        self.work = os.path.realpath(work)
        self._prefix = f"{self.work}/{_SPARE}{owner}-"
        self._spare: list[str] = []
        self._made = 0
        self._mode = 0

    def take(self, attempt: str) -> str:
        """A new folder for an attempt, with `run` and `out`; `put_inner` completes `run`."""
        if "/" in attempt or attempt.startswith("."):
            raise UnsafePath(f"{attempt!r} is not the id of an attempt.", target=attempt)
        path = f"{self.work}/{attempt}"
        try:
            os.rename(self._spare.pop(), path)
            return path
        except (IndexError, OSError):
            pass  # none left, or something is in the way
        if os.path.lexists(path):
            remove(path)
        os.mkdir(path)
        for name in ("run", "out", *_INNER):
            os.mkdir(f"{path}/{name}")
        if not self._mode:
            self._mode = os.lstat(f"{path}/run").st_mode
        return path

    def put_inner(self, path: str) -> None:
        """Once the snapshot is there: `outputs` and `logs` exist, whatever it has (published code relies on it)."""
        for name in _INNER:
            inner = f"{path}/run/{name}"
            if not os.path.lexists(inner):
                os.rename(f"{path}/{name}", inner)

    def give_back(self, path: str) -> None:
        """The attempt is over: empty its folder and keep it, or remove it."""
        if len(self._spare) >= _KEPT or not self._can_keep(path):
            remove(path)
            return
        self._made += 1
        spare = f"{self._prefix}{self._made}"
        os.rename(path, spare)
        self._spare.append(spare)

    def clear(self) -> None:
        """Remove the spare folders."""
        while self._spare:
            remove(self._spare.pop())

    def remove_leftovers(self, keep: frozenset[str]) -> None:
        """Remove the folders of attempts of agents that are gone, but for those in `keep`."""
        for name in os.listdir(self.work):
            if name not in keep:
                remove(f"{self.work}/{name}")

    def _can_keep(self, path: str) -> bool:
        """Empty a folder of all but what a new one has; False when its owner has changed more than that."""
        try:
            run = f"{path}/run"
            for name in _INNER:
                if not self._is_as_made(f"{run}/{name}"):
                    return False
                empty(f"{run}/{name}")
                if not os.path.lexists(f"{path}/{name}"):
                    os.rename(f"{run}/{name}", f"{path}/{name}")
            for folder in (run, f"{path}/out"):
                if not self._is_as_made(folder):
                    return False
                empty(folder)
            for name in os.listdir(path):
                if name not in ("run", "out", *_INNER):
                    remove(f"{path}/{name}")
        except OSError:
            return False
        return True

    def _is_as_made(self, path: str) -> bool:
        mode = os.lstat(path).st_mode
        return stat.S_ISDIR(mode) and mode == self._mode

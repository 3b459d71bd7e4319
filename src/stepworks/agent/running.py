"""Which processes the attempts of an agent have, in a file that outlives the agent.

One record a slot, written in place: a restarted agent, or the next one, ends what a dead one has left behind.
"""

import os

from stepworks.agent import processes
from stepworks.agent.processes import Family

_RECORD = 128


class Running:
    """The file of one agent: its own process first, then the leader of the attempt in each slot."""

    def __init__(self, path: str, slots: int) -> None:
        self._path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._empty = _record("", 0, 0)
        me = _record(processes.boot_id(), os.getpid(), processes.start_of(os.getpid()))
        os.pwrite(self._fd, me + self._empty * slots, 0)

    def note(self, slot: int, attempt: str, leader: int, started: int) -> None:
        """The attempt of a slot has this process, started at this clock tick."""
        os.pwrite(self._fd, _record(attempt, leader, started), (1 + slot) * _RECORD)

    def clear(self, slot: int) -> None:
        """Nothing runs in a slot any more."""
        os.pwrite(self._fd, self._empty, (1 + slot) * _RECORD)

    def close(self) -> None:
        """The agent ends in order: nothing is left."""
        os.close(self._fd)
        os.unlink(self._path)


def living(folder: str) -> list[tuple[int, int]]:
    """Process and start time of the agents that live, by the files in `folder`."""
    found: list[tuple[int, int]] = []
    for name in os.listdir(folder):
        try:
            boot, agent, started = _read(os.path.join(folder, name))[0]
        except FileNotFoundError:
            continue
        if boot == processes.boot_id() and processes.is_alive(agent, started):
            found.append((agent, started))
    return found


def end_leftovers(folder: str, work: str) -> list[str]:
    """End the processes of attempts whose agent is dead, by the files in `folder`; the attempts they belonged to, even
    if none of their processes was left. `work` holds the folders of attempts."""
    ended: list[str] = []
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        (boot, agent, started), *records = _read(path)
        if boot == processes.boot_id() and processes.is_alive(agent, started):
            continue
        for attempt, leader, started in records:
            if not attempt:
                continue
            is_same_start = boot == processes.boot_id()
            # Not the group if its number may belong to other processes now: the marker finds the rest.
            group = leader if is_same_start and _is_unchanged(leader, started) else -1
            family = Family(group, started if is_same_start else 0, attempt, os.path.join(work, attempt))
            processes.kill_all(family.members, ())
            ended.append(attempt)
        os.unlink(path)
    return ended


def _is_unchanged(leader: int, started: int) -> bool:
    """Whether no other process has taken the number of a leader."""
    found = processes.look_at(leader)
    return found is None or found.started == started


def _record(attempt: str, pid: int, started: int) -> bytes:
    text = f"{attempt} {pid} {started}".encode() if attempt else b""
    return text.ljust(_RECORD - 1)[: _RECORD - 1] + b"\n"


def _read(path: str) -> list[tuple[str, int, int]]:
    with open(path, "rb") as f:
        data = f.read()
    found: list[tuple[str, int, int]] = []
    for line in data.split(b"\n"):
        fields = line.decode(errors="replace").split()
        whole = len(fields) == 3 and fields[1].isdigit() and fields[2].isdigit()
        found.append((fields[0], int(fields[1]), int(fields[2])) if whole else ("", 0, 0))
    return found or [("", 0, 0)]

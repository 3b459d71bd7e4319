"""Reports on disk: what an agent could not send yet, for itself or, should it end, for the next agent of its home."""

import os
from contextlib import suppress

import msgspec

from stepworks.agent import processes
from stepworks.agent.outbox import Outbox
from stepworks.wire.agent import AttemptEnded

_decoder = msgspec.json.Decoder(AttemptEnded)
_encoder = msgspec.json.Encoder()


class KeptReports:
    """The file of one agent in a folder that all agents of a home share; a file is called by its agent's process."""

    def __init__(self, folder: str, owner: str) -> None:
        os.makedirs(folder, exist_ok=True)
        self._folder = folder
        self._path = f"{folder}/{owner}.jsonl"
        self._kept: tuple[AttemptEnded, ...] = ()

    def take_over(self, outbox: Outbox) -> tuple[AttemptEnded, ...]:
        """Put the reports of agents that are dead into the outbox: which ones."""
        paths = [f"{self._folder}/{name}" for name in os.listdir(self._folder) if _is_of_a_dead_agent(name)]
        found = tuple(report for path in paths for report in load(path))
        if found:
            outbox.put(*found)
        self.keep(outbox)
        for path in paths:
            os.unlink(path)
        return found

    def has_any(self) -> bool:
        """Whether reports are on disk."""
        return bool(self._kept)

    def keep(self, outbox: Outbox) -> None:
        """Have on disk the ends of attempts that wait to be sent, and nothing else."""
        waiting = outbox.ends()
        if waiting == self._kept:
            return
        self._kept = waiting
        if not waiting:
            with suppress(FileNotFoundError):
                os.unlink(self._path)
            return
        partial = f"{self._path}.partial"
        with open(partial, "wb") as f:
            f.write(b"".join(_encoder.encode(report) + b"\n" for report in waiting))
        os.replace(partial, self._path)


def load(path: str) -> list[AttemptEnded]:
    """The reports in a file; what cannot be read is left out."""
    found: list[AttemptEnded] = []
    with open(path, "rb") as f:
        for line in f:
            with suppress(msgspec.DecodeError):
                found.append(_decoder.decode(line))
    return found


def _is_of_a_dead_agent(name: str) -> bool:
    pid, _, started = name.partition(".")[0].partition("-")
    return pid.isdigit() and started.isdigit() and not processes.is_alive(int(pid), int(started))

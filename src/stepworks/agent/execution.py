"""One process of an attempt, from the request to its end: waits for it, and ends it when that is asked for."""

import os
import select
import signal
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, Protocol

from stepworks.agent import processes
from stepworks.agent.finish import Exit, Stop
from stepworks.agent.processes import Family
from stepworks.agent.zygote import Zygote, ZygoteGone
from stepworks.errors import StepworksError

# While processes are asked to end: how often they are counted, and how many more end the patience.
_LOOK_EVERY = 0.1
_MORE = 200


class NoProcess(StepworksError):
    """The machine does not make another process."""

    code = "NoProcess"


class Watched(Protocol):
    """What is looked at while the process runs. `stop` may be set by another thread, which then wakes the slot."""

    stop: Stop | None


class Waker:
    """Wakes the thread of a slot."""

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def wake(self) -> None:
        """Have `wait_for_end` look at the attempt again."""
        os.eventfd_write(self.fd, 1)

    def clear(self) -> None:
        """Forget about being woken."""
        with suppress(BlockingIOError):
            os.eventfd_read(self.fd)

    def close(self) -> None:
        """No more waking."""
        os.close(self.fd)


def start(zygote: Zygote, slot: int, request: Mapping[str, Any]) -> int:
    """Have a process made; its id.

    Raises Untouched before anything was run, ZygoteGone when it cannot be known whether anything was, NoProcess if the
    machine refuses.
    """
    zygote.ask(slot, request)
    words = zygote.next_line(slot)
    if words[0] == b"failed":
        raise NoProcess(
            f"No process could be made for the step: {os.strerror(int(words[1]))}.",
            remedy="The machine has too little memory or too many processes; run fewer steps at the same time.",
        )
    return int(words[1])


def wait_for_end(
    zygote: Zygote,
    slot: int,
    family: Family,
    attempt: Watched,
    waker: Waker,
    *,
    until: float | None,
    late: Stop,
    own: Callable[[], Collection[int]],
) -> Exit:
    """How the process ended. At `until` (monotonic seconds) it is stopped for the reason `late`.

    To stop is to ask all of the attempt's processes to end, and to kill them after the grace. Raises ZygoteGone if the
    interpreter that had forked the process is gone; the process is then killed too.
    """
    poll = select.poll()
    poll.register(zygote.fileno(slot), select.POLLIN)
    poll.register(waker.fd, select.POLLIN)
    stopping: _Stopping | None = None
    while True:
        if stopping is None and attempt.stop is not None:
            stopping = _Stopping(family, attempt.stop.grace)
        limit = until if stopping is None else stopping.look_at
        if zygote.has_line(slot) or _is_ready(poll, limit, zygote.fileno(slot), waker):
            try:
                words = zygote.next_line(slot)
            except ZygoteGone:
                processes.kill_all(family.members, own())
                raise
            if words[0] == b"ended" and int(words[1]) == family.leader:
                return Exit(int(words[2]), int(words[3]))
        elif limit is not None and time.monotonic() >= limit:
            if stopping is not None:
                stopping.look(own())
            elif attempt.stop is None:
                attempt.stop = late


class _Stopping:
    """Asks an attempt's processes to end, and kills them when the grace is over, or when they become more instead."""

    def __init__(self, family: Family, grace: float) -> None:
        self._family = family
        self._kill_at = time.monotonic() + grace
        self._many = processes.how_many() + _MORE
        processes.signal_group(family.leader, signal.SIGTERM)
        processes.signal_all([p for p in family.members() if p.group != family.leader], signal.SIGTERM)
        self.look_at = min(time.monotonic() + _LOOK_EVERY, self._kill_at)

    def look(self, own: Collection[int]) -> None:
        """See whether it is time to kill."""
        if time.monotonic() >= self._kill_at or processes.how_many() > self._many:
            processes.kill_all(self._family.members, own)
            self._kill_at = time.monotonic() + 1.0
        self.look_at = min(time.monotonic() + _LOOK_EVERY, self._kill_at)


def _is_ready(poll: "select.poll", until: float | None, fd: int, waker: Waker) -> bool:
    """Wait for a descriptor, the waker or the time; whether it was the descriptor."""
    events = poll.poll(None if until is None else max(until - time.monotonic(), 0) * 1000 + 1)
    if any(ready == waker.fd for ready, _ in events):
        waker.clear()
    return any(ready == fd for ready, _ in events)

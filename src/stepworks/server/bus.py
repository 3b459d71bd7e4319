"""Hands out what happened to runs to those who follow: from the writer's thread to the event loop."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager

from stepworks.runs.events import RunChanged, RunEvent
from stepworks.runs.status import is_terminal

GATHER = 0.02


class Follower:
    """One who follows a run: a queue of events, read on the event loop."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._events: deque[RunEvent] = deque()
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()

    def push(self, event: RunEvent) -> None:
        """Add an event; on the event loop."""
        self._events.append(event)
        self._wake.set()
        if ends(event, self._run):
            self._ended.set()

    async def batches(self, heartbeat: float) -> AsyncIterator[list[RunEvent]]:
        """Events as they come, those that come soon after others together; an empty batch after `heartbeat` seconds.

        To send is dear, on both sides: nobody sees that a line was held for `GATHER` seconds, and the end is not.
        """
        while True:
            if not self._events:
                self._wake.clear()
                if not await _comes(self._wake, heartbeat):
                    yield []
                    continue
            batch = list(self._events)
            self._events.clear()
            yield batch
            await _comes(self._ended, GATHER)


async def _comes(what: asyncio.Event, seconds: float) -> bool:
    """Wait for something, for so long."""
    try:
        async with asyncio.timeout(seconds):
            return await what.wait()
    except TimeoutError:
        return False


def ends(event: RunEvent, run: str) -> bool:
    """Whether an event says that this run is over."""
    return isinstance(event, RunChanged) and event.run == run and is_terminal(event.status)


class Bus:
    """Events by root run. `publish` may be called from any thread; everything else on the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: deque[RunEvent] = deque()
        self._scheduled = False
        self._followers: defaultdict[str, set[Follower]] = defaultdict(set)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say which loop delivers."""
        self._loop = loop

    @property
    def followers(self) -> int:
        """How many follow a run right now."""
        return sum(len(f) for f in self._followers.values())

    def publish(self, event: RunEvent) -> None:
        """Tell all who follow the event's root run."""
        self._pending.append(event)
        # One wake-up serves all events that gather until the loop gets to it.
        if not self._scheduled and self._loop is not None:
            self._scheduled = True
            try:
                self._loop.call_soon_threadsafe(self._deliver)
            except RuntimeError:
                self._scheduled = False

    @contextmanager
    def follow(self, run: str) -> Generator[Follower]:
        """Follow a root run, or any run by its own id."""
        follower = Follower(run)
        self._followers[run].add(follower)
        try:
            yield follower
        finally:
            self._followers[run].discard(follower)
            if not self._followers[run]:
                del self._followers[run]

    def _deliver(self) -> None:
        self._scheduled = False
        while self._pending:
            event = self._pending.popleft()
            for key in {event.root, event.run}:
                for follower in self._followers.get(key, ()):
                    follower.push(event)

"""Runs turns: each is one work of the records' writer. What follows a commit is done in the order of the turns."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from stepworks.clock import Clock
from stepworks.engine.turn import Turn
from stepworks.errors import Unavailable
from stepworks.records.base import Records, Transaction
from stepworks.runs.events import RunEvent

T = TypeVar("T")

_log = logging.getLogger("stepworks.engine")


@dataclass
class _Begun:
    """A turn that was begun; `error` once it is known that it failed, `is_resolved` once anything is known."""

    turn: Turn
    is_resolved: bool = False
    error: BaseException | None = None


class Turns:
    """Runs turns. `failed` is told of a turn that was not kept, in the order of the turns as well."""

    def __init__(self, records: Records, clock: Clock, publish: Callable[[RunEvent], None]) -> None:
        self._records = records
        self._clock = clock
        self._publish = publish
        self._begun: deque[_Begun] = deque()
        self._acting = threading.Lock()
        self._is_acting = False
        self.is_stopped = False
        self.failed: Callable[[Turn, BaseException], None] = lambda turn, error: None

    @property
    def under_way(self) -> int:
        """How many turns are not done with."""
        return len(self._begun)

    def run(self, act: Callable[[Turn], T]) -> "Future[T]":
        """Run `act` as a turn; any thread. The future resolves after the commit. Raises Unavailable after the end."""
        if self.is_stopped:
            raise Unavailable("The engine has stopped.")
        mine: list[_Begun] = []

        def work(tx: Transaction) -> T:
            begun = _Begun(Turn(tx, self._clock.now()))
            mine.append(begun)
            self._begun.append(begun)
            result = act(begun.turn)
            begun.turn.finish(self._publish)
            return result

        future = self._records.submit(work)
        future.add_done_callback(lambda done: self._resolved(mine, done))
        return future

    def _resolved(self, mine: list[_Begun], done: "Future[Any]") -> None:
        for begun in mine:
            begun.error = done.exception()
            begun.is_resolved = True
        # Several threads may come here; one acts, in the order of the turns, and sees to what the others bring.
        while True:
            with self._acting:
                if self._is_acting or not (self._begun and self._begun[0].is_resolved):
                    return
                self._is_acting = True
                following = self._begun.popleft()
            try:
                self._follow(following)
            finally:
                with self._acting:
                    self._is_acting = False

    def _follow(self, begun: _Begun) -> None:
        error = begun.error
        effects = begun.turn.effects if error is None else [lambda: self.failed(begun.turn, error)]
        for effect in effects:
            try:
                effect()
            except Unavailable:
                # The engine was stopped in between; the next one takes up what is left.
                if not self.is_stopped:
                    _log.exception("What follows a turn failed.")
            except Exception:
                _log.exception("What follows a turn failed.")

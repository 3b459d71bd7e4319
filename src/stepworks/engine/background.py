"""Work that may take its time, outside of the writer; what it finds comes back as a turn."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from stepworks.engine.turn import Turn

T = TypeVar("T")
Result = T | Exception


class Background:
    """Runs functions in an executor and hands what they return, or raise, to a turn."""

    def __init__(self, executor: Executor, turn: "Callable[[Callable[[Turn], None]], object]") -> None:
        self._executor = executor
        self._turn = turn
        self._lock = threading.Lock()
        self._pending = 0

    @property
    def pending(self) -> int:
        """How many functions have not come back."""
        return self._pending

    def run(self, act: Callable[[], T], then: "Callable[[Turn, T | Exception], None]") -> None:
        """Run `act` in a thread, then `then` in a turn with its result or what it raised."""
        with self._lock:
            self._pending += 1
        try:
            self._executor.submit(self._do, act, then)
        except RuntimeError:
            # The engine has stopped: what is not done is taken up by the next one.
            self._done()

    def _do(self, act: Callable[[], T], then: "Callable[[Turn, T | Exception], None]") -> None:
        result: T | Exception
        try:
            result = act()
        except Exception as e:
            result = e
        try:
            self._turn(lambda turn: then(turn, result))
        finally:
            self._done()

    def _done(self) -> None:
        with self._lock:
            self._pending -= 1

"""Work that may take its time, outside of the writer; what it finds comes back as a turn."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from stepworks.engine.turn import Turn

T = TypeVar("T")


class Background:
    """Runs functions in an executor and hands what they return, or raise, to a turn."""

    def __init__(self, executor: Executor, turn: "Callable[[Callable[[Turn], object]], object]") -> None:
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


class DaemonThreads(Executor):
    """Up to `most` threads that are made as they are needed and never keep the process from ending: an environment
    that is being made takes minutes, and is either whole or not there."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._lock = threading.Lock()
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads = 0
        self._idle = 0
        self._is_shut = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        future: Future[T] = Future()
        with self._lock:
            if self._is_shut:
                raise RuntimeError("These threads were shut down.")
            self._queue.put((future, lambda: fn(*args, **kwargs)))
            if self._idle:
                self._idle -= 1
            elif self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more; what was taken is done, unless it is cancelled. Never waits."""
        with self._lock:
            self._is_shut = True
            if cancel_futures:
                while not self._queue.empty():
                    job = self._queue.get_nowait()
                    if job is not None:
                        job[0].cancel()
            for _ in range(self._threads):
                self._queue.put(None)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            future, act = job
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(act())
                except BaseException as e:
                    future.set_exception(e)
            del job, future, act

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._lock:
            if not self._queue.empty():
                return self._queue.get_nowait()
            self._idle += 1
        return self._queue.get()

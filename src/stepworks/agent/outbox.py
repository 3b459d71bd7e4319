"""Reports on their way to the server, in order. Whoever puts one sends it, with all that wait; without a server they
are kept."""

import threading
from collections.abc import Callable, Sequence

from stepworks.errors import InvalidInput, Unavailable
from stepworks.runs.values import Failure
from stepworks.wire.agent import AttemptEnded, LogChunk, Report, ReportsTaken

_BATCH_BYTES = 4 << 20
_MOST = 10_000


class Outbox:
    """`send` posts a batch: it raises Unavailable to have it kept, InvalidInput when the server cannot read it. `taken`
    is told of every batch that has arrived."""

    def __init__(
        self, send: Callable[[Sequence[Report]], ReportsTaken], taken: Callable[[Sequence[Report], ReportsTaken], None]
    ) -> None:
        self._send = send
        self._taken = taken
        self._waiting: list[Report] = []
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._is_sending = False
        self._put = 0
        self._gone = 0

    def put(self, *reports: Report) -> int:
        """Send reports, or leave them to the thread that is sending; a number for `wait`."""
        with self._lock:
            self._waiting.extend(reports)
            self._put += len(reports)
            number = self._put
            if self._is_sending:
                return number
            self._is_sending = True
        self._drain()
        return number

    def flush(self) -> None:
        """Try again to send what waits."""
        with self._lock:
            if self._is_sending or not self._waiting:
                return
            self._is_sending = True
        self._drain()

    def wait(self, number: int, timeout: float) -> bool:
        """Wait until what was put up to `number` has arrived."""
        with self._changed:
            return self._changed.wait_for(lambda: self._gone >= number, timeout)

    def is_empty(self) -> bool:
        """Whether nothing waits."""
        with self._lock:
            return not self._waiting

    def ends(self) -> tuple[AttemptEnded, ...]:
        """The ends of attempts that wait."""
        with self._lock:
            return tuple(report for report in self._waiting if isinstance(report, AttemptEnded))

    def _drain(self) -> None:
        most = _MOST
        try:
            while batch := self._next(most):
                try:
                    answer = self._send(batch)
                except InvalidInput as e:
                    if len(batch) > 1:
                        # One of them is to blame: the others must arrive.
                        most = 1
                        continue
                    answer = self._send_instead(batch[0], e)
                most = _MOST
                with self._changed:
                    del self._waiting[: len(batch)]
                    self._gone += len(batch)
                    self._changed.notify_all()
                self._taken(batch, answer)
        except Unavailable:
            self._stop_sending()  # kept for `flush`
        except BaseException:
            self._stop_sending()
            raise

    def _stop_sending(self) -> None:
        with self._lock:
            self._is_sending = False

    def _next(self, most: int) -> list[Report]:
        with self._lock:
            batch = _first(self._waiting[:most])
            if not batch:
                # Under the lock, so that whoever puts the next one sends it.
                self._is_sending = False
            return batch

    def _send_instead(self, refused: Report, error: InvalidInput) -> ReportsTaken:
        """Tell the server at least that an attempt is over, whose report it cannot read."""
        if not isinstance(refused, AttemptEnded):
            return ReportsTaken()
        failure = Failure(cause="internal", message=f"The server refused the report of this attempt: {error}")
        try:
            return self._send([AttemptEnded(attempt=refused.attempt, lease=refused.lease, failure=failure)])
        except InvalidInput:
            return ReportsTaken()


def _first(waiting: Sequence[Report]) -> list[Report]:
    """As many of the first reports as go into one request."""
    size = 0
    for i, report in enumerate(waiting):
        size += len(report.data) if isinstance(report, LogChunk) else len(getattr(report, "log", b"")) + 1000
        if size > _BATCH_BYTES and i:
            return list(waiting[:i])
    return list(waiting)

"""What the server hears of attempts while they run: that they do, their logs, their metrics.

A step that is over within a moment costs nothing here: all there is to say of it is in the report of its end.
"""

import threading
from collections.abc import Callable, Iterable, Sequence

from stepworks.agent import processes
from stepworks.agent.attempt import Attempt
from stepworks.agent.finish import Stop
from stepworks.agent.logs import DRIVER_LOG, INLINE
from stepworks.agent.outbox import Outbox
from stepworks.agent.spool import LINES
from stepworks.tracking.metrics import MetricBatch
from stepworks.wire.agent import AttemptStarted, LogChunk, MetricsShipped

EVERY = 0.2
_METRICS_EVERY = 2
# Of one log at a time, so that a script that writes without end does not keep others waiting.
_CHUNKS_AT_ONCE = 8
_OLD_ENOUGH = 0.1
# So many processes and threads, more than half of them of one attempt, are no work but a mistake.
_TOO_MANY = 6000


class Telemetry:
    """Ships what attempts have to say, `tick` by `tick`."""

    def __init__(self, outbox: Outbox, now: Callable[[], float]) -> None:
        self._outbox = outbox
        self._now = now
        self._ticks = 0

    def tick(self, attempts: Iterable[Attempt]) -> None:
        """Look at all attempts that run."""
        self._ticks += 1
        for attempt in attempts:
            self._announce(attempt)
            for _ in range(_CHUNKS_AT_ONCE):
                if not self.ship_log(attempt):
                    break
            if self._ticks % _METRICS_EVERY == 0:
                self.ship_metrics(attempt)
                self.ship_files(attempt)

    def guard(self, attempts: Sequence[Attempt]) -> None:
        """Stop an attempt that makes processes without end, before the machine stands still."""
        total = processes.how_many()
        if total < _TOO_MANY:
            return
        for attempt in attempts:
            if attempt.family is not None and attempt.stop is None and 2 * len(attempt.family.members()) > total:
                message = f"The script had made most of the machine's {total} processes, and was killed."
                attempt.ask_to_stop(Stop("signal", message, 0.0))

    def ship_log(self, attempt: Attempt) -> int:
        """Send the next chunk of a log; a number to wait for, 0 when there is nothing new."""
        with attempt.log.lock:
            offset, data = attempt.log.read()
            if not data:
                return 0
            return self._outbox.put(
                LogChunk(attempt=attempt.id, lease=attempt.lease, name=DRIVER_LOG, offset=offset, data=data)
            )

    def ship_files(self, attempt: Attempt) -> None:
        """Send what was added to the files in `logs`; at the end they are kept whole."""
        with attempt.log.lock:
            if attempt.is_over or attempt.phase != "running":
                return
            for name, tail in attempt.files.tails():
                if tail.is_shorter():
                    tail.close()
                offset, data = tail.read()
                if data:
                    self._outbox.put(
                        LogChunk(attempt=attempt.id, lease=attempt.lease, name=name, offset=offset, data=data)
                    )

    def ship_metrics(self, attempt: Attempt) -> None:
        """Send what metrics there are."""
        with attempt.spool.lock:
            while (batch := attempt.spool.read()) is not None:
                self._outbox.put(MetricsShipped(attempt=attempt.id, lease=attempt.lease, batch=batch))

    def ship_most(self, attempt: Attempt, stopped: threading.Event) -> None:
        """An attempt is over: send what is too much for one report, piece by piece, as fast as it is taken."""
        while attempt.log.left() > INLINE and not stopped.is_set():
            number = self.ship_log(attempt)
            while number and not self._outbox.wait(number, 1.0) and not stopped.is_set():
                pass

    def rest_of_metrics(self, attempt: Attempt) -> tuple[MetricBatch, ...]:
        """The metrics that were not sent; all but the last batch are sent now, if there are several."""
        with attempt.spool.lock:
            batch = attempt.spool.read()
            while batch is not None and len(batch.points) == LINES:
                self._outbox.put(MetricsShipped(attempt=attempt.id, lease=attempt.lease, batch=batch))
                batch = attempt.spool.read()
            attempt.spool.close()
        return () if batch is None else (batch,)

    def _announce(self, attempt: Attempt) -> None:
        phase, began = attempt.phase, attempt.phase_began
        if attempt.announced != phase and (self._now() - began >= _OLD_ENOUGH or attempt.log.left()):
            attempt.announced = phase
            self._outbox.put(AttemptStarted(attempt=attempt.id, lease=attempt.lease, phase=phase, time=began))

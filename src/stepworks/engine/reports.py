"""What agents report: checked against the leases, bytes put where they belong, states handed to the writer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stepworks.data.paths import strict
from stepworks.engine import metrics
from stepworks.engine.attempts import DRIVER_LOG, Attempts
from stepworks.engine.live import Book, LiveAttempt
from stepworks.engine.ports import Ports
from stepworks.engine.turn import Turn
from stepworks.errors import UnsafePath
from stepworks.runs.events import LogAppended
from stepworks.wire.agent import (
    ArtifactStored,
    AttemptEnded,
    AttemptStarted,
    LogChunk,
    MetricsShipped,
    Report,
    ReportsTaken,
)


@dataclass
class Prepared:
    """Reports whose bytes are in place. `steps` wait for the writer; `stale` are attempts of others by now."""

    steps: list[tuple[AttemptStarted | MetricsShipped | AttemptEnded, tuple[ArtifactStored, ...]]] = field(
        default_factory=list[tuple[AttemptStarted | MetricsShipped | AttemptEnded, tuple[ArtifactStored, ...]]]
    )
    stale: dict[str, None] = field(default_factory=dict[str, None])


class Reports:
    """Takes reports."""

    def __init__(self, ports: Ports, book: Book, attempts: Attempts) -> None:
        self._ports = ports
        self._book = book
        self._attempts = attempts

    def prepare(self, reports: Sequence[Report]) -> Prepared:
        """Put logs where they are read, in the order of the reports; any thread. Never needs the records."""
        prepared = Prepared()
        for report in reports:
            attempt = self._book.current(report.attempt, report.lease)
            if attempt is None:
                prepared.stale[report.attempt] = None
                continue
            self._ports.compute.acknowledge(report.attempt)
            match report:
                case LogChunk():
                    self._log(attempt, report)
                case AttemptEnded():
                    prepared.steps.append((report, self._keep(attempt, report)))
                case _:
                    prepared.steps.append((report, ()))
        return prepared

    def take(self, turn: Turn, prepared: Prepared) -> ReportsTaken:
        """Let the states follow. The lease is asked for again: it may have been lost meanwhile."""
        for report, artifacts in prepared.steps:
            attempt = self._book.current(report.attempt, report.lease)
            if attempt is None:
                prepared.stale[report.attempt] = None
                continue
            turn.touch(attempt.live)
            known = frozenset((attempt.run,))
            match report:
                case AttemptStarted():
                    self._attempts.started(turn, attempt, report.phase, report.time)
                case MetricsShipped():
                    metrics.take(turn, report.batch, known)
                case AttemptEnded():
                    for batch in report.metrics:
                        metrics.take(turn, batch, known)
                    if report.log:
                        turn.news(_appended(attempt, DRIVER_LOG, report.log_offset, report.log))
                    self._attempts.ended(turn, attempt, report, artifacts)
        return ReportsTaken(tuple(prepared.stale))

    def _log(self, attempt: LiveAttempt, chunk: LogChunk) -> None:
        try:
            self._ports.logs.append(attempt.run, chunk.name, chunk.offset, chunk.data)
        except (UnsafePath, OSError):
            # A log that cannot be kept never keeps the step from going on.
            return
        self._ports.publish(_appended(attempt, chunk.name, chunk.offset, chunk.data))

    def _keep(self, attempt: LiveAttempt, report: AttemptEnded) -> tuple[ArtifactStored, ...]:
        """Turn the logs of an attempt into objects; of a short step the log came with the report alone."""
        logs, objects = self._ports.logs, self._ports.objects
        kept = {stored.name: stored for stored in report.artifacts if _is_name(stored.name)}
        names = logs.names(attempt.run)
        if DRIVER_LOG not in names and report.log_offset == 0:
            kept[DRIVER_LOG] = ArtifactStored(DRIVER_LOG, objects.put(report.log), len(report.log))
        elif report.log:
            logs.append(attempt.run, DRIVER_LOG, report.log_offset, report.log)
            names = logs.names(attempt.run)
        for name in names:
            path = logs.finish(attempt.run, name)
            # What the agent has kept is the whole file; what came of it meanwhile may be less.
            if path is not None and name not in kept:
                kept[name] = ArtifactStored(name, objects.put_file(path), path.stat().st_size)
        return tuple(kept.values())


def _appended(attempt: LiveAttempt, name: str, offset: int, data: bytes) -> LogAppended:
    return LogAppended(run=attempt.run, root=attempt.live.row.root, name=name, offset=offset, data=data)


def _is_name(name: str) -> bool:
    try:
        return strict(name) == name != ""
    except UnsafePath:
        return False

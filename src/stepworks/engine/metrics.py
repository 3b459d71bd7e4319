"""Logged values on their way into the records: each once, in the order of logging."""

import msgspec

from stepworks.engine.turn import Turn
from stepworks.records.base import eq
from stepworks.records.rows import Metric, Run, Spool
from stepworks.tracking.metrics import MetricBatch, MetricPoint

_GREATEST = 2**63 - 1


def take(turn: Turn, batch: MetricBatch, known: frozenset[str] = frozenset()) -> int:
    """Take over a batch of a spool; lines that were taken before are passed over. How many were taken.

    Runs in `known` are there; points of other runs that are not there are left out: logging never fails.
    """
    spool = turn.tx.get(Spool, batch.spool)
    fresh = batch.points[max(0, spool.last + 1 - batch.first) :] if spool is not None else batch.points
    if not fresh:
        return 0
    turn.tx.put(Spool(id=batch.spool, last=batch.first + len(batch.points) - 1))
    by_run: dict[str, list[MetricPoint]] = {}
    for point in fresh:
        by_run.setdefault(point.run, []).append(point)
    for run, points in by_run.items():
        if run in known or turn.tx.count(Run, eq("id", run)):
            first = turn.tx.next_number(f"metrics/{run}", len(points))
            turn.tx.insert([_row(point, first + i) for i, point in enumerate(points)])
    return len(fresh)


def _row(point: MetricPoint, seq: int) -> Metric:
    step = point.step
    return Metric(
        run=point.run,
        seq=seq,
        name=point.name.replace("\0", ""),
        kind=point.kind,
        value=point.value,
        data=None if point.data is None else msgspec.json.encode(point.data),
        step=step if step is None or -_GREATEST <= step <= _GREATEST else None,
        time=point.time,
    )

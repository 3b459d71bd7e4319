"""A dataset as a value: what to read and what to do with it, with an identity of its definition.

Plans know nothing of files, engines or the SDK: they are made, stored as JSON and compared here, and read in
`execute`, `frames` and `files`.
"""

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from stepworks.datasets import partition
from stepworks.datasets.expression import Expression, moment
from stepworks.datasets.operation import (
    DropColumns,
    Filter,
    KeepColumns,
    Operation,
    RandomSplit,
    Skip,
    Take,
    TakeSample,
    TimeRange,
    WithTimestampColumns,
)
from stepworks.datasets.source import Files, Source, SqlQuery
from stepworks.errors import InvalidInput
from stepworks.hashing import ContentId, content_hash


def new_seed() -> int:
    """A seed by chance, for a sample that was asked for without one."""
    return int.from_bytes(os.urandom(4), "big")


class Plan(Struct, frozen=True, omit_defaults=True):
    """A source and the operations on it. Every method returns a new plan; nothing is read."""

    source: Source
    operations: tuple[Operation, ...] = ()

    @property
    def is_tabular(self) -> bool:
        """Rows and columns; else files."""
        return not isinstance(self.source, Files)

    def then(self, operation: Operation) -> "Plan":
        """This plan and one more operation."""
        return Plan(self.source, (*self.operations, operation))

    def take(self, count: int) -> "Plan":
        """The first `count` rows (or files)."""
        return self.then(Take(_count(count)))

    def skip(self, count: int) -> "Plan":
        """All but the first `count` rows (or files)."""
        return self.then(Skip(_count(count)))

    def take_sample(
        self, probability: float, seed: int | None = None, *, seeds: Callable[[], int] = new_seed
    ) -> "Plan":
        """Each row (or file) with that probability. Without a seed one is drawn now, so the plan stays reproducible."""
        return self.then(TakeSample(_share("probability", probability), _seed(seed, seeds)))

    def random_split(
        self, percentage: float, seed: int | None = None, *, seeds: Callable[[], int] = new_seed
    ) -> "tuple[Plan, Plan]":
        """Two plans that share no row (or file) and miss none; the first has about `percentage` (0 to 1) of them."""
        share, drawn = _share("percentage", percentage), _seed(seed, seeds)
        return self.then(RandomSplit(share, drawn, "first")), self.then(RandomSplit(share, drawn, "second"))

    def keep_columns(self, columns: str | Sequence[str]) -> "Plan":
        """Only these columns, in this order."""
        self._needs_columns("keep_columns")
        return self.then(KeepColumns(_names(columns)))

    def drop_columns(self, columns: str | Sequence[str]) -> "Plan":
        """All but these columns."""
        self._needs_columns("drop_columns")
        return self.then(DropColumns(_names(columns)))

    def filter(self, condition: Expression) -> "Plan":
        """The rows for which the condition holds; for files it reads partition columns, Path, Size, ModifiedTime."""
        return self.then(Filter(condition))

    def with_timestamp_columns(self, timestamp: str | None = None, partition_timestamp: str | None = None) -> "Plan":
        """Says which columns hold the time of a row and of its partition; None for both takes them away."""
        self._needs_columns("with_timestamp_columns")
        if timestamp is not None and timestamp == partition_timestamp:
            raise InvalidInput(
                f"Column '{timestamp}' can't be both timestamp and partition_timestamp.", target="partition_timestamp"
            )
        return self.then(WithTimestampColumns(timestamp, partition_timestamp))

    def time_after(self, start: datetime, *, include_boundary: bool = True) -> "Plan":
        """The rows from `start` on. Raises InvalidInput if no timestamp column was named."""
        return self.then(TimeRange(self._time_column(), moment(start), None, include_boundary))

    def time_before(self, end: datetime, *, include_boundary: bool = True) -> "Plan":
        """The rows up to `end`. Raises InvalidInput if no timestamp column was named."""
        return self.then(TimeRange(self._time_column(), None, moment(end), include_boundary))

    def time_between(self, start: datetime, end: datetime, *, include_boundary: bool = True) -> "Plan":
        """The rows from `start` to `end`. Raises InvalidInput if they are reversed or no timestamp column was named."""
        first, last = moment(start), moment(end)
        if first.as_datetime() > last.as_datetime():
            raise InvalidInput(f"The range ends ({last.utc}) before it begins ({first.utc}).", target="end_time")
        return self.then(TimeRange(self._time_column(), first, last, include_boundary))

    def time_recent(self, delta: timedelta, *, now: datetime, include_boundary: bool = True) -> "Plan":
        """The rows of the last `delta` before `now`. Fixed when the plan is made, so that a plan has one meaning."""
        return self.time_after(now - delta, include_boundary=include_boundary)

    @property
    def timestamp_columns(self) -> tuple[str | None, str | None]:
        """The columns that hold the time of a row and of its partition; None where not named, or no longer kept."""
        fine: str | None = None
        coarse: str | None = None
        for operation in self.operations:
            match operation:
                case WithTimestampColumns(fine, coarse):
                    pass
                case KeepColumns(columns):
                    fine = fine if fine in columns else None
                    coarse = coarse if coarse in columns else None
                case DropColumns(columns):
                    fine = None if fine in columns else fine
                    coarse = None if coarse in columns else coarse
                case _:
                    pass
        return fine, coarse

    @property
    def partition_keys(self) -> tuple[str, ...]:
        """The columns that come from the paths of the files."""
        if isinstance(self.source, SqlQuery) or self.source.partition_format is None:
            return ()
        return partition.parse(self.source.partition_format).keys

    def _time_column(self) -> str:
        fine, coarse = self.timestamp_columns
        if (column := fine or coarse) is None:
            raise InvalidInput(
                "The dataset has no timestamp column, so it can't be filtered by time.",
                target="timestamp",
                remedy="Name it first: with_timestamp_columns(timestamp='…').",
            )
        return column

    def _needs_columns(self, method: str) -> None:
        if not self.is_tabular:
            raise InvalidInput(f"{method} needs a tabular dataset; this one is of files.", target=method)


def definition_id(plan: Plan) -> ContentId:
    """The identity of a definition: equal for equal plans, in every process and version of the engine."""
    return content_hash("dataset/1", plan)


def to_json(plan: Plan) -> bytes:
    """The plan as JSON."""
    return msgspec.json.encode(plan)


def from_json(text: bytes | str) -> Plan:
    """The plan of a JSON text. Raises InvalidInput if it is none."""
    try:
        return msgspec.json.decode(text, type=Plan)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"This isn't the definition of a dataset: {error}", target="definition") from error


def _names(columns: str | Sequence[str]) -> tuple[str, ...]:
    names = (columns,) if isinstance(columns, str) else tuple(dict.fromkeys(columns))
    if not names or not all(isinstance(name, str) for name in names):
        raise InvalidInput(f"{columns!r} names no columns.", target="columns", remedy="Give a name or a list of names.")
    return names


def _count(count: int) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < 2**63:
        raise InvalidInput(f"count is {count!r}.", target="count", remedy="Give a whole number, 0 or more.")
    return count


def _share(name: str, share: float) -> float:
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        raise InvalidInput(f"{name} is {share!r}.", target=name, remedy="Give a number from 0 to 1.")
    return float(share)


def _seed(seed: int | None, seeds: Callable[[], int]) -> int:
    if seed is None:
        return seeds()
    if isinstance(seed, bool) or not isinstance(seed, int) or not -(2**63) <= seed < 2**63:
        raise InvalidInput(f"seed is {seed!r}.", target="seed", remedy="Give a whole number or None.")
    return seed

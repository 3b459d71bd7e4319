"""The lazy operations of a dataset. They act in order, each on the rows (or files) that the one before let through."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from stepworks.datasets.expression import Expression, Moment

# Checked where a plan is decoded: what is made in this process was checked by `plan.Plan`.
Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Take(Struct, frozen=True, tag="take"):
    """The first rows."""

    count: Count


class Skip(Struct, frozen=True, tag="skip"):
    """All but the first rows."""

    count: Count


class TakeSample(Struct, frozen=True, tag="take_sample"):
    """Each row with that probability; the same rows for the same seed, whatever the engine or its version."""

    probability: Share
    seed: int


class RandomSplit(Struct, frozen=True, tag="random_split"):
    """One part of a split: with the same seed, every row is in exactly one of first and second."""

    percentage: Share
    seed: int
    part: Literal["first", "second"]


class KeepColumns(Struct, frozen=True, tag="keep_columns"):
    """Only these columns, in this order."""

    columns: tuple[str, ...]


class DropColumns(Struct, frozen=True, tag="drop_columns"):
    """All but these columns."""

    columns: tuple[str, ...]


class Filter(Struct, frozen=True, tag="filter"):
    """The rows for which the condition holds."""

    condition: Expression


class WithTimestampColumns(Struct, frozen=True, tag="with_timestamp_columns", omit_defaults=True):
    """Says which columns are the time of a row (fine) and of its partition (coarse). Texts in them become datetimes."""

    timestamp: str | None = None
    partition_timestamp: str | None = None


class TimeRange(Struct, frozen=True, tag="time_range", omit_defaults=True):
    """The rows whose time lies in a range; a missing time lies in none."""

    column: str
    start: Moment | None = None
    end: Moment | None = None
    include_boundary: bool = True


Operation = (
    Take | Skip | TakeSample | RandomSplit | KeepColumns | DropColumns | Filter | WithTimestampColumns | TimeRange
)

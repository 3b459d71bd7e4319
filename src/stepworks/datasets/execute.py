"""Runs plans: rows as Arrow tables and streams, reading no more columns and rows than the result needs.

A result is first tried with the types that the beginning of the data suggests; if the data turns out otherwise it is
made again after a look at all of it. So results have the types of the data they were made from, and a preview of a
large file the types that its beginning has.
"""

# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false, reportUnknownLambdaType=false

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from stepworks.datasets import batching
from stepworks.datasets.columns import TIME
from stepworks.datasets.expression import fields
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
from stepworks.datasets.parquet import ParquetReader
from stepworks.datasets.plan import Plan
from stepworks.datasets.predicate import mask, time_mask
from stepworks.datasets.reader import Misfit
from stepworks.datasets.resolver import Resolver
from stepworks.datasets.sampling import drawn
from stepworks.datasets.source import ColumnType
from stepworks.datasets.table import FileTable, OnError, QueryTable, Reading, TableShape, open_table, typed
from stepworks.errors import InvalidInput

T = TypeVar("T")


@dataclass(frozen=True)
class Rows:
    """Rows on their way: their columns, and the batches as they are read."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def to_arrow(
    plan: Plan,
    resolver: Resolver,
    *,
    columns: Sequence[str] | None = None,
    limit: int | None = None,
    on_error: OnError = "null",
) -> pa.Table:
    """The rows as a table; `columns` and `limit` (the first rows) are read no further than they say.

    Integer columns with missing values stay integers here. Raises DataMissing for data that is not there,
    InvalidInput for data or an operation that cannot be read or done, naming the file or column.
    """
    if columns is not None:
        plan = plan.keep_columns(columns)
    if limit is not None:
        plan = plan.take(limit)
    return tried(plan, resolver, lambda rows: pa.Table.from_batches(rows.batches, rows.schema), on_error)


def head(plan: Plan, resolver: Resolver, rows: int = 5) -> pa.Table:
    """The first rows. Also what a check of a new dataset reads (`validate=True`)."""
    return to_arrow(plan, resolver, limit=rows)


def count(plan: Plan, resolver: Resolver) -> int:
    """The number of rows. For Parquet files it is taken from their footers where the operations allow it."""
    table = open_table(plan, resolver)
    if isinstance(table, FileTable) and isinstance(table.reader, ParquetReader):
        counted = _counted(plan.operations, lambda: sum(map(table.reader.count, range(len(table.files)))))
        if counted is not None:
            return counted
    return tried(plan, resolver, lambda rows: sum(batch.num_rows for batch in rows.batches), outputs=[])


def schema(plan: Plan, resolver: Resolver) -> pa.Schema:
    """The columns and types of the result, as `batches` has them."""
    return settled(plan, resolver).schema


def batches(
    plan: Plan, resolver: Resolver, rows: int = 1 << 16, *, on_error: OnError = "null"
) -> Iterator[pa.RecordBatch]:
    """The rows in batches of exactly `rows` (the last may be smaller), in flat memory.

    All batches have the same types, so text files larger than a sample are looked at once before.
    """
    if rows < 1:
        raise InvalidInput(f"rows is {rows}.", target="rows", remedy="Give 1 or more.")
    stream = settled(plan, resolver, on_error)
    return batching.resized(stream.batches, rows, stream.schema)


def settled(plan: Plan, resolver: Resolver, on_error: OnError = "null") -> Rows:
    """The rows in types that hold for all of them."""
    table = open_table(plan, resolver)
    shape = table.sketch(_pinned(plan.operations))
    if not shape.inner.complete:
        shape = table.survey(_pinned(plan.operations))
    return _rows(table, shape, plan.operations, on_error)


def tried(
    plan: Plan,
    resolver: Resolver,
    use: Callable[[Rows], T],
    on_error: OnError = "null",
    outputs: Sequence[str] | None = None,
) -> T:
    """What `use` makes of the rows. It may be called twice, if the first time the data did not fit.

    With `outputs`, only these columns of the result matter.
    """
    table = open_table(plan, resolver)
    pinned = _pinned(plan.operations)
    try:
        return use(_rows(table, table.sketch(pinned), plan.operations, on_error, outputs))
    except Misfit:
        return use(_rows(table, table.survey(pinned), plan.operations, on_error, outputs))


def _rows(
    table: FileTable | QueryTable,
    shape: TableShape,
    operations: Sequence[Operation],
    on_error: OnError,
    outputs: Sequence[str] | None = None,
) -> Rows:
    if not shape.schema.names:  # empty files so far
        raise Misfit("no columns")
    try:
        result = _columns(shape.schema.names, operations)
    except _NoColumn as error:
        if not shape.inner.complete:
            raise Misfit(error.name) from error
        raise _unknown(error) from error
    outputs = result if outputs is None else outputs
    needed = _needed(outputs, operations)
    reading = Reading(
        [name for name in shape.schema.names if name in needed],
        all_columns=_pinned(operations) is None and outputs is result,
        rows=_wanted(operations),
        on_error=on_error,
    )
    batches = _fitting(table.read(shape, reading), shape)
    kinds = {field.name: field.type for field in shape.schema}
    for operation in operations:
        if isinstance(operation, WithTimestampColumns):
            kinds |= {name: _time_type(name, kinds[name]) for name in _named(operation)}
        batches = _applied(operation, batches, on_error)
    final = pa.schema([(name, kinds[name]) for name in outputs])
    return Rows(final, (batch.select(outputs) for batch in batches) if outputs else batches)


def _fitting(batches: Iterator[pa.RecordBatch], shape: TableShape) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except Misfit as error:
        if shape.inner.complete:  # it did fit when it was looked at
            raise InvalidInput(
                f"The data changed while it was read: {error}", target="path", remedy="Read it again."
            ) from error
        raise


def _applied(operation: Operation, batches: Iterator[pa.RecordBatch], on_error: OnError) -> Iterator[pa.RecordBatch]:
    match operation:
        case Take(count):
            return batching.taken(batches, count)
        case Skip(count):
            return batching.skipped(batches, count)
        case TakeSample(share, seed) | RandomSplit(share, seed, "first"):
            return batching.chosen(batches, lambda batch, first: drawn(share, seed, first, batch.num_rows))
        case RandomSplit(share, seed, _):
            return batching.chosen(batches, lambda batch, first: pc.invert(drawn(share, seed, first, batch.num_rows)))
        case Filter(condition):
            return batching.chosen(batches, lambda batch, _: mask(condition, batch))
        case TimeRange():
            return batching.chosen(batches, lambda batch, _: time_mask(operation, batch))
        case WithTimestampColumns():
            return _timed(batches, _named(operation), on_error)
        case KeepColumns() | DropColumns():
            # Columns that are not needed were never read; the others are put in order at the end.
            return batches


def _timed(batches: Iterator[pa.RecordBatch], names: Sequence[str], on_error: OnError) -> Iterator[pa.RecordBatch]:
    """Texts and dates in timestamp columns as datetimes."""
    for batch in batches:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for name in names:
            if name in columns and not pa.types.is_timestamp(columns[name].type):
                columns[name] = typed(columns[name], ColumnType("datetime"), name, "the dataset", on_error)
        yield pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _named(operation: WithTimestampColumns) -> list[str]:
    return [name for name in (operation.timestamp, operation.partition_timestamp) if name is not None]


def _time_type(name: str, kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return kind
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_date(kind):
        return TIME
    raise InvalidInput(
        f"Column '{name}' has the type {kind}, so it can't be a timestamp column.",
        target=name,
        remedy="Give it the type datetime when the dataset is made.",
    )


class _NoColumn(Exception):
    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known


def _columns(names: Sequence[str], operations: Sequence[Operation]) -> list[str]:
    """The columns of the result, in order. Raises _NoColumn for an operation on one that is not there."""
    current = list(names)
    for operation in operations:
        for name in sorted(_read_by(operation)):
            if name not in current:
                raise _NoColumn(name, current)
        if isinstance(operation, KeepColumns):
            current = list(operation.columns)
        elif isinstance(operation, DropColumns):
            current = [name for name in current if name not in operation.columns]
    return current


def _read_by(operation: Operation) -> frozenset[str]:
    match operation:
        case KeepColumns(columns) | DropColumns(columns):
            return frozenset(columns)
        case Filter(condition):
            return fields(condition)
        case TimeRange(column):
            return frozenset((column,))
        case WithTimestampColumns():
            return frozenset(_named(operation))
        case _:
            return frozenset()


def _needed(outputs: Sequence[str], operations: Sequence[Operation]) -> frozenset[str]:
    """The columns to read: those of the result, and those that conditions are about."""
    conditions = (_read_by(operation) for operation in operations if isinstance(operation, (Filter, TimeRange)))
    return frozenset(outputs).union(*conditions)


def _pinned(operations: Sequence[Operation]) -> frozenset[str] | None:
    """The columns that matter, if the plan names those it keeps; else None: all that the files have."""
    for at, operation in enumerate(operations):
        if isinstance(operation, KeepColumns):
            return frozenset(operation.columns).union(*map(_read_by, operations[:at]))
    return None


def _wanted(operations: Sequence[Operation]) -> int | None:
    """How many rows of the source the result needs, if that is sure."""
    skipped = 0
    for operation in operations:
        match operation:
            case Take(count):
                return skipped + count
            case Skip(count):
                skipped += count
            case KeepColumns() | DropColumns() | WithTimestampColumns():
                pass
            case _:
                return None
    return None


def _counted(operations: Sequence[Operation], total: Callable[[], int]) -> int | None:
    """The number of rows, if it follows from that of the source."""
    if not all(isinstance(operation, (Take, Skip)) for operation in operations):
        return None
    left = total()
    for operation in operations:
        if isinstance(operation, Take):
            left = min(left, operation.count)
        elif isinstance(operation, Skip):
            left = max(0, left - operation.count)
    return left


def _unknown(error: _NoColumn) -> InvalidInput:
    near = difflib.get_close_matches(error.name, error.known, 1)
    guess = f"Did you mean '{near[0]}'? " if near else ""
    return InvalidInput(
        f"There is no column '{error.name}'.",
        target=error.name,
        remedy=f"{guess}The dataset has: {', '.join(error.known)}.",
    )

"""Tables written to folders: CSV and Parquet in parts, and one folder for each combination of key values.

Rows stream through; files appear complete or not at all.
"""

# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false, reportUnknownLambdaType=false

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from stepworks.datasets import csvtext, partition
from stepworks.datasets.columns import to_text
from stepworks.datasets.execute import Rows, settled
from stepworks.datasets.plan import Plan
from stepworks.datasets.resolver import Resolver
from stepworks.datasets.source import ColumnType, DataPath, Parquet, TypedColumn
from stepworks.errors import Conflict, InvalidInput

_ROWS_PER_PART = 1_000_000
_ROWS_WAITING = 500_000


@dataclass(frozen=True)
class Partitioned:
    """What `partition_by` wrote: the files, and how their paths say the keys."""

    files: tuple[Path, ...]
    partition_format: str
    key_types: tuple[TypedColumn, ...]

    def source(self, path: DataPath) -> Parquet:
        """The source that reads the files back, if `path` is where their folder is now. Keys come last."""
        return Parquet((path,), set_column_types=self.key_types, partition_format=self.partition_format)


def write_csv(
    plan: Plan, resolver: Resolver, folder: Path, *, separator: str = ",", rows_per_part: int = _ROWS_PER_PART
) -> tuple[Path, ...]:
    """Write the rows as `part-00000.csv` and on, each with a header. Returns the files.

    Raises Conflict if the folder has files already: old and new parts would be one dataset.
    """
    _require_empty(folder)
    rows = settled(plan, resolver)
    return _parts(rows, folder, ".csv", rows_per_part, lambda path: _CsvPart(path, rows.schema.names, separator))


def write_parquet(
    plan: Plan,
    resolver: Resolver,
    folder: Path,
    *,
    rows_per_part: int = _ROWS_PER_PART,
    rows_per_group: int | None = None,
) -> tuple[Path, ...]:
    """Write the rows as `part-00000.parquet` and on. Returns the files. Raises Conflict as `write_csv`."""
    _require_empty(folder)
    rows = settled(plan, resolver)
    return _parts(
        rows,
        folder,
        ".parquet",
        rows_per_part,
        lambda path: _ParquetPart(path, rows.schema, rows_per_group or min(rows_per_part, 1 << 17)),
    )


def partition_by(
    plan: Plan, resolver: Resolver, keys: Sequence[str], folder: Path, *, rows_waiting: int = _ROWS_WAITING
) -> Partitioned:
    """Write the rows as Parquet files in one folder for each combination of the keys' values.

    The key columns are in the paths, not in the files; `Partitioned.source` brings them back in their types, nulls
    included. Rows of one combination keep their order. About `rows_waiting` rows are held in memory.
    Raises InvalidInput for a key that is no column or if no other column is left, Conflict as `write_csv`.
    """
    _require_empty(folder)
    rows = settled(plan, resolver)
    keys = list(dict.fromkeys(keys))
    for key in keys:
        if key not in rows.schema.names:
            raise InvalidInput(f"There is no column '{key}' to partition by.", target="partition_keys")
        if any(letter in key for letter in "{}:*/"):
            raise InvalidInput(f"'{key}' can't be a partition key, as its name has one of {{}}:*/.", target=key)
    others = [name for name in rows.schema.names if name not in keys]
    if not keys or not others:
        raise InvalidInput("Partitioning needs at least one key column and one other column.", target="partition_keys")
    heap = _Heap(folder, pa.schema([rows.schema.field(name) for name in others]), rows_waiting)
    for batch in rows.batches:
        for values, piece in _split(batch, keys):
            heap.add("/".join(map(partition.encode, values)), piece.select(others))
    heap.flush()
    types = tuple(
        TypedColumn(key, kind) for key in keys if (kind := _key_type(rows.schema.field(key).type)) is not None
    )
    return Partitioned(tuple(heap.files), partition.format_for(keys, ".parquet"), types)


class _CsvPart:
    """A CSV file in the making."""

    def __init__(self, path: Path, names: Sequence[str], separator: str) -> None:
        self._file = path.open("wb")
        self._separator = separator
        self._file.write(csvtext.header(names, separator))

    def write_batch(self, batch: pa.RecordBatch) -> None:
        self._file.write(csvtext.lines(batch, self._separator))

    def close(self) -> None:
        self._file.close()


class _ParquetPart:
    """A Parquet file in the making, with row groups of one size however the rows come."""

    def __init__(self, path: Path, schema: pa.Schema, rows_per_group: int) -> None:
        self._writer = pyarrow.parquet.ParquetWriter(path, schema)
        self._rows_per_group = rows_per_group
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []

    def write_batch(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch)
        if sum(b.num_rows for b in self._waiting) >= self._rows_per_group:
            self._write()

    def close(self) -> None:
        self._write()
        self._writer.close()

    def _write(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema), self._rows_per_group)
            self._waiting = []


@dataclass
class _Heap:
    """Rows waiting for their files, by folder. When there are too many, the largest folder gets a file."""

    folder: Path
    schema: pa.Schema
    limit: int
    files: list[Path] = field(default_factory=list)
    _waiting: dict[str, list[pa.RecordBatch]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _parts: dict[str, int] = field(default_factory=dict)

    def add(self, place: str, batch: pa.RecordBatch) -> None:
        self._waiting.setdefault(place, []).append(batch)
        self._counts[place] = self._counts.get(place, 0) + batch.num_rows
        while sum(self._counts.values()) > self.limit:
            self._write(max(self._counts, key=self._counts.__getitem__))

    def flush(self) -> None:
        for place in sorted(self._waiting):
            self._write(place)

    def _write(self, place: str) -> None:
        table = pa.Table.from_batches(self._waiting.pop(place), self.schema)
        del self._counts[place]
        number = self._parts.get(place, 0)
        self._parts[place] = number + 1
        target = self.folder / place / f"part-{number:05}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}")
        pyarrow.parquet.write_table(table, draft)
        os.replace(draft, target)
        self.files.append(target)


class _Writer(Protocol):
    def write_batch(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...


def _parts(
    rows: Rows, folder: Path, suffix: str, rows_per_part: int, begin: Callable[[Path], _Writer]
) -> tuple[Path, ...]:
    if rows_per_part < 1:
        raise InvalidInput(f"rows_per_part is {rows_per_part}.", target="rows_per_part", remedy="Give 1 or more.")
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".part{suffix}"
    done: list[Path] = []
    writer: _Writer | None = None
    left = 0

    def finish(writer: _Writer) -> None:
        writer.close()
        done.append(folder / f"part-{len(done):05}{suffix}")
        os.replace(draft, done[-1])

    try:
        for batch in rows.batches:
            while batch.num_rows:
                if writer is None:
                    writer, left = begin(draft), rows_per_part
                piece = batch.slice(0, left)
                writer.write_batch(piece)
                batch, left = batch.slice(piece.num_rows), left - piece.num_rows
                if not left:
                    finish(writer)
                    writer = None
        if writer is not None or not done:  # an empty table is one part, which keeps its columns
            finish(begin(draft) if writer is None else writer)
    finally:
        draft.unlink(missing_ok=True)
    return tuple(done)


def _require_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(
            f"The folder '{folder}' isn't empty, so what is written would mix with what is there.",
            target=str(folder),
            remedy="Give a new folder.",
        )


def _is_plain(kind: pa.DataType) -> bool:
    return (
        pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_float32(kind)
        or pa.types.is_float64(kind)
        or pa.types.is_string(kind)
        or pa.types.is_timestamp(kind)
        or pa.types.is_date32(kind)
    )


def _split(batch: pa.RecordBatch, keys: Sequence[str]) -> Iterator[tuple[tuple[object, ...], pa.RecordBatch]]:
    """The rows of each combination of key values, in their order."""
    columns = [_key_column(batch.column(batch.schema.get_field_index(key))) for key in keys]
    names = [str(number) for number in range(len(keys))]
    order = pc.sort_indices(
        pa.RecordBatch.from_arrays(columns, names=names), sort_keys=[(name, "ascending") for name in names]
    )
    values = list(zip(*(column.take(order).to_pylist() for column in columns), strict=True))
    batch = batch.take(order)
    start = 0
    for combination, group in groupby(values):
        count = sum(1 for _ in group)
        yield combination, batch.slice(start, count)
        start += count


def _key_column(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return column if _is_plain(column.type) else to_text(column)


def _key_type(kind: pa.DataType) -> ColumnType | None:
    if pa.types.is_boolean(kind):
        return ColumnType("bool")
    if pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
        return ColumnType("long")
    if pa.types.is_floating(kind):
        return ColumnType("float")
    return ColumnType("datetime") if pa.types.is_timestamp(kind) or pa.types.is_date(kind) else None

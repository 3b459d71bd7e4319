"""A tabular source with its files: the columns of the files, of their paths, and the types they are given."""

# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import pyarrow as pa

from stepworks.datasets.columns import arrow_type, convert, misfit
from stepworks.datasets.delimited import DelimitedReader
from stepworks.datasets.expression import Compare, Expression, Field, Moment, Value, conjuncts
from stepworks.datasets.files import PATH_COLUMN, DatasetFile, files, path_columns
from stepworks.datasets.jsonlines import JsonLinesReader
from stepworks.datasets.operation import DropColumns, Filter, KeepColumns, TimeRange, WithTimestampColumns
from stepworks.datasets.parquet import ParquetReader
from stepworks.datasets.plan import Plan
from stepworks.datasets.reader import LocalFile, Misfit, Shape, TableReader
from stepworks.datasets.resolver import Resolver
from stepworks.datasets.source import ColumnType, Delimited, Files, JsonLines, Parquet, SqlQuery
from stepworks.errors import InvalidInput

OnError = Literal["null", "fail"]


@dataclass(frozen=True)
class Reading:
    """How rows are read: the columns, whether columns unknown to the shape would matter, and about how many rows are
    wanted (None: all)."""

    names: list[str]
    all_columns: bool
    rows: int | None = None
    on_error: OnError = "null"


@dataclass(frozen=True)
class TableShape:
    """All columns in their final types, and the shape in which the reader has its part of them."""

    schema: pa.Schema
    inner: Shape


class FileTable:
    """The rows of files: `Path` first if wanted, then the columns of the files, then those of the partition format.

    A column of a file that is called like one of its path gives way to it.
    """

    def __init__(self, plan: Plan, resolver: Resolver) -> None:
        assert isinstance(plan.source, (Delimited, Parquet, JsonLines))
        self._source = plan.source
        self.files = files(plan, resolver)
        self._given = {column.name: column.type for column in plan.source.set_column_types}
        self._constants = path_columns(plan, self.files)
        self._path_names = (PATH_COLUMN,) * plan.source.include_path + plan.partition_keys
        self.reader = _reader(plan, self.files, resolver)

    def sketch(self, names: Collection[str] | None) -> TableShape:
        """The shape that the beginning suggests. Reads little; if that is all there is, raises as `survey`."""
        shape = self._whole(self.reader.sketch(names))
        return self._checked(shape) if shape.inner.complete else shape

    def survey(self, names: Collection[str] | None) -> TableShape:
        """The shape after a look at all data; with `names`, types of other columns may be unsure.

        Raises InvalidInput if there are no columns, or a type is given to one that is not there.
        """
        return self._checked(self._whole(self.reader.survey(names)))

    def read(self, shape: TableShape, reading: Reading) -> Iterator[pa.RecordBatch]:
        """The rows of all files in order. Raises Misfit if they do not fit the shape."""
        names = reading.names or shape.schema.names[:1]
        known = set(shape.inner.schema.names)
        # A column of the files is read even if none is wanted, for the number of rows.
        wanted = [name for name in names if name not in self._path_names] or [
            name for name in shape.inner.schema.names if name not in self._path_names
        ][:1]
        schema = pa.schema([shape.schema.field(name) for name in names])
        for number, file in enumerate(self.files):
            if reading.all_columns and not shape.inner.complete and not known.issuperset(self.reader.names(number)):
                raise Misfit(f"{file.name} has other columns")
            for batch in self.reader.read(number, shape.inner, wanted, rows=reading.rows):
                columns = dict(zip(wanted, batch.columns, strict=True))
                arrays = [
                    self._constant(name, number, batch.num_rows)
                    if name in self._path_names
                    else typed(columns[name], self._given.get(name), name, file.name, reading.on_error)
                    for name in names
                ]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _whole(self, inner: Shape) -> TableShape:
        constants = [self._constants.schema.field(name) for name in self._path_names]
        own = [_retyped(field, self._given) for field in inner.schema if field.name not in self._path_names]
        first = 1 if self._source.include_path else 0
        return TableShape(pa.schema([*constants[:first], *own, *constants[first:]]), inner)

    def _checked(self, shape: TableShape) -> TableShape:
        if not shape.schema.names:
            raise InvalidInput("The files of the dataset are empty, so there are no columns.", target="path")
        _check_given(self._given, shape.schema.names)
        return shape

    def _constant(self, name: str, number: int, count: int) -> pa.Array:
        return pa.repeat(self._constants.column(self._constants.schema.get_field_index(name))[number], count)


class QueryTable:
    """The rows of a SQL query, to be read once."""

    def __init__(self, source: SqlQuery, resolver: Resolver) -> None:
        self._given = {column.name: column.type for column in source.set_column_types}
        self._rows = resolver.query(source)

    def sketch(self, names: Collection[str] | None) -> TableShape:
        """The columns of the result."""
        _check_given(self._given, self._rows.schema.names)
        own = self._rows.schema
        return TableShape(pa.schema([_retyped(field, self._given) for field in own]), Shape(own, complete=True))

    def survey(self, names: Collection[str] | None) -> TableShape:
        """As `sketch`."""
        return self.sketch(names)

    def read(self, shape: TableShape, reading: Reading) -> Iterator[pa.RecordBatch]:
        """The rows."""
        names = reading.names or shape.schema.names[:1]
        schema = pa.schema([shape.schema.field(name) for name in names])
        for batch in self._rows:
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            arrays = [
                typed(columns[name], self._given.get(name), name, "the query", reading.on_error) for name in names
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def open_table(plan: Plan, resolver: Resolver) -> FileTable | QueryTable:
    """The rows that a plan begins with. Raises InvalidInput for a dataset of files."""
    if isinstance(plan.source, Files):
        raise InvalidInput(
            "A dataset of files has no rows.",
            target="dataset",
            remedy="Make a tabular dataset of them, or use their paths.",
        )
    return QueryTable(plan.source, resolver) if isinstance(plan.source, SqlQuery) else FileTable(plan, resolver)


def typed(column: pa.Array, kind: ColumnType | None, name: str, place: str, on_error: OnError) -> pa.Array:
    """The column in the type it is given, if any.

    Raises InvalidInput for a value that has no meaning in the type, if `on_error` is 'fail'; else it is null.
    """
    if kind is None:
        return column
    result = convert(column, kind)
    if on_error == "fail" and (value := misfit(column, result)) is not None:
        raise InvalidInput(
            f"Column '{name}' of {place} has the value {value!r}, which is no {kind.kind}.",
            target=name,
            remedy="Mend the data, give the column another type, or on_error='null'.",
        )
    return result


def _retyped(field: pa.Field, given: Mapping[str, ColumnType]) -> pa.Field:
    return pa.field(field.name, arrow_type(given[field.name]) if field.name in given else field.type)


def _check_given(given: Iterable[str], names: Collection[str]) -> None:
    for name in given:
        if name not in names:
            raise InvalidInput(
                f"A type is given to column '{name}', which isn't there.",
                target="set_column_types",
                remedy=f"There are: {', '.join(names)}.",
            )


def _reader(plan: Plan, chosen: Sequence[DatasetFile], resolver: Resolver) -> TableReader:
    local = LocalFiles(chosen, resolver)
    match plan.source:
        case Delimited():
            return DelimitedReader(plan.source, local)
        case JsonLines():
            return JsonLinesReader(plan.source, local)
        case _:
            return ParquetReader(local, _conditions(plan))


class LocalFiles(Sequence[LocalFile]):
    """The files on this machine, each fetched when it is first asked for."""

    def __init__(self, chosen: Sequence[DatasetFile], resolver: Resolver) -> None:
        self._chosen = chosen
        self._local = cache(resolver.local)

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, number: int) -> LocalFile:  # pyright: ignore[reportIncompatibleMethodOverride]
        file = self._chosen[number]
        return LocalFile(self._local(file.entry), file.name)


def _conditions(plan: Plan) -> list[Expression]:
    """Conditions on columns as the files have them, which hold for each row that the plan wants."""
    assert isinstance(plan.source, Parquet)
    changed = {column.name for column in plan.source.set_column_types} | set(plan.partition_keys) | {PATH_COLUMN}
    found: list[Expression] = []
    for operation in plan.operations:
        match operation:
            case Filter(condition):
                found.extend(conjuncts(condition))
            case TimeRange(column, start, end):
                found.extend(Compare(">=", Field(column), limit) for limit in (start,) if limit is not None)
                found.extend(Compare("<=", Field(column), limit) for limit in (end,) if limit is not None)
            case KeepColumns() | DropColumns() | WithTimestampColumns():
                pass
            case _:
                break
    return [
        part
        for part in found
        if isinstance(part, Compare)
        and isinstance(part.left, Field)
        and isinstance(part.right, (Value, Moment))
        and part.left.name not in changed
    ]

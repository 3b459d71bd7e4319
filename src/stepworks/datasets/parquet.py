"""Reads Parquet files: only the columns wanted, and only the row groups that a condition may hold in."""

# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false, reportUnknownLambdaType=false

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from functools import cache

import pyarrow as pa
import pyarrow.parquet

from stepworks.datasets.columns import cast, unified
from stepworks.datasets.expression import Compare, Expression, Field, Moment, Value
from stepworks.datasets.reader import LocalFile, Misfit, Shape, selected
from stepworks.errors import InvalidInput

_BATCH = 1 << 16


class ParquetReader:
    """Reads Parquet files. `conditions` hold for every row that will be wanted. Implements `reader.TableReader`."""

    def __init__(self, files: Sequence[LocalFile], conditions: Sequence[Expression] = ()) -> None:
        self._files = files
        self._conditions = conditions
        self._schema = cache(self._read_schema)

    def sketch(self, names: Collection[str] | None = None) -> Shape:
        """As `TableReader.sketch`: the columns of the first file."""
        return Shape(self._schema(0), complete=len(self._files) == 1)

    def survey(self, names: Collection[str] | None) -> Shape:
        """As `TableReader.survey`: from the footers of all files."""
        fields: dict[str, pa.DataType] = {}
        for number in range(len(self._files)):
            for field in self._schema(number):
                fields[field.name] = unified(fields.get(field.name, pa.null()), field.type)
        return Shape(pa.schema(list(fields.items())), complete=True)

    def read(self, number: int, shape: Shape, names: list[str], *, rows: int | None) -> Iterator[pa.RecordBatch]:
        """As `TableReader.read`."""
        wanted = [name for name in names if name in self._schema(number).names]
        with self._open(number) as file:
            groups = [n for n in range(file.num_row_groups) if self._may_hold(file.metadata.row_group(n))]
            if not wanted:
                yield from _counted(sum(file.metadata.row_group(n).num_rows for n in groups), shape, names)
                return
            size = _BATCH if rows is None else max(1, min(rows, _BATCH))
            for batch in file.iter_batches(batch_size=size, row_groups=groups, columns=wanted):
                # Asking for `a` also gives nested parts that are written `a.b`; take the columns themselves.
                columns = {name: batch.column(batch.schema.get_field_index(name)) for name in wanted}
                try:
                    fitted = {name: cast(column, shape.schema.field(name).type) for name, column in columns.items()}
                except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
                    raise Misfit(str(error)) from error
                yield selected(fitted, batch.num_rows, shape, names)

    def names(self, number: int) -> list[str]:
        """As `TableReader.names`."""
        return list(self._schema(number).names)

    def count(self, number: int) -> int:
        """The number of rows of a file, from its footer."""
        with self._open(number) as file:
            return file.metadata.num_rows

    def _read_schema(self, number: int) -> pa.Schema:
        with self._open(number) as file:
            schema = file.schema_arrow.remove_metadata()
            if len(set(schema.names)) < len(schema.names):
                raise InvalidInput(
                    f"The file '{self._files[number].name}' has two columns of one name.",
                    target=self._files[number].name,
                )
            return schema

    def _open(self, number: int) -> pyarrow.parquet.ParquetFile:
        file = self._files[number]
        try:
            # Buffered and not read ahead: memory stays flat, and a preview reads only the pages it shows.
            return pyarrow.parquet.ParquetFile(file.path, pre_buffer=False, buffer_size=1 << 16)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InvalidInput(
                f"The file '{file.name}' isn't a Parquet file that can be read: {error}",
                target=file.name,
                remedy="Leave it out with a narrower path, such as 'folder/*.parquet'.",
            ) from error

    def _may_hold(self, group: pyarrow.parquet.RowGroupMetaData) -> bool:
        return all(_may_hold(condition, group) for condition in self._conditions)


def _may_hold(condition: Expression, group: pyarrow.parquet.RowGroupMetaData) -> bool:
    """False only if statistics prove that the condition holds for no row of the group."""
    match condition:
        case Compare(op, Field(name), (Value() | Moment()) as value) if op != "!=":
            constant = value.as_datetime() if isinstance(value, Moment) else value.value
        case _:
            return True
    for number in range(group.num_columns):
        column = group.column(number)
        if column.path_in_schema == name and column.statistics is not None and column.statistics.has_min_max:
            low, high = column.statistics.min, column.statistics.max
            return not _are_comparable(low, constant) or _RANGES[op](low, high, constant)
    return True


def _are_comparable(left: object, right: object) -> bool:
    if isinstance(left, datetime):
        return type(right) is type(left) and left.tzinfo is None
    if isinstance(left, (int, float)):
        return isinstance(right, (int, float))
    return type(left) is type(right)


_RANGES: dict[str, Callable[..., bool]] = {
    "==": lambda low, high, value: low <= value <= high,
    "<": lambda low, high, value: low < value,
    "<=": lambda low, high, value: low <= value,
    ">": lambda low, high, value: high > value,
    ">=": lambda low, high, value: high >= value,
}


def _counted(count: int, shape: Shape, names: list[str]) -> Iterator[pa.RecordBatch]:
    for start in range(0, count, _BATCH):
        yield selected({}, min(_BATCH, count - start), shape, names)

"""Reads files with one JSON object a line."""

# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false

import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

import msgspec
import pyarrow as pa

from stepworks.datasets.columns import unified
from stepworks.datasets.reader import LocalFile, Misfit, Shape, selected
from stepworks.datasets.source import JsonLines, codec
from stepworks.errors import InvalidInput

_ROWS = 1 << 14
_SAMPLE = 1000

Row = dict[str, object]


class JsonLinesReader:
    """Reads the files of a `JsonLines` source. Implements `reader.TableReader`.

    Columns come in the order of first appearance. A column whose values are of several kinds is text: strings as
    they are, other values as JSON.
    """

    def __init__(self, source: JsonLines, files: Sequence[LocalFile]) -> None:
        self._source = source
        self._files = files
        self._sample = cache(self._read_sample)

    def sketch(self, names: Collection[str] | None = None) -> Shape:
        """As `TableReader.sketch`: from the first thousand lines of the first file that has any."""
        rows: list[Row] = []
        for number in range(len(self._files)):
            rows = self._sample(number)
            if rows:
                break
        return _shape(_kinds(rows), complete=len(self._files) == 1 and len(rows) < _SAMPLE)

    def survey(self, names: Collection[str] | None) -> Shape:
        """As `TableReader.survey`."""
        kinds: dict[str, pa.DataType] = {}
        for number in range(len(self._files)):
            rows = self._rows(number)
            while piece := list(islice(rows, _ROWS)):
                for name, kind in _kinds(piece, names).items():
                    kinds[name] = unified(kinds.get(name, pa.null()), kind)
        return _shape(kinds, complete=True)

    def read(self, number: int, shape: Shape, names: list[str], *, rows: int | None) -> Iterator[pa.RecordBatch]:
        """As `TableReader.read`."""
        size = _ROWS if rows is None else max(1, min(rows, _ROWS))
        found = self._rows(number)
        known = set(shape.schema.names)
        while piece := list(islice(found, size)):
            if not shape.complete and any(row.keys() - known for row in piece):
                raise Misfit("a line has another name")
            columns = {name: _column(piece, name, shape.schema.field(name).type) for name in names}
            yield selected(columns, len(piece), shape, names)

    def names(self, number: int) -> list[str]:
        """As `TableReader.names`: those of its beginning."""
        return list(_kinds(self._sample(number)))

    def _read_sample(self, number: int) -> list[Row]:
        return list(islice(self._rows(number), _SAMPLE))

    def _rows(self, number: int) -> Iterator[Row]:
        file = self._files[number]
        try:
            with pa.input_stream(str(file.path), compression="detect") as stream:
                text = io.TextIOWrapper(io.BufferedReader(stream), encoding=codec(self._source.encoding), newline="\n")
                for line_number, line in enumerate(text, 1):
                    line = line.lstrip("\ufeff") if line_number == 1 else line
                    if not line.strip():
                        continue
                    row = _row(line)
                    if row is not None:
                        yield row
                    elif self._source.invalid_lines == "error":
                        raise InvalidInput(
                            f"Line {line_number} of the file '{file.name}' isn't a JSON object: {line[:80]!r}.",
                            target=file.name,
                            remedy="Mend the file, or give invalid_lines='drop'.",
                        )
        except UnicodeError as error:
            raise InvalidInput(
                f"The file '{file.name}' isn't text in the encoding '{self._source.encoding}'.",
                target=file.name,
                remedy="Give the encoding it was written in, as encoding='latin1' or 'utf16'.",
            ) from error


def _row(line: str) -> Row | None:
    try:
        value = msgspec.json.decode(line)
    except msgspec.DecodeError:
        try:
            value = json.loads(line)  # also takes NaN and Infinity, as pandas does
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def _shape(kinds: Mapping[str, pa.DataType], *, complete: bool) -> Shape:
    fields = [(name, pa.float64() if pa.types.is_null(kind) else kind) for name, kind in kinds.items()]
    return Shape(pa.schema(fields), complete=complete)


def _kinds(rows: Sequence[Row], names: Collection[str] | None = None) -> dict[str, pa.DataType]:
    columns: dict[str, list[object]] = {}
    for row in rows:
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return {name: _kind(values) if names is None or name in names else pa.null() for name, values in columns.items()}


def _kind(values: Sequence[object]) -> pa.DataType:
    types = {type(value) for value in values} - {type(None)}
    if not types:
        return pa.null()
    if types <= {int, float}:
        if types == {int}:
            return pa.int64() if all(v is None or -(2**63) <= v < 2**63 for v in values) else pa.string()  # pyright: ignore[reportOperatorIssue]
        return pa.float64()
    if types == {bool}:
        return pa.bool_()
    if types in ({dict}, {list}):
        try:
            return pa.array(values).type
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            return pa.string()
    return pa.string()


def _column(rows: Sequence[Row], name: str, kind: pa.DataType) -> pa.Array:
    values = [row.get(name) for row in rows]
    own = _kind(values)
    if kind == pa.string() and own != kind:
        return pa.array([None if value is None else _text(value) for value in values], kind)
    if kind == pa.string():
        return pa.array([v if v is None or isinstance(v, str) else _text(v) for v in values], kind)
    if unified(kind, own) != kind:
        raise Misfit(f"{name} is {own}")
    return pa.array(values, kind)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

"""Reads delimited text: the tokens by Arrow's parser, the types as pandas would infer them."""

# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from stepworks.datasets.columns import (
    FALSE_WORDS,
    TRUE_WORDS,
    text_to_bool,
    text_to_float,
    text_to_integer,
)
from stepworks.datasets.inference import MISSING_WORDS, Evidence
from stepworks.datasets.reader import LocalFile, Misfit, Shape, selected
from stepworks.datasets.records import UnevenRow, evened, first_record, unique_names
from stepworks.datasets.source import Delimited, codec
from stepworks.errors import InvalidInput

_SAMPLE = 1 << 18
_BLOCK = 1 << 20
_LARGEST_BLOCK = 1 << 30
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class _Header:
    """The columns of a file, where its first row begins (in bytes of its text as UTF-8), and whether the names are
    from the file itself."""

    names: list[str]
    end: int
    is_named: bool


class DelimitedReader:
    """Reads the files of a `Delimited` source. Implements `reader.TableReader`."""

    def __init__(self, source: Delimited, files: Sequence[LocalFile]) -> None:
        self._source = source
        self._files = files
        self._set = {column.name: column.type for column in source.set_column_types}
        # Headers are read once: they are needed at every turn.
        self._header = cache(self._read_header)

    def sketch(self, names: Collection[str] | None = None) -> Shape:
        """As `TableReader.sketch`: from the first quarter megabyte of the first file that has records."""
        combined = self._source.header == "combine_all_files_headers"
        found: dict[str, None] = {}
        evidence: dict[str, Evidence] = {}
        complete = False
        for number in range(len(self._files)):
            own = self.names(number)
            if own and not found:
                evidence, complete = self._sampled(number, names)
            found.update(dict.fromkeys(own))
            if found and not combined:
                break
        return self._shape(found, evidence, complete=complete and len(self._files) == 1)

    def survey(self, names: Collection[str] | None) -> Shape:
        """As `TableReader.survey`: a pass over all files, in which only undecided columns are looked at."""
        found: dict[str, None] = {}
        for number in range(len(self._files)):
            found.update(dict.fromkeys(self.names(number)))
        wanted = {name for name in found if (names is None or name in names) and self._is_inferred(name)}
        guess = self.sketch(wanted)
        if self._fits(guess, wanted):
            kinds = [(name, guess.schema.field(name).type if name in wanted else pa.string()) for name in found]
            return Shape(pa.schema(kinds), complete=True)
        shape = self._shape(found, self._evidence(wanted), complete=True)
        # What the fast parser takes is not quite what pandas takes: here each text is looked at in pandas' way.
        return replace(shape, loose=frozenset(field.name for field in shape.schema if field.type != pa.string()))

    def _fits(self, guess: Shape, wanted: Collection[str]) -> bool:
        """The fast parser takes all values of these columns in the types guessed, which then are what pandas infers."""
        if not set(wanted) <= set(guess.schema.names) or guess.loose.intersection(wanted):
            return False
        undecided = [name for name in wanted if guess.schema.field(name).type != pa.string()]
        try:
            for number in range(len(self._files)):
                kinds = {name: guess.schema.field(name).type for name in self.names(number) if name in undecided}
                for _ in self._batches(number, kinds, _BLOCK) if kinds else ():
                    pass
        except Misfit:
            return False
        return True

    def _evidence(self, wanted: Collection[str]) -> dict[str, Evidence]:
        evidence: dict[str, Evidence] = {}
        undecided = set(wanted)
        for number in range(len(self._files)):
            own = [name for name in self.names(number) if name in undecided]
            for batch in self._batches(number, {name: pa.string() for name in own}, _BLOCK) if own else ():
                for name, column in zip(own, batch.columns, strict=True):
                    if name in undecided:
                        evidence[name] = evidence.get(name, Evidence()) | Evidence.of(column)
                        # Text stays text, whatever follows.
                        if evidence[name].is_text:
                            undecided.discard(name)
        return evidence

    def read(self, number: int, shape: Shape, names: list[str], *, rows: int | None) -> Iterator[pa.RecordBatch]:
        """As `TableReader.read`."""
        own = dict.fromkeys(self.names(number))
        wanted = [name for name in names if name in own]
        kinds = {name: pa.string() if name in shape.loose else shape.schema.field(name).type for name in wanted}
        # With no column wanted, one is read for the number of rows.
        reading = kinds or {name: pa.string() for name in islice(own, 1)}
        for batch in self._batches(number, reading, _SAMPLE if rows is not None and rows <= 1000 else _BLOCK):
            columns = dict(zip(kinds, batch.columns, strict=False))
            for name in shape.loose.intersection(wanted):
                columns[name] = _parsed(columns[name], shape.schema.field(name).type)
            yield selected(columns, batch.num_rows, shape, names)

    def names(self, number: int) -> list[str]:
        """As `TableReader.names`; empty for a file without records."""
        return self._header(number).names

    def has_header(self, number: int) -> bool:
        """The first record of the file holds names."""
        return self._header(number).is_named

    def path(self, number: int) -> Path:
        """Where the file is on this machine."""
        return self._files[number].path

    def _is_inferred(self, name: str) -> bool:
        return self._source.infer_column_types and name not in self._set

    def _shape(self, names: Collection[str], evidence: Mapping[str, Evidence], *, complete: bool) -> Shape:
        fields: list[tuple[str, pa.DataType]] = []
        for name in names:
            # Given types are made from the text, after reading.
            seen = evidence.get(name, Evidence()) if self._is_inferred(name) else Evidence(text=True)
            fields.append((name, seen.type()))
        loose = frozenset(name for name in names if name in evidence and evidence[name].loose)
        return Shape(pa.schema(fields), loose, complete)

    def _sampled(self, number: int, names: Collection[str] | None) -> tuple[dict[str, Evidence], bool]:
        own = self.names(number)
        names = [name for name in own if (names is None or name in names) and self._is_inferred(name)]
        if not names:
            return {}, True
        batches = self._batches(number, {name: pa.string() for name in names}, _SAMPLE)
        sample = next(batches, None)
        if sample is None:
            return {}, True
        evidence = {name: Evidence.of(column) for name, column in zip(names, sample.columns, strict=True)}
        try:
            return evidence, next(batches, None) is None
        except InvalidInput:  # in what follows, which may never be wanted
            return evidence, False

    def _read_header(self, number: int) -> _Header:
        file = self._files[number]
        # Names that are taken from another file, where this one has none of its own.
        mode = self._source.header
        leader = (
            next((n for n in range(number) if self.names(n)), None) if mode == "only_first_file_has_headers" else None
        )
        size = 1 << 16
        while True:
            try:
                with self._open(number) as stream:
                    data, complete = _head(stream, size)
            except UnicodeError as error:
                raise _bad_encoding(file, self._source.encoding) from error
            start = len(_BOM) if data.startswith(_BOM) else 0
            found = first_record(data[start:], self._source.separator, complete=complete)
            if found is not None:
                break
            size *= 8
        values, end = found
        if not values:
            return _Header([], 0, is_named=False)
        if mode == "no_headers" or leader is not None:
            width = len(values)
            names = self.names(leader) if leader is not None else []
            names = names[:width] + [f"Column{n + 1}" for n in range(len(names), width)]
            return _Header(names, start, is_named=False)
        try:
            return _Header(unique_names(value.decode() for value in values), start + end, is_named=True)
        except UnicodeError as error:
            raise _bad_encoding(file, self._source.encoding) from error

    def _batches(self, number: int, kinds: Mapping[str, pa.DataType], block: int) -> Iterator[pa.RecordBatch]:
        """The rows of a file; starts again in another way, after the rows that were given, where that helps."""
        own, offset = self._header(number).names, self._header(number).end
        file, done, even = self._files[number], 0, False
        if not own:
            return
        while True:
            uneven = False

            def refuse(_row: object) -> str:
                nonlocal uneven
                uneven = True
                return "error"

            try:
                with self._open(number) as stream:
                    _head(stream, offset)
                    source = self._evened(stream, len(own)) if even else stream
                    to_skip = done
                    for batch in _parse(source, self._source, own, kinds, block, refuse):
                        if to_skip:
                            batch, to_skip = batch.slice(min(to_skip, batch.num_rows)), max(0, to_skip - batch.num_rows)
                        if batch.num_rows:
                            done += batch.num_rows
                            yield batch
                return
            except UnicodeError as error:
                raise _bad_encoding(file, self._source.encoding) from error
            except (UnevenRow, csv.Error) as error:
                raise InvalidInput(
                    f"The file '{file.name}' can't be read: {error}.",
                    target=file.name,
                    remedy="Check the separator, and quotes that do not pair.",
                ) from error
            except pa.ArrowInvalid as error:
                text = str(error)
                if uneven and not even:
                    even = True
                elif "straddl" in text and block < _LARGEST_BLOCK:
                    block *= 8
                elif "UTF8" in text or "UTF-8" in text:
                    raise _bad_encoding(file, self._source.encoding) from error
                elif text.startswith("Empty CSV file"):
                    return
                elif "conversion error" in text:
                    raise Misfit(text) from error
                else:
                    raise InvalidInput(f"The file '{file.name}' can't be read: {text}", target=file.name) from error

    def _open(self, number: int) -> pa.NativeFile:
        """The file's text, unpacked if its name ends in .gz, .bz2 or .zst, as UTF-8."""
        stream = pa.input_stream(str(self._files[number].path), compression="detect")
        name = codec(self._source.encoding)
        return stream if name == "utf-8" else pa.transcoding_input_stream(stream, name, "utf-8")

    def _evened(self, stream: pa.NativeFile, width: int) -> pa.PythonFile:
        text = io.TextIOWrapper(io.BufferedReader(_Raw(stream)), encoding="utf-8", newline="")
        return pa.PythonFile(_Pieces(evened(text, self._source.separator, width)), mode="r")


class _Raw(io.RawIOBase):
    """Arrow's stream as one of Python's."""

    def __init__(self, stream: pa.NativeFile) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest += piece
        out = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(out) :]
        return out


def _head(stream: pa.NativeFile, size: int) -> tuple[bytes, bool]:
    """The next `size` bytes, and whether the stream ended before."""
    parts: list[bytes] = []
    left = size
    while left:
        part = stream.read(left)
        if not part:
            return b"".join(parts), True
        parts.append(part)
        left -= len(part)
    return b"".join(parts), False


def _parse(
    stream: pa.NativeFile,
    source: Delimited,
    own: Sequence[str],
    kinds: Mapping[str, pa.DataType],
    block: int,
    refuse: object,
) -> Iterator[pa.RecordBatch]:
    # Columns go by number, as names may hold anything.
    number = {name: str(n) for n, name in enumerate(own)}
    missing = [word for word in MISSING_WORDS if word or not source.empty_as_string]
    yield from pyarrow.csv.open_csv(
        stream,
        read_options=pyarrow.csv.ReadOptions(column_names=list(number.values()), block_size=block),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=source.separator, newlines_in_values=True, invalid_row_handler=refuse
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={number[name]: kind for name, kind in kinds.items()},
            include_columns=[number[name] for name in kinds],
            null_values=missing,
            strings_can_be_null=True,
            true_values=list(TRUE_WORDS),
            false_values=list(FALSE_WORDS),
        ),
    )


def _parsed(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(kind):
        values = text_to_bool(texts)
    else:
        values = text_to_float(texts) if pa.types.is_floating(kind) else text_to_integer(texts, kind)
    filled = texts.drop_null().to_pylist().count("") if values.null_count > texts.null_count else 0
    if values.null_count - texts.null_count > filled:
        raise Misfit("a text is no number")
    return values


def _bad_encoding(file: LocalFile, encoding: str) -> InvalidInput:
    return InvalidInput(
        f"The file '{file.name}' isn't text in the encoding '{encoding}'.",
        target=file.name,
        remedy="Give the encoding it was written in, as encoding='latin1' or 'utf16'.",
    )

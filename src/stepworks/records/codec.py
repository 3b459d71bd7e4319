"""Rows as the plain values of a database and back.

What cannot be stored everywhere is refused everywhere, as `InvalidInput`: text with NUL characters (PostgreSQL has
none) or lone surrogates (not Unicode), integers beyond 64 bits. Inside JSON columns NUL is fine; JSON has no NaN and
no infinity: msgspec writes null for them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec.structs import astuple

from stepworks.errors import InvalidInput
from stepworks.records.columns import Column, columns_of, table_of
from stepworks.records.rows import Row

R = TypeVar("R", bound=Row)

Values = Sequence[Any]
Convert = Callable[[Any], Any]

_to_json = msgspec.json.Encoder().encode
_LEAST, _GREATEST = -(2**63), 2**63 - 1


class Codec(Generic[R]):
    """Encodes and decodes rows of one type.

    `plain`: the database knows truth values and NaN (PostgreSQL, Python itself). Else (SQLite) a truth value is 0 or
    1, and NaN, which SQLite would silently turn into NULL, is the text "NaN": greater than every number and equal to
    itself, as PostgreSQL has it.
    """

    def __init__(self, row: type[R], *, plain: bool) -> None:
        self._row = row
        self._table = table_of(row).name
        self.columns: Mapping[str, Column] = columns_of(row)
        self.names = tuple(self.columns)
        kinds = [column.kind for column in self.columns.values()]
        self._required = itemgetter(*(i for i, c in enumerate(self.columns.values()) if not c.nullable), 0)
        self._texts = [i for i, kind in enumerate(kinds) if kind == "text"]
        self._integers = [i for i, kind in enumerate(kinds) if kind == "integer"]
        self._jsons = [i for i, kind in enumerate(kinds) if kind == "json"]
        self._booleans = [] if plain else [i for i, kind in enumerate(kinds) if kind == "boolean"]
        self._reals = [] if plain else [i for i, kind in enumerate(kinds) if kind == "real"]
        self._encoders = {name: _encoder(self._table, column, plain=plain) for name, column in self.columns.items()}
        decoders = {name: _decoder(column, plain=plain) for name, column in self.columns.items()}
        self._decoders = {name: convert for name, convert in decoders.items() if convert is not None}
        self._decode = [(i, self._decoders[name]) for i, name in enumerate(self.names) if name in self._decoders]

    def encode(self, row: R) -> list[Any]:
        """The values of a row, in the order of its fields."""
        values = list(astuple(row))
        try:
            text = "".join([values[i] or "" for i in self._texts])
            if "\0" in text or None in self._required(values):
                raise ValueError
            if not text.isascii():
                text.encode()
            for i in self._integers:
                if values[i] is not None and not _LEAST <= values[i] <= _GREATEST:
                    raise ValueError
            for i in self._jsons:
                if values[i] is not None:
                    values[i] = _to_json(values[i]).decode()
            for i in self._booleans:
                values[i] = values[i] and 1
            for i in self._reals:
                if values[i] != values[i]:
                    values[i] = "NaN"
        except (ValueError, TypeError, OverflowError) as error:
            raise self._explain(row, error) from error
        return values

    def encode_value(self, column: str, value: object) -> Any:
        """The value of one column."""
        if value is not None:
            return self._encoders[column](value)
        if not self.columns[column].nullable:
            raise InvalidInput(f"{self._table}.{column} cannot be None.", target=f"{self._table}.{column}")
        return None

    def decode(self, values: Values) -> R:
        """The row of values in the order of its fields."""
        if self._decode:
            values = list(values)
            for i, convert in self._decode:
                if values[i] is not None:
                    values[i] = convert(values[i])
        return self._row(**dict(zip(self.names, values, strict=True)))

    def decode_some(self, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> list[tuple[object, ...]]:
        """Rows that have only some columns."""
        converts = [self._decoders.get(name) for name in columns]
        if not any(converts):
            return cast("list[tuple[object, ...]]", rows)
        return [
            tuple(v if v is None or f is None else f(v) for v, f in zip(row, converts, strict=True)) for row in rows
        ]

    def _explain(self, row: R, error: Exception) -> InvalidInput:
        for name in self.names:
            try:
                self.encode_value(name, getattr(row, name))
            except InvalidInput as refusal:
                return refusal
        return InvalidInput(f"A row of {self._table} cannot be stored: {error}", target=self._table)


def codec_of(row: type[R], *, plain: bool) -> Codec[R]:
    """The codec of a row type; made once."""
    return _codec(row, plain)


@cache
def _codec(row: type[Row], plain: bool) -> Codec[Any]:
    return Codec(row, plain=plain)


def _encoder(table: str, column: Column, *, plain: bool) -> Convert:
    where = f"{table}.{column.name}"

    def refuse(what: str) -> InvalidInput:
        return InvalidInput(f"{where} cannot hold {what}.", target=where)

    def text(value: object) -> str:
        if not isinstance(value, str):
            raise refuse(f"{_a_type(value)}: it is text")
        if "\0" in value:
            raise refuse("a NUL character: remove it")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise refuse(f"the lone surrogate {value[error.start]!a}: give Unicode text") from error
        return value

    def integer(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise refuse(f"{_a_type(value)}: it is a whole number")
        if not _LEAST <= value <= _GREATEST:
            raise refuse("a number beyond 64 bits")
        return value

    def real(value: object) -> float | str:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise refuse(f"{_a_type(value)}: it is a number")
        try:
            value = float(value)
        except OverflowError as error:
            raise refuse("a number that large") from error
        return value if plain or value == value else "NaN"

    def boolean(value: object) -> bool | int:
        if not isinstance(value, bool):
            raise refuse(f"{_a_type(value)}: it is True or False")
        return value if plain else int(value)

    def data(value: object) -> bytes:
        if not isinstance(value, bytes):
            raise refuse(f"{_a_type(value)}: it is bytes")
        return value

    def json(value: object) -> str:
        try:
            return _to_json(value).decode()
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise refuse(f"this value as JSON ({error})") from error

    encoders: dict[str, Convert] = {
        "text": text,
        "integer": integer,
        "real": real,
        "boolean": boolean,
        "bytes": data,
        "json": json,
    }
    return encoders[column.kind]


def _a_type(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


def _decoder(column: Column, *, plain: bool) -> Convert | None:
    match column.kind:
        case "json":
            return msgspec.json.Decoder(cast("type[Any]", column.type)).decode
        case "boolean":
            return None if plain else bool
        case "real":
            # Turns the text "NaN" back; everything else is a float already.
            return None if plain else float
        case _:
            return None

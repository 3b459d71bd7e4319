"""Conditions and orders, checked: what every adapter does with a `Where` is said here, once.

A question is split in a *shape* (columns and operators: few, so that statements are made once) and its values.
A column that is None meets no condition but "= None". Columns of bytes and JSON are compared with None only.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal, cast

import msgspec

from stepworks.errors import InvalidInput
from stepworks.records.base import Where
from stepworks.records.codec import Codec
from stepworks.records.columns import Column, columns_of, table_of
from stepworks.records.rows import Row

Comparison = Literal["=", "!=", "<", "<=", ">", ">=", "in", "null", "not null"]
Shape = tuple[tuple[str, Comparison], ...]
Order = tuple[tuple[str, bool], ...]

_WITHOUT_NONE = frozenset({"=", "!=", "<", "<=", ">", ">="})


class Question(msgspec.Struct, frozen=True, gc=False):
    """Conditions joined by and: `values` has one value for each part of the shape that takes one."""

    shape: Shape
    values: list[Any]


def question(row: type[Row], codec: Codec[Any], where: Iterable[Where]) -> Question:
    """The shape and the values of some conditions. Raises InvalidInput where they cannot be asked."""
    shape: list[tuple[str, Comparison]] = []
    values: list[Any] = []
    for one in where:
        column = codec.columns.get(one.column)
        if column is None:
            raise _no_column(row, one.column)
        if one.value is None:
            shape.append((one.column, _none(row, one)))
        elif column.kind in ("bytes", "json"):
            raise InvalidInput(f"{_name(row, column)} holds {column.kind}: it can be compared with None only.")
        elif one.operator in _WITHOUT_NONE:
            shape.append((one.column, cast("Comparison", one.operator)))
            values.append(codec.encode_value(one.column, one.value))
        elif one.operator == "in":
            shape.append((one.column, "in"))
            values.append(_several(row, codec, one))
        elif one.operator == "prefix":
            _add_range(row, codec, column, one.value, shape, values)
        else:
            raise InvalidInput(f"{one.operator!r} is not a comparison of the records.")
    return Question(tuple(shape), values)


def key_question(row: type[Row], codec: Codec[Any], key: Sequence[object]) -> Question:
    """The question for the row of a key. Raises TypeError when parts of the key are missing."""
    names = table_of(row).key
    if len(key) != len(names):
        raise TypeError(f"The key of {row.__name__} is ({', '.join(names)}); {len(key)} values were given.")
    return Question(
        tuple((name, "=") for name in names),
        [codec.encode_value(name, value) for name, value in zip(names, key, strict=True)],
    )


def order_of(row: type[Row], order: Sequence[str], *, paged: bool) -> Order:
    """Column and whether descending. Pages end with the key, so that they never overlap and never skip a row."""
    parts = [(name.removeprefix("-"), name.startswith("-")) for name in order]
    for name, _ in parts:
        column = columns_of(row).get(name)
        if column is None:
            raise _no_column(row, name)
        if column.kind in ("bytes", "json"):
            raise InvalidInput(f"{_name(row, column)} holds {column.kind}: rows cannot be ordered by it.")
    if paged:
        named = {name for name, _ in parts}
        parts += [(name, False) for name in table_of(row).key if name not in named]
    return tuple(parts)


def is_paged(limit: int | None, offset: int) -> bool:
    """Whether only a part of the rows is wanted. Raises InvalidInput for a negative number."""
    if offset < 0 or (limit is not None and limit < 0):
        raise InvalidInput(f"limit and offset count rows: they cannot be {limit} and {offset}.")
    return limit is not None or offset > 0


def check_columns(row: type[Row], codec: Codec[Any], columns: Collection[str]) -> None:
    """Raises InvalidInput for a name that is no column of the table, and when there is none."""
    if not columns:
        raise InvalidInput(f"No column of {table_of(row).name} is asked for: name one or more.")
    for name in columns:
        if name not in codec.columns:
            raise _no_column(row, name)


def check_changes(row: type[Row], codec: Codec[Any], changes: Iterable[str]) -> None:
    """Raises InvalidInput when an update names no column of the table, or one of its key."""
    for name in changes:
        if name not in codec.columns:
            raise _no_column(row, name)
        if name in table_of(row).key:
            raise InvalidInput(
                f"{table_of(row).name}.{name} is part of the key and cannot be changed.",
                remedy="Delete the row and insert a new one.",
            )


def check_many(many: int) -> None:
    """Raises InvalidInput unless at least one number is asked for."""
    if many < 1:
        raise InvalidInput(f"{many} numbers cannot be counted: ask for one or more.")


def _none(row: type[Row], where: Where) -> Comparison:
    if where.operator == "=":
        return "null"
    if where.operator == "!=":
        return "not null"
    raise InvalidInput(
        f"{table_of(row).name}.{where.column} {where.operator} None: None is compared with = and != only."
    )


def _several(row: type[Row], codec: Codec[Any], where: Where) -> list[Any]:
    if not isinstance(where.value, tuple | list | set | frozenset):
        raise InvalidInput(f"{table_of(row).name}.{where.column} in …: give the values as a tuple.")
    values = cast("Collection[object]", where.value)
    if None in values:
        raise InvalidInput(
            f"{table_of(row).name}.{where.column} in …: None cannot be among the values; ask for it alone."
        )
    return [codec.encode_value(where.column, value) for value in values]


def _add_range(
    row: type[Row],
    codec: Codec[Any],
    column: Column,
    text: object,
    shape: list[tuple[str, Comparison]],
    values: list[Any],
) -> None:
    if column.kind != "text":
        raise InvalidInput(f"{_name(row, column)} holds {column.kind}: only text has a prefix.")
    shape.append((column.name, ">="))
    values.append(codec.encode_value(column.name, text))
    end = after_prefix(cast("str", text))
    if end is not None:
        shape.append((column.name, "<"))
        values.append(end)


def after_prefix(prefix: str) -> str | None:
    """The least text that is greater than every text with this prefix, by code points; None when there is none."""
    while prefix:
        code = ord(prefix[-1]) + 1
        prefix = prefix[:-1]
        if code <= 0x10FFFF:
            return prefix + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
    return None


def _name(row: type[Row], column: Column) -> str:
    return f"{table_of(row).name}.{column.name}"


def _no_column(row: type[Row], name: str) -> InvalidInput:
    table = table_of(row)
    return InvalidInput(
        f"{table.name} has no column {name!r}.", remedy=f"Its columns are {', '.join(row.__struct_fields__)}."
    )

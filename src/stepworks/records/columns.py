"""What the columns of each row type hold, worked out from its annotations. Knows of no database."""

import types
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

import msgspec

from stepworks.records.rows import TABLES, Row, Table

Kind = Literal["text", "integer", "real", "boolean", "bytes", "json"]

_KINDS: Mapping[object, Kind] = {str: "text", int: "integer", float: "real", bool: "boolean", bytes: "bytes"}
_TABLES: Mapping[type[Row], Table] = {table.row: table for table in TABLES}


class Column(msgspec.Struct, frozen=True):
    """One column: `type` is the annotation without None."""

    name: str
    kind: Kind
    nullable: bool
    type: object


def table_of(row: type[Row]) -> Table:
    """How rows of this type are stored. Raises TypeError for a type that is not in `rows.TABLES`."""
    try:
        return _TABLES[row]
    except KeyError:
        raise TypeError(f"{row.__name__} is not a row of the records: only those in `rows.TABLES` are.") from None


@cache
def columns_of(row: type[Row]) -> Mapping[str, Column]:
    """The columns of a row type by name, in the order of its fields."""
    hints = typing.get_type_hints(row)
    return {name: _column(name, hints[name]) for name in row.__struct_fields__}


def _column(name: str, annotation: object) -> Column:
    nullable = False
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(annotation) if part is not type(None)]
        nullable = len(parts) < len(typing.get_args(annotation))
        if len(parts) == 1:
            annotation = parts[0]
    return Column(name, _KINDS.get(annotation, "json"), nullable, annotation)


def by_type(rows: Row | Sequence[Row]) -> Mapping[type[Row], Sequence[Row]]:
    """Rows sorted by type, each in the given order."""
    if isinstance(rows, Row):
        return {type(rows): (rows,)}
    sorted_: dict[type[Row], list[Row]] = {}
    for row in rows:
        sorted_.setdefault(type(row), []).append(row)
    return sorted_

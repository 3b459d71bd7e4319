"""Delimited text below the level of values: the first record, and rows made even.

Follows the rules of pandas' parser: a quote counts only at the beginning of a value, two inside quotes are one,
lines end with LF, CR or both, and blank lines are no records.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import IO

_QUOTE, _LF, _CR = b'"'[0], b"\n"[0], b"\r"[0]


def first_record(data: bytes, separator: str, *, complete: bool) -> tuple[list[bytes], int] | None:
    """The values of the first record and where the next begins; None if the data ends before that is sure.

    `complete` says that no data follows; then the last record needs no line end, and no record at all is an empty list.
    """
    cut = separator.encode()[0]
    values: list[bytes] = []
    value = bytearray()
    quoted = was_quoted = False
    at = start = 0
    while at < len(data):
        byte = data[at]
        at += 1
        if quoted:
            if byte != _QUOTE:
                value.append(byte)
            elif at < len(data) and data[at] == _QUOTE:
                value.append(_QUOTE)
                at += 1
            elif at == len(data) and not complete:
                return None
            else:
                quoted = False
        elif byte == _QUOTE and not value and not was_quoted:
            quoted = was_quoted = True
        elif byte == cut:
            values.append(bytes(value))
            value.clear()
            was_quoted = False
        elif byte in (_LF, _CR):
            if byte == _CR and at == len(data) and not complete:
                return None
            if byte == _CR and data[at : at + 1] == b"\n":
                at += 1
            if values or was_quoted or value.strip(b" \t"):
                return [*values, bytes(value)], at
            value.clear()
            start = at
        else:
            value.append(byte)
    if not complete:
        return None
    if start == at or not (values or was_quoted or value.strip(b" \t")):
        return [], at
    return [*values, bytes(value)], at


def unique_names(values: Iterable[str]) -> list[str]:
    """Column names as pandas makes them unique: `a`, `a.1`; one without a name is `Unnamed: 0`."""
    given = [value or f"Unnamed: {number}" for number, value in enumerate(values)]
    names: dict[str, None] = {}
    for name in given:
        number, fresh = 0, name
        while fresh in names or (number and fresh in given):
            number += 1
            fresh = f"{name}.{number}"
        names[fresh] = None
    return list(names)


class UnevenRow(Exception):
    """A row with more values than there are columns."""

    def __init__(self, line: int, found: int, expected: int) -> None:
        super().__init__(f"line {line} has {found} values, where {expected} are expected")


def evened(text: IO[str], separator: str, width: int) -> Iterator[bytes]:
    """The same rows in pieces of UTF-8 text, each with `width` values: short rows are filled up, and empty values
    beyond the last column are cut off. Raises UnevenRow for values beyond it that are not empty."""
    rows = csv.reader(text, delimiter=separator)
    piece = io.StringIO()
    writer = csv.writer(piece, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        if not row or (len(row) == 1 and width > 1 and not row[0].strip(" \t")):
            continue
        if len(row) > width:
            if any(row[width:]):
                raise UnevenRow(rows.line_num, len(row), width)
            row = row[:width]
        writer.writerow(row + [""] * (width - len(row)))
        if piece.tell() > 1 << 20:
            yield piece.getvalue().encode()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue().encode()

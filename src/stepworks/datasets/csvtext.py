"""Rows as lines of delimited text, which read back with the types they had: as pandas would write them.

A value is quoted only where it must be. A missing value is nothing, an empty text is two quotes, a whole number in a
column of floats keeps its `.0`.
"""

# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from stepworks.datasets.columns import to_text


def header(names: Sequence[str], separator: str) -> bytes:
    """The line of the names."""
    return lines(pa.RecordBatch.from_arrays([pa.array([n], pa.string()) for n in names], names=names), separator)


def lines(batch: pa.RecordBatch, separator: str) -> bytes:
    """The rows in UTF-8, each with its line end."""
    cells = [_cells(column, separator) for column in batch.columns]
    # A line with nothing in it would be no row.
    nothing = '""' if len(cells) == 1 else ""
    joined = pc.binary_join_element_wise(*(cell.fill_null(nothing) for cell in cells), separator)
    return "".join(f"{line}\n" for line in joined.to_pylist()).encode()


def _cells(column: pa.Array, separator: str) -> pa.Array:
    """The texts of a column; null where there is no value."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "True", "False")
    if pa.types.is_floating(kind):
        texts = pc.if_else(pc.is_nan(column), None, column).cast(pa.string())
        return pc.replace_substring_regex(texts, r"^(-?\d+)$", r"\1.0")
    if pa.types.is_integer(kind) or pa.types.is_date32(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(column.cast(pa.string()), r"\.0+(Z?)$", r"\1")
    if pa.types.is_nested(kind):
        texts = (None if v is None else json.dumps(v, default=str, ensure_ascii=False) for v in column.to_pylist())
        return _quoted(pa.array(list(texts), pa.string()), separator)
    return _quoted(column if pa.types.is_string(kind) else to_text(column), separator)


def _quoted(texts: pa.Array, separator: str) -> pa.Array:
    # Blanks alone would be an empty line for some readers.
    must = pc.or_(
        pc.match_substring_regex(texts, r'["\r\n]|^\s*$'),
        pc.match_substring(texts, separator),
    )
    inner = pc.replace_substring(texts, '"', '""')
    return pc.if_else(must, pc.binary_join_element_wise('"', inner, '"', ""), texts)

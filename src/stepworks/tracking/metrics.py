"""Metrics as values: logged points, batches from a spool, and the shapes `get_metrics` returns (contracts §12).

A spool is an append-only file of one JSON array a line, in the order of `MetricPoint`. Whoever ships it (the
agent, or the SDK itself) sends batches numbered by line, so that a batch sent twice is taken once.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec


class MetricPoint(msgspec.Struct, frozen=True, array_like=True):
    """One logged value: `value` for numbers, `data` (anything JSON can say) for all else."""

    run: str
    name: str
    kind: str
    value: float | None = None
    data: Any = None
    step: int | None = None
    time: float = 0.0


class MetricBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Lines `first` … of spool `spool`."""

    spool: str
    first: int
    points: tuple[MetricPoint, ...]


_line_decoder = msgspec.json.Decoder(MetricPoint)
_line_encoder = msgspec.json.Encoder()


def encode_line(point: MetricPoint) -> bytes:
    """A line of a spool, with its newline."""
    return _line_encoder.encode(point) + b"\n"


def decode_lines(data: bytes) -> tuple[MetricPoint, ...]:
    """The points of complete lines; a torn last line is left out."""
    end = data.rfind(b"\n")
    if end < 0:
        return ()
    return tuple(_line_decoder.decode(line) for line in data[:end].split(b"\n") if line)


def collect(points: Iterable[MetricPoint]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What `get_metrics` returns for the points of one run, and warnings.

    One value is a scalar, several under one name a list in logging order; rows and tables are dicts of columns
    (scalars when there is one row). When kinds are mixed under one name the first kind wins, with a warning.
    """
    kinds: dict[str, str] = {}
    values: dict[str, list[Any]] = {}
    mixed: dict[str, None] = {}
    for p in points:
        kind = kinds.setdefault(p.name, p.kind)
        if kind == p.kind or (kind in _COLUMNAR and p.kind in _COLUMNAR) or (kind in _SCALAR and p.kind in _SCALAR):
            values.setdefault(p.name, []).append(p)
        else:
            mixed[p.name] = None
    warnings = tuple(
        f"Metric '{name}' was logged in several kinds; only its {kinds[name]} values are shown." for name in mixed
    )
    return {name: _shape(kinds[name], found) for name, found in values.items()}, warnings


_SCALAR = frozenset({"scalar", "list"})
_COLUMNAR = frozenset({"row", "table"})


def _shape(kind: str, points: list[MetricPoint]) -> Any:
    if kind in _COLUMNAR:
        return _columns(p.data for p in points)
    flat: list[Any] = []
    for p in points:
        if p.kind == "list":
            flat.extend(p.data)
        else:
            flat.append(p.data if p.value is None or p.data is not None else p.value)
    return flat[0] if len(flat) == 1 else flat


def _columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    columns: dict[str, list[Any]] = {}
    for row in rows:
        for name, cell in row.items():
            columns.setdefault(name, []).extend(cell if isinstance(cell, list) else [cell])
    return {name: cells[0] if len(cells) == 1 else cells for name, cells in columns.items()}

"""What is said when a change is refused; the same words from every adapter."""

from collections.abc import Sequence

from stepworks.errors import Conflict
from stepworks.records.base import Where
from stepworks.records.columns import table_of
from stepworks.records.rows import Row


def exists(rows: Sequence[Row]) -> Conflict:
    """A row of that key is there already; `rows` are what was to be inserted."""
    table = table_of(type(rows[0]))
    if len(rows) > 1:
        return Conflict(f"{table.name}: one of {len(rows)} new rows exists already.", target=table.name)
    key = ", ".join(f"{name} {getattr(rows[0], name)!r}" for name in table.key)
    return Conflict(f"{table.name}: {key} exists already.", target=table.name)


def ended(which: Sequence[Row] | Sequence[Where]) -> Conflict:
    """A run that has ended was to get another status; `which` are the rows or the conditions of the change."""
    parts = [
        f"{part.column} {part.operator} {part.value!r}"
        if isinstance(part, Where)
        else f"id = {getattr(part, 'id', '')!r}"
        for part in which[:3]
    ]
    more = ", …" if len(which) > 3 else ""
    return Conflict(
        f"The run has ended; its status cannot change any more ({', '.join(parts)}{more}).",
        target="runs",
        remedy="Submit a new run.",
    )

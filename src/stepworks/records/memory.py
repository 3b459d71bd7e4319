"""Records that are kept in memory: for tests, and for what shall leave nothing behind.

Rows are kept as a database would keep them, so that nobody shares a dict with the records. Works run in the thread
that submits them, one at a time; what is submitted meanwhile, from other threads or from a work itself, is run by
that thread too. So everything has happened when `submit` returns, if nobody else is at it.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from operator import eq as equal
from operator import ge, gt, le, lt, ne
from typing import Any, NoReturn, TypeVar

from stepworks.errors import Unavailable
from stepworks.records.base import Records, Transaction, View, Where
from stepworks.records.codec import Codec, codec_of
from stepworks.records.columns import by_type, table_of
from stepworks.records.conditions import (
    Comparison,
    Question,
    check_changes,
    check_columns,
    check_many,
    is_paged,
    key_question,
    order_of,
    question,
)
from stepworks.records.refusals import ended, exists
from stepworks.records.rows import Counter, Row, Run
from stepworks.records.writer import Job, WorkTransaction, commit_group
from stepworks.runs.status import is_terminal

R = TypeVar("R", bound=Row)
T = TypeVar("T")

Key = tuple[Any, ...]
# Values of one row by column; never changed, only replaced.
Cells = Mapping[str, Any]
Tables = dict[type[Row], dict[Key, Cells]]


class MemoryRecords(Records):
    """Records in memory."""

    def __init__(self) -> None:
        self._session = _MemorySession()
        self._waiting: deque[Job] = deque()
        self._changing = threading.Lock()
        self._writer: int | None = None
        self._closed = False

    @contextmanager
    def read(self) -> Generator[View]:
        if self._closed:
            raise Unavailable("The records are closed.")
        view = _MemoryView(self._session.committed)
        try:
            yield view
        finally:
            view.end()

    def submit(self, work: Callable[[Transaction], T]) -> "Future[T]":
        job = Job(work, Future())
        with self._changing:
            if self._closed:
                raise Unavailable("The records are closed.")
            self._waiting.append(job)
            if self._writer is not None:
                return job.future
            self._writer = threading.get_ident()
        while group := self._next_group():
            commit_group(self._session, group)
        return job.future

    def write(self, work: Callable[[Transaction], T]) -> T:
        if self._writer == threading.get_ident():
            raise RuntimeError("A work may not wait for another write: use `submit`, or do both in one work.")
        return self.submit(work).result()

    def close(self) -> None:
        with self._changing:
            self._closed = True

    def _next_group(self) -> list[Job]:
        with self._changing:
            group = list(self._waiting)
            self._waiting.clear()
            if not group:
                self._writer = None
        return group


class _MemorySession:
    """Tables as they were committed, and as the writer has them. A table is copied before its first change."""

    def __init__(self) -> None:
        self.committed: Tables = {}
        self._now: Tables = {}
        self._marked: Tables = {}

    def begin(self) -> None:
        self._now = dict(self.committed)

    def savepoint(self) -> None:
        self._marked = dict(self._now)

    def keep(self) -> None:
        self._marked = {}

    def undo(self) -> bool:
        self._now = self._marked
        return True

    def commit(self) -> None:
        self.committed = self._now

    def rollback(self) -> None:
        self._now = {}

    def transaction(self) -> "_MemoryTransaction":
        return _MemoryTransaction(self._now)

    def close(self) -> None:
        """Nothing is held."""


class _MemoryView(View):
    def __init__(self, tables: Tables) -> None:
        self._tables: Tables | None = tables

    def end(self) -> None:
        """Nothing can be done with this view any more."""
        self._tables = None

    def get(self, row: type[R], *key: object) -> R | None:
        codec = codec_of(row, plain=True)
        cells = self._table(row).get(tuple(key_question(row, codec, key).values))
        return None if cells is None else _decode(codec, cells)

    def find(
        self, row: type[R], *where: Where, order: Sequence[str] = (), limit: int | None = None, offset: int = 0
    ) -> list[R]:
        codec = codec_of(row, plain=True)
        paged = is_paged(limit, offset)
        found = self._matching(row, question(row, codec, where), order, paged=paged)
        end = None if limit is None else offset + limit
        return [_decode(codec, cells) for _, cells in found[offset:end]]

    def values(
        self, row: type[Row], columns: Sequence[str], *where: Where, order: Sequence[str] = ()
    ) -> list[tuple[object, ...]]:
        codec = codec_of(row, plain=True)
        check_columns(row, codec, columns)
        found = self._matching(row, question(row, codec, where), order)
        return codec.decode_some(columns, [tuple(cells[name] for name in columns) for _, cells in found])

    def count(self, row: type[Row], *where: Where) -> int:
        return len(self._matching(row, question(row, codec_of(row, plain=True), where)))

    def _table(self, row: type[Row]) -> dict[Key, Cells]:
        if self._tables is None:
            raise RuntimeError("This view is over: read inside `with records.read()`, or inside the work.")
        table_of(row)
        return self._tables.get(row, {})

    def _matching(
        self, row: type[Row], asked: Question, order: Sequence[str] = (), *, paged: bool = False
    ) -> list[tuple[Key, Cells]]:
        found = [item for item in self._candidates(row, asked) if _meets(item[1], asked)]
        for name, descending in reversed(order_of(row, order, paged=paged)):
            found.sort(key=lambda item, name=name: _rank(item[1][name]), reverse=descending)
        return found

    def _candidates(self, row: type[Row], asked: Question) -> Iterable[tuple[Key, Cells]]:
        """The one row of a key where the whole key is asked for; else all rows."""
        table = self._table(row)
        with_value = (part for part in asked.shape if part[1] not in ("null", "not null"))
        equal_to = {name: value for (name, how), value in zip(with_value, asked.values, strict=True) if how == "="}
        names = table_of(row).key
        if not all(name in equal_to for name in names):
            return table.items()
        key = tuple(equal_to[name] for name in names)
        return [(key, table[key])] if key in table else []


class _MemoryTransaction(_MemoryView, WorkTransaction):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._copied: set[type[Row]] = set()
        self._refusal: Exception | None = None

    def finish(self) -> Exception | None:
        self.end()
        return self._refusal

    def insert(self, rows: Row | Sequence[Row]) -> None:
        self._add(rows, replacing=False)

    def put(self, rows: Row | Sequence[Row]) -> None:
        self._add(rows, replacing=True)

    def update(self, row: type[Row], where: Sequence[Where], **changes: object) -> int:
        codec = codec_of(row, plain=True)
        try:
            check_changes(row, codec, changes)
            new = {name: codec.encode_value(name, value) for name, value in changes.items()}
            found = self._matching(row, question(row, codec, where))
            if new:
                self._keep_ended(row, ((cells, new) for _, cells in found), where)
                self._changing(row).update((key, {**cells, **new}) for key, cells in found)
        except Exception as error:
            self._refuse(error)
        return len(found)

    def delete(self, row: type[Row], *where: Where) -> int:
        try:
            found = self._matching(row, question(row, codec_of(row, plain=True), where))
        except Exception as error:
            self._refuse(error)
        table = self._changing(row)
        for key, _ in found:
            del table[key]
        return len(found)

    def next_number(self, scope: str, many: int = 1) -> int:
        try:
            check_many(many)
            counter = self.get(Counter, scope)
        except Exception as error:
            self._refuse(error)
        last = counter.last if counter is not None else 0
        self.put(Counter(scope=scope, last=last + many))
        return last + 1

    def _add(self, rows: Row | Sequence[Row], *, replacing: bool) -> None:
        for row, several in by_type(rows).items():
            codec = codec_of(row, plain=True)
            names = table_of(row).key
            try:
                for one in several:
                    cells = {name: codec.encode_value(name, getattr(one, name)) for name in codec.names}
                    key = tuple(cells[name] for name in names)
                    before = self._table(row).get(key)
                    if before is not None and not replacing:
                        raise exists(several)
                    if before is not None:
                        self._keep_ended(row, [(before, cells)], several)
                    self._changing(row)[key] = cells
            except Exception as error:
                self._refuse(error)

    def _changing(self, row: type[Row]) -> dict[Key, Cells]:
        table = self._table(row)
        if row not in self._copied and self._tables is not None:
            self._copied.add(row)
            table = self._tables[row] = dict(table)
        return table

    def _keep_ended(
        self, row: type[Row], changes: Iterable[tuple[Cells, Cells]], which: Sequence[Row] | Sequence[Where]
    ) -> None:
        if row is Run and any(
            is_terminal(old["status"]) and new.get("status", old["status"]) != old["status"] for old, new in changes
        ):
            raise ended(which)

    def _refuse(self, error: Exception) -> NoReturn:
        self._refusal = error
        raise error


def _decode(codec: Codec[R], cells: Cells) -> R:
    return codec.decode([cells[name] for name in codec.names])


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {"=": equal, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


def _meets(cells: Cells, asked: Question) -> bool:
    values = iter(asked.values)
    return all(_holds(cells[name], comparison, values) for name, comparison in asked.shape)


def _holds(value: Any, comparison: Comparison, values: Iterator[Any]) -> bool:
    if comparison == "null":
        return value is None
    if comparison == "not null":
        return value is not None
    other = next(values)
    if value is None:
        return False
    if comparison == "in":
        return any(_rank(value) == _rank(one) for one in other)
    return _COMPARE[comparison](_rank(value), _rank(other))


def _rank(value: Any) -> tuple[int, Any]:
    """None before everything, NaN after every number and equal to itself."""
    if value is None:
        return 0, 0
    return (2, 0) if value != value else (1, value)

"""The port of the database: rows in, rows out, one writer, group commit.

What holds for every adapter:

- `write` runs its function in a transaction, alone: no other write runs meanwhile. Several waiting writes may be
  committed together; a write that raises leaves nothing behind and does not disturb the others. `write` returns
  after the commit is durable against the death of the process.
- A write whose connection is lost while it commits raises Unavailable although it may have been kept (PostgreSQL only).
- `submit` is `write` without waiting: the future resolves after the commit, in the order submitted, and calls back in
  the thread that commits. Neither a work nor such a callback may wait for another write; both may `submit`.
- `read` gives a consistent view; it sees every write that has returned before, and is not blocked by a slow work.
- A run in a terminal state keeps it: changing its status raises `Conflict`, in the database itself.
- Inserting a row whose key exists raises `Conflict`; nothing of that write is kept, even if the work catches it.
- Text is compared by code points. A column that is None meets no condition but "= None" and comes first in an order;
  NaN is greater than every number. Columns of bytes and JSON are compared with None only. Without an order rows come
  in any; pages (`limit`, `offset`) are always in an order that ends with the key.
- What one database cannot hold none takes: NUL and lone surrogates in text columns, integers beyond 64 bits raise
  `InvalidInput`, as do unknown columns and values of the wrong type. (JSON columns may hold NUL; they know no NaN.)
- Views and transactions end with their `with` or their work; using them later raises RuntimeError.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Literal, TypeVar

import msgspec

from stepworks.records.rows import Row

R = TypeVar("R", bound=Row)
T = TypeVar("T")

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "prefix"]


class Where(msgspec.Struct, frozen=True):
    """A condition on one column; several are joined by and. None is compared with "=" and "!=" only."""

    column: str
    operator: Operator
    value: object


def eq(column: str, value: object) -> Where:
    """column = value."""
    return Where(column, "=", value)


def among(column: str, values: Iterable[object]) -> Where:
    """column is one of values (any number of them; none: nothing matches)."""
    return Where(column, "in", tuple(values))


def prefix(column: str, text: str) -> Where:
    """column starts with text, as it is (no wildcards)."""
    return Where(column, "prefix", text)


class View(ABC):
    """Reads rows."""

    @abstractmethod
    def get(self, row: type[R], *key: object) -> R | None:
        """The row of that key (in the order of the table's key), or None."""

    @abstractmethod
    def find(
        self, row: type[R], *where: Where, order: Sequence[str] = (), limit: int | None = None, offset: int = 0
    ) -> list[R]:
        """Rows that meet all conditions; `order` are column names, "-name" for descending."""

    @abstractmethod
    def values(
        self, row: type[Row], columns: Sequence[str], *where: Where, order: Sequence[str] = ()
    ) -> list[tuple[object, ...]]:
        """Only some columns of the rows that meet all conditions."""

    @abstractmethod
    def count(self, row: type[Row], *where: Where) -> int:
        """How many rows meet all conditions."""


class Transaction(View):
    """Reads and changes rows; sees its own changes."""

    @abstractmethod
    def insert(self, rows: Row | Sequence[Row]) -> None:
        """Add rows (of one type, or mixed); many of one type go in one statement."""

    @abstractmethod
    def put(self, rows: Row | Sequence[Row]) -> None:
        """Add rows, or replace those of the same key."""

    @abstractmethod
    def update(self, row: type[Row], where: Sequence[Where], **changes: object) -> int:
        """Change columns (none of the key) of the rows that meet all conditions; how many were changed."""

    @abstractmethod
    def delete(self, row: type[Row], *where: Where) -> int:
        """Remove the rows that meet all conditions; how many were removed."""

    @abstractmethod
    def next_number(self, scope: str, many: int = 1) -> int:
        """Count up within a scope, from 1; the first of `many` fresh numbers."""


class Records(ABC):
    """The database of a server."""

    @abstractmethod
    def read(self) -> AbstractContextManager[View]:
        """A consistent view for reading; any thread."""

    @abstractmethod
    def submit(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """Run `work` in the writer; the future resolves after its commit. Any thread."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in the writer and wait for the commit. Never call it from inside another `work`."""
        return self.submit(work).result()

    @abstractmethod
    def close(self) -> None:
        """Finish what was submitted and let go of the database; later use raises Unavailable."""

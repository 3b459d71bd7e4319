"""One connection of a SQL database, as far as the dialects differ."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine.interfaces import Dialect

Values = Sequence[Any]


class Duplicate(Exception):
    """A row of that key exists."""


class Ended(Exception):
    """The status of a run that has ended was to be changed."""


class Link(ABC):
    """A connection, used by one thread at a time.

    `execute` and `change_many` raise Duplicate and Ended, CorruptRecords, InvalidInput for values that the database
    refuses, and Unavailable for everything else that keeps it from answering.
    """

    begin_reading: str
    begin_writing: str
    # A query for the names of the tables.
    table_names: str
    # Insertions of so many rows go through `insert_bulk`.
    bulk_from: float = math.inf

    @abstractmethod
    def claim(self) -> bool:
        """Be the only link with a claim on this database, until it is closed; False when there is another."""

    @abstractmethod
    def query(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement."""

    @abstractmethod
    def change(self, sql: str, values: Values = ()) -> int:
        """Run a statement; how many rows it concerned."""

    @abstractmethod
    def change_many(self, sql: str, rows: Iterable[Values]) -> None:
        """Run a statement for each of some rows."""

    def insert_bulk(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        """Insert many rows in the way that is fastest from `bulk_from` rows on."""
        raise NotImplementedError

    @abstractmethod
    def is_open(self) -> bool:
        """Whether the connection can still be used."""

    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether a transaction is under way (SQLite may undo one by itself)."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the database. Never raises."""


class Database(ABC):
    """A place that links lead to."""

    @abstractmethod
    def connect(self) -> Link:
        """A new connection."""

    @abstractmethod
    def dialect(self) -> "Dialect":
        """How SQLAlchemy writes SQL for it, with positional parameters."""

    @abstractmethod
    def engine(self) -> "Engine":
        """SQLAlchemy's engine for migrations: whoever begins a transaction with it is the only writer."""

    @abstractmethod
    def __str__(self) -> str:
        """Which database this is, for messages; no secrets."""

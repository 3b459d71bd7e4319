"""The records in a SQL database: SQLite or PostgreSQL. One writer thread, any number of readers."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TypeVar

from stepworks.errors import Conflict, StepworksError, Unavailable
from stepworks.records import migrate
from stepworks.records.base import Records, Transaction, View
from stepworks.records.link import Database, Link
from stepworks.records.sql_view import SqlTransaction, SqlView
from stepworks.records.statements import Statements
from stepworks.records.writer import WriterThread

T = TypeVar("T")

# Connections kept for the next reader; more are made when more read at once.
_IDLE_READERS = 8
_CLAIM_SECONDS = 3.0


class SqlRecords(Records):
    """Records at a URL: `sqlite:///path` or `postgresql://…`. Opening brings the tables up to date.

    Raises Unavailable when the database cannot be reached or written, CorruptRecords when it is damaged, Conflict
    when a newer version has made it.
    """

    def __init__(self, url: str, *, alone: bool = False) -> None:
        """`alone`: be the only one of those who ask for that, until `close`. Raises Conflict when there is another."""
        self._database = _database(url)
        connect = self._connect_alone if alone else self._database.connect
        link = connect()
        try:
            migrate.bring_up_to_date(self._database, link)
        except BaseException:
            link.close()
            raise
        self._statements = Statements(self._database.dialect())
        self._readers = _Readers(self._database)
        self._writer = WriterThread(_SqlSession(connect, link, self._statements), "records writer")

    def read(self) -> AbstractContextManager[View]:
        return _Reading(self._readers, self._statements)

    def submit(self, work: Callable[[Transaction], T]) -> "Future[T]":
        return self._writer.submit(work)

    def write(self, work: Callable[[Transaction], T]) -> T:
        if self._writer.is_current():
            raise RuntimeError("A work may not wait for another write: use `submit`, or do both in one work.")
        return self._writer.submit(work).result()

    def close(self) -> None:
        self._readers.close()
        # The last one to let go of an SQLite file tidies up its write-ahead log.
        self._writer.close()

    def _connect_alone(self) -> Link:
        """A connection with a claim. A server that was just killed may hold its own for a moment longer."""
        link = self._database.connect()
        try:
            until = time.monotonic() + _CLAIM_SECONDS
            while not link.claim():
                if time.monotonic() > until:
                    raise Conflict(
                        f"Another server uses the records in {self._database}.",
                        target=str(self._database),
                        remedy="End it first, or give this one a --database of its own.",
                    )
                time.sleep(0.05)
        except BaseException:
            link.close()
            raise
        return link


def _database(url: str) -> Database:
    if url.startswith("sqlite:"):
        from stepworks.records.sqlite import SqliteFile

        return SqliteFile.of_url(url)
    try:
        from stepworks.records.postgres import PostgresDatabase
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"Records in PostgreSQL need the package {error.name}, which is not installed.",
            remedy="Install it: pip install 'stepworks[postgres]'.",
        ) from error
    return PostgresDatabase(url)


class _SqlSession:
    """The writer's connection, made anew when it was lost."""

    def __init__(self, connect: Callable[[], Link], link: Link, statements: Statements) -> None:
        self._connect = connect
        self._link = link
        self._statements = statements

    def begin(self) -> None:
        if self._link.is_open():
            try:
                self._link.change(self._link.begin_writing)
                return
            except StepworksError:
                if self._link.is_open():
                    raise
        self._link = self._connect()
        self._link.change(self._link.begin_writing)

    def savepoint(self) -> None:
        self._link.change("SAVEPOINT work")

    def keep(self) -> None:
        self._link.change("RELEASE SAVEPOINT work")

    def undo(self) -> bool:
        if not self._link.in_transaction():
            return False
        try:
            self._link.change("ROLLBACK TO SAVEPOINT work")
            self._link.change("RELEASE SAVEPOINT work")
        except StepworksError:
            return False
        return True

    def commit(self) -> None:
        self._link.change("COMMIT")

    def rollback(self) -> None:
        try:
            if self._link.in_transaction():
                self._link.change("ROLLBACK")
        except StepworksError:
            self._link.close()

    def transaction(self) -> SqlTransaction:
        return SqlTransaction(self._link, self._statements)

    def close(self) -> None:
        self._link.close()


class _Readers:
    """Connections for reading; one that is taken is used by its taker alone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._idle: list[Link] = []
        self._closed = False
        self._changing = threading.Lock()

    def take(self) -> Link:
        """A connection with a transaction begun."""
        while True:
            with self._changing:
                if self._closed:
                    raise Unavailable("The records are closed.")
                link = self._idle.pop() if self._idle else None
            if link is None:
                break
            try:
                link.change(link.begin_reading)
                return link
            except StepworksError:
                # It was lost while it lay idle (the server was restarted): so may be the others.
                link.close()
        link = self._database.connect()
        link.change(link.begin_reading)
        return link

    def give_back(self, link: Link) -> None:
        """End the transaction and keep the connection for the next one."""
        try:
            link.change("COMMIT")
        except StepworksError:
            link.close()
            return
        with self._changing:
            if not self._closed and len(self._idle) < _IDLE_READERS:
                self._idle.append(link)
                return
        link.close()

    def close(self) -> None:
        with self._changing:
            self._closed = True
            idle, self._idle = self._idle, []
        for link in idle:
            link.close()


class _Reading(AbstractContextManager[View]):
    """A view for the time of a `with`."""

    def __init__(self, readers: _Readers, statements: Statements) -> None:
        self._readers = readers
        self._statements = statements

    def __enter__(self) -> View:
        self._link = self._readers.take()
        self._view = SqlView(self._link, self._statements)
        return self._view

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._view.end()
        self._readers.give_back(self._link)

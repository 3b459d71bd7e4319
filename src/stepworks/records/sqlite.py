"""SQLite: connections, and what its errors mean."""

import fcntl
import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepworks.errors import CorruptRecords, InvalidInput, StepworksError, Unavailable
from stepworks.records.link import Database, Duplicate, Ended, Link, Values

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine.interfaces import Dialect

_OLDEST = (3, 35, 0)
_WAIT_SECONDS = 20.0
# A negative number of KiB. Each connection has its own cache.
_CACHE = "-16000"
# Truncate the write-ahead log after a checkpoint when a large group has made it grow.
_LOG_LIMIT = str(64 << 20)
# How Python's sqlite3 begins to say that a value is of a type that it cannot bind, or too long.
_UNFIT = ("Error binding parameter", "string or blob too big")


class SqliteLink(Link):
    """A connection to a database file."""

    begin_reading = "BEGIN"
    begin_writing = "BEGIN IMMEDIATE"
    table_names = "SELECT name FROM sqlite_master WHERE type = 'table'"

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = _connect(path)
        except sqlite3.Error as error:
            raise self._meaning(error) from error
        self._claim: int | None = None
        self._set_up()

    def claim(self) -> bool:
        # Closed after the connection: to close any descriptor of the file drops SQLite's locks on it.
        self._claim = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def query(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise self._meaning(error) from error

    def change(self, sql: str, values: Values = ()) -> int:
        try:
            return self._connection.execute(sql, values).rowcount
        except (sqlite3.Error, OverflowError) as error:
            raise self._meaning(error) from error

    def change_many(self, sql: str, rows: Iterable[Values]) -> None:
        try:
            self._connection.executemany(sql, rows)
        except (sqlite3.Error, OverflowError) as error:
            raise self._meaning(error) from error

    def is_open(self) -> bool:
        return True

    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def close(self) -> None:
        self._connection.close()
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None

    def _set_up(self) -> None:
        try:
            mode = self.query("PRAGMA journal_mode=WAL")[0][0]
            if mode != "wal":
                raise Unavailable(
                    f"The records at {self._path} cannot be kept on this file system: it has no shared memory.",
                    remedy="Put them on a local disk (STEPWORKS_HOME says where), or use PostgreSQL.",
                )
            # Durable against the death of the process; a power cut may lose the last commits, never the order.
            self.query("PRAGMA synchronous=NORMAL")
            self.query(f"PRAGMA cache_size={_CACHE}")
            self.query(f"PRAGMA journal_size_limit={_LOG_LIMIT}")
            self.query("PRAGMA temp_store=MEMORY")
        except BaseException:
            self.close()
            raise

    def _meaning(self, error: Exception) -> Exception:
        name: str = getattr(error, "sqlite_errorname", "")
        if name in ("SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_ROWID"):
            return Duplicate(str(error))
        if name == "SQLITE_CONSTRAINT_TRIGGER":
            return Ended(str(error))
        if isinstance(error, OverflowError | sqlite3.IntegrityError) or str(error).startswith(_UNFIT):
            return InvalidInput(f"The records cannot hold this: {error}.")
        return self._trouble(name, error)

    def _trouble(self, name: str, error: Exception) -> StepworksError:
        if name in ("SQLITE_CORRUPT", "SQLITE_NOTADB") or name.startswith("SQLITE_CORRUPT_"):
            return CorruptRecords(
                f"The records in {self._path} are damaged ({error}).",
                target=str(self._path),
                remedy="Stop the server, then restore the file from a backup, or move it away (with its -wal and "
                "-shm) to begin anew; `stepworks doctor` tells what can still be read.",
            )
        user = f"user {os.geteuid()}"
        remedies = {
            "SQLITE_FULL": "Make room on the disk; what was not confirmed was not kept.",
            "SQLITE_BUSY": f"Another process has held them for more than {_WAIT_SECONDS:.0f} seconds: end it.",
            "SQLITE_CANTOPEN": f"The folder must exist and be writable for {user}; STEPWORKS_HOME moves it.",
            "SQLITE_READONLY": f"Make the file and its folder writable for {user}.",
        }
        primary = "_".join(name.split("_")[:2])
        return Unavailable(
            f"The records in {self._path} cannot be used ({error}).",
            target=str(self._path),
            remedy=remedies.get(primary),
        )


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
    )


class SqliteFile(Database):
    """A database file; it is made when it is not there. Its folder must exist."""

    def __init__(self, path: str | Path) -> None:
        if sqlite3.sqlite_version_info < _OLDEST:
            raise Unavailable(
                f"This Python has SQLite {sqlite3.sqlite_version}; the records need {'.'.join(map(str, _OLDEST))}.",
                remedy="Use a newer Python, or PostgreSQL.",
            )
        self.path = Path(path)

    @classmethod
    def of_url(cls, url: str) -> "SqliteFile":
        """The file of sqlite:///relative/path or sqlite:////absolute/path."""
        path = url.removeprefix("sqlite:///")
        if path == url or not path or path == ":memory:":
            raise InvalidInput(
                f"{url!r} names no database file.",
                remedy="Give sqlite:///path, or memory:// for records without a file.",
            )
        return cls(path)

    def connect(self) -> SqliteLink:
        # Made by SQLite itself, others could read it. Only when it is not there: closing a file that this process has
        # open elsewhere would drop SQLite's locks on it. What stops us here stops SQLite too, which then says so.
        with suppress(OSError):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        return SqliteLink(self.path)

    def dialect(self) -> "Dialect":
        from sqlalchemy.dialects.sqlite import dialect

        return dialect(paramstyle="qmark")

    def engine(self) -> "Engine":
        from sqlalchemy import Connection, NullPool, create_engine, event

        engine = create_engine("sqlite://", creator=lambda: _connect(self.path), poolclass=NullPool)

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql(SqliteLink.begin_writing)

        return engine

    def __str__(self) -> str:
        return str(self.path)

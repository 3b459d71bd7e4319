"""PostgreSQL: connections, and what its errors mean. Imports psycopg: only where PostgreSQL is asked for."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import psycopg
import psycopg.sql
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from stepworks.errors import CorruptRecords, InvalidInput, StepworksError, Unavailable
from stepworks.records.link import Database, Duplicate, Ended, Link, Values

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine.interfaces import Dialect

_WAIT_SECONDS = 20
# Held by whoever writes, until the commit: of several servers on one database, one writes at a time.
_LOCK = f"SELECT pg_advisory_xact_lock({0x5357_0001})"
_CLAIM = f"SELECT pg_try_advisory_lock({0x5357_0002})"

# A server that is cut off while it writes must let the others go on soon, not after the two hours of the default.
_SET_UP = f"""SET lock_timeout = '{_WAIT_SECONDS}s'; SET tcp_keepalives_idle = 30;
SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; SET client_min_messages = 'warning'"""


class PostgresLink(Link):
    """A connection to a PostgreSQL server."""

    begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    # Read committed on purpose: a snapshot taken before the lock is granted would be out of date.
    begin_writing = f"BEGIN; {_LOCK}"
    # COPY is then faster than a statement for each row (six times for thousands).
    bulk_from = 50
    table_names = (
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')"
    )

    def __init__(self, url: str, place: str) -> None:
        self._place = place
        try:
            self._connection = psycopg.connect(url, autocommit=True)
            self._cursor = self._connection.cursor()
            self._cursor.execute(_SET_UP.encode())
        except psycopg.Error as error:
            raise self._meaning(error) from error

    def claim(self) -> bool:
        return bool(self.query(_CLAIM)[0][0])

    def query(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        try:
            return self._cursor.execute(sql.encode(), values or None).fetchall()
        except psycopg.Error as error:
            raise self._meaning(error) from error

    def change(self, sql: str, values: Values = ()) -> int:
        try:
            return self._cursor.execute(sql.encode(), values or None).rowcount
        except psycopg.Error as error:
            raise self._meaning(error) from error

    def change_many(self, sql: str, rows: Iterable[Values]) -> None:
        try:
            self._cursor.executemany(sql.encode(), rows)
        except psycopg.Error as error:
            raise self._meaning(error) from error

    def insert_bulk(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns))
        copy = psycopg.sql.SQL("COPY {} ({}) FROM STDIN").format(psycopg.sql.Identifier(table), names)
        try:
            with self._cursor.copy(copy) as target:
                for row in rows:
                    target.write_row(row)
        except psycopg.Error as error:
            raise self._meaning(error) from error

    def is_open(self) -> bool:
        return not self._connection.closed

    def in_transaction(self) -> bool:
        return self._connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE

    def close(self) -> None:
        self._connection.close()

    def _meaning(self, error: psycopg.Error) -> Exception:
        if isinstance(error, errors.UniqueViolation):
            return Duplicate(str(error))
        if error.sqlstate == "23000":
            return Ended(str(error))
        if isinstance(
            error, psycopg.DataError | psycopg.IntegrityError | errors.DatatypeMismatch | errors.ProgramLimitExceeded
        ):
            return InvalidInput(f"The records cannot hold this: {error}")
        return self._trouble(error)

    def _trouble(self, error: psycopg.Error) -> StepworksError:
        said = str(error).strip()
        if isinstance(error, errors.DataCorrupted | errors.IndexCorrupted):
            return CorruptRecords(
                f"The records in {self._place} are damaged ({said}).",
                target=self._place,
                remedy="Stop the server and restore the database from a backup; "
                "`stepworks doctor` tells what can still be read.",
            )
        if isinstance(error, errors.LockNotAvailable):
            remedy = f"Another server has held them for more than {_WAIT_SECONDS} seconds: see whether it hangs."
        else:
            remedy = "See that PostgreSQL runs, and that user, password and database of the URL are right."
        return Unavailable(f"The records in {self._place} cannot be used ({said}).", target=self._place, remedy=remedy)


class PostgresDatabase(Database):
    """A database of a PostgreSQL server."""

    def __init__(self, url: str) -> None:
        try:
            parts = conninfo_to_dict(url)
            self.url = make_conninfo(url, connect_timeout=parts.get("connect_timeout") or 10)
        except psycopg.Error as error:
            raise InvalidInput(
                f"This is no URL of PostgreSQL: {error}", remedy="Give postgresql://user:password@host:5432/database."
            ) from error
        # Never the URL itself: there may be a password in it.
        name = parts.get("dbname") or parts.get("user") or ""
        self._place = f"PostgreSQL database {name} on {parts.get('host') or 'this machine'}"

    def connect(self) -> PostgresLink:
        return PostgresLink(self.url, self._place)

    def dialect(self) -> "Dialect":
        from sqlalchemy.dialects.postgresql.psycopg import dialect

        return dialect(paramstyle="format")

    def engine(self) -> "Engine":
        from sqlalchemy import Connection, NullPool, create_engine, event

        engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(self.url), poolclass=NullPool)

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql(_LOCK)

        return engine

    def __str__(self) -> str:
        return self._place

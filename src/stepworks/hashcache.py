"""Where `filehashes` keeps what it knows: lines of bytes by path, in memory or in a small SQLite file.

Losing it costs time, nothing else. So nothing here raises: a file that is busy, full or read-only is done without,
one that is damaged is thrown away and begun again.
"""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import sqlite3

_T = TypeVar("_T")
_AT_ONCE = 500  # variables of one statement
_SWEPT = 200  # old lines looked at with each save
_BUSY = 2.0  # seconds to wait for another process
_SCHEMA = """
CREATE TABLE IF NOT EXISTS hashes (path BLOB PRIMARY KEY, line BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS swept (one INTEGER PRIMARY KEY CHECK (one = 1), path BLOB NOT NULL);
"""


class HashCache(Protocol):
    """Lines by absolute path. May forget; what it says may be damaged: the caller checks."""

    def lookup(self, folder: bytes, paths: Sequence[bytes]) -> dict[bytes, bytes]:
        """Lines of some of `paths`, which all lie below `folder`; there may be others among them."""
        ...

    def save(self, lines: Sequence[tuple[bytes, bytes]]) -> None:
        """Keep lines, in the place of older ones of the same paths."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class MemoryHashCache:
    """Ends with the process."""

    def __init__(self) -> None:
        self._lines: dict[bytes, bytes] = {}

    def lookup(self, folder: bytes, paths: Sequence[bytes]) -> dict[bytes, bytes]:
        return self._lines

    def save(self, lines: Sequence[tuple[bytes, bytes]]) -> None:
        self._lines.update(lines)

    def close(self) -> None:
        self._lines = {}


class SqliteHashCache:
    """A file that many processes and threads use at once."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = os.getpid()

    def lookup(self, folder: bytes, paths: Sequence[bytes]) -> dict[bytes, bytes]:
        return self._try(lambda connection: _lookup(connection, folder, paths)) or {}

    def save(self, lines: Sequence[tuple[bytes, bytes]]) -> None:
        self._try(lambda connection: _save(connection, lines))

    def close(self) -> None:
        with self._lock:
            self._disconnect()

    def _try(self, act: Callable[["sqlite3.Connection"], _T]) -> _T | None:
        """What `act` gives; None if the file will not do. A damaged one is replaced, for the next time."""
        import sqlite3

        with self._lock:
            try:
                if self._process != os.getpid():
                    # A connection must not be used, nor closed, on the other side of a fork.
                    _inherited.append(self._connection)
                    self._connection, self._process = None, os.getpid()
                if self._connection is None:
                    self._connection = _connect(self._path)
                return act(self._connection)
            except (sqlite3.Error, OSError) as error:
                self._disconnect()
                # SQLITE_ERROR is a file with other tables than ours, or none.
                if getattr(error, "sqlite_errorcode", None) in _DAMAGED:
                    for path in (f"{self._path}-wal", f"{self._path}-shm", self._path):
                        with suppress(OSError):
                            os.unlink(path)
                return None

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


_inherited: list["sqlite3.Connection | None"] = []
_DAMAGED = (1, 11, 26)  # SQLITE_ERROR, SQLITE_CORRUPT, SQLITE_NOTADB


def _connect(path: str) -> "sqlite3.Connection":
    import sqlite3

    os.makedirs(os.path.dirname(path), exist_ok=True)
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
    try:
        # With WAL and NORMAL nothing is flushed at a commit, and a power cut loses lines but mixes none up.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _lookup(connection: "sqlite3.Connection", folder: bytes, paths: Sequence[bytes]) -> dict[bytes, bytes]:
    if len(paths) > _AT_ONCE:
        # All of the folder in one go, unless it knows much more than is asked for.
        limit = 4 * len(paths)
        below = folder.rstrip(b"/")
        rows = connection.execute(
            "SELECT path, line FROM hashes WHERE path > ? AND path < ? LIMIT ?", (below + b"/", below + b"0", limit)
        ).fetchall()
        if len(rows) < limit:
            return dict(rows)
    found: dict[bytes, bytes] = {}
    for start in range(0, len(paths), _AT_ONCE):
        part = paths[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        found.update(connection.execute(f"SELECT path, line FROM hashes WHERE path IN ({marks})", part))
    return found


def _save(connection: "sqlite3.Connection", lines: Iterable[tuple[bytes, bytes]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?)", lines)
        _sweep(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _sweep(connection: "sqlite3.Connection") -> None:
    """Forget files that are gone: a few more lines are looked at each time, round and round."""
    row = connection.execute("SELECT path FROM swept").fetchone()
    paths = connection.execute(
        "SELECT path FROM hashes WHERE path > ? ORDER BY path LIMIT ?", (row[0] if row else b"", _SWEPT)
    ).fetchall()
    connection.executemany("DELETE FROM hashes WHERE path = ?", [p for p in paths if not os.path.lexists(p[0])])
    connection.execute("INSERT OR REPLACE INTO swept VALUES (1, ?)", paths[-1] if len(paths) == _SWEPT else (b"",))

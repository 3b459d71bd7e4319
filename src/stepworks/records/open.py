"""Records by their URL."""

from stepworks.errors import InvalidInput
from stepworks.records.base import Records


def open_records(url: str, *, alone: bool = False) -> Records:
    """The records at `memory://`, `sqlite:///path` (made when they are not there) or `postgresql://…`.

    `alone` is for servers: of all who ask for it, one at a time has a database.

    Raises InvalidInput for another URL, Unavailable, CorruptRecords and Conflict as `SqlRecords` does.
    """
    scheme, colon, _ = url.partition("://")
    if not colon or scheme not in ("memory", "sqlite", "postgresql", "postgres"):
        raise InvalidInput(
            # Not the URL as given: there may be a password in it.
            f"Records cannot be at a URL that begins with {scheme!r}." if colon else "The records need a URL.",
            remedy="Give sqlite:///path, postgresql://user:password@host:5432/database or memory://.",
        )
    if scheme == "memory":
        from stepworks.records.memory import MemoryRecords

        return MemoryRecords()
    # SQLAlchemy is a quarter of a second of import: only where there is a database.
    from stepworks.records.sql import SqlRecords

    return SqlRecords(url, alone=alone)

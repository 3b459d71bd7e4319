"""Brings the tables of a database up to date when it is opened.

Alembic takes a quarter of a second to import. So an empty database is made from the tables as they are now, and one
that is up to date is known by its stamp; only an older one costs that import. `tests/contract/test_records_schema.py`
proves that both ways lead to the same tables.
"""

from pathlib import Path
from typing import Literal

from stepworks.errors import Conflict, InvalidInput
from stepworks.records.link import Database, Link

# All versions of the tables, oldest first; each is a file in migrations/versions.
REVISIONS = ("0001",)
HEAD = REVISIONS[-1]

_STAMP_TABLE = "alembic_version"
_MAKE_STAMP = (
    f"CREATE TABLE {_STAMP_TABLE} (version_num VARCHAR(32) NOT NULL, "
    f"CONSTRAINT {_STAMP_TABLE}_pkc PRIMARY KEY (version_num))",
    f"INSERT INTO {_STAMP_TABLE} (version_num) VALUES ('{HEAD}')",
)

State = Literal["empty", "current", "older", "newer", "foreign"]


def bring_up_to_date(database: Database, link: Link) -> None:
    """Make or upgrade the tables where that is needed. Several processes may do so at once.

    Raises Conflict for a database that a newer version has made, InvalidInput for one that is somebody else's.
    """
    if _check(database, link) == "current":
        return
    link.change(link.begin_writing)
    try:
        # Again, now that nobody else is at it.
        state = _check(database, link)
        if state == "empty":
            _create(database, link)
        link.change("COMMIT")
    except BaseException:
        if link.in_transaction():
            link.change("ROLLBACK")
        raise
    if state == "older":
        upgrade(database)


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations up to a revision, all in one transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    engine = database.engine()
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def state_of(tables: set[str], stamp: str | None) -> State:
    """What is to be done with a database that has these tables and this stamp."""
    if not tables:
        return "empty"
    if stamp is None:
        return "older" if tables == {_STAMP_TABLE} else "foreign"
    if stamp == HEAD:
        return "current"
    return "older" if stamp in REVISIONS else "newer"


def _check(database: Database, link: Link) -> State:
    tables = {name for (name,) in link.query(link.table_names)}
    stamps = link.query(f"SELECT version_num FROM {_STAMP_TABLE}") if _STAMP_TABLE in tables else []
    stamp = stamps[0][0] if stamps else None
    state = state_of(tables, stamp)
    if state == "foreign":
        raise InvalidInput(
            f"The database {database} has tables, but they are not stepworks' records.",
            target=str(database),
            remedy="Give an empty database (or schema) of its own.",
        )
    if state == "newer":
        raise Conflict(
            f"The records in {database} were made by a newer version of stepworks (tables {stamp}; known are {HEAD}).",
            target=str(database),
            remedy="Upgrade stepworks, or use other records (STEPWORKS_HOME says where they are).",
        )
    return state


def _create(database: Database, link: Link) -> None:
    from stepworks.records.tables import create_statements

    for statement in (*create_statements(database.dialect()), *_MAKE_STAMP):
        link.change(statement)

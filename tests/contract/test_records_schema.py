"""Tables made at once and tables made by migrations are the same."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from stepworks.errors import Conflict, InvalidInput
from stepworks.records import migrate
from stepworks.records.link import Database
from stepworks.records.postgres import PostgresDatabase
from stepworks.records.rows import TABLES
from stepworks.records.sql import SqlRecords
from stepworks.records.sqlite import SqliteFile
from stepworks.records.tables import METADATA

_DESCRIBE_POSTGRES = """
SELECT 'column', c.relname, a.attnum::text, a.attname, format_type(a.atttypid, a.atttypmod),
    a.attnotnull::text, l.collname
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', ''
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', '', '' FROM pg_trigger
UNION ALL SELECT 'function', '', proname, pg_get_functiondef(oid), '', '', ''
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def of_sqlite(path: Path) -> set[tuple[str, ...]]:
    with sqlite3.connect(path) as connection:
        made = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master").fetchall()
        made += connection.execute("SELECT 'stamp', version_num FROM alembic_version").fetchall()
    return {tuple(" ".join(re.findall(r"\w+|\S", part)) for part in row) for row in made}


def of_postgres(url: str) -> set[tuple[str, ...]]:
    with psycopg.connect(url) as connection:
        made = connection.execute(_DESCRIBE_POSTGRES).fetchall()
        made += connection.execute("SELECT 'stamp', version_num FROM alembic_version").fetchall()
    return set(made)


@pytest.fixture
def two_databases(postgres_url: str) -> Iterator[tuple[str, str]]:
    names = ("made", "migrated")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}".encode())
        yield tuple(postgres_url.replace("/postgres?", f"/{name}?") for name in names)
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def difference(database: Database) -> list[object]:
    """What Alembic itself finds different from the tables of today."""
    from alembic.autogenerate import compare_metadata

    engine = database.engine()
    try:
        with engine.connect() as connection:
            return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA))
    finally:
        engine.dispose()


def test_sqlite_migrated_is_sqlite_made_at_once(tmp_path: Path) -> None:
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    SqlRecords(f"sqlite:///{made}").close()
    migrate.upgrade(SqliteFile(migrated))
    assert of_sqlite(migrated) == of_sqlite(made)
    assert len([one for one in of_sqlite(made) if one[0] == "table"]) == len(TABLES) + 1
    assert difference(SqliteFile(migrated)) == []


def test_postgres_migrated_is_postgres_made_at_once(two_databases: tuple[str, str]) -> None:
    made, migrated = two_databases
    SqlRecords(made).close()
    migrate.upgrade(PostgresDatabase(migrated))
    assert of_postgres(migrated) == of_postgres(made)
    assert {one[0] for one in of_postgres(made)} == {"column", "index", "constraint", "trigger", "function", "stamp"}
    assert difference(PostgresDatabase(migrated)) == []


def test_the_known_versions_are_those_of_the_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == migrate.REVISIONS
    assert scripts.get_current_head() == migrate.HEAD


def test_an_older_database_is_upgraded_when_it_is_opened(tmp_path: Path) -> None:
    path, made = tmp_path / "old.db", tmp_path / "made.db"
    with sqlite3.connect(path) as connection:
        # As Alembic leaves it before the first version.
        connection.execute(migrate._MAKE_STAMP[0])
    SqlRecords(f"sqlite:///{path}").close()
    SqlRecords(f"sqlite:///{made}").close()
    assert of_sqlite(path) == of_sqlite(made)


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    SqlRecords(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(Conflict, match=r"new\.db were made by a newer version .*9999.*Upgrade stepworks"):
        SqlRecords(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "else.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE runs (run_uuid VARCHAR(32))")
    with pytest.raises(InvalidInput, match=r"else\.db has tables, but they are not stepworks' records"):
        SqlRecords(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("runs",)]

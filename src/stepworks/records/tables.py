"""The tables as SQLAlchemy knows them, derived from `rows.TABLES`, with the triggers that keep ended runs ended."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.engine.mock import MockConnection

from stepworks.records.columns import Column, Kind, columns_of
from stepworks.records.rows import TABLES, Row, Run, Table
from stepworks.runs.status import TERMINAL

METADATA = sa.MetaData()

# Text of PostgreSQL is ordered by code points, as SQLite and Python order it, so that all adapters answer alike and
# indexes serve prefixes.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TYPES: Mapping[Kind, sa.types.TypeEngine[Any]] = {
    "text": _TEXT,
    "integer": sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    "real": sa.Double().with_variant(sa.REAL(), "sqlite"),
    "boolean": sa.Boolean(),
    "bytes": sa.LargeBinary(),
    "json": sa.Text(),
}


def _column(column: Column, key: tuple[str, ...]) -> sa.Column[Any]:
    return sa.Column(
        column.name, _TYPES[column.kind], nullable=column.nullable, primary_key=column.name in key, autoincrement=False
    )


def _table(table: Table) -> sa.Table:
    made = sa.Table(
        table.name,
        METADATA,
        *(_column(column, table.key) for column in columns_of(table.row).values()),
        sqlite_with_rowid=not table.clustered,
    )
    for names in table.indexes:
        sa.Index(f"ix_{table.name}_{'_'.join(names)}", *(made.c[name] for name in names))
    return made


SQL_TABLES: Mapping[type[Row], sa.Table] = {table.row: _table(table) for table in TABLES}

_TERMINAL = ", ".join(f"'{status}'" for status in sorted(TERMINAL))
# What the triggers say; the adapters know it again by this.
ENDED = "the run has ended"

TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "sqlite": (
        f"""CREATE TRIGGER runs_stay_ended BEFORE UPDATE OF status ON runs
WHEN OLD.status IN ({_TERMINAL}) AND NEW.status <> OLD.status
BEGIN SELECT RAISE(ABORT, '{ENDED}'); END""",
    ),
    "postgresql": (
        f"""CREATE FUNCTION runs_stay_ended() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION '{ENDED}' USING ERRCODE = 'integrity_constraint_violation'; END$$""",
        f"""CREATE TRIGGER runs_stay_ended BEFORE UPDATE OF status ON runs FOR EACH ROW
WHEN (OLD.status IN ({_TERMINAL}) AND NEW.status <> OLD.status)
EXECUTE FUNCTION runs_stay_ended()""",
    ),
}


def _add_triggers() -> None:
    for dialect, statements in TRIGGERS.items():
        for statement in statements:
            # "%" stands for itself only when doubled in DDL.
            ddl = sa.DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)
            event.listen(SQL_TABLES[Run], "after_create", ddl)


_add_triggers()


def create_statements(dialect: Dialect) -> list[str]:
    """What makes the tables of an empty database."""
    made: list[str] = []

    def keep(ddl: sa.DDL, *_: object) -> None:
        made.append(str(ddl.compile(dialect=dialect)))

    METADATA.create_all(MockConnection(dialect, keep), checkfirst=False)
    return made

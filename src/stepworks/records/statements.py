"""SQL for the few questions and changes of the port, written by SQLAlchemy once for each shape and kept as text.

The text then goes to the driver as it is: rows are encoded and decoded by `codec`, so that nothing of what
SQLAlchemy does at each execution is needed.
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

from stepworks.records.columns import columns_of, table_of
from stepworks.records.conditions import Comparison, Order, Shape
from stepworks.records.rows import Counter, Row
from stepworks.records.tables import SQL_TABLES

Clause = sa.ColumnElement[bool]


class Statements:
    """Statements of one dialect; parameters are positional, in the order of the arguments. Any thread."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.plain = dialect.name != "sqlite"
        # Shapes are few, but an order or a filter may come from a caller over REST: how many are kept is bounded.
        keep = lru_cache(maxsize=1024)
        self.select = keep(self._select)
        self.count = keep(self._count)
        self.insert = keep(self._insert)
        self.put = keep(self._put)
        self.update = keep(self._update)
        self.delete = keep(self._delete)
        self.count_up = keep(self._count_up)

    def _select(self, row: type[Row], columns: tuple[str, ...], shape: Shape, order: Order, paged: bool) -> str:
        table = SQL_TABLES[row]
        query = self._filtered(table, sa.select(*(table.c[name] for name in columns)), shape)
        query = query.order_by(*(self._ordering(row, name, descending) for name, descending in order))
        if paged:
            query = query.limit(sa.bindparam("limit", type_=sa.BigInteger()))
            query = query.offset(sa.bindparam("offset", type_=sa.BigInteger()))
        return self._text(query)

    def _count(self, row: type[Row], shape: Shape) -> str:
        table = SQL_TABLES[row]
        return self._text(self._filtered(table, sa.select(sa.func.count()).select_from(table), shape))

    def _insert(self, row: type[Row]) -> str:
        return self._text(sa.insert(SQL_TABLES[row]))

    def _put(self, row: type[Row]) -> str:
        key = table_of(row).key
        insert = self._upsert(SQL_TABLES[row])
        changes = {name: insert.excluded[name] for name in columns_of(row) if name not in key}
        return self._text(insert.on_conflict_do_update(index_elements=key, set_=changes))

    def _update(self, row: type[Row], changes: tuple[str, ...], shape: Shape) -> str:
        table = SQL_TABLES[row]
        values = {table.c[name]: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in changes}
        return self._text(self._filtered(table, sa.update(table).ordered_values(*values.items()), shape))

    def _delete(self, row: type[Row], shape: Shape) -> str:
        table = SQL_TABLES[row]
        return self._text(self._filtered(table, sa.delete(table), shape))

    def _count_up(self) -> str:
        """Parameters: scope, how many, how many again; gives the last number."""
        table = SQL_TABLES[Counter]
        insert = self._upsert(table).values(scope=sa.bindparam("scope"), last=sa.bindparam("many"))
        more = table.c.last + sa.bindparam("more", type_=table.c.last.type)
        return self._text(
            insert.on_conflict_do_update(index_elements=["scope"], set_={"last": more}).returning(table.c.last)
        )

    def _filtered(self, table: sa.Table, statement: Any, shape: Shape) -> Any:
        for number, (name, comparison) in enumerate(shape):
            statement = statement.where(self._condition(table.c[name], comparison, f"w{number}"))
        return statement

    def _condition(self, column: sa.Column[Any], comparison: Comparison, name: str) -> Clause:
        value = sa.bindparam(name, type_=column.type)
        match comparison:
            case "=":
                return column == value
            case "!=":
                return column != value
            case "<":
                return column < value
            case "<=":
                return column <= value
            case ">":
                return column > value
            case ">=":
                return column >= value
            case "null":
                return column.is_(None)
            case "not null":
                return column.is_not(None)
            case "in":
                return self._among(column, name)

    def _among(self, column: sa.Column[Any], name: str) -> Clause:
        # Any number of values in one parameter: one statement for all, and no limit on how many.
        if self.dialect.name == "sqlite":
            listed = sa.func.json_each(sa.bindparam(name)).table_valued("value")
            return column.in_(sa.select(listed.c.value))
        return column == sa.any_(sa.bindparam(name, type_=sa.ARRAY(column.type)))

    def _ordering(self, row: type[Row], name: str, descending: bool) -> sa.ColumnElement[Any]:
        column = SQL_TABLES[row].c[name]
        ordering = column.desc() if descending else column.asc()
        if self.dialect.name == "sqlite" or not column.nullable:
            return ordering
        # None comes first, as in SQLite.
        return ordering.nulls_last() if descending else ordering.nulls_first()

    def _upsert(self, table: sa.Table) -> Any:
        # Each dialect's module is 10 to 40 ms of import: only the one in use.
        if self.dialect.name == "sqlite":
            from sqlalchemy.dialects.sqlite import insert
        else:
            from sqlalchemy.dialects.postgresql import insert
        return insert(table)

    def _text(self, statement: sa.ClauseElement) -> str:
        return str(statement.compile(dialect=self.dialect))

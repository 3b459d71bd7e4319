"""Reading and changing rows over a connection of a SQL database."""

from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar, cast

import msgspec

from stepworks.records.base import View, Where
from stepworks.records.codec import codec_of
from stepworks.records.columns import by_type, table_of
from stepworks.records.conditions import (
    Question,
    check_changes,
    check_columns,
    check_many,
    is_paged,
    key_question,
    order_of,
    question,
)
from stepworks.records.link import Duplicate, Ended, Link
from stepworks.records.refusals import ended, exists
from stepworks.records.rows import Counter, Row
from stepworks.records.statements import Statements
from stepworks.records.writer import WorkTransaction

R = TypeVar("R", bound=Row)

_to_json = msgspec.json.Encoder().encode


class SqlView(View):
    """Reads over a connection that has a transaction under way."""

    def __init__(self, link: Link, statements: Statements) -> None:
        self._link = link
        self._statements = statements
        self._plain = statements.plain

    def end(self) -> None:
        """Nothing can be done with this view any more."""
        self._link = _OVER

    def get(self, row: type[R], *key: object) -> R | None:
        codec = codec_of(row, plain=self._plain)
        found = self._rows(row, codec.names, key_question(row, codec, key))
        return codec.decode(found[0]) if found else None

    def find(
        self, row: type[R], *where: Where, order: Sequence[str] = (), limit: int | None = None, offset: int = 0
    ) -> list[R]:
        codec = codec_of(row, plain=self._plain)
        asked = question(row, codec, where)
        return [codec.decode(values) for values in self._rows(row, codec.names, asked, order, limit, offset)]

    def values(
        self, row: type[Row], columns: Sequence[str], *where: Where, order: Sequence[str] = ()
    ) -> list[tuple[object, ...]]:
        codec = codec_of(row, plain=self._plain)
        check_columns(row, codec, columns)
        return codec.decode_some(columns, self._rows(row, tuple(columns), question(row, codec, where), order))

    def count(self, row: type[Row], *where: Where) -> int:
        asked = question(row, codec_of(row, plain=self._plain), where)
        sql = self._statements.count(row, asked.shape)
        return self._link.query(sql, self._parameters(asked))[0][0]

    def _rows(
        self,
        row: type[Row],
        columns: tuple[str, ...],
        asked: Question,
        order: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
    ) -> list[tuple[Any, ...]]:
        paged = is_paged(limit, offset)
        ordered = order_of(row, order, paged=paged) if order or paged else ()
        sql = self._statements.select(row, columns, asked.shape, ordered, paged)
        values = self._parameters(asked)
        if paged:
            no_limit = None if self._plain else -1
            values = [*values, no_limit if limit is None else limit, offset]
        return self._link.query(sql, values)

    def _parameters(self, asked: Question) -> list[Any]:
        if self._plain:
            return asked.values
        return [_to_json(value).decode() if isinstance(value, list) else value for value in asked.values]


class SqlTransaction(SqlView, WorkTransaction):
    """Reads and changes of one work. Only the writer makes these."""

    def __init__(self, link: Link, statements: Statements) -> None:
        super().__init__(link, statements)
        self._refusal: Exception | None = None

    def insert(self, rows: Row | Sequence[Row]) -> None:
        self._add(rows, replacing=False)

    def put(self, rows: Row | Sequence[Row]) -> None:
        self._add(rows, replacing=True)

    def update(self, row: type[Row], where: Sequence[Where], **changes: object) -> int:
        codec = codec_of(row, plain=self._plain)
        try:
            check_changes(row, codec, changes)
            asked = question(row, codec, where)
            if not changes:
                return self.count(row, *where)
            values = [codec.encode_value(name, value) for name, value in changes.items()]
            sql = self._statements.update(row, tuple(changes), asked.shape)
            return self._link.change(sql, values + self._parameters(asked))
        except Exception as error:
            self._refuse(error, where)

    def delete(self, row: type[Row], *where: Where) -> int:
        try:
            asked = question(row, codec_of(row, plain=self._plain), where)
            return self._link.change(self._statements.delete(row, asked.shape), self._parameters(asked))
        except Exception as error:
            self._refuse(error, where)

    def next_number(self, scope: str, many: int = 1) -> int:
        try:
            check_many(many)
            values = [codec_of(Counter, plain=self._plain).encode_value("scope", scope), many, many]
            return self._link.query(self._statements.count_up(), values)[0][0] - many + 1
        except Exception as error:
            self._refuse(error)

    def finish(self) -> Exception | None:
        self.end()
        return self._refusal

    def _add(self, rows: Row | Sequence[Row], *, replacing: bool) -> None:
        for row, several in by_type(rows).items():
            codec = codec_of(row, plain=self._plain)
            try:
                sql = self._statements.put(row) if replacing else self._statements.insert(row)
                if len(several) == 1:
                    self._link.change(sql, codec.encode(several[0]))
                    continue
                # Encoded one by one as they go: a list of all would keep the garbage collector busy.
                encoded = map(codec.encode, several)
                if replacing or len(several) < self._link.bulk_from:
                    self._link.change_many(sql, encoded)
                else:
                    self._link.insert_bulk(table_of(row).name, codec.names, encoded)
            except Exception as error:
                self._refuse(error, several)

    def _refuse(self, error: Exception, which: Sequence[Row] | Sequence[Where] = ()) -> NoReturn:
        """Raise what the caller shall see, and remember it: the whole write is undone even if the work goes on."""
        if isinstance(error, Duplicate):
            self._refusal = exists(cast("Sequence[Row]", which))
        elif isinstance(error, Ended):
            self._refusal = ended(which)
        else:
            self._refusal = error
            raise error
        raise self._refusal from error


class _Over:
    """Stands in for the connection when a view is used after its time."""

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError("This view is over: read inside `with records.read()`, or inside the work.")


_OVER = cast("Link", _Over())

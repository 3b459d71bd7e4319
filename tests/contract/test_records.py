"""Every adapter of the records under the same suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stepworks.records.base import Records, Transaction
from stepworks.records.memory import MemoryRecords
from stepworks.records.rows import TABLES
from stepworks.records.sql import SqlRecords
from stepworks.testing.records import RecordsTests


class TestMemoryRecords(RecordsTests):
    @pytest.fixture
    def records(self) -> Iterator[Records]:
        records = MemoryRecords()
        yield records
        records.close()


class TestSqliteRecords(RecordsTests):
    @pytest.fixture
    def records(self, tmp_path: Path) -> Iterator[Records]:
        records = SqlRecords(f"sqlite:///{tmp_path / 'r.db'}")
        yield records
        records.close()


class TestPostgresRecords(RecordsTests):
    @pytest.fixture
    def records(self, postgres_url: str) -> Iterator[Records]:
        records = SqlRecords(postgres_url)
        records.write(empty)
        yield records
        records.close()


def empty(transaction: Transaction) -> None:
    for table in TABLES:
        transaction.delete(table.row)

"""What is particular to the records in PostgreSQL, and to the server that we start ourselves."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from stepworks.errors import Conflict, InvalidInput, Unavailable
from stepworks.records import postgres_server
from stepworks.records.base import Records, Transaction
from stepworks.records.open import open_records
from stepworks.records.rows import TABLES, Run
from stepworks.records.sql import SqlRecords
from stepworks.testing.rows import a_run


@pytest.fixture
def records(postgres_url: str) -> Iterator[Records]:
    records = SqlRecords(postgres_url)
    records.write(lambda t: [t.delete(table.row) for table in TABLES])
    yield records
    records.close()


def cut_off_everybody(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )


def test_after_connections_were_lost_reads_and_writes_go_on(records: Records, postgres_url: str) -> None:
    records.write(lambda t: t.insert(a_run("a")))
    with records.read() as one, records.read() as two:
        assert one.count(Run) == two.count(Run) == 1
    cut_off_everybody(postgres_url)
    with records.read() as view:
        assert view.count(Run) == 1
    records.write(lambda t: t.insert(a_run("b")))
    with records.read() as view:
        assert view.values(Run, ["id"], order=["id"]) == [("a",), ("b",)]


def test_a_write_whose_connection_is_lost_has_the_error_and_is_not_kept(records: Records, postgres_url: str) -> None:
    def work(transaction: Transaction) -> None:
        transaction.insert(a_run("a"))
        cut_off_everybody(postgres_url)

    with pytest.raises(Unavailable, match="PostgreSQL database postgres"):
        records.write(work)
    records.write(lambda t: t.insert(a_run("b")))
    with records.read() as view:
        assert view.values(Run, ["id"]) == [("b",)]


def test_a_reader_whose_connection_is_lost_has_the_error(records: Records, postgres_url: str) -> None:
    with records.read() as view:
        cut_off_everybody(postgres_url)
        with pytest.raises(Unavailable):
            view.count(Run)
    with records.read() as view:
        assert view.count(Run) == 0


def test_two_servers_on_one_database_write_one_after_the_other(records: Records, postgres_url: str) -> None:
    other = SqlRecords(postgres_url)
    taken: list[int] = []

    # Read, then write what follows from it: right only if nobody else writes between.
    def work(transaction: Transaction) -> int:
        number = transaction.count(Run) + 1
        transaction.insert(a_run(str(number)))
        return number

    def write(to: Records) -> None:
        for _ in range(30):
            taken.append(to.write(work))

    threads = [threading.Thread(target=write, args=(one,)) for one in (records, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    other.close()
    assert sorted(taken) == list(range(1, 61))


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(Unavailable, match=r"PostgreSQL database records on 127\.0\.0\.1") as refused:
        open_records("postgresql://me:secret@127.0.0.1:1/records")
    assert "secret" not in str(refused.value)
    with pytest.raises(InvalidInput) as refused:
        open_records("postgresql://me:secret@host:5432/records?nonsense=1")
    assert "secret" not in str(refused.value)


def test_our_own_server_refuses_folders_that_cannot_hold_its_socket(tmp_path: Path) -> None:
    for name in ("x" * 120, "a,b"):
        with pytest.raises(Unavailable, match="socket"):
            postgres_server.start(tmp_path / name)
        assert not (tmp_path / name).exists()


def test_our_own_server_is_found_again(postgres_url: str) -> None:
    data = Path(psycopg.conninfo.conninfo_to_dict(postgres_url)["host"])
    assert postgres_server.is_running(data)
    assert postgres_server.start(data) == postgres_url


def test_stopping_a_server_that_does_not_run_is_nothing(tmp_path: Path) -> None:
    postgres_server.stop(tmp_path)
    assert not postgres_server.is_running(tmp_path)


def test_a_server_that_lost_its_connection_does_not_write_beside_one_that_took_over(postgres_url: str) -> None:
    first = SqlRecords(postgres_url, alone=True)
    cut_off_everybody(postgres_url)
    second = SqlRecords(postgres_url, alone=True)
    with pytest.raises(Conflict, match="Another server uses the records"):
        first.write(lambda t: t.insert(a_run("late")))
    second.write(lambda t: t.insert(a_run("mine")))
    second.close()
    # The claim is free again.
    first.write(lambda t: t.insert(a_run("again")))
    first.close()

"""What is particular to the records in an SQLite file."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepworks.errors import CorruptRecords, InvalidInput, Unavailable
from stepworks.records import sqlite
from stepworks.records.memory import MemoryRecords
from stepworks.records.open import open_records
from stepworks.records.rows import Metric, Run
from stepworks.records.sql import SqlRecords
from stepworks.testing.rows import a_run, metrics


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def python(code: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


def test_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_records("sqlite:///relative.db").close()
    open_records(url(tmp_path / "with a space ?x=1%41é.db")).close()
    assert {path.name for path in tmp_path.iterdir()} == {"relative.db", "with a space ?x=1%41é.db"}
    memory = open_records("memory://")
    assert isinstance(memory, MemoryRecords)
    for wrong in ("", "r.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://root:secret@host/db"):
        with pytest.raises(InvalidInput) as refused:
            open_records(wrong)
        assert "secret" not in str(refused.value)


def test_rows_outlive_the_records(tmp_path: Path) -> None:
    first = SqlRecords(url(tmp_path / "r.db"))
    first.write(lambda t: t.insert(a_run()))
    first.close()
    second = SqlRecords(url(tmp_path / "r.db"))
    with second.read() as view:
        assert view.get(Run, "run") == a_run()
    second.close()
    # Closing empties the write-ahead log, so that the file alone is a whole copy.
    assert [path.name for path in tmp_path.iterdir()] == ["r.db"]


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    records = SqlRecords(url(tmp_path / "r.db"))
    records.write(lambda t: t.insert(a_run()))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    records.close()
    assert modes == {"r.db": 0o600, "r.db-wal": 0o600, "r.db-shm": 0o600}


def test_a_file_that_is_no_database_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    path.write_bytes(b"not a database, for sure\n" * 400)
    with pytest.raises(CorruptRecords, match=r"r\.db are damaged.*backup.*move it away.*stepworks doctor"):
        SqlRecords(url(path))
    assert path.read_bytes() == b"not a database, for sure\n" * 400


def test_damaged_pages_are_corrupt_to_readers_and_writers(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    records = SqlRecords(url(path))
    records.write(lambda t: t.insert(metrics(5000)))
    records.close()
    with sqlite3.connect(path) as connection:
        page_size = connection.execute("PRAGMA page_size").fetchone()[0]
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'metrics'").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((root - 1) * page_size)
        file.write(os.urandom(page_size))
    records = SqlRecords(url(path))
    with records.read() as view, pytest.raises(CorruptRecords, match=r"r\.db"):
        view.count(Metric)
    with pytest.raises(CorruptRecords, match=r"r\.db"):
        records.write(lambda t: t.insert(metrics(1, "other")))
    records.write(lambda t: t.insert(a_run()))
    records.close()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "missing" / "r.db", tmp_path / "file" / "r.db", tmp_path):
        with pytest.raises(Unavailable, match=r"folder must exist and be writable") as refused:
            SqlRecords(url(path))
        assert str(path) in str(refused.value)


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    """A folder in which this process may only read, with a database; for root, as somebody else meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        SqlRecords(url(folder / "old.db")).close()
        folder.chmod(0o555)
        (folder / "old.db").chmod(0o444)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(user)
            folder.chmod(0o755)


@pytest.mark.parametrize("name", ["old.db", "new.db"])
def test_a_read_only_place_is_named(read_only_folder: Path, name: str) -> None:
    with pytest.raises(Unavailable, match=rf"{name} cannot be used.*writable for user {os.geteuid()}"):
        SqlRecords(url(read_only_folder / name))


def test_a_file_held_by_another_process_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_WAIT_SECONDS", 0.05)
    records = SqlRecords(url(tmp_path / "r.db"))
    other = sqlite3.connect(tmp_path / "r.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="Another process"):
        records.write(lambda t: t.insert(a_run("a")))
    other.execute("ROLLBACK")
    other.close()
    records.write(lambda t: t.insert(a_run("b")))
    with records.read() as view:
        assert view.values(Run, ["id"]) == [("b",)]
    records.close()


FULL_DISK = """
import resource, signal, sys, threading
from stepworks.errors import Unavailable
from stepworks.records.rows import Run
from stepworks.records.sql import SqlRecords
from stepworks.testing.rows import a_run

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
records = SqlRecords(sys.argv[1])
records.write(lambda t: t.insert(a_run("before")))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
entered, leave = threading.Event(), threading.Event()
records.submit(lambda t: (entered.set(), leave.wait(30)))
entered.wait(30)
futures = [records.submit(lambda t, i=i: t.insert(a_run(str(i), description="x" * 2000))) for i in range(200)]
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
leave.set()
errors = [future.exception(30) for future in futures]
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert all(isinstance(error, Unavailable) for error in errors), errors
assert "r.db cannot be used" in str(errors[0]), errors[0]
records.write(lambda t: t.insert(a_run("after")))
with records.read() as view:
    assert view.values(Run, ["id"], order=["id"]) == [("after",), ("before",)]
records.close()
print("went on")
"""


def test_after_a_full_disk_the_works_have_the_error_and_the_writer_goes_on(tmp_path: Path) -> None:
    process = python(FULL_DISK, url(tmp_path / "r.db"))
    assert process.communicate(timeout=60)[0] == "went on\n"


OPEN_TOGETHER = """
import sys
from stepworks.records.sql import SqlRecords
from stepworks.testing.rows import a_run

print("ready", flush=True)
sys.stdin.readline()
records = SqlRecords(sys.argv[1])
for i in range(20):
    records.write(lambda t: t.insert(a_run(f"{sys.argv[2]}/{t.next_number('n')}")))
records.close()
"""


def test_several_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_TOGETHER, url(tmp_path / "r.db"), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    records = SqlRecords(url(tmp_path / "r.db"))
    with records.read() as view:
        numbers = sorted(int(str(id).split("/")[1]) for (id,) in view.values(Run, ["id"]))
    records.close()
    assert numbers == list(range(1, 61))


IMPORTS = """
import sys
from stepworks.records.open import open_records
open_records("memory://").close()
assert "sqlalchemy" not in sys.modules
records = open_records(sys.argv[1])
records.write(lambda t: t.next_number("a"))
records.close()
print(sorted({"alembic", "psycopg", "sqlalchemy", "sqlalchemy.dialects.postgresql"} & set(sys.modules)))
"""


@pytest.mark.parametrize("exists", [False, True])
def test_neither_a_new_nor_a_current_database_imports_alembic(tmp_path: Path, exists: bool) -> None:
    if exists:
        SqlRecords(url(tmp_path / "r.db")).close()
    process = python(IMPORTS, url(tmp_path / "r.db"))
    assert process.communicate(timeout=60)[0] == "['sqlalchemy']\n"

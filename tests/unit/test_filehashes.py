import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import stepworks.filehashes
import stepworks.hashcache
from stepworks.clock import ManualClock
from stepworks.errors import Conflict, InvalidInput
from stepworks.filehashes import FileHash, FileHashes
from stepworks.hashing import hash_bytes

OLD = (1_600_000_000_000_000_000, 1_600_000_000_000_000_000)


def in_an_hour() -> ManualClock:
    """A clock by which everything written by now is old."""
    return ManualClock(time.time() + 3600)


def no_pause(seconds: float) -> None:
    pass


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few files are many."""
    monkeypatch.setattr(stepworks.hashcache, "_AT_ONCE", 20)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each file that is read."""
    seen: list[int] = []
    real = stepworks.filehashes.hash_open

    def hash_open(fd: int, size: int) -> tuple[str, int]:
        seen.append(fd)
        return real(fd, size)

    monkeypatch.setattr(stepworks.filehashes, "hash_open", hash_open)
    return seen


@pytest.fixture(params=["memory", "file"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "cache" / "hashes.db" if request.param == "file" else None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files" / "sub").mkdir(parents=True)
    return tmp_path / "files"


def listing(folder: Path) -> list[tuple[str, os.stat_result]]:
    return [(str(path.relative_to(folder)), path.stat()) for path in sorted(folder.rglob("*")) if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5 << 20])
def test_the_hash_is_that_of_the_bytes(folder: Path, size: int) -> None:
    (folder / "f").write_bytes(data := os.urandom(size))
    assert FileHashes(pause=no_pause).hash_file(folder / "f") == hash_bytes(data)


def test_an_unchanged_file_is_read_once(db: Path | None, folder: Path, reads: list[int]) -> None:
    (folder / "f").write_bytes(b"data")
    hashes = FileHashes(db, clock=in_an_hour())
    assert [hashes.hash_file(folder / "f") for _ in range(3)] == [hash_bytes(b"data")] * 3
    assert len(reads) == 1


def test_another_process_knows_it_too(tmp_path: Path, folder: Path, reads: list[int]) -> None:
    for i in range(70):
        (folder / f"{i}").write_bytes(b"%d" % i)
    (folder / "sub" / "f").write_bytes(b"sub")
    one, other = (FileHashes(tmp_path / "hashes.db", clock=in_an_hour()) for _ in range(2))
    found = one.hash_tree(folder, listing(folder))
    assert len(reads) == 71
    assert other.hash_tree(folder, listing(folder)) == found
    assert other.hash_tree(folder / "sub", listing(folder / "sub")) == [FileHash(hash_bytes(b"sub"), 3)]
    assert len(reads) == 71


def test_a_folder_of_which_little_is_asked_is_not_read_whole(tmp_path: Path, folder: Path, reads: list[int]) -> None:
    for i in range(150):
        (folder / f"{i}").write_bytes(b"%d" % i)
    hashes = FileHashes(tmp_path / "hashes.db", clock=in_an_hour())
    hashes.hash_tree(folder, listing(folder))
    reads.clear()
    some = listing(folder)[:30]
    assert hashes.hash_tree(folder, some) == [FileHash(hash_bytes(name.encode()), len(name)) for name, _ in some]
    assert reads == []


def test_files_that_begin_like_the_folder_are_not_taken_for_its_own(tmp_path: Path, reads: list[int]) -> None:
    for name in ("a", "a.b", "a0"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f").write_text(name)
    hashes = FileHashes(tmp_path / "hashes.db", clock=in_an_hour())
    for name in ("a", "a.b", "a0"):
        assert hashes.hash_file(tmp_path / name / "f") == hash_bytes(name.encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.write_bytes(b"longer than it was"),
        lambda f: (f.write_bytes(b"DATA"), os.utime(f, ns=(OLD[0], OLD[1] + 1))),
        # The same size and time of modification: only the time of change tells.
        lambda f: (f.write_bytes(b"DATA"), os.utime(f, ns=OLD)),
        lambda f: (
            (f.parent / "new").write_bytes(b"DATA"),
            os.utime(f.parent / "new", ns=OLD),
            os.replace(f.parent / "new", f),
        ),
    ],
    ids=["size", "time", "time set back", "replaced"],
)
def test_a_changed_file_is_read_again(db: Path | None, folder: Path, change: Callable[[Path], object]) -> None:
    f = folder / "f"
    f.write_bytes(b"data")
    os.utime(f, ns=OLD)
    hashes = FileHashes(db, clock=in_an_hour())
    hashes.hash_file(f)
    # Times of change have a grain: wait until this file's is over, as an older file's would be.
    while (folder / "later").write_bytes(b"") or (folder / "later").stat().st_ctime_ns <= f.stat().st_ctime_ns:
        pass
    change(f)
    assert hashes.hash_file(f) == hash_bytes(f.read_bytes())


def test_a_file_that_changed_a_moment_ago_is_not_remembered(db: Path | None, folder: Path, reads: list[int]) -> None:
    (folder / "f").write_bytes(b"data")
    changed = (folder / "f").stat().st_ctime
    for age, known in ((1.0, False), (1.9, False), (2.1, False), (2.1, True)):
        reads.clear()
        assert FileHashes(db, clock=ManualClock(changed + age)).hash_file(folder / "f") == hash_bytes(b"data")
        assert (reads == []) is (known and db is not None)


def test_a_file_with_a_time_to_come_is_not_remembered(folder: Path, reads: list[int]) -> None:
    (folder / "f").write_bytes(b"data")
    os.utime(folder / "f", (time.time() + 10_000, time.time() + 10_000))
    hashes = FileHashes(clock=in_an_hour())
    hashes.hash_file(folder / "f")
    hashes.hash_file(folder / "f")
    assert len(reads) == 2


@pytest.mark.parametrize("size", [10, 3 << 20])
def test_a_file_that_changes_while_it_is_read_is_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    f = folder / "f"
    f.write_bytes(b"a" * size)
    real = stepworks.filehashes.hash_open
    writes = [b"b" * (size + 1), b"c" * (size - 1)]

    def hash_open(fd: int, size: int) -> tuple[str, int]:
        result = real(fd, size)
        if writes:
            f.write_bytes(writes.pop())
        return result

    monkeypatch.setattr(stepworks.filehashes, "hash_open", hash_open)
    pauses: list[float] = []
    assert FileHashes(clock=in_an_hour(), pause=pauses.append).hash_file(f) == hash_bytes(b"b" * (size + 1))
    assert len(pauses) == 2


def test_a_file_that_never_settles_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    f = folder / "busy.log"
    f.write_bytes(b"1")
    real = stepworks.filehashes.hash_open

    def hash_open(fd: int, size: int) -> tuple[str, int]:
        with f.open("ab") as log:
            log.write(b"more")
        return real(fd, size)

    monkeypatch.setattr(stepworks.filehashes, "hash_open", hash_open)
    with pytest.raises(Conflict, match=r"busy\.log.*ignore"):
        FileHashes(pause=no_pause).hash_file(f)


def test_a_file_written_at_this_very_moment_is_given_time(folder: Path) -> None:
    (folder / "f").write_bytes(b"a")
    clock = ManualClock((folder / "f").stat().st_ctime)
    hashes = FileHashes(clock=clock, pause=clock.advance)
    assert hashes.hash_file(folder / "f") == hash_bytes(b"a")
    assert clock.now() > (folder / "f").stat().st_ctime


def test_a_file_that_is_gone_has_no_hash(folder: Path) -> None:
    (folder / "f").write_bytes(b"a")
    files = listing(folder)
    (folder / "f").unlink()
    assert FileHashes().hash_tree(folder, files) == [None]
    with pytest.raises(FileNotFoundError):
        FileHashes().hash_file(folder / "f")


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(InvalidInput, match="pipe"):
        FileHashes().hash_file(folder / "pipe")


def test_names_that_are_not_utf8_are_hashed(db: Path | None, folder: Path, reads: list[int]) -> None:
    name = os.fsdecode(b"caf\xe9")
    (folder / name).write_bytes(b"data")
    hashes = FileHashes(db, clock=in_an_hour())
    for _ in range(2):
        assert hashes.hash_tree(folder, listing(folder)) == [FileHash(hash_bytes(b"data"), 4)]
    assert len(reads) == 1


def test_many_large_files_keep_their_order(folder: Path) -> None:
    for i in range(5):
        (folder / f"{i}").write_bytes(bytes([i]) * ((4 << 20) + i))
    (folder / "small").write_bytes(b"small")
    found = FileHashes(pause=no_pause).hash_tree(folder, listing(folder))
    assert found == [
        FileHash(hash_bytes(path.read_bytes()), path.stat().st_size)
        for path in sorted(folder.iterdir())
        if path.is_file()
    ]


def overwrite(path: Path, data: bytes) -> None:
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 300, None], ids=["empty", "other", "cut"])
def test_a_damaged_memory_is_made_anew(tmp_path: Path, folder: Path, reads: list[int], damage: bytes | None) -> None:
    for i in range(70):
        (folder / f"{i}").write_bytes(b"%d" % i)
    db = tmp_path / "hashes.db"
    hashes = FileHashes(db, clock=in_an_hour())
    right = hashes.hash_tree(folder, listing(folder))
    hashes.close()
    overwrite(db, db.read_bytes()[:9000] if damage is None else damage)
    for _ in range(3):
        assert FileHashes(db, clock=in_an_hour()).hash_tree(folder, listing(folder)) == right
    reads.clear()
    assert FileHashes(db, clock=in_an_hour()).hash_tree(folder, listing(folder)) == right
    assert reads == []


def test_a_line_with_a_flipped_bit_is_not_believed(tmp_path: Path, folder: Path) -> None:
    (folder / "f").write_bytes(b"data")
    db = tmp_path / "hashes.db"
    FileHashes(db, clock=in_an_hour()).hash_file(folder / "f")
    connection = sqlite3.connect(db)
    [(line,)] = connection.execute("SELECT line FROM hashes").fetchall()
    for i in range(len(line)):
        flipped = bytearray(line)
        flipped[i] ^= 4
        connection.execute("UPDATE hashes SET line = ?", (bytes(flipped),))
        connection.commit()
        assert FileHashes(db, clock=ManualClock(0)).hash_file(folder / "f") == hash_bytes(b"data")
    for wrong in (b"", 5, "text", line * 2):
        connection.execute("UPDATE hashes SET line = ?", (wrong,))
        connection.commit()
        assert FileHashes(db, clock=ManualClock(0)).hash_file(folder / "f") == hash_bytes(b"data")
    connection.close()


def test_a_line_of_another_path_is_not_believed(tmp_path: Path, folder: Path, reads: list[int]) -> None:
    (folder / "f").write_bytes(b"data")
    os.link(folder / "f", folder / "g")
    db = tmp_path / "hashes.db"
    FileHashes(db, clock=in_an_hour()).hash_file(folder / "f")
    connection = sqlite3.connect(db)
    connection.execute("UPDATE hashes SET path = ?", (os.fsencode(folder / "g"),))
    connection.commit()
    connection.close()
    assert FileHashes(db, clock=in_an_hour()).hash_file(folder / "g") == hash_bytes(b"data")
    assert len(reads) == 2


def test_a_memory_that_cannot_be_written_is_done_without(tmp_path: Path, folder: Path) -> None:
    (folder / "f").write_bytes(b"data")
    (tmp_path / "file").write_bytes(b"")
    hashes = FileHashes(tmp_path / "file" / "hashes.db", clock=in_an_hour())
    assert hashes.hash_file(folder / "f") == hash_bytes(b"data")
    (tmp_path / "directory.db").mkdir()
    assert FileHashes(tmp_path / "directory.db", clock=in_an_hour()).hash_file(folder / "f") == hash_bytes(b"data")


def test_files_that_are_gone_are_forgotten_by_and_by(tmp_path: Path, folder: Path) -> None:
    for i in range(500):
        (folder / f"{i:03}").write_bytes(b"")
    db = tmp_path / "hashes.db"
    hashes = FileHashes(db, clock=in_an_hour())
    hashes.hash_tree(folder, listing(folder))
    for i in range(400):
        (folder / f"{i:03}").unlink()
    for i in range(5):
        (folder / "sub" / f"new{i}").write_bytes(b"")
        hashes.hash_tree(folder, listing(folder))
    connection = sqlite3.connect(db)
    assert connection.execute("SELECT count(*) FROM hashes").fetchone() == (105,)
    connection.close()


def test_it_can_be_used_after_it_was_closed(db: Path | None, folder: Path) -> None:
    (folder / "f").write_bytes(b"data")
    hashes = FileHashes(db, clock=in_an_hour())
    hashes.hash_file(folder / "f")
    hashes.close()
    assert hashes.hash_file(folder / "f") == hash_bytes(b"data")

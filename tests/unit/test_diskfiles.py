import os
from pathlib import Path

import pytest

from stepworks.diskfiles import copy_all, hash_open, new_file, write_all, write_many, write_new
from stepworks.hashing import hash_bytes


@pytest.fixture
def short_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel takes a few bytes at a time."""
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, memoryview(data)[:7]))
    monkeypatch.setattr(os, "writev", lambda fd, parts: real(fd, b"".join(parts)[:7]))


@pytest.mark.usefixtures("short_writes")
def test_everything_is_written_however_little_is_taken_at_once(tmp_path: Path) -> None:
    data = bytes(range(100))
    with new_file(tmp_path / "a") as fd:
        assert write_all(fd, data) == 100
    with new_file(tmp_path / "b") as fd:
        write_many(fd, [data[:50], b"", data[50:]])
    assert write_new(tmp_path / "c", data) == 100
    assert {(tmp_path / name).read_bytes() for name in "abc"} == {data}


def test_many_parts_are_written_in_order(tmp_path: Path) -> None:
    parts = [b"%d," % i for i in range(2500)]
    with new_file(tmp_path / "a") as fd:
        write_many(fd, parts)
    assert (tmp_path / "a").read_bytes() == b"".join(parts)


def test_a_failure_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "a"):
        raise ZeroDivisionError

    def full(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        write_new(tmp_path / "a", b"data")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fails_after", [None, 0, 1])
def test_a_copy_is_complete_where_the_kernel_does_not_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_after: int | None
) -> None:
    data = os.urandom(3 << 20)
    (tmp_path / "a").write_bytes(data)
    real, calls = os.copy_file_range, [0]

    def copy_file_range(source: int, target: int, count: int, offset: int) -> int:
        if calls[0] == fails_after:
            raise OSError(18, "Invalid cross-device link")
        calls[0] += 1
        return real(source, target, min(count, 1_000_000), offset)

    monkeypatch.setattr(os, "copy_file_range", copy_file_range)
    with open(tmp_path / "a", "rb") as source, new_file(tmp_path / "b") as target:
        assert copy_all(source.fileno(), target) == len(data)
    assert (tmp_path / "b").read_bytes() == data


@pytest.mark.parametrize("size", [0, 10, (1 << 20) - 1, 1 << 20, 3 << 20])
@pytest.mark.parametrize("expected", [0, 10, 5 << 20])
def test_a_hash_is_of_what_is_there_whatever_was_expected(tmp_path: Path, size: int, expected: int) -> None:
    (tmp_path / "a").write_bytes(data := os.urandom(size))
    with open(tmp_path / "a", "rb") as f:
        assert hash_open(f.fileno(), expected) == (hash_bytes(data), size)

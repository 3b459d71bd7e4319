"""kill -9 at every point where a local object store touches the disk."""

import os
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from stepworks.hashing import hash_bytes
from stepworks.objects.base import pack
from stepworks.objects.local import LocalObjects

CALLS = ("open", "write", "writev", "copy_file_range", "fchmod", "fdatasync", "rename", "unlink", "mkdir")
SMALL = [f"object {i}".encode() for i in range(40)]
BIG = os.urandom(2 << 20)


def killed_at(point: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that is killed before its `point`-th call to the disk; False if it ended before that."""
    child = os.fork()
    if child == 0:
        try:
            left = [point]

            def deadly(call: Callable[..., object]) -> Callable[..., object]:
                def wrapper(*args: object, **kwargs: object) -> object:
                    if left[0] == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    left[0] -= 1
                    return call(*args, **kwargs)

                return wrapper

            for name in CALLS:
                setattr(os, name, deadly(getattr(os, name)))
            act()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def check_whole(root: Path) -> None:
    """Whatever is in the store is right, by itself and after another go."""
    objects = LocalObjects(root)
    assert all(hash_bytes(objects.get(id)) == id for id in objects.ids())


def put_all(root: Path) -> None:
    objects = LocalObjects(root)
    objects.put_pack(pack((hash_bytes(item), item) for item in [*SMALL, BIG]))
    objects.put(b"one more")


def delete_some(root: Path) -> None:
    LocalObjects(root).delete([hash_bytes(item) for item in SMALL[::2]])


def test_a_killed_put_leaves_whole_objects_and_can_be_done_again(tmp_path: Path) -> None:
    for point in count():
        root = tmp_path / str(point)
        if not killed_at(point, lambda root=root: put_all(root)):
            break
        check_whole(root)
        put_all(root)
        assert LocalObjects(root).missing(map(hash_bytes, [*SMALL, BIG, b"one more"])) == set()
    assert point > 15


def test_a_killed_deletion_keeps_what_was_to_stay(tmp_path: Path) -> None:
    for point in count():
        root = tmp_path / str(point)
        put_all(root)
        killed = killed_at(point, lambda root=root: delete_some(root))
        assert LocalObjects(root).missing(map(hash_bytes, [*SMALL[1::2], BIG])) == set()
        check_whole(root)
        if not killed:
            break
    assert point > 5


@pytest.mark.parametrize("data", [b"a result", BIG], ids=["small", "big"])
def test_a_file_that_is_moved_in_is_never_lost(tmp_path: Path, data: bytes) -> None:
    for point in count():
        root, source = tmp_path / str(point), tmp_path / f"result {point}"
        source.write_bytes(data)
        killed = killed_at(point, lambda root=root, source=source: LocalObjects(root).put_file(source, move=True))
        assert source.exists() or LocalObjects(root).get(hash_bytes(data)) == data
        check_whole(root)
        if not killed:
            break
    assert point > 3

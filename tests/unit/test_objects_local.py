import logging
import os
import time
from pathlib import Path

import pytest

from stepworks.clock import ManualClock
from stepworks.errors import InvalidInput, ObjectMissing
from stepworks.hashing import ContentId, hash_bytes
from stepworks.objects.base import pack
from stepworks.objects.local import LocalObjects


def blobs(count: int, start: int = 0) -> list[bytes]:
    return [f"blob {i}".encode() for i in range(start, start + count)]


def put_pack(objects: LocalObjects, items: list[bytes]) -> list[ContentId]:
    return objects.put_pack(pack((hash_bytes(item), item) for item in items))


def files_of(root: Path) -> list[Path]:
    return sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())


def test_many_small_objects_of_a_stream_become_one_file(tmp_path: Path) -> None:
    put_pack(LocalObjects(tmp_path), blobs(1000))
    [file] = files_of(tmp_path)
    assert file.parent.name == "packs"


def test_a_few_small_objects_get_files_of_their_own(tmp_path: Path) -> None:
    ids = put_pack(LocalObjects(tmp_path), blobs(3))
    assert files_of(tmp_path) == sorted(Path(id[:2], id[2:]) for id in ids)


def test_a_big_object_of_a_stream_gets_a_file_of_its_own(tmp_path: Path) -> None:
    big = os.urandom(1 << 20)
    put_pack(LocalObjects(tmp_path), [*blobs(100), big])
    id = hash_bytes(big)
    assert Path(id[:2], id[2:]) in files_of(tmp_path)
    assert len(files_of(tmp_path)) == 2


def test_a_refused_stream_leaves_nothing_at_all(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path)
    stream = b"".join(pack((hash_bytes(item), item) for item in [os.urandom(2 << 20), *blobs(50)]))
    with pytest.raises(InvalidInput):
        objects.put_pack([stream[:-1]])
    assert files_of(tmp_path) == []


def test_objects_put_by_another_process_are_seen(tmp_path: Path) -> None:
    reader, writer = LocalObjects(tmp_path), LocalObjects(tmp_path)
    packed = put_pack(writer, blobs(50))
    loose = writer.put(b"loose")
    assert reader.get(packed[7]) == b"blob 7"
    assert reader.get(loose) == b"loose"
    later = put_pack(writer, blobs(50, 50))
    assert reader.missing([*packed, loose, *later]) == set()
    assert set(reader.ids()) == {*packed, loose, *later}


def test_objects_deleted_by_another_process_are_missing(tmp_path: Path) -> None:
    writer = LocalObjects(tmp_path)
    ids = put_pack(writer, blobs(50))
    reader = LocalObjects(tmp_path)
    writer.delete(ids[:10])
    assert reader.missing(ids) == set(ids[:10])
    with pytest.raises(ObjectMissing):
        reader.get(ids[3])
    assert reader.get(ids[20]) == b"blob 20"


def test_the_same_stream_twice_from_two_processes_is_kept_once(tmp_path: Path) -> None:
    first, second = LocalObjects(tmp_path), LocalObjects(tmp_path)
    assert put_pack(first, blobs(50)) == put_pack(second, blobs(50))
    assert len(files_of(tmp_path)) == 1


def test_an_object_that_two_packs_have_counts_once_and_goes_from_both(tmp_path: Path) -> None:
    first, second = LocalObjects(tmp_path), LocalObjects(tmp_path)
    ids = put_pack(first, blobs(50))
    put_pack(second, blobs(60))
    assert len(files_of(tmp_path)) == 2
    assert len(list(first.ids())) == 60
    first.delete(ids[:1])
    assert LocalObjects(tmp_path).missing(ids) == {ids[0]}


def test_many_small_packs_are_joined(tmp_path: Path) -> None:
    objects, other = LocalObjects(tmp_path), LocalObjects(tmp_path)
    ids: list[ContentId] = []
    for i in range(80):
        ids += put_pack(objects, blobs(10, i * 10))
    assert len(files_of(tmp_path)) < 40
    for store in (objects, other, LocalObjects(tmp_path)):
        assert store.missing(ids) == set()
        assert [store.get(id) for id in ids] == blobs(800)


def test_what_a_process_left_is_removed_after_a_day(tmp_path: Path) -> None:
    LocalObjects(tmp_path)
    (tmp_path / "tmp" / "abandoned").write_bytes(b"half of someth")
    now = time.time()
    LocalObjects(tmp_path, clock=ManualClock(now + 3600))
    assert files_of(tmp_path) == [Path("tmp/abandoned")]
    LocalObjects(tmp_path, clock=ManualClock(now + 25 * 3600))
    assert files_of(tmp_path) == []


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 5000])
def test_a_damaged_pack_does_not_take_the_others_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    ids = put_pack(LocalObjects(tmp_path), blobs(50))
    (tmp_path / "packs" / "bad.pack").write_bytes(damage)
    with caplog.at_level(logging.WARNING, logger="stepworks.objects"):
        objects = LocalObjects(tmp_path)
        assert objects.missing(ids) == set()
        objects.missing(ids)
    assert ["bad.pack" in record.getMessage() for record in caplog.records] == [True]


def test_bytes_that_rot_are_not_handed_out(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path)
    id = objects.put(b"as it was")
    path = tmp_path / id[:2] / id[2:]
    path.chmod(0o644)
    path.write_bytes(b"as it is!")
    with pytest.raises(ObjectMissing, match="damaged"):
        objects.get(id)


def test_stored_files_cannot_be_written_by_mistake(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path / "store")
    (tmp_path / "moved").write_bytes(b"moved in")
    objects.put_file(tmp_path / "moved", move=True)
    objects.put(b"put")
    put_pack(objects, blobs(50))
    put_pack(objects, [os.urandom(1 << 20)])
    modes = {(tmp_path / "store" / file).stat().st_mode & 0o777 for file in files_of(tmp_path / "store")}
    assert modes == {0o444}


def test_a_file_of_another_file_system_is_moved_by_copying(tmp_path: Path) -> None:
    shm = Path("/dev/shm")
    if not os.access(shm, os.W_OK) or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system")
    source = shm / f"stepworks-test-{os.getpid()}"
    source.write_bytes(b"from afar")
    objects = LocalObjects(tmp_path)
    assert objects.get(objects.put_file(source, move=True)) == b"from afar"
    assert not source.exists()

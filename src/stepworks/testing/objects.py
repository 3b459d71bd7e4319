"""The suite that every adapter of the object store passes."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from stepworks.errors import Conflict, InvalidInput, ObjectMissing
from stepworks.hashing import ContentId, hash_bytes
from stepworks.objects.base import Objects, pack

BIG = 3 << 20


class ObjectsTests:
    """Derive from it, and give a fixture `objects`: an empty store."""

    @pytest.fixture
    def objects(self) -> Objects:
        raise NotImplementedError("Give a fixture `objects`.")

    @pytest.mark.parametrize("data", [b"", b"one", os.urandom(BIG)], ids=["empty", "small", "big"])
    def test_what_was_put_comes_back(self, objects: Objects, data: bytes) -> None:
        id = objects.put(data)
        assert id == hash_bytes(data)
        assert objects.get(id) == data
        assert objects.size(id) == len(data)

    def test_putting_twice_keeps_one(self, objects: Objects) -> None:
        assert objects.put(b"same") == objects.put(b"same")
        assert list(objects.ids()) == [hash_bytes(b"same")]

    @pytest.mark.parametrize("packed", [False, True])
    def test_an_open_object_can_seek(self, objects: Objects, packed: bool) -> None:
        data = bytes(range(256)) * 8
        if packed:
            _put_pack(objects, [data, *_many(30)])
        with objects.open(objects.put(data)) as f:
            f.seek(700)
            assert f.read(9) == data[700:709]
            f.seek(0)
            assert f.read() == data

    def test_what_is_not_there_is_missing(self, objects: Objects, tmp_path: Path) -> None:
        id = hash_bytes(b"never put")
        for ask in _questions(objects, tmp_path / "x"):
            with pytest.raises(ObjectMissing, match=id):
                ask(id)
        assert not (tmp_path / "x").exists()

    @pytest.mark.parametrize("id", ["", "../../etc/passwd", "ab", "A" * 64, "g" * 64, "a" * 63 + "\n", "0" * 65])
    def test_what_is_no_id_is_refused(self, objects: Objects, tmp_path: Path, id: str) -> None:
        bad = ContentId(id)
        for ask in _questions(objects, tmp_path / "x"):
            with pytest.raises(InvalidInput):
                ask(bad)
        with pytest.raises(InvalidInput):
            objects.missing([bad])
        with pytest.raises(InvalidInput):
            objects.delete([bad])

    def test_missing_names_exactly_what_is_not_there(self, objects: Objects) -> None:
        there = [objects.put(b"loose"), *_put_pack(objects, _many(40))]
        absent = {hash_bytes(b"a"), hash_bytes(b"b")}
        assert objects.missing([*there, *absent]) == absent
        assert objects.missing(there) == set()
        assert objects.missing([]) == set()
        assert objects.missing(iter(there[-3:])) == set()

    @pytest.mark.parametrize("size", [0, 5, BIG])
    def test_put_file_keeps_the_file(self, objects: Objects, tmp_path: Path, size: int) -> None:
        path = tmp_path / "f"
        path.write_bytes(data := os.urandom(size))
        assert objects.get(objects.put_file(path)) == data
        assert path.read_bytes() == data

    @pytest.mark.parametrize("size", [0, 5, BIG])
    def test_put_file_by_moving_gives_the_file_up(self, objects: Objects, tmp_path: Path, size: int) -> None:
        data = os.urandom(size)
        for name in ("first", "again"):
            path = tmp_path / name
            path.write_bytes(data)
            assert objects.get(objects.put_file(path, move=True)) == data
            assert not path.exists()

    def test_moving_a_file_that_has_another_name_does_not_let_that_change_the_object(
        self, objects: Objects, tmp_path: Path
    ) -> None:
        (tmp_path / "a").write_bytes(b"before")
        os.link(tmp_path / "a", tmp_path / "b")
        id = objects.put_file(tmp_path / "a", move=True)
        (tmp_path / "b").write_bytes(b"after!")
        assert not (tmp_path / "a").exists()
        assert objects.get(id) == b"before"

    def test_moving_a_link_moves_the_link_and_leaves_its_target(self, objects: Objects, tmp_path: Path) -> None:
        (tmp_path / "target").write_bytes(b"target")
        (tmp_path / "link").symlink_to("target")
        assert objects.get(objects.put_file(tmp_path / "link", move=True)) == b"target"
        assert not (tmp_path / "link").is_symlink()
        assert (tmp_path / "target").read_bytes() == b"target"

    def test_put_file_of_no_file_says_so(self, objects: Objects, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            objects.put_file(tmp_path / "absent")
        with pytest.raises(FileNotFoundError):
            objects.put_file(tmp_path / "absent", move=True)

    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("data", [b"", b"bytes", os.urandom(BIG)], ids=["empty", "small", "big"])
    def test_a_copy_belongs_to_its_owner(self, objects: Objects, tmp_path: Path, data: bytes, packed: bool) -> None:
        if packed:
            _put_pack(objects, [data, *_many(30)])
        id = objects.put(data)
        copy = tmp_path / "copy"
        assert objects.copy_to(id, copy) == len(data)
        assert copy.read_bytes() == data
        assert not os.access(copy, os.X_OK)
        with copy.open("r+b") as f:
            f.write(b"changed by the step")
        assert copy.stat().st_nlink == 1
        assert objects.get(id) == data

    @pytest.mark.parametrize("size", [3, BIG])
    def test_a_copy_can_be_executable(self, objects: Objects, tmp_path: Path, size: int) -> None:
        id = objects.put(os.urandom(size))
        objects.copy_to(id, tmp_path / "run", executable=True)
        assert os.stat(tmp_path / "run").st_mode & 0o100

    def test_a_copy_replaces_nothing_and_follows_nothing(self, objects: Objects, tmp_path: Path) -> None:
        id = objects.put(b"new")
        (tmp_path / "there").write_bytes(b"old")
        (tmp_path / "link").symlink_to(tmp_path / "outside")
        for name in ("there", "link"):
            with pytest.raises(FileExistsError):
                objects.copy_to(id, tmp_path / name)
        assert (tmp_path / "there").read_bytes() == b"old"
        assert not (tmp_path / "outside").exists()

    def test_a_pack_of_everything_comes_back(self, objects: Objects, tmp_path: Path) -> None:
        (tmp_path / "small").write_bytes(b"in a file")
        (tmp_path / "big").write_bytes(os.urandom(BIG + 1))
        blobs = [b"", os.urandom(BIG), *_many(50)]
        items: list[tuple[ContentId, str | Path | bytes]] = [(hash_bytes(blob), blob) for blob in blobs]
        for name in ("small", "big"):
            blobs.append((tmp_path / name).read_bytes())
            items.append((hash_bytes(blobs[-1]), tmp_path / name))
        ids = objects.put_pack(pack(items))
        assert ids == [hash_bytes(blob) for blob in blobs]
        assert [objects.get(id) for id in ids] == blobs
        assert [objects.size(id) for id in ids] == [len(blob) for blob in blobs]
        assert sorted(objects.ids()) == sorted(set(ids))

    @pytest.mark.parametrize("step", [1, 7, 40, 41, 1000])
    def test_how_a_stream_is_cut_makes_no_difference(self, objects: Objects, step: int) -> None:
        blobs = [b"", *_many(20), b"last"]
        stream = _stream(blobs)
        ids = objects.put_pack(stream[i : i + step] for i in range(0, len(stream), step))
        assert [objects.get(id) for id in ids] == blobs

    def test_an_empty_stream_has_no_objects(self, objects: Objects) -> None:
        assert objects.put_pack([]) == []
        assert objects.put_pack([b"", b""]) == []
        assert list(objects.ids()) == []

    def test_a_stream_may_repeat_what_is_there_or_what_it_had(self, objects: Objects) -> None:
        there = objects.put(b"there")
        blobs = [b"there", *_many(12), b"there", *_many(12)]
        ids = _put_pack(objects, blobs)
        assert [objects.get(id) for id in ids] == blobs
        assert sorted(objects.ids()) == sorted({there, *ids})

    @pytest.mark.parametrize("bad", [b"small", os.urandom(BIG)], ids=["small", "big"])
    @pytest.mark.parametrize("before", [0, 3, 20])
    def test_bytes_that_are_not_those_named_are_refused(self, objects: Objects, bad: bytes, before: int) -> None:
        stream = bytearray(_stream([*_many(before), bad]))
        stream[-1] ^= 1
        with pytest.raises(InvalidInput, match=hash_bytes(bad)):
            objects.put_pack([bytes(stream)])
        assert objects.missing([hash_bytes(bad)]) == {hash_bytes(bad)}
        assert all(hash_bytes(objects.get(id)) == id for id in objects.ids())

    def test_wrong_bytes_for_what_is_there_are_refused_too(self, objects: Objects) -> None:
        id = objects.put(b"right")
        stream = _stream([b"right"]).replace(b"right", b"wrong")
        with pytest.raises(InvalidInput):
            objects.put_pack([stream])
        assert objects.get(id) == b"right"

    @pytest.mark.parametrize("size", [10, BIG])
    @pytest.mark.parametrize("keep", [1, 39, 40, 45])
    def test_a_stream_that_ends_early_is_refused(self, objects: Objects, size: int, keep: int) -> None:
        data = os.urandom(size)
        with pytest.raises(InvalidInput, match="ends in the middle"):
            objects.put_pack([_stream([data])[:keep]])
        assert list(objects.ids()) == []

    def test_a_stream_that_fails_leaves_no_broken_object(self, objects: Objects) -> None:
        def breaking() -> Iterable[bytes]:
            yield _stream([*_many(20), os.urandom(BIG)])[:-100]
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            objects.put_pack(breaking())
        assert all(hash_bytes(objects.get(id)) == id for id in objects.ids())

    def test_deleted_objects_are_gone_and_the_others_stay(self, objects: Objects) -> None:
        loose = [objects.put(b"loose a"), objects.put(b"loose b")]
        packed = _put_pack(objects, _many(40))
        gone = {loose[0], *packed[::3]}
        objects.delete([*gone, hash_bytes(b"never there")])
        stay = {*loose, *packed} - gone
        assert objects.missing([*loose, *packed]) == gone
        assert sorted(objects.ids()) == sorted(stay)
        assert all(hash_bytes(objects.get(id)) == id for id in stay)
        objects.delete(stay)
        assert list(objects.ids()) == []

    def test_what_was_deleted_can_be_put_again(self, objects: Objects) -> None:
        ids = _put_pack(objects, _many(20))
        objects.delete(ids)
        assert _put_pack(objects, _many(20)) == ids
        assert objects.missing(ids) == set()


class PackTests:
    """The stream itself, whatever receives it."""

    @pytest.mark.parametrize("size", [100, BIG])
    @pytest.mark.parametrize("change", ["shorter", "longer", "other", "gone"])
    def test_a_file_that_changed_since_is_named(self, tmp_path: Path, size: int, change: str) -> None:
        path = tmp_path / "changing.txt"
        data = os.urandom(size)
        changed = {
            "shorter": data[:-1],
            "longer": data + b"+",
            "other": data[:-1] + bytes([data[-1] ^ 1]),
            "gone": None,
        }
        if (now := changed[change]) is not None:
            path.write_bytes(now)
        with pytest.raises(Conflict, match=r"changing\.txt"):
            list(pack([(hash_bytes(data), path)]))

    def test_chunks_are_of_moderate_size(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(data := os.urandom(5 << 20))
        chunks = list(pack([(hash_bytes(data), tmp_path / "f"), *((hash_bytes(blob), blob) for blob in _many(100))]))
        assert max(map(len, chunks)) <= 2 << 20
        assert len(chunks) < 10


def _questions(objects: Objects, path: Path) -> list[Callable[[ContentId], object]]:
    def copy(id: ContentId) -> int:
        return objects.copy_to(id, path)

    return [objects.get, objects.open, objects.size, copy]


def _many(count: int) -> list[bytes]:
    return [f"object {i} ".encode() * (i + 1) for i in range(count)]


def _stream(blobs: Iterable[bytes]) -> bytes:
    return b"".join(pack((hash_bytes(blob), blob) for blob in blobs))


def _put_pack(objects: Objects, blobs: Iterable[bytes]) -> list[ContentId]:
    return objects.put_pack([_stream(blobs)])

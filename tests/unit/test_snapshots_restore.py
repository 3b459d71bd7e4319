import os
from pathlib import Path

import pytest

from stepworks.errors import Conflict, InvalidInput, ObjectMissing
from stepworks.hashing import ContentId, hash_bytes
from stepworks.objects.memory import MemoryObjects
from stepworks.snapshots.restore import SnapshotCache, restore
from stepworks.snapshots.tree import File, Link, Tree


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects()


def a_file(objects: MemoryObjects, path: str, data: bytes = b"data", *, executable: bool = False) -> File:
    return File(path, objects.put(data), len(data), executable)


def content(root: Path) -> dict[str, bytes | str]:
    return {
        str(path.relative_to(root)): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def test_files_folders_and_links_are_written(objects: MemoryObjects, tmp_path: Path) -> None:
    tree = Tree.of(
        [
            a_file(objects, "a.py", b"print()"),
            a_file(objects, "x/y/z/deep", b""),
            a_file(objects, "x/y/run", executable=True),
            Link("link", "x/y"),
            Link("x/up", "../a.py"),
            Link("dangling", "/not/there"),
        ]
    )
    target = tmp_path / "new" / "folder"
    restore(tree, objects, target)
    assert content(target) == {
        "a.py": b"print()",
        "x/y/z/deep": b"",
        "x/y/run": b"data",
        "link": "x/y",
        "x/up": "../a.py",
        "dangling": "/not/there",
    }
    assert os.access(target / "x/y/run", os.X_OK)
    assert not (target / "a.py").stat().st_mode & 0o111


def test_an_empty_snapshot_is_an_empty_directory(objects: MemoryObjects, tmp_path: Path) -> None:
    restore(Tree(()), objects, tmp_path / "target")
    assert list((tmp_path / "target").iterdir()) == []


def test_restored_files_may_be_changed(objects: MemoryObjects, tmp_path: Path) -> None:
    tree = Tree.of([a_file(objects, "a"), a_file(objects, "b")])
    restore(tree, objects, tmp_path / "one")
    (tmp_path / "one" / "a").write_bytes(b"changed by the step")
    assert (tmp_path / "one" / "b").read_bytes() == b"data"
    restore(tree, objects, tmp_path / "two")
    assert content(tmp_path / "two") == {"a": b"data", "b": b"data"}


def test_a_directory_with_something_in_it_is_refused(objects: MemoryObjects, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(Conflict, match="not empty"):
        restore(Tree.of([a_file(objects, "a")]), objects, tmp_path)
    assert content(tmp_path) == {"there": b"mine"}


def test_an_empty_directory_will_do(objects: MemoryObjects, tmp_path: Path) -> None:
    restore(Tree.of([a_file(objects, "a")]), objects, tmp_path)
    assert content(tmp_path) == {"a": b"data"}


def test_a_missing_object_is_named(objects: MemoryObjects, tmp_path: Path) -> None:
    id = hash_bytes(b"nowhere")
    with pytest.raises(ObjectMissing, match=id):
        restore(Tree.of([File("a", id, 7)]), objects, tmp_path)


def test_an_object_of_another_size_is_refused(objects: MemoryObjects, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="'a'"):
        restore(Tree.of([File("a", objects.put(b"data"), 5)]), objects, tmp_path)


class CountingObjects(MemoryObjects):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[ContentId] = []

    def open(self, id: ContentId):
        self.got.append(id)
        return super().open(id)


def test_the_second_restore_asks_the_store_for_nothing(tmp_path: Path) -> None:
    objects = CountingObjects()
    tree = Tree.of([a_file(objects, f"{i}", b"%d" % i, executable=i == 1) for i in range(3)])
    objects.put(tree.encode())
    cache = SnapshotCache(objects)
    restore(cache.tree(tree.id), cache, tmp_path / "one")
    objects.got.clear()
    restore(cache.tree(tree.id), cache, tmp_path / "two")
    assert objects.got == []
    assert content(tmp_path / "two") == content(tmp_path / "one") == {"0": b"0", "1": b"1", "2": b"2"}
    assert os.access(tmp_path / "two" / "1", os.X_OK)


def test_a_cache_holds_no_more_than_it_may(tmp_path: Path) -> None:
    objects = CountingObjects()
    cache = SnapshotCache(objects, max_bytes=100_000)
    ids = [objects.put(bytes([i]) * 5_000) for i in range(40)]

    def ask(id: ContentId) -> bool:
        """Whether the store was asked too."""
        objects.got.clear()
        path = tmp_path / "copy"
        assert cache.copy_to(id, path) == 5_000
        assert hash_bytes(path.read_bytes()) == id
        path.unlink()
        return objects.got != []

    assert all(ask(id) for id in ids)
    assert [ask(id) for id in reversed(ids[-15:])] == [False] * 15
    assert all(ask(id) for id in ids[:5])


def test_what_is_large_passes_by_the_cache(tmp_path: Path) -> None:
    objects = CountingObjects()
    cache = SnapshotCache(objects, max_bytes=100_000)
    large, small = objects.put(b"l" * 50_000), objects.put(b"s")
    for i in range(2):
        cache.copy_to(large, tmp_path / f"large{i}")
        cache.copy_to(small, tmp_path / f"small{i}")
    assert objects.got == [large, small, large]
    assert (tmp_path / "large1").read_bytes() == b"l" * 50_000


def test_a_cached_tree_can_be_a_file_of_a_snapshot_too(tmp_path: Path) -> None:
    objects = MemoryObjects()
    tree = Tree.of([a_file(objects, "a")])
    id = objects.put(tree.encode())
    cache = SnapshotCache(objects)
    for i in range(2):
        assert cache.tree(id) == tree
        cache.copy_to(id, tmp_path / f"{i}")
        assert (tmp_path / f"{i}").read_bytes() == tree.encode()


def test_what_is_no_tree_is_not_restored(objects: MemoryObjects) -> None:
    with pytest.raises(InvalidInput, match="not the tree"):
        SnapshotCache(objects).tree(objects.put(b"a script"))
    with pytest.raises(ObjectMissing):
        SnapshotCache(objects).tree(hash_bytes(b"nowhere"))

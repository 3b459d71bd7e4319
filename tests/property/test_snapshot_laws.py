"""Laws of snapshots: what changes an id, what does not, and that nothing gets lost on the way."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from stepworks.filehashes import FileHashes
from stepworks.objects.base import pack
from stepworks.objects.local import LocalObjects
from stepworks.snapshots.restore import SnapshotCache, restore
from stepworks.snapshots.take import Taken, take
from stepworks.snapshots.tree import Tree, diff

names = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="/"), min_size=1, max_size=8
).filter(lambda name: name not in (".", "..", ".amlignore", ".gitignore") and len(name.encode()) < 100)
contents = st.one_of(st.binary(max_size=40), st.sampled_from([b"same", b"", b"x" * 3_000]))
leaves = st.tuples(contents, st.booleans())
folders = st.recursive(
    st.dictionaries(names, leaves, max_size=4),
    lambda inner: st.dictionaries(names, st.one_of(leaves, inner), max_size=4),
    max_leaves=12,
)
some_folders = folders.filter(lambda folder: bool(flat(folder)))

Folder = dict[str, "Folder | tuple[bytes, bool]"]
quick = settings(max_examples=40, deadline=None)


def flat(folder: Folder, prefix: str = "") -> dict[str, tuple[bytes, bool]]:
    """The files of a folder, by path."""
    files: dict[str, tuple[bytes, bool]] = {}
    for name, item in folder.items():
        files |= flat(item, f"{prefix}{name}/") if isinstance(item, dict) else {prefix + name: item}
    return files


def write(root: Path, files: dict[str, tuple[bytes, bool]]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for path, (data, executable) in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(0o755 if executable else 0o644)
    return root


def taken(root: Path, hashes: FileHashes | None = None) -> Taken:
    return take(root, hashes or FileHashes(pause=lambda seconds: None))


@quick
@given(folders)
def test_what_is_restored_is_what_was_taken(folder: Folder) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source = write(Path(scratch, "source"), flat(folder))
        first = taken(source)
        objects = LocalObjects(Path(scratch, "objects"))
        objects.put_pack(pack((id, first.files[id]) for id in objects.missing(first.files)))
        id = objects.put(first.tree.encode())
        assert id == first.tree.id
        for target, origin in (
            ("direct", objects),
            ("cached", SnapshotCache(objects)),
            ("again", SnapshotCache(objects)),
        ):
            restore(Tree.decode(objects.get(id)), origin, Path(scratch, target))
            assert taken(Path(scratch, target)).tree == first.tree
        assert {path: Path(scratch, "direct", path).read_bytes() for path in flat(folder)} == {
            path: data for path, (data, _) in flat(folder).items()
        }


@quick
@given(some_folders, st.data())
def test_touching_moving_and_writing_again_keep_the_id(folder: Folder, data: st.DataObject) -> None:
    files = flat(folder)
    with tempfile.TemporaryDirectory() as scratch:
        hashes = FileHashes(Path(scratch, "hashes.db"), pause=lambda seconds: None)
        source = write(Path(scratch, "source"), files)
        id = taken(source, hashes).tree.id
        path = data.draw(st.sampled_from(sorted(files)))
        os.utime(source / path, (1, data.draw(st.integers(0, 2**31))))
        assert taken(source, hashes).tree.id == id
        (source / path).unlink()
        write(source, {path: files[path]})
        assert taken(source, hashes).tree.id == id
        moved = source.rename(Path(scratch, "moved"))
        assert taken(moved, hashes).tree.id == id
        (moved / "empty folder, by now").mkdir()
        assert taken(moved, hashes).tree.id == id


@quick
@given(some_folders, st.sampled_from(["byte", "name", "executable", "gone", "more"]), st.data())
def test_one_change_changes_the_id_and_is_found(folder: Folder, change: str, data: st.DataObject) -> None:
    files = flat(folder)
    path = data.draw(st.sampled_from(sorted(files)))
    content, executable = files[path]
    new, added, removed = dict(files), set[str](), set[str]()
    match change:
        case "byte":
            at = data.draw(st.integers(0, max(len(content) - 1, 0)))
            new[path] = (content[:at] + bytes([(content + b"\0")[at] ^ 1]) + content[at + 1 :], executable)
        case "executable":
            new[path] = (content, not executable)
        case "more":
            new["one more, not there before"] = (b"", False)
            added = {"one more, not there before"}
        case _:
            del new[path]
            removed = {path}
            if change == "name":
                new[path + "+ another name"] = (content, executable)
                added = {path + "+ another name"}
    with tempfile.TemporaryDirectory() as scratch:
        hashes = FileHashes(pause=lambda seconds: None)
        before = taken(write(Path(scratch, "source"), files), hashes).tree
        shutil.rmtree(Path(scratch, "source"))
        after = taken(write(Path(scratch, "source"), new), hashes).tree
    assert before.id != after.id
    difference = diff(before, after)
    assert (set(difference.added), set(difference.removed)) == (added, removed)
    assert set(difference.changed) == ({path} if change in ("byte", "executable") else set())


@settings(max_examples=60, deadline=None)
@given(folders, folders)
def test_trees_are_equal_exactly_if_their_ids_are(one: Folder, other: Folder) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        trees = [taken(write(Path(scratch, str(i)), flat(folder))).tree for i, folder in enumerate((one, other))]
    assert (trees[0].id == trees[1].id) == (flat(one) == flat(other)) == (trees[0] == trees[1])
    assert (trees[0].encode() == trees[1].encode()) == (trees[0].id == trees[1].id)

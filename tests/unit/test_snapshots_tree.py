import msgspec
import pytest

from stepworks.errors import InvalidInput, UnsafePath
from stepworks.hashing import hash_bytes
from stepworks.snapshots.tree import Entry, File, Link, Tree, TreeDiff, diff

ONE, TWO = hash_bytes(b"one"), hash_bytes(b"two")
SAMPLE = Tree.of([File("train.py", ONE, 3), File("bin/run", TWO, 3, executable=True), Link("latest", "bin/run")])


def encoded(*entries: object, tag: str = "snapshot/1") -> bytes:
    return msgspec.msgpack.encode([tag, [entries]])


def test_entries_are_sorted_by_path() -> None:
    assert [entry.path for entry in SAMPLE.entries] == ["bin/run", "latest", "train.py"]


def test_the_id_does_not_depend_on_the_order_given() -> None:
    assert Tree.of(reversed(SAMPLE.entries)).id == SAMPLE.id


def test_the_id_stays_what_it_is_from_version_to_version() -> None:
    assert SAMPLE.id == "972922c58a631fb8f4da8707493ab84d4af970f98a66edb58883aff51a16356e"


def test_the_encoded_tree_is_what_the_id_is_the_hash_of() -> None:
    assert hash_bytes(SAMPLE.encode()) == SAMPLE.id
    assert hash_bytes(Tree(()).encode()) == Tree(()).id


def test_a_decoded_tree_is_equal() -> None:
    assert Tree.decode(SAMPLE.encode()) == SAMPLE
    assert Tree.decode(Tree(()).encode()) == Tree(())


@pytest.mark.parametrize(
    "other",
    [
        File("bin/run", TWO, 3),
        File("bin/run", ONE, 3, executable=True),
        File("bin/Run", TWO, 3, executable=True),
        Link("bin/run", TWO),
    ],
    ids=["executable", "content", "name", "kind"],
)
def test_every_property_of_an_entry_is_in_the_id(other: Entry) -> None:
    rest = [entry for entry in SAMPLE.entries if entry.path != "bin/run"]
    assert Tree.of([*rest, other]).id != SAMPLE.id


UNSAFE = [
    *("/etc/passwd", "..", "../x", "a/../../x", "a/..", "../", ".", "./a", "a/.", "a//b", "", "a/", "/", "//"),
    *("a\0b", "\0"),
]


@pytest.mark.parametrize("path", UNSAFE)
def test_an_unsafe_path_is_refused(path: str) -> None:
    with pytest.raises(UnsafePath):
        Tree.of([File(path, ONE, 3)])
    with pytest.raises(UnsafePath):
        Tree.of([Link(path, "x")])
    with pytest.raises(UnsafePath):
        Tree.decode(encoded(["file", path, ONE, 3, False]))


@pytest.mark.parametrize("path", ["..a", "a..", "...", ".amlignore", "a/.b/..c", "a b", "ü", "a\\b", "-", "\n"])
def test_an_odd_path_is_fine(path: str) -> None:
    assert Tree.decode(Tree.of([File(path, ONE, 3)]).encode()).entries == (File(path, ONE, 3),)


def test_nothing_may_go_through_a_link_or_a_file() -> None:
    for through in (Link("a", "/etc"), File("a", ONE, 3)):
        for path in ("a/passwd", "a/b/c"):
            # "a-" lies between "a" and "a/…" in the order of paths.
            with pytest.raises(UnsafePath, match="goes through 'a'"):
                Tree.of([through, File("a-", ONE, 3), File(path, ONE, 3)])
    with pytest.raises(UnsafePath, match="goes through 'x/a'"):
        Tree.of([Link("x/a", "/etc"), File("x/a/b/c", ONE, 3)])


@pytest.mark.parametrize(
    "entries",
    [
        [["file", "a", ONE, 3, False], ["file", "a", TWO, 3, False]],
        [["file", "b", ONE, 3, False], ["file", "a", ONE, 3, False]],
        [["file", "a", ONE, -1, False]],
        [["file", "a", ONE, 2**63, False]],
        [["file", "a", ONE, "3", False]],
        [["file", "a", ONE[:-1], 3, False]],
        [["file", "a", ONE.upper(), 3, False]],
        [["file", "a", ONE + "\n", 3, False]],
        [["file", "a", "../../x", 3, False]],
        [["file", "a", ONE]],
        [["file", "a", ONE, 3]],
        [["file", "a", ONE, 3, False, "more"]],
        [["pipe", "a"]],
        [["link", "a", ""]],
        [["link", "a", "b\0"]],
        [5],
    ],
)
def test_what_is_no_tree_is_refused(entries: list[object]) -> None:
    with pytest.raises(InvalidInput):
        Tree.decode(encoded(*entries))


@pytest.mark.parametrize("data", [b"", b"\x00", b"PK\x03\x04", SAMPLE.encode() + b"\x00", SAMPLE.encode()[:-1]])
def test_bytes_that_are_no_tree_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        Tree.decode(data)


def test_a_tree_of_another_version_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Tree.decode(encoded(tag="snapshot/2"))


def test_the_difference_of_two_trees() -> None:
    new = Tree.of([File("train.py", TWO, 3), File("bin/run", TWO, 3, executable=False), File("new.py", ONE, 3)])
    assert diff(SAMPLE, new) == TreeDiff(added=("new.py",), removed=("latest",), changed=("bin/run", "train.py"))
    assert diff(SAMPLE, SAMPLE) == TreeDiff()


def test_size_and_files_count_files_only() -> None:
    assert SAMPLE.size == 6
    assert [file.path for file in SAMPLE.files] == ["bin/run", "train.py"]


def test_a_tree_can_be_a_key() -> None:
    assert {SAMPLE: 1}[Tree.decode(SAMPLE.encode())] == 1

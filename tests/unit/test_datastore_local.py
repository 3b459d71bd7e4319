import os

import pytest

from stepworks.data.paths import relative, strict
from stepworks.datastores.local import LocalDatastore, glob_pattern
from stepworks.errors import NotFound, UnsafePath


@pytest.fixture
def store(tmp_path):
    return LocalDatastore(tmp_path / "store")


def fill(store, *paths):
    for p in paths:
        assert store.write(p, [p.encode()])


def test_a_file_written_is_read_back_and_listed(store):
    fill(store, "a/b.csv", "a.csv", "c d/ü.txt")
    assert [f.path for f in store.list()] == ["a.csv", "a/b.csv", "c d/ü.txt"]
    assert b"".join(store.read("a/b.csv")) == b"a/b.csv"


def test_prefix_is_text_not_a_folder(store):
    fill(store, "data/x.csv", "data2/y.csv", "other.csv")
    assert [f.path for f in store.list("data")] == ["data/x.csv", "data2/y.csv"]


def test_an_existing_file_is_left_unless_overwrite(store):
    fill(store, "a")
    assert not store.write("a", [b"new"])
    assert b"".join(store.read("a")) == b"a"
    assert store.write("a", [b"new"], overwrite=True)
    assert b"".join(store.read("a")) == b"new"


def test_an_upload_that_breaks_off_leaves_nothing(store):
    def broken():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.write("a/b", broken())
    assert list(store.list()) == []
    assert os.listdir(store.root / "a") == []


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("in", ["in/a.csv", "in/deep/b.csv"]),
        ("in/a.csv", ["in/a.csv"]),
        ("in/*.csv", ["in/a.csv"]),
        ("in/**/*.csv", ["in/a.csv", "in/deep/b.csv"]),
        ("**/b.*", ["in/deep/b.csv"]),
        ("*.csv", []),
        ("nowhere", []),
        ("in/[ab].csv", ["in/a.csv"]),
        ("in/[!a].csv", []),
    ],
)
def test_find(store, pattern, found):
    fill(store, "in/a.csv", "in/deep/b.csv")
    assert [f.path for f in store.find(pattern)] == found


def test_missing_file_is_not_found(store):
    with pytest.raises(NotFound):
        store.read("nothing")


def test_leading_dots_are_stripped_and_inner_ones_refused():
    assert relative("./../a//b/") == "a/b"
    assert relative("/a") == "a"
    for bad in ("a/../../b", "a\0b", "x" * 5000, "a\\..\\..\\b"):
        with pytest.raises(UnsafePath):
            relative(bad)
    for bad in ("/a", "../a", "\\a"):
        with pytest.raises(UnsafePath):
            strict(bad)


def test_a_link_out_of_the_store_is_not_followed(store, tmp_path):
    (tmp_path / "secret").write_text("no")
    fill(store, "a")
    os.symlink(tmp_path / "secret", store.root / "link")
    os.symlink(tmp_path, store.root / "up")
    for bad in ("link", "up/secret"):
        with pytest.raises(UnsafePath):
            store.read(bad)
    assert [f.path for f in store.list()] == ["a"]


def test_glob_stars_stay_within_their_folder():
    assert glob_pattern("a/*").fullmatch("a/b")
    assert not glob_pattern("a/*").fullmatch("a/b/c")
    assert glob_pattern("**").fullmatch("a/b/c")

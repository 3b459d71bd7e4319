import os

import pytest

from stepworks.agent.outputs import OutputRefused, Place, check, commit, examine, stage
from stepworks.graph.document import Output
from stepworks.hashing import content_hash, hash_bytes
from stepworks.runs.values import Produced, ProducedFile
from stepworks.wire.agent import BoundOutput


@pytest.fixture
def store(tmp_path):
    (tmp_path / "store").mkdir()
    return tmp_path / "store"


@pytest.fixture
def staged(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "made"


def bound(place="azureml/run/made", **facts):
    return BoundOutput(port=Output("made", **facts), datastore="ds", path=place)


def file(path, data):
    return ProducedFile(path, len(data), hash_bytes(data))


def take(output, staged, store):
    """Everything that happens to an output of a step that succeeded."""
    notes = []
    found = examine(output, str(staged), notes)
    check(found, Place(root=str(store)))
    return commit(found, Place(root=str(store))), notes


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_file_becomes_a_file(staged, store):
    staged.write_bytes(b"data")
    files = (file("", b"data"),)
    produced, notes = take(bound(), staged, store)
    assert produced == Produced(
        name="made",
        datastore="ds",
        path="azureml/run/made",
        manifest=content_hash("manifest/1", files),
        files=files,
        is_file=True,
    )
    assert (tree(store), notes) == ({"azureml/run/made": b"data"}, [])


def test_a_folder_becomes_a_folder_with_its_files_in_order(staged, store):
    (staged / "b").mkdir(parents=True)
    (staged / "empty").mkdir()
    (staged / "b" / "x").write_bytes(b"1")
    (staged / "a").write_bytes(b"22")
    produced, _ = take(bound(), staged, store)
    assert produced.files == (file("a", b"22"), file("b/x", b"1"))
    assert not produced.is_file
    assert (store / "azureml/run/made/empty").is_dir()
    assert not staged.exists()


def test_equal_bytes_have_equal_manifests_wherever_they_lie(staged, store, tmp_path):
    staged.mkdir()
    (staged / "x").write_bytes(b"1")
    first, _ = take(bound("one"), staged, store)
    staged.mkdir()
    (staged / "x").write_bytes(b"1")
    second, _ = take(bound("two"), staged, store)
    assert first.manifest == second.manifest


def test_an_output_that_was_not_written_is_an_empty_folder_and_a_note(staged, store):
    produced, notes = take(bound(), staged, store)
    assert (produced.files, (store / "azureml/run/made").is_dir()) == ((), True)
    assert notes == ["Output 'made' was not written; it is an empty folder."]


def test_only_datasets_have_their_folder_beforehand(staged):
    stage(bound(), str(staged))
    assert (staged.parent.is_dir(), staged.exists()) == (True, False)
    stage(bound(style="dataset"), str(staged))
    assert staged.is_dir()


def test_what_an_earlier_attempt_left_is_replaced_as_a_whole(staged, store):
    old = store / "azureml/run/made"
    old.mkdir(parents=True)
    (old / "half").write_bytes(b"old")
    staged.mkdir()
    (staged / "new").write_bytes(b"new")
    take(bound(), staged, store)
    assert tree(store) == {"azureml/run/made/new": b"new"}
    staged.write_bytes(b"a file now")
    take(bound(), staged, store)
    assert tree(store) == {"azureml/run/made": b"a file now"}


def test_a_destination_of_the_users_keeps_what_it_has(staged, store):
    there = store / "shared"
    (there / "sub").mkdir(parents=True)
    (there / "other").write_bytes(b"stays")
    (there / "sub/x").write_bytes(b"old")
    (staged / "sub").mkdir(parents=True)
    (staged / "sub/x").write_bytes(b"new")
    produced, _ = take(bound("shared", path="shared"), staged, store)
    assert tree(store) == {"shared/other": b"stays", "shared/sub/x": b"new"}
    assert produced.files == (file("sub/x", b"new"),)


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a")], ids=["file over folder", "folder over file"])
def test_files_and_folders_never_take_each_others_place(staged, store, names):
    ours, theirs = names
    (store / "shared" / theirs).parent.mkdir(parents=True)
    (store / "shared" / theirs).write_bytes(b"theirs")
    (staged / ours).parent.mkdir(parents=True)
    (staged / "0").write_bytes(b"before it")
    (staged / ours).write_bytes(b"ours")
    with pytest.raises(OutputRefused, match="in its place"):
        take(bound("shared", path="shared"), staged, store)
    assert tree(store) == {f"shared/{theirs}": b"theirs"}


def test_an_upload_overwrites_other_bytes_only_when_told(staged, store):
    (store / "shared").mkdir()
    (store / "shared/x").write_bytes(b"theirs")
    staged.mkdir()
    (staged / "x").write_bytes(b"ours")
    with pytest.raises(OutputRefused, match="would overwrite 'x' in datastore 'ds'"):
        take(bound("shared", path="shared", mode="upload"), staged, store)
    assert tree(store) == {"shared/x": b"theirs"}
    take(bound("shared", path="shared", mode="upload", overwrite=True), staged, store)
    assert tree(store) == {"shared/x": b"ours"}


def test_equal_bytes_that_are_there_are_no_conflict(staged, store):
    (store / "shared").mkdir()
    (store / "shared/x").write_bytes(b"same")
    staged.mkdir()
    (staged / "x").write_bytes(b"same")
    assert take(bound("shared", path="shared", mode="upload"), staged, store)[0].files == (file("x", b"same"),)


def test_an_upload_takes_what_its_globs_name(staged, store):
    (staged / "sub").mkdir(parents=True)
    for name in ("a.csv", "a.tmp", "sub/b.csv"):
        (staged / name).write_bytes(b"1")
    output = bound(mode="upload", source_globs=("*.csv", "sub/*"))
    assert [f.path for f in take(output, staged, store)[0].files] == ["a.csv", "sub/b.csv"]
    assert set(tree(store)) == {"azureml/run/made/a.csv", "azureml/run/made/sub/b.csv"}


def test_links_to_files_elsewhere_become_copies(staged, store, tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"far")
    staged.mkdir()
    (staged / "real").write_bytes(b"near")
    (staged / "far").symlink_to(tmp_path / "elsewhere")
    (staged / "near").symlink_to("real")
    (staged / "lost").symlink_to("nothing")
    produced, notes = take(bound(), staged, store)
    assert produced.files == (file("far", b"far"), file("near", b"near"), file("real", b"near"))
    made = store / "azureml/run/made"
    assert [(made / n).is_symlink() for n in ("far", "near", "lost")] == [False, True, False]
    assert notes == ["Output 'made': the link 'lost' leads to nothing and was left out."]


def test_an_output_that_is_a_link_to_a_file_becomes_that_file(staged, store, tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"far")
    staged.symlink_to(tmp_path / "elsewhere")
    produced, _ = take(bound(), staged, store)
    assert produced.is_file
    assert not (store / "azureml/run/made").is_symlink()
    assert (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(("ours", "theirs"), [("file", "folder"), ("folder", "file")])
def test_a_destination_of_the_users_keeps_its_kind(staged, store, ours, theirs):
    for path, kind in ((staged, ours), (store / "shared", theirs)):
        path.mkdir() if kind == "folder" else path.write_bytes(b"x")
    with pytest.raises(OutputRefused, match=f"has a {ours} 'shared', but there is a {theirs} in its place"):
        take(bound("shared", path="shared"), staged, store)


@pytest.mark.parametrize("target", ["/etc", "../..", "."])
def test_links_to_folders_are_refused(staged, target):
    staged.symlink_to(target)
    with pytest.raises(OutputRefused, match="'made'"):
        examine(bound(), str(staged), [])


def test_names_that_are_no_text_are_refused(staged):
    staged.mkdir()
    with open(os.fsencode(staged) + b"/\xff", "w"):
        pass
    with pytest.raises(OutputRefused, match="name is no text"):
        examine(bound(), str(staged), [])


def test_a_pipe_is_left_out_and_never_read(staged, store):
    staged.mkdir()
    os.mkfifo(staged / "pipe")
    (staged / "x").write_bytes(b"1")
    produced, notes = take(bound(), staged, store)
    assert [f.path for f in produced.files] == ["x"]
    assert notes == ["Output 'made': 'pipe' is no file and was left out."]


def test_another_disk_gets_a_copy(staged, store, monkeypatch):
    staged.mkdir()
    (staged / "x").write_bytes(b"1")
    (staged / "run").write_bytes(b"#!/bin/sh\n")
    (staged / "run").chmod(0o755)
    rename = os.rename

    def rename_within_the_store(source, target):
        if not str(source).startswith(str(store)):
            raise OSError(18, "Invalid cross-device link")
        rename(source, target)

    monkeypatch.setattr(os, "rename", rename_within_the_store)
    take(bound(), staged, store)
    assert tree(store) == {"azureml/run/made/x": b"1", "azureml/run/made/run": b"#!/bin/sh\n"}
    assert os.access(store / "azureml/run/made/run", os.X_OK)

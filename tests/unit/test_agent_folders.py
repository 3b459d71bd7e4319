import os

import pytest

from stepworks.agent import artifacts
from stepworks.agent.folders import Folders
from stepworks.errors import UnsafePath
from stepworks.hashing import hash_bytes
from stepworks.objects.memory import MemoryObjects
from stepworks.wire.agent import ArtifactStored


@pytest.fixture
def folders(tmp_path):
    return Folders(str(tmp_path / "work"), "me")


def listing(path):
    return sorted(os.path.relpath(os.path.join(d, n), path) for d, ds, fs in os.walk(path) for n in ds + fs)


FRESH = ["out", "run", "run/logs", "run/outputs"]


def fresh(folders, attempt):
    path = folders.take(attempt)
    folders.put_inner(path)
    return path


def test_a_new_folder_has_what_a_script_expects(folders, tmp_path):
    path = fresh(folders, "one")
    assert path == str(tmp_path / "work/one")
    assert listing(path) == FRESH


def test_an_emptied_folder_is_used_again_and_is_as_new(folders):
    path = fresh(folders, "one")
    inode = os.stat(path).st_ino
    for name in ("run/main.py", "run/outputs/x", "run/logs/sub/y", "out/made/z", "in/raw", "log.txt"):
        os.makedirs(os.path.dirname(f"{path}/{name}"), exist_ok=True)
        open(f"{path}/{name}", "w").close()
    os.symlink("/etc", f"{path}/run/link")
    folders.give_back(path)
    again = fresh(folders, "two")
    assert (os.stat(again).st_ino, listing(again)) == (inode, FRESH)
    assert os.path.exists("/etc/passwd")


def chmod(path):
    os.chmod(f"{path}/run", 0o500)


def replaced(path):
    os.rmdir(f"{path}/run/outputs")
    os.symlink("/etc", f"{path}/run/outputs")


def removed(path):
    os.rmdir(f"{path}/run/logs")


@pytest.mark.parametrize("change", [chmod, replaced, removed])
def test_a_folder_that_was_changed_is_not_used_again(folders, change):
    path = fresh(folders, "one")
    inode = os.stat(path).st_ino
    change(path)
    keep = os.open(path, os.O_RDONLY)  # so that the number stays taken
    folders.give_back(path)
    assert os.stat(fresh(folders, "two")).st_ino != inode
    os.close(keep)
    assert os.path.exists("/etc/passwd")


def test_what_is_in_the_way_of_a_new_folder_goes(folders, tmp_path):
    folders.give_back(fresh(folders, "zero"))
    (tmp_path / "work/one/old").mkdir(parents=True)
    assert listing(fresh(folders, "one")) == FRESH


def test_a_snapshots_own_outputs_are_kept(folders):
    path = folders.take("one")
    os.mkdir(f"{path}/run/outputs")
    open(f"{path}/run/outputs/old", "w").close()
    open(f"{path}/run/logs", "w").close()
    folders.put_inner(path)
    assert listing(f"{path}/run") == ["logs", "outputs", "outputs/old"]


def test_leftovers_go_but_for_those_to_keep(folders, tmp_path):
    for name in ("old", "kept", ".spare-dead-1"):
        (tmp_path / "work" / name / "run").mkdir(parents=True)
    folders.remove_leftovers(frozenset({"kept"}))
    assert os.listdir(tmp_path / "work") == ["kept"]


@pytest.mark.parametrize("name", ["../x", ".spare-me-1", "a/b"])
def test_an_attempt_is_no_path(folders, name):
    with pytest.raises(UnsafePath):
        folders.take(name)


def test_files_of_both_folders_become_artifacts(folders):
    path = fresh(folders, "one")
    objects, notes = MemoryObjects(), []
    for name, text in (("outputs/sub/m.txt", "1"), ("logs/a b.txt", "22"), ("other.txt", "3")):
        os.makedirs(os.path.dirname(f"{path}/run/{name}"), exist_ok=True)
        with open(f"{path}/run/{name}", "w") as f:
            f.write(text)
    os.symlink("../other.txt", f"{path}/run/outputs/link")
    os.symlink("/nowhere", f"{path}/run/outputs/lost")
    os.mkfifo(f"{path}/run/logs/pipe")
    assert artifacts.store(f"{path}/run", objects, notes) == (
        ArtifactStored("logs/a b.txt", hash_bytes(b"22"), 2),
        ArtifactStored("outputs/link", hash_bytes(b"3"), 1),
        ArtifactStored("outputs/sub/m.txt", hash_bytes(b"1"), 1),
    )
    assert [n.partition(" ")[0] for n in sorted(notes)] == ["'logs/pipe'", "'outputs/lost'"]
    assert os.path.exists(f"{path}/run/other.txt")

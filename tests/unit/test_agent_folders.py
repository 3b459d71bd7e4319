import mmap
import os
import shutil

import pytest

from stepworks.agent import artifacts
from stepworks.agent.folders import Folders
from stepworks.agent.restored import sees_every_change
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
    folders.fill(path, None, lambda run: None)
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
    assert (os.stat(again).st_ino, listing(again)) == (inode, sorted(["log.txt", *FRESH]))
    assert os.path.exists("/etc/passwd")


def made_a_link(log):
    os.unlink(log)
    os.symlink("/etc/hostname", log)


def made_a_second(log):
    os.link(log, f"{log}.kept")
    os.rename(f"{log}.kept", os.path.join(os.path.dirname(log), "../kept"))


@pytest.mark.parametrize(("change", "stays"), [(lambda log: None, True), (made_a_link, False), (made_a_second, False)])
def test_the_next_log_begins_empty_and_is_nobody_elses(folders, tmp_path, change, stays):
    path = fresh(folders, "one")
    with open(f"{path}/log.txt", "w") as f:
        f.write("said")
    change(f"{path}/log.txt")
    folders.give_back(path)
    again = fresh(folders, "two")
    assert os.path.exists(f"{again}/log.txt") == stays
    assert not stays or os.path.getsize(f"{again}/log.txt") == 0
    assert not (tmp_path / "work/kept").exists() or (tmp_path / "work/kept").read_text() == "said"


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
    def restore(run):
        os.mkdir(f"{run}/outputs")
        open(f"{run}/outputs/old", "w").close()
        open(f"{run}/logs", "w").close()

    path = folders.take("one", "s")
    folders.fill(path, "s", restore)
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


# --- snapshots that stay


class Snapshot:
    """Writes a snapshot, and counts how often it had to."""

    def __init__(self, id="s", **files):
        self.id = id
        self.files = files or {"main_py": "print(1)", "lib__util_py": "x = 1"}
        self.written = 0

    def __call__(self, run):
        self.written += 1
        for name, text in self.files.items():
            path = f"{run}/{name.replace('__', '/').replace('_py', '.py')}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(text)

    def filled(self, folders, attempt):
        path = folders.take(attempt, self.id)
        folders.fill(path, self.id, self)
        return path


FILLED = ["lib", "lib/util.py", "logs", "main.py", "outputs"]


def test_the_next_attempt_finds_the_snapshot_and_nothing_else(folders):
    snapshot = Snapshot()
    path = snapshot.filled(folders, "one")
    for name in ("run/new.py", "run/lib/__pycache__/util.pyc", "run/outputs/x", "run/logs/y", "out/z", "in/raw"):
        os.makedirs(os.path.dirname(f"{path}/{name}"), exist_ok=True)
        open(f"{path}/{name}", "w").close()
    os.symlink("/etc", f"{path}/run/link")
    folders.give_back(path)
    again = snapshot.filled(folders, "two")
    assert listing(f"{again}/run") == FILLED
    assert listing(again) == sorted(["out", "run", *(f"run/{n}" for n in FILLED)])
    assert snapshot.written == 1
    assert os.path.exists("/etc/passwd")


def rewritten(run):
    with open(f"{run}/main.py", "r+") as f:
        f.write("print(2)")


def mapped(run):
    with open(f"{run}/main.py", "r+b") as f, mmap.mmap(f.fileno(), 0) as memory:
        memory[6:7] = b"2"


def exchanged(run):
    with open(f"{run}/other", "w") as f:
        f.write("print(2)")
    os.replace(f"{run}/other", f"{run}/main.py")


def deleted(run):
    os.unlink(f"{run}/lib/util.py")


def without_folder(run):
    shutil.rmtree(f"{run}/lib")


def made_executable(run):
    os.chmod(f"{run}/main.py", 0o755)


def linked(run):
    os.link(f"{run}/main.py", f"{run}/../../elsewhere")


def folder_for_link(run):
    os.rename(f"{run}/lib", f"{run}/real")
    os.symlink("real", f"{run}/lib")


def closed(run):
    os.chmod(f"{run}/lib", 0o500)


CHANGES = [
    rewritten,
    mapped,
    exchanged,
    deleted,
    without_folder,
    made_executable,
    linked,
    folder_for_link,
    closed,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_snapshot_that_a_script_changed_is_written_anew(folders, change):
    snapshot = Snapshot()
    path = snapshot.filled(folders, "one")
    change(f"{path}/run")
    folders.give_back(path)
    again = snapshot.filled(folders, "two")
    assert snapshot.written == 2
    assert listing(f"{again}/run") == FILLED
    with open(f"{again}/run/main.py") as f:
        assert f.read() == "print(1)"


def test_another_snapshot_gets_a_folder_without_the_first(folders):
    first, second = Snapshot("s"), Snapshot("t", other_py="y")
    folders.give_back(first.filled(folders, "one"))
    assert listing(f"{second.filled(folders, 'two')}/run") == ["logs", "other.py", "outputs"]
    first.filled(folders, "three")
    assert (first.written, second.written) == (1, 1)


def test_a_snapshots_own_outputs_folder_stays_as_it_was(folders):
    snapshot = Snapshot(outputs__old="1", logs="2")
    path = snapshot.filled(folders, "one")
    open(f"{path}/run/outputs/new", "w").close()
    folders.give_back(path)
    again = snapshot.filled(folders, "two")
    assert listing(f"{again}/run") == ["logs", "outputs", "outputs/old"]
    assert snapshot.written == 1


def test_only_so_many_folders_wait(folders, tmp_path):
    snapshot = Snapshot()
    for path in [snapshot.filled(folders, f"a{n}") for n in range(20)]:
        folders.give_back(path)
    assert len(os.listdir(tmp_path / "work")) == 16


def test_large_snapshots_do_not_fill_the_disk(folders, tmp_path, monkeypatch):
    monkeypatch.setattr("stepworks.agent.folders._KEPT_BYTES", 100_000)
    snapshot = Snapshot(main_py="1" * 40_000)
    paths = [snapshot.filled(folders, f"a{n}") for n in range(3)]
    assert 40_000 < folders.size(paths[0]) < 60_000
    for path in paths:
        folders.give_back(path)
    waiting = [p for p in (tmp_path / "work").iterdir() if (p / "run/main.py").exists()]
    assert len(waiting) == 1
    huge = Snapshot("huge", main_py="1" * 200_000)
    folders.give_back(huge.filled(folders, "huge"))
    huge.filled(folders, "again")
    assert huge.written == 2


def test_in_memory_nothing_stays_as_changes_through_maps_are_not_seen(tmp_path):
    assert sees_every_change(str(tmp_path)) or os.stat(tmp_path).st_dev == os.stat("/dev/shm").st_dev
    assert not sees_every_change("/dev/shm")

import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stepworks.errors import InvalidInput
from stepworks.filehashes import FileHashes
from stepworks.hashing import hash_bytes
from stepworks.snapshots import limits
from stepworks.snapshots.take import Taken, take
from stepworks.snapshots.tree import Entry, File, Link

Write = Callable[..., Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


@pytest.fixture
def write(root: Path) -> Write:
    def write(path: str, text: str = "text", *, mode: int = 0o644) -> Path:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    return write


def taken(root: Path | str) -> Taken:
    return take(root, FileHashes(pause=lambda seconds: None))


def entries(root: Path) -> tuple[Entry, ...]:
    result = taken(root)
    assert result.warnings == ()
    return result.tree.entries


def paths(root: Path) -> list[str]:
    return [entry.path for entry in entries(root)]


def file(path: str, text: str = "text", *, executable: bool = False) -> File:
    return File(path, hash_bytes(text.encode()), len(text.encode()), executable)


def test_files_are_taken_with_content_size_and_executable_bit(root: Path, write: Write) -> None:
    write("train.py", "print(1)")
    write("lib/deep/er/x.py", "")
    write("run.sh", mode=0o755)
    write("ünï/cödé.txt", "é")
    assert entries(root) == (
        file("lib/deep/er/x.py", ""),
        file("run.sh", executable=True),
        file("train.py", "print(1)"),
        file("ünï/cödé.txt", "é"),
    )


def test_the_bytes_of_every_content_can_be_found(root: Path, write: Write) -> None:
    for name in ("a", "b", "c"):
        write(name, "same" if name != "c" else "other")
    files = taken(root).files
    assert {id: path.read_text() for id, path in files.items()} == {
        hash_bytes(t.encode()): t for t in ("same", "other")
    }


def test_without_an_ignore_file_everything_goes_in(root: Path, write: Write) -> None:
    for path in (".git/HEAD", ".env", "outputs/x", "__pycache__/a.pyc"):
        write(path)
    assert paths(root) == [".env", ".git/HEAD", "__pycache__/a.pyc", "outputs/x"]


def test_the_ignore_file_is_part_of_the_snapshot(root: Path, write: Write) -> None:
    write(".amlignore", "data/\n")
    write("data/big")
    write("sub/data/big")
    write("a")
    assert paths(root) == [".amlignore", "a"]


def test_an_ignore_file_that_lists_itself_is_not(root: Path, write: Write) -> None:
    write(".amlignore", ".amlignore\n.gitignore\n")
    write(".gitignore", "a\n")
    write("a")
    assert paths(root) == ["a"]


def test_nested_ignore_files_are_ordinary_files(root: Path, write: Write) -> None:
    write("sub/.gitignore", "*")
    write("sub/a")
    assert paths(root) == ["sub/.gitignore", "sub/a"]


def test_nothing_below_an_ignored_folder_comes_back(root: Path, write: Write) -> None:
    write(".gitignore", "data/\n!data/keep.csv\n")
    write("data/keep.csv")
    assert paths(root) == [".gitignore"]


def test_empty_folders_are_left_out(root: Path) -> None:
    (root / "empty" / "er").mkdir(parents=True)
    assert entries(root) == ()


def test_a_missing_directory_is_named(root: Path, write: Write) -> None:
    for path in (root / "absent", write("a file")):
        with pytest.raises(InvalidInput, match=str(path)):
            taken(path)


def test_the_directory_may_be_relative(root: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a")
    monkeypatch.chdir(root.parent)
    result = taken("source")
    assert result.tree == taken(root).tree
    assert [path.is_absolute() for path in result.files.values()] == [True]


def test_the_directory_may_be_a_link(root: Path, write: Write) -> None:
    write("a")
    (root / "here").symlink_to("a")
    (root.parent / "link").symlink_to(root)
    assert entries(root.parent / "link") == entries(root)


def test_links_inside_stay_links(root: Path, write: Write) -> None:
    write("sub/a")
    (root / "to_file").symlink_to("sub/a")
    (root / "to_folder").symlink_to("sub")
    (root / "sub" / "up").symlink_to("../sub/./a")
    (root / "self").symlink_to(".")
    assert entries(root) == (
        Link("self", "."),
        file("sub/a"),
        Link("sub/up", "../sub/./a"),
        Link("to_file", "sub/a"),
        Link("to_folder", "sub"),
    )


def test_links_inside_hold_wherever_the_snapshot_goes(root: Path, write: Write) -> None:
    write("sub/a")
    (root / "absolute").symlink_to(root / "sub" / "a")
    (root / "sub" / "around").symlink_to("../../source/sub/a")
    (root / "whole").symlink_to(root)
    assert entries(root) == (
        Link("absolute", "sub/a"),
        file("sub/a"),
        Link("sub/around", "a"),
        Link("whole", "."),
    )


def test_dangling_links_and_loops_stay_as_they_are(root: Path) -> None:
    (root / "nowhere").symlink_to("not/there")
    (root / "outside").symlink_to("/not/there/either")
    (root / "loop").symlink_to("loop")
    assert entries(root) == (Link("loop", "loop"), Link("nowhere", "not/there"), Link("outside", "/not/there/either"))


def test_a_link_to_a_file_outside_is_taken_as_the_file(root: Path, tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text("shared")
    (tmp_path / "shared.py").chmod(0o755)
    (root / "link.py").symlink_to("../shared.py")
    (root / "again.py").symlink_to("link.py")
    result = taken(root)
    assert result.tree.entries == (
        file("again.py", "shared", executable=True),
        file("link.py", "shared", executable=True),
    )
    assert len(result.warnings) == 2
    assert all(str(tmp_path / "shared.py") in warning for warning in result.warnings)


def test_a_link_to_a_folder_outside_is_taken_as_the_folder(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "sub").mkdir(parents=True)
    (outside / "sub" / "a").write_text("text")
    (outside / "link").symlink_to("sub/a")
    (outside / "absolute").symlink_to(outside / "sub")
    (root / "here").mkdir()
    (root / "here" / "lib").symlink_to(outside)
    result = taken(root)
    assert result.tree.entries == (
        Link("here/lib/absolute", "sub"),
        Link("here/lib/link", "sub/a"),
        file("here/lib/sub/a"),
    )
    [warning] = result.warnings
    assert "here/lib" in warning
    assert str(outside) in warning
    assert [path.read_text() for path in result.files.values()] == ["text"]


def test_a_link_to_a_folder_that_has_the_directory_in_it_ends(root: Path, write: Write, tmp_path: Path) -> None:
    write("a")
    (root / "up").symlink_to("..")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "back").symlink_to(root)
    (root / "other").symlink_to("../other")
    result = taken(root)
    assert result.tree.entries == (file("a"), Link("other/back", str(root)), Link("up", ".."))
    assert len(result.warnings) == 3


def test_folders_outside_that_lead_to_each_other_end(root: Path, tmp_path: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f").write_text("text")
        (tmp_path / name / "other").symlink_to(f"../{other}")
    (root / "in").symlink_to("../one")
    assert taken(root).tree.entries == (
        file("in/f"),
        file("in/other/f"),
        Link("in/other/other", "../one"),
    )


def test_ignored_links_are_not_followed(root: Path, write: Write, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_text("text")
    write(".amlignore", "data/\n*.lnk\n")
    (root / "data").symlink_to("../outside")
    (root / "x.lnk").symlink_to("../outside/a")
    assert paths(root) == [".amlignore"]


def test_pipes_and_sockets_are_left_out_with_a_warning(root: Path, write: Write, tmp_path: Path) -> None:
    write("a")
    os.mkfifo(root / "pipe")
    (root / "null").symlink_to("/dev/null")
    with tempfile.TemporaryDirectory(dir="/tmp") as short, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{short}/socket")
        os.rename(f"{short}/socket", root / "socket") if os.stat(short).st_dev == root.stat().st_dev else None
        result = taken(root)
    assert result.tree.entries == (file("a"),)
    assert any("pipe" in warning for warning in result.warnings)
    assert any("null" in warning for warning in result.warnings)


def test_a_name_that_is_not_utf8_is_refused_by_name(root: Path) -> None:
    (root / "sub").mkdir()
    Path(os.fsdecode(bytes(root / "sub") + b"/caf\xe9.txt")).write_text("text")
    with pytest.raises(InvalidInput, match=r"sub/caf\\xe9\.txt"):
        taken(root)


def test_a_link_whose_target_is_not_utf8_is_refused_by_name(root: Path) -> None:
    os.symlink(b"caf\xe9", bytes(root / "link"))
    with pytest.raises(InvalidInput, match=r"caf\\xe9"):
        taken(root)


@pytest.mark.parametrize("call", ["open", "scandir"])
def test_what_cannot_be_read_is_named(root: Path, write: Write, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    write("secret/a")
    write(".gitignore", "")
    real = getattr(os, call)

    def refuse(path: str | bytes, *args: object) -> object:
        if b"secret" in os.fsencode(path):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *args)

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(InvalidInput, match=r"'secret(/a)?' .*Permission denied.*\.gitignore"):
        taken(root)


def test_a_file_that_goes_while_the_snapshot_is_taken_is_not_in_it(root: Path, write: Write) -> None:
    write("a")
    write("b")

    class Vanishing(FileHashes):
        def hash_tree(self, *args: object) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
            (root / "b").unlink()
            return super().hash_tree(*args)  # pyright: ignore[reportArgumentType]

    assert take(root, Vanishing(pause=lambda seconds: None)).tree.entries == (file("a"),)


def test_size_and_content_are_of_one_moment(root: Path, write: Write) -> None:
    write("a", "before")

    class Changing(FileHashes):
        def hash_tree(self, *args: object) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
            write("a", "longer than before")
            return super().hash_tree(*args)  # pyright: ignore[reportArgumentType]

    assert take(root, Changing(pause=lambda seconds: None)).tree.entries == (file("a", "longer than before"),)


def test_many_files_are_a_warning_that_names_them(root: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MANY_FILES", 10)
    for i in range(12):
        write(f"venv/lib/{i % 2}/{i}", "")
    write("train.py")
    result = taken(root)
    assert result.warnings == (
        "The snapshot has 13 files. The largest parts are: venv/lib/0/ (6 files), venv/lib/1/ (6 files). "
        "If the steps do not need them, add a line such as '/venv/lib/0/' to .amlignore.",
    )


def test_many_bytes_are_a_warning_that_names_them(root: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MANY_BYTES", 2_500_000)
    write(".gitignore", "")
    write("data/big.bin", "x" * 2_000_000)
    write("data/small.bin", "x" * 200_000)
    write("model.pkl", "x" * 1_000_000)
    result = taken(root)
    assert result.warnings == (
        "The snapshot has 3 MB. The largest parts are: data/ (2 MB), model.pkl (1 MB), .gitignore (0 MB). "
        "If the steps do not need them, add a line such as '/data/' to .gitignore.",
    )


def test_at_the_limits_there_is_no_warning(root: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MANY_FILES", 2)
    monkeypatch.setattr(limits, "MANY_BYTES", 8)
    write("a")
    write("b")
    assert taken(root).warnings == ()

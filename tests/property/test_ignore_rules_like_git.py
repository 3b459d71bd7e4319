"""Ignore rules against git itself."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepworks.filehashes import FileHashes
from stepworks.snapshots.take import take

FOLDERS = ["", "a/", "b/", "foo/", "foobar/", "a/c/", "a/a/", "foo/-x/", "b/c/a/"]
NAMES = ["x.py", "y.txt", "b1", "foo1", "a b", "!n", "#h", "s ", "b]", "[q", "a-b", "e\\f", "^u", "Z"]
ATOMS = [
    *("a", "b", "c", "foo", "*", "**", "***", "*.py", "x.py", "y*", "?1", "b1", "foo1", "foo**", "**o", "foo*", "a*b"),
    *("[ab]", "[!a]*", "[^a]?", "[a-c]*", "[]b]*", "[[:alpha:]]1", "[[:alpha]*", "[[:punct:]]*", "[[:foo:]]", "[[:]*"),
    *("[a", "[a-", "[-x]*", "[z-a]*", "[!z-a]*", "[a-b-z]*", "[\\]b]?", "[[]q", "[^^]*", "[!]a]*", "-*", "b]"),
    *("\\*", "\\a", "*\\ *", "\\#h", "\\!n", "s\\ ", "\\[q", "e\\\\f", "\\", "a b"),
]
patterns = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "!"]),
        st.sampled_from(["", "", "/"]),
        st.lists(st.sampled_from(ATOMS), min_size=1, max_size=3).map("/".join),
        st.sampled_from(["", "", "/", " ", "\t", "\r", "//"]),
    ),
)
lines = st.lists(st.one_of(patterns, st.sampled_from(["", "# comment", "!", "/", "*", "!*/"])), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q")
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            (root / folder / name).touch()
    return root


def git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *arguments], cwd=root, env=environment, input=given, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines)
def test_what_git_ignores_is_ignored(repository: Path, lines: list[str]) -> None:
    (repository / ".gitignore").write_text("\n".join(lines) + "\n", newline="")
    paths = [folder + name for folder in FOLDERS for name in NAMES]
    given = b"\0".join(path.encode() for path in paths)
    ignored = set(git(repository, "check-ignore", "-z", "--stdin", given=given).decode().split("\0")) - {""}
    tree = take(repository, FileHashes(pause=lambda seconds: None)).tree
    taken = {entry.path for entry in tree.entries if not entry.path.startswith(".git")}
    assert taken == set(paths) - ignored

from pathlib import Path

import pytest

from stepworks.errors import InvalidInput
from stepworks.snapshots.ignore import IgnoreRules, load_rules


def ignored(lines: str, *paths: str) -> list[str]:
    """Those of `paths` (folders end with a slash) that the rules in `lines` ignore."""
    rules = IgnoreRules(lines.split("\n"))
    return [path for path in paths if rules.is_ignored(path.removesuffix("/"), is_dir=path.endswith("/"))]


@pytest.mark.parametrize(
    ("line", "matches", "others"),
    [
        ("data", ["data", "data/", "a/data"], ["data2", "mydata"]),
        ("data/", ["data/", "a/data/"], ["data"]),
        ("/data", ["data", "data/"], ["a/data"]),
        ("a/data", ["a/data", "a/data/"], ["b/a/data", "data"]),
        ("*.pyc", ["x.pyc", "a/b.pyc", ".pyc"], ["x.py", "x.pyc2"]),
        ("a/*.py", ["a/x.py"], ["a/b/x.py", "x.py"]),
        ("**/logs", ["logs/", "a/b/logs"], ["logs2"]),
        ("logs/**", ["logs/a", "logs/a/b"], ["logs/", "logs"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["z", "b/z", "az"]),
        ("a**z", ["az", "abcz"], ["a/z"]),
        ("file?.txt", ["file1.txt"], ["file.txt", "file10.txt"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "x", "-x"]),
        ("[!a-c]x", ["dx"], ["ax", "x"]),
        ("[]-]x", ["]x", "-x"], ["ax"]),
        ("[[:digit:]]*", ["1", "2x"], ["x1", ":"]),
        ("[[:nosuch:]]*", [], ["1", "n", ":"]),
        ("[open", [], ["[open", "o"]),
        ("\\#no comment", ["#no comment"], ["\\#no comment"]),
        ("# a comment", [], ["# a comment", " a comment"]),
        ("\\!x", ["!x"], ["x"]),
        ("x   ", ["x"], ["x   "]),
        ("x\\ ", ["x "], ["x", "x\\ "]),
        ("x\t", ["x\t"], ["x"]),
        ("x\r", ["x"], ["x\r"]),
        ("trailing\\", [], ["trailing", "trailing\\"]),
        ("/", [], ["a", "a/"]),
        ("!", [], ["!", "a"]),
        ("(a|b).txt", ["(a|b).txt"], ["a.txt"]),
        ("**", ["a", "a/", "a/b"], []),
    ],
)
def test_a_pattern(line: str, matches: list[str], others: list[str]) -> None:
    assert ignored(line, *matches, *others) == matches


def test_the_last_rule_that_matches_decides() -> None:
    assert ignored("*.log\n!keep.log\nold/keep.log", "a.log", "keep.log", "old/keep.log") == ["a.log", "old/keep.log"]


def test_everything_but_some_files() -> None:
    assert ignored("*\n!*/\n!*.py", "a.py", "a.txt", "sub/", "sub/b.py", "sub/b.txt") == ["a.txt", "sub/b.txt"]


def test_without_an_ignore_file_there_are_no_rules(tmp_path: Path) -> None:
    assert load_rules(tmp_path) is None


def test_gitignore_is_replaced_by_amlignore(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("a\n")
    rules = load_rules(tmp_path)
    assert rules is not None
    assert (rules.source, rules.is_ignored("a", is_dir=False)) == (".gitignore", True)
    (tmp_path / ".amlignore").write_text("")
    rules = load_rules(tmp_path)
    assert rules is not None
    assert (rules.source, rules.is_ignored("a", is_dir=False)) == (".amlignore", False)


def test_a_folder_named_like_an_ignore_file_is_none(tmp_path: Path) -> None:
    (tmp_path / ".amlignore").mkdir()
    (tmp_path / ".gitignore").write_text("a\n")
    rules = load_rules(tmp_path)
    assert rules is not None
    assert rules.source == ".gitignore"


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfa\nb", b"a\r\nb\r\n", b"a\nb\n\xff\xfe\n"], ids=["bom", "crlf", "latin"]
)
def test_an_ignore_file_of_another_editor_is_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / ".amlignore").write_bytes(data)
    rules = load_rules(tmp_path)
    assert rules is not None
    assert [rules.is_ignored(name, is_dir=False) for name in ("a", "b", "c")] == [True, True, False]


def test_an_ignore_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".amlignore").write_text("a\n")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(InvalidInput, match=r"\.amlignore"):
        load_rules(tmp_path)

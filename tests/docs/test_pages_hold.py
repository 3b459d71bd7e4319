"""The documents agree with the code and with each other."""

import ast
import doctest
import importlib
import pkgutil
import re
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, anchors, blocks, links, pages

_READ = re.compile(r"\b(?:STEPWORKS|AZUREML)_[A-Z][A-Z_]*[A-Z]\b")
# A path of somebody's machine; those of the examples in documents begin with ~ or /srv.
_MACHINE = re.compile(r"(?<![\w.:/~>])/(?:work|root|home/\w+|tmp|Users)\b[^\s`]*")


@pytest.fixture(scope="module")
def make_reference():
    """The program docs/make_reference.py as a module."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        return importlib.import_module("make_reference")
    finally:
        sys.path.remove(str(ROOT / "docs"))


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page):
    for target, heading in links(page):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{page.name} links to {target}, which is not there"
        if heading:
            assert heading in anchors(path), f"{page.name} links to {target}#{heading}; headings: {anchors(path)}"


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_document_names_paths_of_a_machine(page):
    assert not _MACHINE.findall(page.read_text(encoding="utf-8"))


def test_a_path_of_a_machine_would_be_found():
    assert _MACHINE.findall("in /opt/x/src, /tmp/x and /home/me") == ["/tmp/x", "/home/me"]
    assert not _MACHINE.findall("`<attempt>/tmp/x`, ~/tmp, https://host/tmp, /srv/stepworks")


def test_python_that_is_only_shown_has_true_imports():
    for page in pages():
        for block in blocks(page):
            if block.language == "python":
                for node in ast.walk(ast.parse(block.code, f"{page.name}:{block.line}")):
                    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("azureml", "stepworks")):
                        module = importlib.import_module(str(node.module))
                        assert not [n.name for n in node.names if not hasattr(module, n.name)], page.name


def test_every_command_of_the_documents_exists():
    from stepworks.cli.main import _COMMANDS

    for page in pages():
        text = page.read_text(encoding="utf-8")
        told = re.findall(r"(?:^\$ |`)(?:STEPWORKS_\w+=\S+ )?stepworks ([a-z]+)", text, re.MULTILINE)
        assert set(told) <= _COMMANDS.keys(), page.name


def test_the_readme_names_every_command_and_target():
    from stepworks.cli.main import _COMMANDS

    readme = (ROOT / "README.md").read_text()
    assert not [name for name in _COMMANDS if not re.search(rf"`(?:stepworks )?{name}\b", readme)]
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = {t for p in pages() for b in blocks(p) for t in re.findall(r"^\$ make (\w+)", b.code, re.MULTILINE)}
    assert told <= targets


def test_options_in_the_documents_exist(make_reference):
    for page in pages():
        for b in blocks(page):
            for command, rest in re.findall(r"^\$ stepworks ([a-z]+)(.*)$", b.code, re.MULTILINE):
                known = {o for a in make_reference.parser_of(command)._actions for o in a.option_strings}
                assert set(re.findall(r"(?<=\s)--?[a-z]+", rest.partition("#")[0])) <= known, page.name


def test_every_environment_variable_that_is_read_is_documented():
    told = (ROOT / "docs" / "reference" / "settings.md").read_text()
    read = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in _READ.findall(path.read_text(encoding="utf-8"))
        if name.startswith("STEPWORKS_")
    }
    assert len(read) > 8
    assert not {name for name in read if f"`{name}`" not in told}


def test_every_documented_variable_is_read():
    code = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py"))
    told = set(re.findall(r"`(STEPWORKS_[A-Z_]+)`", (ROOT / "docs" / "reference" / "settings.md").read_text()))
    assert not {name for name in told if name not in code}


def test_the_generated_reference_is_current(make_reference, capsys):
    assert make_reference.main(["--check"]) == 0, capsys.readouterr().err


def test_a_reference_that_is_out_of_date_is_found(make_reference, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(make_reference, "REFERENCE", tmp_path)
    monkeypatch.setattr(make_reference, "documents", lambda: {"cli.md": "as it is now"})
    assert make_reference.main(["--check"]) == 1
    assert "cli.md is out of date" in capsys.readouterr().err
    assert make_reference.main([]) == 0
    assert make_reference.main(["--check"]) == 0


def test_every_decision_is_in_the_index_and_numbered():
    folder = ROOT / "docs" / "adr"
    records = sorted(p.name for p in folder.glob("*.md") if p.name != "README.md")
    assert [name[:4] for name in records] == [f"{n:04}" for n in range(1, len(records) + 1)]
    told = [target for target, _ in links(folder / "README.md")]
    assert told == records
    for name in records:
        text = (folder / name).read_text()
        assert text.startswith(f"# {int(name[:4])}. "), name
        assert all(f"**{part}.**" in text for part in ("Context", "Choice", "Given up")), name


def test_every_page_of_the_guides_is_in_the_index():
    told = {target for target, _ in links(ROOT / "docs" / "README.md")}
    written = {str(p.relative_to(ROOT / "docs")) for p in (ROOT / "docs").rglob("*.md")}
    assert not {p for p in written if p != "README.md" and p not in told and not p.startswith("adr/0")}


def _modules_with_examples() -> list[str]:
    found = []
    for package in ("stepworks", "azureml"):
        root = Path(importlib.import_module(package).__path__[0])
        for info in pkgutil.walk_packages([str(root)], f"{package}."):
            path = root.joinpath(*info.name.split(".")[1:])
            source = path / "__init__.py" if info.ispkg else path.with_suffix(".py")
            if source.exists() and ">>> " in source.read_text(encoding="utf-8"):
                found.append(info.name)
    return found


def test_examples_in_docstrings_run():
    for name in _modules_with_examples():
        failed, tried = doctest.testmod(importlib.import_module(name))
        assert tried, name
        assert not failed, name

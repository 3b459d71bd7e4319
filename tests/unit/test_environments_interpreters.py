"""Which interpreter serves which wish."""

import os
import sys
from pathlib import Path

import pytest

from stepworks.environments.interpreters import (
    Choice,
    Interpreter,
    choose,
    choose_working,
    find_interpreters,
    fits,
    running_interpreter,
    works,
)

RUNNING = Interpreter("/running", (3, 12, 4))
OTHERS = (
    Interpreter("/a", (3, 9, 18)),
    Interpreter("/b", (3, 11)),
    Interpreter("/c", (3, 13, 0)),
    Interpreter("/d", (3, 13, 2)),
)


@pytest.mark.parametrize("requested", [None, "", "3", "3.12", "3.12.1", "3.12.*", ">=3.8", ">=3.9,<3.13", "!=3.9"])
def test_the_running_interpreter_is_taken_wherever_it_fits(requested: str | None):
    assert choose(requested, RUNNING, OTHERS) == Choice(RUNNING)


@pytest.mark.parametrize(("requested", "path"), [("3.11", "/b"), ("3.13", "/d"), (">=3.13", "/d"), ("<3.12", "/b")])
def test_another_interpreter_is_taken_where_only_that_fits(requested: str, path: str):
    choice = choose(requested, RUNNING, OTHERS)
    assert (choice.interpreter.path, choice.note) == (path, None)


def test_a_python_too_old_for_stepworks_gives_the_nearest_and_a_note():
    assert choose("3.8", RUNNING, OTHERS) == Choice(
        OTHERS[1], "Python 3.8 was asked for; Python 3.11 is used, as stepworks needs 3.11 or newer."
    )


def test_a_python_that_is_not_here_gives_the_nearest_and_a_note():
    assert choose("3.14", RUNNING, OTHERS[:2]) == Choice(
        RUNNING, "Python 3.14 was asked for; Python 3.12 is used, as Python 3.14 is not on this machine."
    )


def test_a_text_that_is_no_version_is_named_in_the_note():
    assert choose("latest", RUNNING, OTHERS).note == "'latest' is not a version of Python; Python 3.12 is used."


@pytest.mark.parametrize(
    ("requested", "answer"),
    [
        (">3.11", True),
        (">3.12", False),
        ("<3.12.5", True),
        ("~=3.11", True),
        ("~=3.11.0", False),
        ("<=3.11", False),
        ("2", False),
    ],
)
def test_ranges_of_versions(requested: str, answer: bool):
    assert fits((3, 12), requested) is answer


def test_interpreters_are_found_in_pyenv_uv_and_path_but_shims_are_not(tmp_path: Path):
    places = {
        "pyenv/versions/3.11.7/bin/python3": (3, 11, 7),
        "pyenv/versions/my-venv/bin/python3": None,
        "uvs/cpython-3.13.1-linux-x86_64-gnu/bin/python3": (3, 13, 1),
        "opt/python3.12": (3, 12),
        "opt/python3.12-config": None,
        "shims/python3.12": None,
    }
    for place in places:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    environ = {
        "PYENV_ROOT": str(tmp_path / "pyenv"),
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "uvs"),
        "PATH": os.pathsep.join([str(tmp_path / "shims"), "", str(tmp_path / "opt"), str(tmp_path / "gone")]),
    }
    found = {i.path: i.version for i in find_interpreters(environ) if i.path.startswith(str(tmp_path))}
    assert found == {str(tmp_path / place): version for place, version in places.items() if version is not None}


def test_an_interpreter_that_does_not_start_is_passed_over(tmp_path: Path):
    broken = tmp_path / "python3.99"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    running = running_interpreter()
    assert works(running)
    assert not works(Interpreter(str(tmp_path / "gone"), (3, 99)))
    choice = choose_working("3.99", running, [Interpreter(str(broken), (3, 99))])
    assert choice.interpreter == running
    assert "Python 3.99 is not on this machine" in (choice.note or "")


def test_the_running_interpreter_is_known_by_its_path():
    assert running_interpreter().path == sys.executable

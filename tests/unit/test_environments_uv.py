"""How uv's environments come to be, whole or not at all. Without pins nothing is asked of an index."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from stepworks.environments.base import EnvironmentHandle, EnvironmentLock, lock_id, this_platform
from stepworks.environments.interpreters import running_interpreter
from stepworks.environments.uv import UvEnvironments
from stepworks.errors import EnvironmentFailed

CONTENTS = "0" * 64
LOCK = EnvironmentLock(
    id=lock_id(CONTENTS, {}),
    kind="uv",
    contents=CONTENTS,
    python_version=running_interpreter().series,
    platform=this_platform(),
)

CHILD = """
import sys
from pathlib import Path
import msgspec
from stepworks.environments.base import EnvironmentLock
from stepworks.environments.uv import UvEnvironments
home, lock, hang = Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=EnvironmentLock), sys.argv[3] == "hang"
def stop(self, folder):
    print("at the last step", flush=True)
    sys.stdin.read()
if hang:
    UvEnvironments._link_packages = stop
print(UvEnvironments(home).build(lock, lambda line: print(line, flush=True)).python, flush=True)
"""


def child(home: Path, what: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", CHILD, str(home), msgspec.json.encode(LOCK).decode(), what]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "environments of Zoë"


def imports(handle: EnvironmentHandle, module: str) -> str:
    code = f"import {module}; print({module}.__file__)"
    return subprocess.run([handle.python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_stepworks_and_azureml_can_be_imported_from_the_installation_that_runs(home: Path):
    handle = UvEnvironments(home).build(LOCK, print)
    for module in ("stepworks", "azureml"):
        own = subprocess.run(
            [sys.executable, "-c", f"import {module}; print({module}.__file__)"], capture_output=True, text=True
        )
        assert os.path.realpath(imports(handle, module)) == os.path.realpath(own.stdout.strip())


def test_an_installation_that_moved_is_linked_anew(home: Path, tmp_path: Path):
    for place in ("old", "new"):
        (tmp_path / place / "mine").mkdir(parents=True)
        (tmp_path / place / "mine/__init__.py").touch()
    UvEnvironments(home, packages=[tmp_path / "old/mine"]).build(LOCK, print)
    handle = UvEnvironments(home, packages=[tmp_path / "new/mine"]).ready(LOCK)
    assert handle is not None
    assert "/new/mine/" in os.path.realpath(imports(handle, "mine"))


def test_a_builder_killed_at_the_last_step_leaves_nothing_usable_and_nothing_in_the_way(home: Path):
    builder = child(home, "hang")
    assert builder.stdout is not None
    assert "at the last step\n" in iter(builder.stdout.readline, "")
    os.kill(builder.pid, signal.SIGKILL)
    builder.communicate()
    environments = UvEnvironments(home)
    assert environments.ready(LOCK) is None
    assert [p.name for p in home.iterdir() if p.name != "locks"] == [f"{CONTENTS}.partial"]
    assert environments.build(LOCK, print) == environments.ready(LOCK)
    assert not (home / f"{CONTENTS}.partial").exists()


def test_two_processes_make_an_environment_once(home: Path):
    builders = [child(home, "build") for _ in range(2)]
    said = "".join(builder.communicate()[0] for builder in builders)
    assert said.count("Making environment") == 1
    assert said.count(f"{home / CONTENTS}/bin/python") == 2


def test_what_a_killed_build_left_is_removed_with_the_unused(home: Path):
    environments = UvEnvironments(home)
    (home / f"{CONTENTS}.partial/bin").mkdir(parents=True)
    (home / f"{CONTENTS}.removed").mkdir()
    (home / "someone's own folder").mkdir()
    assert environments.remove_unused({CONTENTS}) == ()
    assert {p.name for p in home.iterdir()} == {"locks", "someone's own folder"}


def test_a_log_that_raises_gives_the_build_up(home: Path):
    def stop(line: str) -> None:
        raise InterruptedError(line)

    environments = UvEnvironments(home)
    with pytest.raises(InterruptedError, match="Making environment 000000000000"):
        environments.build(LOCK, stop)
    assert environments.ready(LOCK) is None
    assert environments.build(LOCK, print) is not None


def test_an_environment_whose_interpreter_has_gone_is_made_anew(home: Path):
    environments = UvEnvironments(home)
    python = Path(environments.build(LOCK, print).python)
    python.unlink()
    python.symlink_to("/no/such/python")
    assert environments.ready(LOCK) is None
    assert imports(environments.build(LOCK, print), "stepworks")


@pytest.mark.parametrize("change", [{"platform": "plan9-vax"}, {"python_version": "3.99"}])
def test_a_node_that_cannot_make_it_says_what_it_lacks(home: Path, change: dict[str, str]):
    lock = msgspec.structs.replace(LOCK, **change)
    with pytest.raises(EnvironmentFailed, match=next(iter(change.values()))):
        UvEnvironments(home, interpreters=()).build(lock, print)


def test_a_real_folder_of_our_name_gives_way_to_the_link(home: Path, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/__init__.py").touch()
    environments = UvEnvironments(home, packages=[tmp_path / "mine"])
    handle = environments.build(LOCK, print)
    (link,) = (home / CONTENTS).glob("lib/python3.*/site-packages/mine")
    link.unlink()
    link.mkdir()
    (link / "__init__.py").touch()
    assert environments.ready(LOCK) == handle
    assert link.is_symlink()

"""The lock of an interpreter that is there: what is installed in it."""

import json
import sys
from pathlib import Path

import pytest

from stepworks.environments.ambient import AmbientEnvironments
from stepworks.environments.distributions import InstalledDistributions
from stepworks.errors import EnvironmentFailed
from stepworks.graph.environment import EnvironmentSpec


def install(site: Path, name: str, version: str, *, record: str = "", url: dict[str, object] | None = None) -> None:
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text(record)
    if url is not None:
        (info / "direct_url.json").write_text(json.dumps(url))


def test_installed_distributions_are_names_and_versions_in_order(tmp_path: Path):
    install(tmp_path, "Typing_Extensions", "4.1")
    install(tmp_path, "numpy", "1.23.5")
    (tmp_path / "old_style-0.9-py3.11.egg-info").mkdir()
    (tmp_path / "numpy").mkdir()
    assert InstalledDistributions().of([str(tmp_path), str(tmp_path / "gone")]) == (
        "numpy==1.23.5",
        "old-style==0.9",
        "typing-extensions==4.1",
    )


def test_a_release_of_stepworks_changes_nothing(tmp_path: Path):
    install(tmp_path, "stepworks", "0.1.0")
    assert InstalledDistributions().of([str(tmp_path)]) == ()


def test_an_upgrade_by_hand_is_seen(tmp_path: Path):
    installed = InstalledDistributions()
    install(tmp_path, "numpy", "1.23.5")
    before = installed.of([str(tmp_path)])
    install(tmp_path, "pandas", "1.5.3")
    assert (before, installed.of([str(tmp_path)])) == (("numpy==1.23.5",), ("numpy==1.23.5", "pandas==1.5.3"))


def test_the_first_on_the_path_is_the_one_that_counts(tmp_path: Path):
    install(tmp_path / "a", "numpy", "1.23.5")
    install(tmp_path / "b", "numpy", "2.1.0")
    assert InstalledDistributions().of([str(tmp_path / "a"), str(tmp_path / "b")]) == ("numpy==1.23.5",)


def test_equal_versions_from_a_folder_differ_by_their_files(tmp_path: Path):
    url = {"url": "file:///srv/tool", "dir_info": {}}
    install(tmp_path / "a", "tool", "1", record="tool.py,sha256=x,1", url=url)
    install(tmp_path / "b", "tool", "1", record="tool.py,sha256=y,1", url=url)
    one, other = (InstalledDistributions().of([str(tmp_path / p)]) for p in "ab")
    assert one != other
    assert one[0].startswith("tool==1 (files ")


@pytest.mark.parametrize("layout", ["src/tool", "tool"])
def test_a_change_in_a_package_linked_for_development_is_seen(tmp_path: Path, layout: str):
    project, site = tmp_path / "my project", tmp_path / "site"
    package = project / layout
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "core.py").write_text("A = 1\n")
    install(site, "tool", "1", url={"url": (project).as_uri(), "dir_info": {"editable": True}})
    installed = InstalledDistributions()
    first = installed.of([str(site)])
    (project / "train.py").write_text("not a part of the package")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "core.py").write_text("")
    assert installed.of([str(site)]) == first
    (package / "core.py").write_text("A = 22\n")
    changed = installed.of([str(site)])
    (package / "core.py").write_text("A = 1\n")
    assert (changed != first, installed.of([str(site)])) == (True, first)


def test_the_lock_lists_what_is_installed_here():
    lock = AmbientEnvironments().lock(None)
    assert "msgspec==" in lock.pins
    assert "stepworks" not in lock.pins
    assert lock.python_version == ".".join(map(str, sys.version_info[:3]))


def test_another_interpreter_is_asked_what_it_has(tmp_path: Path):
    import venv

    venv.create(tmp_path / "venv", symlinks=True)
    python = str(tmp_path / "venv/bin/python")
    lock = AmbientEnvironments().lock(EnvironmentSpec(user_managed=True, interpreter_path=python))
    assert (lock.interpreter, lock.pins) == (python, "")
    assert lock.notes == (f"`azureml` is not installed in '{python}': run `pip install stepworks` there.",)


def test_an_interpreter_that_does_not_work_is_named(tmp_path: Path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 3\n")
    python.chmod(0o755)
    with pytest.raises(EnvironmentFailed, match="does not work"):
        AmbientEnvironments().lock(EnvironmentSpec(user_managed=True, interpreter_path=str(python)))


@pytest.mark.parametrize("word", ["python", "python3", None])
def test_the_word_python_is_the_interpreter_of_the_server(word: str | None):
    environments = AmbientEnvironments()
    assert environments.lock(EnvironmentSpec(user_managed=True, interpreter_path=word)) == environments.lock(None)

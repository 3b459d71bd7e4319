"""CondaDependencies: what is in it, how it changes, and its file (contracts §19)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml.core.conda_dependencies import PYTHON_DEFAULT_VERSION, VERSION, CondaDependencies
from azureml.exceptions import UserErrorException

FILE = """\
name: n
channels:
- conda-forge
dependencies:
- python=3.8.5
- pip
- numpy>=1
- pip:
  - --extra-index-url=u
  - foo==1
"""


def pip(dependencies: CondaDependencies) -> list[str]:
    return list(dependencies.pip_packages)


def conda(dependencies: CondaDependencies) -> list[str]:
    return list(dependencies.conda_packages)


def test_a_new_one_has_python_and_the_defaults_package() -> None:
    new = CondaDependencies()
    assert (conda(new), pip(new)) == ([f"python={PYTHON_DEFAULT_VERSION}"], ["azureml-defaults"])
    assert list(new.conda_channels) == ["anaconda", "conda-forge"]
    assert list(new.pip_options) == []


def test_create_without_pip_packages_has_the_defaults_package() -> None:
    assert pip(CondaDependencies.create(conda_packages=["pandas"])) == ["azureml-defaults"]


def test_create_takes_the_seed_packages_as_they_are_when_nothing_is_pinned() -> None:
    made = CondaDependencies.create(
        conda_packages=["pandas", "scikit-learn"],
        pip_packages=["azureml-sdk", "azureml-dataprep[fuse,pandas]"],
        pin_sdk_version=False,
    )
    assert conda(made) == [f"python={PYTHON_DEFAULT_VERSION}", "pandas", "scikit-learn"]
    assert pip(made) == ["azureml-sdk", "azureml-dataprep[fuse,pandas]"]


def test_create_pins_only_sdk_packages_that_name_no_version() -> None:
    packages = ["azureml-sdk", "azureml-core==1.2", "azureml-dataprep[pandas]", "numpy", "azureml-widgets[x]"]
    assert pip(CondaDependencies.create(pip_packages=packages)) == [
        f"azureml-sdk~={VERSION}",
        "azureml-core==1.2",
        "azureml-dataprep[pandas]",
        "numpy",
        f"azureml-widgets[x]~={VERSION}",
    ]


def test_create_takes_a_python_version_and_an_index() -> None:
    made = CondaDependencies.create(python_version="3.8.5", pip_indexurl="u", pip_packages=[])
    assert made.get_python_version() == "3.8.5"
    assert (list(made.pip_options), pip(made)) == (["--index-url u"], [])


def test_a_text_in_the_place_of_a_list_is_one_package() -> None:
    assert pip(CondaDependencies.create(pip_packages="pandas")) == ["pandas"]  # type: ignore[arg-type]


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(UserErrorException, match="pip_packages holds 3"):
        CondaDependencies.create(pip_packages=["a", 3])  # type: ignore[list-item]


def test_adding_a_package_again_replaces_its_version() -> None:
    changed = CondaDependencies.create(pip_packages=["a", "b"])
    changed.add_pip_package("A==2")
    changed.add_conda_package("x=1")
    changed.add_conda_package("x=2")
    assert pip(changed) == ["A==2", "b"]
    assert conda(changed)[1:] == ["x=2"]


def test_packages_are_removed_by_name_or_as_written() -> None:
    changed = CondaDependencies.create(pip_packages=["a==1", "b==2"], conda_packages=["x=1", "y=2"])
    changed.remove_pip_package("a")
    changed.remove_pip_package("b==2")
    changed.remove_conda_package("x")
    changed.remove_conda_package("y=2")
    assert (pip(changed), conda(changed)) == ([], [f"python={PYTHON_DEFAULT_VERSION}"])


def test_removing_what_is_not_there_changes_nothing() -> None:
    changed = CondaDependencies()
    before = changed.as_dict()
    changed.remove_pip_package("q")
    changed.remove_conda_package("q")
    changed.remove_channel("q")
    changed.remove_pip_option("--q")
    assert changed.as_dict() == before


def test_channels_and_options_are_kept_once() -> None:
    changed = CondaDependencies.create(pip_packages=[])
    changed.add_channel("q")
    changed.add_channel("q")
    changed.set_pip_option("--find-links a")
    changed.set_pip_option("--find-links b")
    changed.set_pip_index_url("--index-url u")
    assert list(changed.conda_channels) == ["anaconda", "conda-forge", "q"]
    assert list(changed.pip_options) == ["--find-links b", "--index-url u"]
    changed.remove_pip_option("--find-links")
    assert list(changed.pip_options) == ["--index-url u"]


def test_set_pip_requirements_replaces_the_list() -> None:
    changed = CondaDependencies()
    changed.set_pip_requirements(["-i u", "a"])
    assert changed.as_dict()["dependencies"][-1] == {"pip": ["-i u", "a"]}


def test_frameworks_are_added_by_core() -> None:
    changed = CondaDependencies.create(pip_packages=[])
    changed.add_tensorflow_pip_package("gpu", version="2.2.0")
    changed.add_cntk_package()
    changed.add_tensorflow_conda_package()
    assert pip(changed) == ["tensorflow-gpu==2.2.0", "cntk==2.7"]
    assert conda(changed)[-1] == "tensorflow"
    with pytest.raises(UserErrorException, match="'cpu' or 'gpu'"):
        changed.add_cntk_package("tpu")


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    path.write_text(FILE)
    read = CondaDependencies(conda_dependencies_file_path=path)
    assert (conda(read), pip(read)) == (["python=3.8.5", "pip", "numpy>=1"], ["foo==1"])
    assert list(read.pip_options) == ["--extra-index-url=u"]
    assert (read.get_python_version(), list(read.conda_channels)) == ("3.8.5", ["conda-forge"])


def test_a_missing_file_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.yml"):
        CondaDependencies(tmp_path / "gone.yml")


@pytest.mark.parametrize("text", ["- a", "{", "dependencies: a"])
def test_a_file_that_is_no_environment_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.yml"
    path.write_text(text)
    with pytest.raises(UserErrorException, match=r"c\.yml"):
        CondaDependencies(path)


def test_a_bare_structure_takes_packages() -> None:
    bare = CondaDependencies(_underlying_structure={"name": "z"})
    assert (pip(bare), conda(bare), bare.get_python_version()) == ([], [], None)
    bare.add_pip_package("q")
    bare.add_conda_package("w")
    assert bare.as_dict() == {"name": "z", "dependencies": [{"pip": ["q"]}, "w"]}


def test_save_returns_the_path_and_refuses_a_folder(tmp_path: Path) -> None:
    path = str(tmp_path / "sub" / "c.yml")
    made = CondaDependencies.create(pip_packages=["a"])
    assert made.save(path) == path
    assert CondaDependencies(path).as_dict() == made.as_dict()
    with pytest.raises(UserErrorException, match="is a folder"):
        made.save(tmp_path)
    assert made.save_to_file(str(tmp_path), "d.yml") == "d.yml"
    assert (tmp_path / "d.yml").exists()


def test_as_dict_is_a_copy() -> None:
    made = CondaDependencies()
    made.as_dict()["dependencies"].clear()
    assert pip(made) == ["azureml-defaults"]


def test_merge_requirements_joins_the_conditions_of_one_package() -> None:
    assert CondaDependencies.merge_requirements(["a>=1", "b", "a<2", "a>=1"]) == ["a>=1,<2", "b"]


NAMES = st.lists(st.text("abcdefghij", min_size=1, max_size=6), unique=True, max_size=6)


@given(NAMES, NAMES)
def test_what_was_created_is_read_back_from_its_text(pip_names: list[str], conda_names: list[str]) -> None:
    conda_names = [name for name in conda_names if name != "python"]
    made = CondaDependencies.create(pip_packages=pip_names, conda_packages=conda_names)
    import yaml

    again = CondaDependencies(_underlying_structure=yaml.safe_load(made.serialize_to_string()))
    assert (pip(again), conda(again)[1:]) == (pip_names, conda_names)

"""Conda files and requirement lines to and from specifications."""

import msgspec
import pytest

from stepworks.environments.conda_yaml import from_conda_yaml, parse_requirement_lines, to_conda_yaml
from stepworks.errors import InvalidInput
from stepworks.graph.environment import EnvironmentSpec, packages_identity

CONDA = """
name: train
channels:
  - conda-forge
  - defaults
dependencies:
  - python=3.6.2
  - numpy=1.23.5
  - conda-forge::lightgbm
  - pandas>=1,<2
  - pip=20.1
  - pip:
    - azureml-sdk  # the SDK
    - --extra-index-url https://example.org/simple
    - -f https://example.org/wheels
    - git+https://example.org/tools.git@v1
variables:
  MODE: 1
"""


def test_a_conda_file_becomes_a_specification():
    assert from_conda_yaml(CONDA) == EnvironmentSpec(
        name="train",
        python_version="3.6.2",
        channels=("conda-forge", "defaults"),
        conda=("numpy=1.23.5", "conda-forge::lightgbm", "pandas>=1,<2"),
        pip=("azureml-sdk", "git+https://example.org/tools.git@v1"),
        pip_options=("--extra-index-url=https://example.org/simple", "--find-links=https://example.org/wheels"),
        variables={"MODE": "1"},
    )


def test_a_written_conda_file_is_read_back_equal():
    spec = from_conda_yaml(CONDA)
    assert from_conda_yaml(to_conda_yaml(spec)) == spec


@pytest.mark.parametrize(
    ("dependency", "version"),
    [
        ("python=3.8", "3.8"),
        ("python==3.8.13", "3.8.13"),
        ("python=3.7.9=h7579374_0", "3.7.9"),
        ("conda-forge::python=3.9", "3.9"),
        ("python 3.8", "3.8"),
        ("python=3.8.*", "3.8"),
        ("python>=3.6, <3.9", ">=3.6,<3.9"),
        ("python", None),
    ],
)
def test_python_among_the_dependencies_is_the_python_version(dependency: str, version: str | None):
    assert from_conda_yaml(f"dependencies: ['{dependency}']") == EnvironmentSpec(python_version=version)


@pytest.mark.parametrize("package", ["python-dateutil=2.8", "pip-tools", "pipdeptree"])
def test_names_that_begin_like_python_or_pip_are_packages(package: str):
    assert from_conda_yaml(f"dependencies: [{package}]").conda == (package,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- numpy", "not a mapping"),
        ("dependencies: numpy", "'dependencies' of the conda specification is not a list"),
        ("dependencies: [{npm: [left-pad]}]", "'pip:'"),
        ("dependencies: [", "not readable YAML"),
    ],
)
def test_a_text_that_is_no_conda_file_is_refused(text: str, said: str):
    with pytest.raises(InvalidInput, match=said):
        from_conda_yaml(text)


def test_requirement_files_are_followed():
    files = {"a.txt": "six\n-r b.txt\n", "b.txt": "idna \\\n  ==3.4 --hash=sha256:00\n--pre\n"}
    assert parse_requirement_lines(["-r a.txt", "numpy"], read=files.__getitem__) == (
        ("six", "idna ==3.4", "numpy"),
        ("--pre",),
    )


def test_a_requirement_file_that_includes_itself_is_refused():
    with pytest.raises(InvalidInput, match=r"'a\.txt' includes itself"):
        parse_requirement_lines(["-r a.txt"], read=lambda _: "-r a.txt")


def test_a_requirement_file_that_is_missing_is_named():
    def read(path: str) -> str:
        raise FileNotFoundError(2, "No such file or directory", path)

    with pytest.raises(InvalidInput, match=r"'gone\.txt' can't be read: No such file"):
        from_conda_yaml("dependencies: [{pip: [-r gone.txt]}]", read=read)


def test_a_specification_survives_json():
    spec = from_conda_yaml(CONDA)
    spec = msgspec.structs.replace(spec, docker={"base_image": "a/b:1", "enabled": True}, spark={"packages": []})
    assert msgspec.json.decode(msgspec.json.encode(spec), type=EnvironmentSpec) == spec


def test_labels_variables_and_docker_are_not_in_the_identity_of_the_packages():
    spec = EnvironmentSpec(pip=("six",))
    same = EnvironmentSpec(pip=("six",), name="n", version="7", variables={"A": "1"}, docker={"base_image": "x"})
    other = EnvironmentSpec(conda=("six",))
    assert packages_identity(spec) == packages_identity(same) != packages_identity(other)

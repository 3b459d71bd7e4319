"""Environment: sections, ways to make one, files, and the server's value for it (contracts §19)."""

import json
from pathlib import Path

import pytest

from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.environment import (
    DEFAULT_CPU_IMAGE,
    DockerBuildContext,
    Environment,
    EnvironmentReference,
    PythonSection,
    RCranPackage,
    RSection,
    SparkPackage,
    from_spec,
    to_spec,
)
from azureml.exceptions import UserErrorException
from stepworks.graph.environment import EnvironmentSpec


def packages(environment: Environment) -> list[str]:
    assert environment.python.conda_dependencies is not None
    return list(environment.python.conda_dependencies.pip_packages)


@pytest.fixture
def conda_file(tmp_path: Path) -> Path:
    path = tmp_path / "conda.yml"
    path.write_text("name: n\ndependencies:\n- python=3.12\n- pip:\n  - foo==1\n")
    return path


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("# why\nfoo==1\n-r more.txt\n--extra-index-url=u\n")
    (tmp_path / "more.txt").write_text("bar\n")
    return path


def test_a_new_environment_has_the_published_defaults() -> None:
    new = Environment("n")
    assert str(new) == "Environment(Name: n,\nVersion: None)"
    assert packages(new) == ["azureml-defaults"]
    assert (new.python.user_managed_dependencies, new.python.interpreter_path) == (False, "python")
    assert (new.docker.enabled, new.docker.base_image, new.docker.shm_size) == (False, DEFAULT_CPU_IMAGE, "2g")
    assert (new.r, new.environment_variables) == (None, {})


def test_repr_is_json_with_every_section() -> None:
    assert set(json.loads(repr(Environment("n")))) == {
        "assetId",
        "databricks",
        "docker",
        "environmentVariables",
        "inferencingStackVersion",
        "name",
        "python",
        "r",
        "spark",
        "version",
    }


@pytest.mark.parametrize("section", ["python", "docker", "spark", "databricks"])
def test_every_section_refuses_an_attribute_it_does_not_have(section: str) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        getattr(Environment("n"), section).nonsense = 1


def test_a_misspelt_attribute_is_answered_with_the_near_one() -> None:
    with pytest.raises(AttributeError, match="Did you mean 'environment_variables'"):
        Environment("n").environment_variable = {}  # type: ignore[attr-defined]


def test_a_conda_specification_is_taken(conda_file: Path) -> None:
    spec = to_spec(Environment.from_conda_specification("e", conda_file))
    assert spec == EnvironmentSpec(name="e", python_version="3.12", pip=("foo==1",))


def test_a_conda_specification_that_names_a_requirement_file_takes_it_from_beside(
    tmp_path: Path, requirements: Path
) -> None:
    (tmp_path / "conda.yml").write_text("dependencies:\n- pip:\n  - -r requirements.txt\n  - baz\n")
    made = Environment.from_conda_specification("e", tmp_path / "conda.yml")
    assert packages(made) == ["foo==1", "bar", "baz"]


def test_a_missing_specification_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.yml"):
        Environment.from_conda_specification("e", tmp_path / "gone.yml")
    with pytest.raises(FileNotFoundError, match=r"gone\.txt"):
        Environment.from_pip_requirements("e", tmp_path / "gone.txt")


def test_a_requirement_file_is_taken_with_those_it_names(requirements: Path) -> None:
    made = Environment.from_pip_requirements("e", requirements, pip_version="20.1")
    assert packages(made) == ["foo==1", "bar"]
    spec = to_spec(made)
    assert (spec.pip, spec.pip_options, spec.python_version) == (("foo==1", "bar"), ("--extra-index-url=u",), None)


def test_a_requirement_file_that_names_a_missing_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("-r gone.txt")
    with pytest.raises(UserErrorException, match=r"gone\.txt"):
        Environment.from_pip_requirements("e", tmp_path / "r.txt")


def test_an_image_alone_manages_its_packages_itself() -> None:
    made = Environment.from_docker_image("e", "ubuntu:1")
    spec = to_spec(made)
    assert (spec.user_managed, spec.docker, spec.pip) == (True, {"baseImage": "ubuntu:1"}, ())


def test_an_image_takes_one_file_of_packages(conda_file: Path, requirements: Path) -> None:
    made = Environment.from_docker_image("e", "ubuntu:1", pip_requirements=str(requirements))
    assert packages(made) == ["foo==1", "bar"]
    assert not made.python.user_managed_dependencies
    with pytest.raises(UserErrorException, match="not both"):
        Environment.from_docker_image("e", "i", conda_specification=str(conda_file), pip_requirements=str(requirements))


def test_a_dockerfile_is_given_as_text_or_as_a_path(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a\n")
    by_path = Environment.from_dockerfile("e", tmp_path / "Dockerfile")
    by_text = Environment.from_dockerfile("e", "FROM a\n")
    assert by_path.docker.base_dockerfile == by_text.docker.base_dockerfile == "FROM a\n"
    assert by_path.docker.base_image is None


def test_a_build_context_is_kept(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a")
    context = DockerBuildContext.from_local_directory(None, tmp_path)
    made = Environment.from_docker_build_context("e", context)
    assert made.docker.build_context is context
    with pytest.raises(UserErrorException, match=r"no other\.Dockerfile"):
        DockerBuildContext.from_local_directory(None, tmp_path, "other.Dockerfile")


def test_without_conda_its_environments_cannot_be_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserErrorException, match="not on this machine's PATH"):
        Environment.from_existing_conda_environment("e", "base")


def test_an_environment_of_conda_is_taken_as_conda_tells_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "conda"
    program.write_text('#!/bin/sh\necho "name: $5"\necho "dependencies: [python=3.8.1, {pip: [foo==1]}]"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    made = Environment.from_existing_conda_environment("e", "base")
    assert made.python.conda_dependencies is not None
    assert made.python.conda_dependencies.as_dict() == {
        "name": "base",
        "dependencies": ["python=3.8.1", {"pip": ["foo==1"]}],
    }


def test_a_clone_shares_nothing() -> None:
    original = Environment("a")
    original.version = "3"
    clone = original.clone("b")
    assert clone.python.conda_dependencies is not None
    clone.python.conda_dependencies.add_pip_package("x")
    clone.environment_variables["A"] = "1"
    assert (clone.name, clone.version) == ("b", None)
    assert (packages(original), original.environment_variables) == (["azureml-defaults"], {})


def full() -> Environment:
    environment = Environment("full")
    environment.version = "2"
    environment.environment_variables = {"A": "1"}
    environment.python.conda_dependencies = CondaDependencies.create(
        conda_packages=["pandas"], pip_packages=["foo==1"], python_version="3.12"
    )
    environment.docker.enabled = True
    environment.docker.base_image = "image:1"
    environment.docker.base_image_registry.address = "registry"
    environment.docker.base_image_registry.password = "hidden"
    environment.docker.arguments = ["-v"]
    environment.spark.packages = [SparkPackage("g", "a", "1")]
    environment.spark.precache_packages = False
    package = RCranPackage()
    package.name = "dplyr"
    environment.r = RSection()
    environment.r.cran_packages = [package]
    return environment


def test_the_servers_value_has_what_the_user_set() -> None:
    assert to_spec(full()) == EnvironmentSpec(
        name="full",
        version="2",
        python_version="3.12",
        pip=("foo==1",),
        conda=("pandas",),
        channels=("anaconda", "conda-forge"),
        variables={"A": "1"},
        docker={
            "enabled": True,
            "baseImage": "image:1",
            "arguments": ["-v"],
            "baseImageRegistry": {"address": "registry", "username": None, "password": None, "registryIdentity": None},
        },
        spark={"packages": [{"group": "g", "artifact": "a", "version": "1"}], "precachePackages": False},
        r={
            "cranPackages": [{"name": "dplyr", "version": None, "repository": None}],
        },
    )


def test_an_environment_comes_back_from_the_servers_value() -> None:
    assert to_spec(from_spec(to_spec(full()))) == to_spec(full())


def test_the_sdks_own_python_is_no_wish_of_the_user() -> None:
    assert to_spec(Environment("n")).python_version is None


def test_a_user_managed_environment_installs_nothing() -> None:
    own = Environment("n")
    own.python.user_managed_dependencies = True
    own.python.interpreter_path = "/opt/bin/python"
    assert to_spec(own) == EnvironmentSpec(name="n", user_managed=True, interpreter_path="/opt/bin/python")


def test_a_conda_file_set_on_the_section_is_used(conda_file: Path) -> None:
    environment = Environment("n")
    environment.python.conda_dependencies_file = str(conda_file)
    assert to_spec(environment).pip == ("foo==1",)


def test_variables_that_are_not_text_become_text() -> None:
    environment = Environment("n")
    environment.environment_variables = {"A": 1}  # type: ignore[dict-item]
    assert to_spec(environment).variables == {"A": "1"}
    with pytest.raises(UserErrorException, match="dictionary"):
        environment.environment_variables = "A=1"  # type: ignore[assignment]


def test_a_folder_keeps_the_whole_environment(tmp_path: Path) -> None:
    full().save_to_directory(tmp_path / "e")
    loaded = Environment.load_from_directory(tmp_path / "e")
    assert repr(loaded) == repr(full())
    assert loaded.docker.base_image_registry.password == "hidden"
    with pytest.raises(FileExistsError):
        full().save_to_directory(tmp_path / "e")
    full().save_to_directory(tmp_path / "e", overwrite=True)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Environment.load_from_directory(tmp_path / "gone")


def test_a_registrys_password_is_in_no_printed_form() -> None:
    assert "hidden" not in repr(full())


def test_building_says_that_nothing_is_to_be_built(capsys: pytest.CaptureFixture[str]) -> None:
    details = Environment("n").build(None)  # type: ignore[arg-type]
    details.wait_for_completion(show_output=True)
    assert details.status == "Succeeded"
    assert "nothing to build" in capsys.readouterr().out


def test_an_image_is_not_there() -> None:
    details = Environment("n").get_image_details(None)  # type: ignore[arg-type]
    assert (details.image, details.image_exist, details["image_exist"]) == (DEFAULT_CPU_IMAGE, False, False)


def test_sections_take_the_private_argument_of_the_sdk() -> None:
    assert PythonSection(_skip_defaults=True).conda_dependencies is None
    assert Environment("n", _skip_defaults=True).docker.base_image is None


def test_a_reference_keeps_name_and_version() -> None:
    assert json.loads(repr(EnvironmentReference("e", "1"))) == {"name": "e", "version": "1"}

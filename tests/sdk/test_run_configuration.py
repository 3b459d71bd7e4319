"""RunConfiguration: attributes, defaults, and its file (contracts §19)."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from azureml.core import runconfig as rc
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.environment import Environment
from azureml.core.runconfig import RunConfiguration
from azureml.exceptions import RunConfigurationException, UserErrorException


def test_defaults_are_the_published_ones() -> None:
    new = RunConfiguration()
    assert (new.target, new.framework, new.communicator, new.node_count) == ("local", "Python", "None", 1)
    assert (new.script, new.arguments, new.command, new.environment.name) == (None, [], "", "default-environment")
    assert (new.docker.use_docker, new.docker.shm_size, new.history.directories_to_watch) == (False, "2g", ["logs"])


@pytest.mark.parametrize(
    "section", ["history", "docker", "hdi", "tensorflow", "mpi", "pytorch", "amlcompute", "environment", "spark"]
)
def test_configuration_and_sections_refuse_unknown_attributes(section: str) -> None:
    new = RunConfiguration()
    with pytest.raises(AttributeError, match="no attribute 'foo'"):
        new.foo = 1  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'foo'"):
        getattr(new, section).foo = 1


def test_the_target_keeps_the_name_of_an_object() -> None:
    new = RunConfiguration()
    new.target = SimpleNamespace(name="cluster")
    assert new.target == "cluster"
    new.target = None
    assert new.target == "local"
    with pytest.raises(UserErrorException, match="not int"):
        new.target = 5


def test_conda_dependencies_go_into_the_environment() -> None:
    dependencies = CondaDependencies.create(pip_packages=["foo"])
    new = RunConfiguration(conda_dependencies=dependencies, framework="pyspark")
    assert new.environment.python.conda_dependencies is dependencies
    assert new.framework == "pyspark"


def test_seed_code_sets_the_environment_in_parts() -> None:
    run_config = RunConfiguration()
    run_config.target = SimpleNamespace(name="cpu-cluster")
    run_config.environment.python.user_managed_dependencies = False
    run_config.environment.python.conda_dependencies = CondaDependencies.create(
        conda_packages=["pandas", "scikit-learn"],
        pip_packages=["azureml-sdk", "azureml-dataprep[fuse,pandas]"],
        pin_sdk_version=False,
    )
    run_config.environment.docker.enabled = True
    run_config.environment = Environment("curated")
    assert run_config.environment.name == "curated"


def test_an_environment_is_nothing_but_an_environment() -> None:
    with pytest.raises(UserErrorException, match="is an Environment, not a str"):
        RunConfiguration().environment = "AzureML-Tutorial"  # type: ignore[assignment]


def full() -> RunConfiguration:
    run_config = RunConfiguration(script="a.py", arguments=["--x", 1])
    run_config.target = "cpu"
    run_config.environment.name = "e"
    run_config.environment.docker.base_image_registry.password = "hidden"
    run_config.environment_variables["A"] = "1"
    run_config.data_references["r"] = rc.DataReferenceConfiguration("ds", path_on_datastore="p")
    run_config.data["d"] = rc.Data(rc.DataLocation(rc.Dataset("id")), mechanism="mount")
    run_config.services["jupyter"] = rc.ApplicationEndpointConfiguration("Jupyter", port=3)
    run_config.output_data["o"] = rc.OutputData(
        rc.DataLocation(data_path=rc.DataPath("ds", "rel")),
        additional_options=rc.OutputOptions(
            registration_options=rc.RegistrationOptions("n", tags={"a": "b"}),
            upload_options=rc.UploadOptions(True, rc.GlobsOptions(["*.x"])),
        ),
    )
    return run_config


def test_the_printed_form_is_json_with_the_published_keys() -> None:
    printed = json.loads(repr(full()))
    assert printed["dataReferences"] == {
        "r": {
            "dataStoreName": "ds",
            "mode": "mount",
            "pathOnDataStore": "p",
            "pathOnCompute": None,
            "overwrite": False,
        }
    }
    assert printed["outputData"]["o"]["additionalOptions"]["uploadOptions"]["sourceGlobs"] == {"patterns": ["*.x"]}
    assert printed["applicationEndpoints"] == {"jupyter": {"type": "Jupyter", "port": 3, "properties": None}}
    assert "hidden" not in repr(full())


@pytest.mark.parametrize("where", [("", "rc1"), ("own.yml", None), ("sub/own.runconfig", None)])
def test_a_saved_configuration_is_loaded_whole(tmp_path: Path, where: tuple[str, str | None]) -> None:
    path, name = tmp_path / where[0], where[1]
    full().save(path, name)
    loaded = RunConfiguration.load(path, name)
    assert repr(loaded) == repr(full())
    assert isinstance(loaded.data["d"].data_location, rc.DataLocation)
    assert loaded.environment.docker.base_image_registry.password == "hidden"


def test_a_configuration_is_saved_under_its_name_in_the_folder_of_the_sdk(tmp_path: Path) -> None:
    full().save(tmp_path, "rc1")
    assert (tmp_path / ".azureml" / "rc1").is_file()
    RunConfiguration.delete(tmp_path, "rc1")
    assert not (tmp_path / ".azureml" / "rc1").exists()


def test_the_environment_may_be_a_file_of_its_own(tmp_path: Path) -> None:
    full().save(tmp_path, "rc1", separate_environment_yaml=True)
    assert "environment" not in yaml.safe_load((tmp_path / ".azureml" / "rc1").read_text())
    assert repr(RunConfiguration.load(tmp_path, "rc1")) == repr(full())


@pytest.mark.parametrize("folder", [".azureml", "aml_config", ""])
@pytest.mark.parametrize("suffix", ["", ".runconfig", ".yml"])
def test_a_configuration_is_found_where_older_tools_put_it(tmp_path: Path, folder: str, suffix: str) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / f"mine{suffix}").write_text("script: train.py\n")
    assert RunConfiguration.load(tmp_path, "mine").script == "train.py"


def test_the_conda_file_of_a_configuration_is_read(tmp_path: Path) -> None:
    (tmp_path / ".azureml").mkdir()
    (tmp_path / ".azureml" / "conda.yml").write_text("dependencies:\n- pip:\n  - foo\n")
    written: dict[str, Any] = {"environment": {"python": {"condaDependenciesFile": ".azureml/conda.yml"}}}
    (tmp_path / ".azureml" / "mine.runconfig").write_text(yaml.safe_dump(written))
    python = RunConfiguration.load(tmp_path, "mine").environment.python
    assert python.conda_dependencies is not None
    assert list(python.conda_dependencies.pip_packages) == ["foo"]
    (tmp_path / ".azureml" / "conda.yml").unlink()
    with pytest.raises(UserErrorException, match=r"conda\.yml"):
        RunConfiguration.load(tmp_path, "mine")


def test_a_missing_or_unreadable_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserErrorException, match="no run configuration 'gone'"):
        RunConfiguration.load(tmp_path, "gone")
    (tmp_path / "bad.yml").write_text("{")
    with pytest.raises(UserErrorException, match="not readable YAML"):
        RunConfiguration.load(tmp_path / "bad.yml")


def test_unknown_keys_of_a_file_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("script: s.py\namlcompute:\n  vmSize: v\n  retainCluster: false\nnews: 1\n")
    loaded = RunConfiguration.load(tmp_path / "a.yml")
    assert (loaded.script, loaded.amlcompute.vm_size) == ("s.py", "v")


def test_frameworks_check_what_they_are_given() -> None:
    assert rc.PyTorchConfiguration().communication_backend == "nccl"
    with pytest.raises(RunConfigurationException, match="'Nccl' or 'Gloo'"):
        rc.PyTorchConfiguration("smoke")
    with pytest.raises(UserErrorException, match="mount, download, upload"):
        rc.DataReferenceConfiguration(mode="teleport")
    with pytest.raises(UserErrorException, match="direct, mount, download, upload"):
        rc.Data(mechanism="teleport")


def test_docker_arguments_are_not_shared_between_configurations() -> None:
    rc.DockerConfiguration().arguments.append("-v")
    assert rc.DockerConfiguration().arguments == []


def test_data_are_made_from_a_named_dataset() -> None:
    dataset = SimpleNamespace(id="i", name="n", version=2)
    consumption = SimpleNamespace(dataset=dataset, name="input", mode="mount", path_on_compute="/x")
    made = rc.Data.create(consumption)
    assert made._to_dict() == {
        "dataLocation": {"dataset": {"id": "i", "name": "n", "version": 2}, "dataPath": None, "uri": None},
        "createOutputDirectories": None,
        "mechanism": "mount",
        "environmentVariableName": "input",
        "pathOnCompute": "/x",
        "overwrite": False,
        "options": None,
    }
    with pytest.raises(UserErrorException, match="not int"):
        rc.Data.create(3)

"""ScriptRunConfig: its parts and what does not go together."""

from types import SimpleNamespace
from typing import Any

import pytest

from azureml.core.environment import Environment
from azureml.core.runconfig import (
    DockerConfiguration,
    MpiConfiguration,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    RunConfiguration,
    TensorflowConfiguration,
)
from azureml.core.script_run_config import ScriptRunConfig, get_run_config_from_script_run
from azureml.exceptions import RunConfigurationException, UserErrorException


def test_a_script_with_arguments_on_a_compute_target() -> None:
    config = ScriptRunConfig("src", "a.py", arguments=["--x", 1, None], compute_target=SimpleNamespace(name="cpu"))
    assert (config.source_directory, config.script, config.arguments) == ("src", "a.py", ["--x", 1, None])
    assert (config.command, config.run_config.target) == (None, "cpu")
    assert config.max_run_duration_seconds == ScriptRunConfig.MAX_DURATION_SECONDS_DEFAULT == 30 * 24 * 3600


@pytest.mark.parametrize("command", ["python a.py", ["python", "a.py", "--x", 3]])
def test_a_command_is_kept_as_it_was_given(command: Any) -> None:
    assert ScriptRunConfig(".", command=command).command == command


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"script": "a.py", "command": ["x"]}, "not both"),
        ({"command": ["x"], "arguments": ["y"]}, "in itself"),
        ({"script": "a.py", "arguments": "--x 1"}, "not str"),
        ({"script": "a.py", "arguments": {"x": 1}}, "not dict"),
        ({"script": "a.py", "environment": "e"}, "Environment.get"),
        ({"script": "a.py", "run_config": "r"}, "not str"),
        ({"script": "a.py", "resume_from": "r"}, "DataPath"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserErrorException, match=message):
        ScriptRunConfig(".", **given)


def test_a_run_configuration_gives_what_is_not_given() -> None:
    run_config = RunConfiguration(script="b.py", arguments=["--y"])
    run_config.max_run_duration_seconds = 60
    config = ScriptRunConfig(".", run_config=run_config)
    assert (config.script, config.arguments, config.max_run_duration_seconds) == ("b.py", ["--y"], 60)
    assert ScriptRunConfig(".", "a.py", run_config=run_config).script == "a.py"


def test_a_run_configuration_wins_over_parameters_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="compute_target, environment of ScriptRunConfig ignored"):
        config = ScriptRunConfig(
            ".", "a.py", run_config=RunConfiguration(), compute_target="cpu", environment=Environment("e")
        )
    assert (config.run_config.target, config.run_config.environment.name) == ("local", "default-environment")


def test_changes_to_a_run_configuration_count_until_submission() -> None:
    run_config = RunConfiguration()
    config = ScriptRunConfig(".", "a.py", run_config=run_config)
    run_config.target = "other"
    assert config.run_config.target == "other"
    assert run_config.max_run_duration_seconds is None


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (MpiConfiguration(2, 3), ("Python", "IntelMpi", 3)),
        (PyTorchConfiguration(process_count=4, node_count=2), ("PyTorch", "nccl", 2)),
        (PyTorchConfiguration("gloo"), ("PyTorch", "gloo", 1)),
        (TensorflowConfiguration(2, 1), ("TensorFlow", "ParameterServer", 2)),
    ],
)
def test_a_distributed_job_sets_framework_and_nodes(job: Any, expected: tuple[str, str, int]) -> None:
    run_config = ScriptRunConfig(".", "a.py", distributed_job_config=job).run_config
    assert (run_config.framework, run_config.communicator, run_config.node_count) == expected


@pytest.mark.parametrize("job", [ParallelTaskConfiguration(), "mpi"])
def test_another_kind_of_job_is_refused(job: Any) -> None:
    with pytest.raises(RunConfigurationException, match="distributed_job_config"):
        ScriptRunConfig(".", "a.py", distributed_job_config=job)


def test_a_docker_configuration_wins_over_the_old_settings_of_the_environment() -> None:
    environment = Environment("e")
    environment.docker.enabled = True
    environment.docker.shm_size = "1g"
    assert ScriptRunConfig(".", "a.py", environment=environment).run_config.docker.shm_size == "1g"
    docker = DockerConfiguration(use_docker=False, shm_size="8g")
    config = ScriptRunConfig(".", "a.py", environment=environment, docker_runtime_config=docker)
    assert config.run_config.docker is docker
    with pytest.raises(RunConfigurationException, match="DockerConfiguration"):
        ScriptRunConfig(".", "a.py", docker_runtime_config="x")  # type: ignore[arg-type]


def test_the_run_configuration_of_a_script_run_has_what_runs() -> None:
    config = ScriptRunConfig(".", "a.py", arguments=["--x"])
    run_config = get_run_config_from_script_run(config)
    assert (run_config.script, run_config.arguments, run_config.command) == ("a.py", ["--x"], "")
    assert config.run_config.script is None
    run_config.environment.environment_variables["A"] = "1"
    assert config.run_config.environment.environment_variables == {}
    with pytest.raises(UserErrorException, match="script= or command="):
        get_run_config_from_script_run(ScriptRunConfig("."))


def test_a_run_resumes_from_a_data_path() -> None:
    from azureml.data.datapath import DataPath

    path = DataPath(datastore=SimpleNamespace(name="ds"), path_on_datastore="models/1")  # type: ignore[arg-type]
    config = ScriptRunConfig(".", "a.py", arguments=["--x"], resume_from=path)
    assert config.arguments == ["--x", "--resume-from", "$AZUREML_DATAREFERENCE_MODEL_LOCATION"]
    reference = config.run_config.data_references["MODEL_LOCATION"]
    assert (reference.data_store_name, reference.path_on_data_store) == ("ds", "models/1")

"""`ScriptRunConfig`: a source directory, what runs in it, and how (contracts §2)."""

import copy
import os
import warnings
from typing import TYPE_CHECKING, Any

from azureml.core.environment import Environment
from azureml.core.runconfig import Data as Data
from azureml.core.runconfig import DatacacheConfiguration as DatacacheConfiguration
from azureml.core.runconfig import DockerConfiguration as DockerConfiguration
from azureml.core.runconfig import EnvironmentDefinition as EnvironmentDefinition
from azureml.core.runconfig import MpiConfiguration as MpiConfiguration
from azureml.core.runconfig import PyTorchConfiguration as PyTorchConfiguration
from azureml.core.runconfig import RunConfiguration as RunConfiguration
from azureml.core.runconfig import TensorflowConfiguration as TensorflowConfiguration
from azureml.exceptions import RunConfigurationException, UserErrorException

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace

_THIRTY_DAYS = 2592000


class ScriptRunConfig:
    """What `Experiment.submit` runs: a script with arguments, or a command, in a source directory.

    `run_config` is kept, not copied: changes to it before submission count. When it is given, `compute_target`,
    `environment`, `distributed_job_config` and `docker_runtime_config` are taken from it and not from their own
    parameters, with a warning.
    UserErrorException or RunConfigurationException for parts that contradict each other or are of the wrong kind.
    """

    MAX_DURATION_SECONDS_DEFAULT = 2592000

    def __init__(
        self,
        source_directory: str | os.PathLike[str] | None,
        script: str | None = None,
        arguments: list[Any] | None = None,
        run_config: RunConfiguration | None = None,
        _telemetry_values: Any = None,
        compute_target: Any = None,
        environment: Environment | None = None,
        distributed_job_config: Any = None,
        resume_from: Any = None,
        max_run_duration_seconds: int | None = _THIRTY_DAYS,
        command: Any = None,
        docker_runtime_config: DockerConfiguration | None = None,
    ) -> None:
        _check(script, arguments, run_config, command)
        self.source_directory = os.fspath(source_directory) if source_directory is not None else None
        self._telemetry_values = _telemetry_values
        if run_config is None:
            self.run_config = RunConfiguration()
            _set_target(self.run_config, compute_target)
            _set_environment(self.run_config, environment)
            _set_docker(self.run_config, docker_runtime_config)
            _set_distribution(self.run_config, distributed_job_config)
        else:
            self.run_config = run_config
            _warn_of_ignored(
                compute_target=compute_target,
                environment=environment,
                distributed_job_config=distributed_job_config,
                docker_runtime_config=docker_runtime_config,
            )
        self._max_run_duration_seconds = max_run_duration_seconds
        self.script = script if script is not None else self.run_config.script
        self.command = command if command is not None else (self.run_config.command or None)
        self.arguments = list(arguments) if arguments is not None else list(self.run_config.arguments)
        if resume_from is not None:
            self._resume(resume_from)

    @property
    def max_run_duration_seconds(self) -> int | None:
        """After how many seconds the run is ended: what the run configuration says, or else what was given here."""
        own = self.run_config.max_run_duration_seconds
        return self._max_run_duration_seconds if own is None else own

    def _resume(self, resume_from: Any) -> None:
        from azureml.data.datapath import DataPath

        if not isinstance(resume_from, DataPath):
            raise UserErrorException(f"resume_from is a DataPath, not {type(resume_from).__name__}.")
        reference = resume_from.create_data_reference("MODEL_LOCATION")
        self.run_config.data_references["MODEL_LOCATION"] = reference.to_config()
        self.arguments += ["--resume-from", str(reference)]


def get_run_config_from_script_run(script_run_config: ScriptRunConfig) -> RunConfiguration:
    """A copy of its run configuration that has script, command and arguments too.

    UserErrorException when there is neither a script nor a command.
    """
    if not script_run_config.script and not script_run_config.command:
        raise UserErrorException("ScriptRunConfig has nothing to run. Give script= or command=.")
    run_config = copy.copy(script_run_config.run_config)
    run_config.environment = copy.deepcopy(run_config.environment)
    run_config.max_run_duration_seconds = script_run_config.max_run_duration_seconds
    run_config.script = script_run_config.script
    run_config.command = script_run_config.command or ""
    run_config.arguments = list(script_run_config.arguments)
    return run_config


def submit(
    script_run_config: ScriptRunConfig,
    workspace: "Workspace",
    experiment_name: str,
    run_id: str | None = None,
    _parent_run_id: str | None = None,
    credential_passthrough: bool = False,
) -> "Run":
    """Run it in an experiment, as `Experiment.submit` does."""
    from azureml.core.experiment import Experiment

    options: dict[str, Any] = {"run_id": run_id} if run_id is not None else {}
    return Experiment(workspace, experiment_name).submit(script_run_config, **options)


def _check(script: Any, arguments: Any, run_config: Any, command: Any) -> None:
    if run_config is not None and not isinstance(run_config, RunConfiguration):
        raise UserErrorException(f"run_config is a RunConfiguration, not {type(run_config).__name__}.")
    if script is not None and command is not None:
        raise UserErrorException("ScriptRunConfig takes script or command, not both.")
    if command is not None and arguments is not None:
        raise UserErrorException("A command has its arguments in itself. Put them there, in the place of arguments=.")
    if arguments is not None and not isinstance(arguments, list | tuple):
        raise UserErrorException(f"arguments is a list such as ['--rate', 0.1], not {type(arguments).__name__}.")


def _set_target(run_config: RunConfiguration, compute_target: Any) -> None:
    if compute_target is not None:
        run_config.target = compute_target


def _set_environment(run_config: RunConfiguration, environment: Any) -> None:
    if environment is None:
        return
    if not isinstance(environment, Environment):
        raise UserErrorException(
            f"environment is an Environment, not {type(environment).__name__}. Environment.get finds one by name."
        )
    run_config.environment = environment
    # The old place of these settings counts where nothing else is said.
    run_config.docker.use_docker = environment.docker.enabled
    run_config.docker.arguments = list(environment.docker.arguments)
    run_config.docker.shared_volumes = environment.docker.shared_volumes
    run_config.docker.shm_size = environment.docker.shm_size


def _set_docker(run_config: RunConfiguration, docker: Any) -> None:
    if docker is None:
        return
    if not isinstance(docker, DockerConfiguration):
        raise RunConfigurationException(f"docker_runtime_config is a DockerConfiguration, not {type(docker).__name__}.")
    run_config.docker = docker


def _set_distribution(run_config: RunConfiguration, job: Any) -> None:
    if job is None:
        return
    if isinstance(job, MpiConfiguration):
        run_config.mpi = job
        run_config.communicator = "IntelMpi"
        run_config.node_count = job.node_count
    elif isinstance(job, PyTorchConfiguration):
        run_config.pytorch = job
        run_config.framework = "PyTorch"
        run_config.communicator = job.communication_backend
        run_config.node_count = job.node_count
    elif isinstance(job, TensorflowConfiguration):
        run_config.tensorflow = job
        run_config.framework = "TensorFlow"
        run_config.communicator = "ParameterServer"
        run_config.node_count = job.worker_count
    else:
        raise RunConfigurationException(
            "distributed_job_config is an MpiConfiguration, PyTorchConfiguration or TensorflowConfiguration, "
            f"not {type(job).__name__}."
        )


def _warn_of_ignored(**given: Any) -> None:
    ignored = [name for name, value in given.items() if value is not None]
    if ignored:
        warnings.warn(
            f"{', '.join(ignored)} of ScriptRunConfig ignored, since run_config is given and has its own.", stacklevel=3
        )

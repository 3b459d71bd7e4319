"""What estimators make of their parameters: arguments, an environment, a distribution."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.core.conda_dependencies import CondaDependencies
from azureml.exceptions import TrainingException
from azureml.train._distributed_training import Gloo, Mpi, Nccl, ParameterServer

if TYPE_CHECKING:
    from azureml.core.environment import Environment
    from azureml.core.runconfig import RunConfiguration

_BACKENDS = {"mpi": Mpi, "ps": ParameterServer, "gloo": Gloo, "nccl": Nccl}


def arguments_of(script_params: Mapping[str, Any] | None) -> list[Any]:
    """{"--rate": 0.1, "--quick": ""} as a list of arguments; None and "" are switches without a value."""
    if script_params is None:
        return []
    if not isinstance(script_params, Mapping):
        raise TrainingException(f"script_params is a dictionary such as {{'--rate': 0.1}}, not {script_params!r}.")
    arguments: list[Any] = []
    for name, value in script_params.items():
        arguments += [name] if value is None or (isinstance(value, str) and not value) else [name, value]
    return arguments


def packages_of(
    *,
    conda_packages: Sequence[str] | None,
    pip_packages: Sequence[str] | None,
    conda_file: str | None,
    pip_file: str | None,
    source_directory: str,
) -> CondaDependencies:
    """All packages together; files are looked for in the source directory. TrainingException when one is not there."""
    found = CondaDependencies(_existing(source_directory, conda_file)) if conda_file else CondaDependencies.create()
    for package in conda_packages or ():
        found.add_conda_package(package)
    for package in [*(_lines(_existing(source_directory, pip_file)) if pip_file else ()), *(pip_packages or ())]:
        found.add_pip_package(package)
    return found


def set_environment(
    run_config: "RunConfiguration",
    *,
    definition: "Environment | None",
    packages: CondaDependencies,
    user_managed: bool,
    use_docker: bool | None,
    image: str | None,
    registry: Any,
    shm_size: str | None,
    variables: Mapping[str, str] | None,
) -> None:
    """Give a run configuration its environment: the one that was defined, or one of packages and image."""
    if definition is not None:
        run_config.environment = definition
    else:
        run_config.environment.python.user_managed_dependencies = user_managed
        run_config.environment.python.conda_dependencies = packages
        if image is not None:
            run_config.environment.docker.base_image = image
        if registry is not None:
            run_config.environment.docker.base_image_registry = registry
    if use_docker:
        run_config.docker.use_docker = True
    if shm_size is not None:
        run_config.docker.shm_size = shm_size
    if variables:
        run_config.environment_variables = variables


def set_distribution(
    run_config: "RunConfiguration",
    estimator: str,
    *,
    training: Any,
    backend: str | None,
    node_count: int,
    processes: int,
) -> None:
    """Say how many processes there are. Raises TrainingException for what the estimator cannot do."""
    run_config.node_count = node_count
    if training is None and backend is not None:
        if backend.lower() not in _BACKENDS:
            raise TrainingException(f"distributed_backend is {backend!r}; it is one of {', '.join(sorted(_BACKENDS))}.")
        training = Mpi(processes) if backend.lower() == "mpi" else _BACKENDS[backend.lower()]()
    if training is None:
        return
    if not isinstance(training, tuple(_BACKENDS.values())):
        raise TrainingException(
            f"distributed_training is Mpi(), ParameterServer(), Gloo() or Nccl(), not a {type(training).__name__}."
        )
    training.validate(estimator)
    if isinstance(training, Mpi):
        run_config.communicator = "IntelMpi"
        run_config.mpi.process_count_per_node = training.process_count_per_node
        run_config.mpi.node_count = node_count
    elif isinstance(training, ParameterServer):
        run_config.framework = "TensorFlow"
        run_config.communicator = "ParameterServer"
        run_config.tensorflow.worker_count = training.worker_count
        run_config.tensorflow.parameter_server_count = training.parameter_server_count
    else:
        run_config.framework = "PyTorch"
        run_config.communicator = training._backend


def check_inputs(inputs: Sequence[Any] | None) -> None:
    """Inputs without a place among the arguments are not there. Raises NotImplementedError."""
    if inputs:
        raise unsupported("An estimator's `inputs`", "the dataset as a value of script_params")


def _existing(source_directory: str, file: str) -> Path:
    path = Path(source_directory, file)
    if not path.is_file():
        raise TrainingException(
            f"There is no file '{file}' in the source directory {os.path.abspath(source_directory)}."
        )
    return path


def _lines(path: Path) -> list[str]:
    lines = (line.split(" #")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]

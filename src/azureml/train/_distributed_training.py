"""How an estimator spreads its script over processes."""

from azureml.exceptions import TrainingException


class _Distribution:
    def validate(self, estimator_name: str) -> None:
        """Raises TrainingException when the estimator of that name cannot spread its script so."""


class Mpi(_Distribution):
    """Several processes that talk over MPI. Raises TrainingException for fewer than one a node."""

    def __init__(self, process_count_per_node: int = 1) -> None:
        if process_count_per_node < 1:
            raise TrainingException(f"process_count_per_node must be 1 or more, not {process_count_per_node}.")
        self.process_count_per_node = process_count_per_node


class ParameterServer(_Distribution):
    """Workers and parameter servers of TensorFlow. Raises TrainingException for fewer than one of each."""

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        for parameter, value in (("worker_count", worker_count), ("parameter_server_count", parameter_server_count)):
            if value < 1:
                raise TrainingException(f"{parameter} must be 1 or more, not {value}.")
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count

    def validate(self, estimator_name: str) -> None:
        """Raises TrainingException for another estimator than TensorFlow."""
        _check(estimator_name, "ParameterServer", only="TensorFlow")


class Gloo(_Distribution):
    """PyTorch processes that talk over Gloo."""

    def __init__(self) -> None:
        self._backend = "Gloo"

    def validate(self, estimator_name: str) -> None:
        """Raises TrainingException for another estimator than PyTorch."""
        _check(estimator_name, "Gloo", only="PyTorch")


class Nccl(_Distribution):
    """PyTorch processes that talk over NCCL."""

    def __init__(self) -> None:
        self._backend = "Nccl"

    def validate(self, estimator_name: str) -> None:
        """Raises TrainingException for another estimator than PyTorch."""
        _check(estimator_name, "Nccl", only="PyTorch")


def _check(estimator_name: str, distribution: str, *, only: str) -> None:
    if estimator_name != only:
        raise TrainingException(f"{estimator_name} does not run with {distribution}: that is for {only}.")

"""The sections of a `RunConfiguration` that say how a script runs; published at `azureml.core.runconfig`."""

from typing import Any

from azureml.core._sections import Section, keys
from azureml.core.container_registry import ContainerRegistry as _ContainerRegistry
from azureml.exceptions import RunConfigurationException

SUPPORTED_PYTORCH_BACKENDS = ["nccl", "gloo"]


class ContainerRegistry(_ContainerRegistry):
    """Where a Docker image is taken from."""


class AzureContainerRegistry(ContainerRegistry):
    """The old name of `ContainerRegistry`."""


class DockerConfiguration(Section):
    """Whether and how the script runs in a container."""

    use_docker: bool
    shared_volumes: bool
    arguments: list[str]
    shm_size: str | None
    _keys = keys("use_docker", "shared_volumes", "arguments", "shm_size")

    def __init__(
        self,
        use_docker: bool = False,
        shared_volumes: bool = True,
        arguments: list[str] = [],  # noqa: B006 - the published default; it is copied
        shm_size: str | None = "2g",
    ) -> None:
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = list(arguments)
        self.shm_size = shm_size


class MpiConfiguration(Section):
    """Runs the script in several processes that talk over MPI."""

    process_count_per_node: int
    node_count: int
    _keys = keys("process_count_per_node", "node_count")

    def __init__(self, process_count_per_node: int = 1, node_count: int = 1) -> None:
        self.process_count_per_node = process_count_per_node
        self.node_count = node_count


class TensorflowConfiguration(Section):
    """Runs the script in workers and parameter servers."""

    worker_count: int
    parameter_server_count: int
    _keys = keys("worker_count", "parameter_server_count")

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count


class PyTorchConfiguration(Section):
    """Runs the script in a group of PyTorch processes; `communication_backend` is Nccl or Gloo."""

    communication_backend: str
    process_count: int | None
    node_count: int
    _keys = keys("communication_backend", "process_count", "node_count")

    def __init__(
        self, communication_backend: str = "Nccl", process_count: int | None = None, node_count: int = 1
    ) -> None:
        if communication_backend.lower() not in SUPPORTED_PYTORCH_BACKENDS:
            raise RunConfigurationException(
                f"'{communication_backend}' is no backend here: communication_backend is 'Nccl' or 'Gloo'."
            )
        self.communication_backend = communication_backend.lower()
        self.process_count = process_count
        self.node_count = node_count


class ParallelTaskConfiguration(Section):
    """Runs many small tasks."""

    max_retries_per_worker: int
    worker_count_per_node: int
    terminal_exit_codes: list[int] | None
    _keys = keys("max_retries_per_worker", "worker_count_per_node", "terminal_exit_codes")

    def __init__(self) -> None:
        self.max_retries_per_worker = 0
        self.worker_count_per_node = 1
        self.terminal_exit_codes = None


class SparkConfiguration(Section):
    """Settings of a Spark job."""

    configuration: dict[str, Any]
    _keys = keys("configuration")

    def __init__(self) -> None:
        self.configuration = {"spark.app.name": "Azure ML Experiment", "spark.yarn.maxAppAttempts": 1}


class HdiConfiguration(Section):
    """How a job runs on HDInsight: "cluster" or "client"."""

    yarn_deploy_mode: str
    _keys = keys("yarn_deploy_mode")

    def __init__(self) -> None:
        self.yarn_deploy_mode = "cluster"


class HistoryConfiguration(Section):
    """What is kept of a run."""

    output_collection: bool
    snapshot_project: bool
    directories_to_watch: list[str]
    _keys = keys("output_collection", "snapshot_project", "directories_to_watch")

    def __init__(self) -> None:
        self.output_collection = True
        self.snapshot_project = True
        self.directories_to_watch = ["logs"]


class AmlComputeConfiguration(Section):
    """The size of a cluster that is made for one run."""

    vm_size: str | None
    vm_priority: str | None
    _keys = keys("vm_size", "vm_priority")

    def __init__(self) -> None:
        self.vm_size = None
        self.vm_priority = None


class KubernetesComputeConfiguration(Section):
    """The kind of node on a Kubernetes cluster."""

    instance_type: str | None
    _keys = keys("instance_type")

    def __init__(self) -> None:
        self.instance_type = None


class ApplicationEndpointConfiguration(Section):
    """A service beside the script, such as a notebook server."""

    type: str | None
    port: int | None
    properties: dict[str, str] | None
    _keys = keys("type", "port", "properties")

    def __init__(
        self, type: str | None = None, port: int | None = None, properties: dict[str, str] | None = None
    ) -> None:
        self.type = type
        self.port = port
        self.properties = properties

"""How a script runs: its environment, compute target, and the settings of frameworks (contracts §19)."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from azureml.core._runconfig_data import SUPPORTED_DATAREF_MODES as SUPPORTED_DATAREF_MODES
from azureml.core._runconfig_data import SUPPORTED_DELIVERY_MECHANISM as SUPPORTED_DELIVERY_MECHANISM
from azureml.core._runconfig_data import Data as Data
from azureml.core._runconfig_data import DatacacheConfiguration as DatacacheConfiguration
from azureml.core._runconfig_data import DataLocation as DataLocation
from azureml.core._runconfig_data import DataPath as DataPath
from azureml.core._runconfig_data import DataReferenceConfiguration as DataReferenceConfiguration
from azureml.core._runconfig_data import Dataset as Dataset
from azureml.core._runconfig_data import DatasetRegistrationOptions as DatasetRegistrationOptions
from azureml.core._runconfig_data import GlobsOptions as GlobsOptions
from azureml.core._runconfig_data import MountOptions as MountOptions
from azureml.core._runconfig_data import OutputData as OutputData
from azureml.core._runconfig_data import OutputOptions as OutputOptions
from azureml.core._runconfig_data import RegistrationOptions as RegistrationOptions
from azureml.core._runconfig_data import UploadOptions as UploadOptions
from azureml.core._runconfig_data import Uri as Uri
from azureml.core._runconfig_jobs import SUPPORTED_PYTORCH_BACKENDS as SUPPORTED_PYTORCH_BACKENDS
from azureml.core._runconfig_jobs import AmlComputeConfiguration as AmlComputeConfiguration
from azureml.core._runconfig_jobs import ApplicationEndpointConfiguration as ApplicationEndpointConfiguration
from azureml.core._runconfig_jobs import AzureContainerRegistry as AzureContainerRegistry
from azureml.core._runconfig_jobs import ContainerRegistry as ContainerRegistry
from azureml.core._runconfig_jobs import DockerConfiguration as DockerConfiguration
from azureml.core._runconfig_jobs import HdiConfiguration as HdiConfiguration
from azureml.core._runconfig_jobs import HistoryConfiguration as HistoryConfiguration
from azureml.core._runconfig_jobs import KubernetesComputeConfiguration as KubernetesComputeConfiguration
from azureml.core._runconfig_jobs import MpiConfiguration as MpiConfiguration
from azureml.core._runconfig_jobs import ParallelTaskConfiguration as ParallelTaskConfiguration
from azureml.core._runconfig_jobs import PyTorchConfiguration as PyTorchConfiguration
from azureml.core._runconfig_jobs import SparkConfiguration as SparkConfiguration
from azureml.core._runconfig_jobs import TensorflowConfiguration as TensorflowConfiguration
from azureml.core._sections import Section, keys, kinds, many, named, one, parts
from azureml.core.conda_dependencies import CondaDependencies as CondaDependencies
from azureml.core.databricks import DatabricksCluster as DatabricksCluster
from azureml.core.databricks import DatabricksEnvironment as DatabricksEnvironment
from azureml.core.databricks import DatabricksSection as DatabricksSection
from azureml.core.databricks import EggLibrary as EggLibrary
from azureml.core.databricks import JarLibrary as JarLibrary
from azureml.core.databricks import MavenLibrary as MavenLibrary
from azureml.core.databricks import PyPiLibrary as PyPiLibrary
from azureml.core.databricks import RCranLibrary as RCranLibrary
from azureml.core.environment import DEFAULT_CPU_IMAGE as DEFAULT_CPU_IMAGE
from azureml.core.environment import DEFAULT_GPU_IMAGE as DEFAULT_GPU_IMAGE
from azureml.core.environment import DockerEnvironment as DockerEnvironment
from azureml.core.environment import DockerSection as DockerSection
from azureml.core.environment import Environment as Environment
from azureml.core.environment import PythonEnvironment as PythonEnvironment
from azureml.core.environment import PythonSection as PythonSection
from azureml.core.environment import SparkEnvironment as SparkEnvironment
from azureml.core.environment import SparkSection as SparkSection
from azureml.exceptions import UserErrorException

LOCAL_RUNCONFIG_NAME = "local"
MPI_CPU_IMAGE = DEFAULT_CPU_IMAGE
MPI_GPU_IMAGE = DEFAULT_GPU_IMAGE

_FOLDERS = (".azureml", "aml_config", "")
_SUFFIXES = ("", ".runconfig", ".yml", ".yaml")
_ENVIRONMENT_FILE = "environment.yml"
_DEFAULT_ENVIRONMENT = "default-environment"


class EnvironmentDefinition(Environment):
    """The environment of a run configuration; an `Environment` does as well."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name if name is not None else _DEFAULT_ENVIRONMENT)


class RunConfiguration(Section):
    """Everything about a run but the source directory. Attributes it does not have are refused.

    Defaults: target "local", framework "Python", communicator "None", node_count 1. `conda_dependencies` is put into
    the environment.
    """

    script: str | None
    arguments: list[Any]
    framework: str
    communicator: str
    max_run_duration_seconds: int | None
    node_count: int
    priority: int | None
    environment: Environment
    history: HistoryConfiguration
    spark: SparkConfiguration
    docker: DockerConfiguration
    hdi: HdiConfiguration
    tensorflow: TensorflowConfiguration
    mpi: MpiConfiguration
    pytorch: PyTorchConfiguration
    paralleltask: ParallelTaskConfiguration
    data_references: dict[str, Any]
    data: dict[str, Any]
    datacaches: list[DatacacheConfiguration]
    output_data: dict[str, Any]
    source_directory_data_store: str | None
    amlcompute: AmlComputeConfiguration
    auto_cluster_compute_specification: Any
    kubernetescompute: KubernetesComputeConfiguration
    credential_passthrough: bool
    command: Any
    services: dict[str, Any]
    _keys = keys(
        "script",
        "arguments",
        "target",
        "framework",
        "communicator",
        "max_run_duration_seconds",
        "node_count",
        "priority",
        "environment",
        "history",
        "spark",
        "docker",
        "hdi",
        "tensorflow",
        "mpi",
        "pytorch",
        "paralleltask",
        "data_references",
        "data",
        "datacaches",
        "output_data",
        "source_directory_data_store",
        "amlcompute",
        "auto_cluster_compute_specification",
        "kubernetescompute",
        "credential_passthrough",
        "command",
        "environment_variables",
        services="applicationEndpoints",
    )
    _parts = parts(
        environment=one(EnvironmentDefinition),
        history=one(HistoryConfiguration),
        spark=one(SparkConfiguration),
        docker=one(DockerConfiguration),
        hdi=one(HdiConfiguration),
        tensorflow=one(TensorflowConfiguration),
        mpi=one(MpiConfiguration),
        pytorch=one(PyTorchConfiguration),
        paralleltask=one(ParallelTaskConfiguration),
        data_references=named(DataReferenceConfiguration),
        data=named(Data),
        datacaches=many(DatacacheConfiguration),
        output_data=named(OutputData),
        amlcompute=one(AmlComputeConfiguration),
        kubernetescompute=one(KubernetesComputeConfiguration),
        services=named(ApplicationEndpointConfiguration),
    )
    _kinds = kinds(environment=Environment, docker=DockerConfiguration)

    def __init__(
        self,
        script: str | None = None,
        arguments: list[Any] | None = None,
        framework: str | None = None,
        communicator: str | None = None,
        conda_dependencies: CondaDependencies | None = None,
        _history_enabled: bool | None = None,
        _path: str | None = None,
        _name: str | None = None,
        command: Any = None,
    ) -> None:
        self._path = _path
        self._name = _name
        self.script = script
        self.arguments = list(arguments) if arguments is not None else []
        self._target = LOCAL_RUNCONFIG_NAME
        self.framework = framework or "Python"
        self.communicator = communicator or "None"
        self.max_run_duration_seconds = None
        self.node_count = 1
        self.priority = None
        self.environment = EnvironmentDefinition()
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies
        self.history = HistoryConfiguration()
        if _history_enabled is not None:
            self.history.output_collection = _history_enabled
        self.spark = SparkConfiguration()
        self.docker = DockerConfiguration()
        self.hdi = HdiConfiguration()
        self.tensorflow = TensorflowConfiguration()
        self.mpi = MpiConfiguration()
        self.pytorch = PyTorchConfiguration()
        self.paralleltask = ParallelTaskConfiguration()
        self.data_references = {}
        self.data = {}
        self.datacaches = []
        self.output_data = {}
        self.source_directory_data_store = None
        self.amlcompute = AmlComputeConfiguration()
        self.auto_cluster_compute_specification = None
        self.kubernetescompute = KubernetesComputeConfiguration()
        self.credential_passthrough = False
        self.command = command if command is not None else ""
        self.services = {}
        self._environment_variables: dict[str, str] = {}
        self._auto_prepare_environment = True

    @property
    def target(self) -> str:
        """The name of the compute target, "local" for this machine. An object with a name may be assigned."""
        return self._target

    @target.setter
    def target(self, value: Any) -> None:
        name = (
            LOCAL_RUNCONFIG_NAME if value is None else value if isinstance(value, str) else getattr(value, "name", None)
        )
        if not isinstance(name, str):
            raise UserErrorException(f"target is a compute target or the name of one, not {type(value).__name__}.")
        self._target = name

    @property
    def environment_variables(self) -> dict[str, str]:
        """Variables of this run; they win over those of the environment."""
        return self._environment_variables

    @environment_variables.setter
    def environment_variables(self, value: Mapping[str, str] | None) -> None:
        if value is not None and not isinstance(value, Mapping):
            raise UserErrorException(f"environment_variables is a dictionary, not {type(value).__name__}.")
        self._environment_variables = dict(value or {})

    @property
    def auto_prepare_environment(self) -> bool:
        """Kept as it was set: environments are always prepared."""
        return self._auto_prepare_environment

    @auto_prepare_environment.setter
    def auto_prepare_environment(self, value: bool) -> None:
        self._auto_prepare_environment = value

    def save(
        self,
        path: str | os.PathLike[str] | None = None,
        name: str | None = None,
        separate_environment_yaml: bool = False,
    ) -> None:
        """Write it as YAML to `<path>/.azureml/<name>`; a path that ends in .yml, .yaml or .runconfig is the file.

        `separate_environment_yaml` puts the environment into `environment.yml` beside it.
        """
        import yaml

        file = _file_to_save(Path(path or self._path or "."), name or self._name or LOCAL_RUNCONFIG_NAME)
        file.parent.mkdir(parents=True, exist_ok=True)
        content = self._to_dict(secrets=True)
        if separate_environment_yaml:
            environment = content.pop("environment")
            (file.parent / _ENVIRONMENT_FILE).write_text(yaml.safe_dump(environment, sort_keys=False), encoding="utf-8")
        file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")

    @staticmethod
    def load(path: str | os.PathLike[str], name: str | None = None) -> "RunConfiguration":
        """Read a file, or the configuration `name` in the `.azureml` or `aml_config` of a folder.

        UserErrorException when there is none or it is not readable.
        """
        import yaml

        file = _find(Path(path), name)
        try:
            content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        except yaml.YAMLError as e:
            raise UserErrorException(f"{file} is not readable YAML: {e}", inner_exception=e) from e
        if not isinstance(content, dict):
            raise UserErrorException(f"{file} is not a run configuration: it is not a mapping of settings.")
        written = cast(dict[str, Any], content)
        if "environment" not in written and (file.parent / _ENVIRONMENT_FILE).exists():
            written["environment"] = yaml.safe_load((file.parent / _ENVIRONMENT_FILE).read_text(encoding="utf-8"))
        loaded = RunConfiguration._from_dict(written)
        loaded._path, loaded._name = os.fspath(path), name
        _take_conda_file(loaded, [Path(path) if Path(path).is_dir() else file.parent, file.parent, file.parent.parent])
        return loaded

    @staticmethod
    def delete(path: str | os.PathLike[str], name: str | None) -> None:
        """Remove the file that `load` would read. UserErrorException when there is none."""
        _find(Path(path), name).unlink()

    def __repr__(self) -> str:
        return json.dumps(self._to_dict(), indent=4)


def _file_to_save(path: Path, name: str) -> Path:
    is_file = path.is_file() or (not path.is_dir() and path.suffix in _SUFFIXES[1:])
    return path if is_file else path / _FOLDERS[0] / name


def _find(path: Path, name: str | None) -> Path:
    if path.is_file():
        return path
    wanted = name or LOCAL_RUNCONFIG_NAME
    for folder in _FOLDERS:
        for suffix in _SUFFIXES:
            file = path / folder / f"{wanted}{suffix}"
            if file.is_file():
                return file
    raise UserErrorException(
        f"There is no run configuration '{wanted}' in {path.absolute()}, its .azureml or aml_config. "
        "RunConfiguration.save writes one."
    )


def _take_conda_file(loaded: RunConfiguration, folders: list[Path]) -> None:
    python = loaded.environment.python
    named_file = python.conda_dependencies_file
    if named_file is None:
        return
    found = next((folder / named_file for folder in folders if (folder / named_file).is_file()), None)
    if found is None:
        raise UserErrorException(
            f"The conda file {named_file} of the run configuration is not in {folders[0].absolute()}."
        )
    python.conda_dependencies = CondaDependencies(found)
    python.conda_dependencies_file = None

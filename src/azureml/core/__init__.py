"""What users import first. Names are found where they live when they are asked for, so that `import azureml.core`
costs next to nothing."""

from typing import TYPE_CHECKING, Any

from azureml._version import VERSION as VERSION

if TYPE_CHECKING:
    from azureml.core._diagnostic_log import diagnostic_log as diagnostic_log
    from azureml.core.compute.compute import ComputeTarget as ComputeTarget
    from azureml.core.container_registry import ContainerRegistry as ContainerRegistry
    from azureml.core.dataset import Dataset as Dataset
    from azureml.core.datastore import Datastore as Datastore
    from azureml.core.environment import Environment as Environment
    from azureml.core.experiment import Experiment as Experiment
    from azureml.core.keyvault import Keyvault as Keyvault
    from azureml.core.model import Model as Model
    from azureml.core.run import Run as Run
    from azureml.core.run import get_run as get_run
    from azureml.core.runconfig import RunConfiguration as RunConfiguration
    from azureml.core.script_run import ScriptRun as ScriptRun
    from azureml.core.script_run_config import ScriptRunConfig as ScriptRunConfig
    from azureml.core.workspace import Workspace as Workspace

_HOME = {
    "ComputeTarget": "compute.compute",
    "ContainerRegistry": "container_registry",
    "Dataset": "dataset",
    "Datastore": "datastore",
    "Environment": "environment",
    "Experiment": "experiment",
    "Image": "image.image",
    "Keyvault": "keyvault",
    "LinkedService": "linked_service",
    "Model": "model",
    "PrivateEndPoint": "private_endpoint",
    "PrivateEndPointConfig": "private_endpoint",
    "Run": "run",
    "RunConfiguration": "runconfig",
    "ScriptRun": "script_run",
    "ScriptRunConfig": "script_run_config",
    "Webservice": "webservice",
    "Workspace": "workspace",
    "diagnostic_log": "_diagnostic_log",
    "get_run": "run",
    "attach_legacy_compute_target": "compute_target",
    "is_compute_target_prepared": "compute_target",
    "prepare_compute_target": "compute_target",
    "remove_legacy_compute_target": "compute_target",
    "LinkedServiceConfiguration": "linked_service",
    "SynapseWorkspaceLinkedServiceConfiguration": "linked_service",
}

__all__ = [
    "VERSION",
    "ComputeTarget",
    "ContainerRegistry",
    "Dataset",
    "Datastore",
    "Environment",
    "Experiment",
    "Keyvault",
    "Model",
    "Run",
    "RunConfiguration",
    "ScriptRun",
    "ScriptRunConfig",
    "Workspace",
    "diagnostic_log",
    "get_run",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'azureml.core' has no attribute {name!r}")
    found = getattr(import_module(f"azureml.core.{module}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})

"""Kinds of steps. Names are found where they live when they are asked for: import stays light."""

from typing import TYPE_CHECKING, Any

from azureml._version import VERSION as VERSION

if TYPE_CHECKING:
    from azureml.pipeline.steps.adla_step import AdlaStep as AdlaStep
    from azureml.pipeline.steps.automl_step import AutoMLStep as AutoMLStep
    from azureml.pipeline.steps.automl_step import AutoMLStepRun as AutoMLStepRun
    from azureml.pipeline.steps.azurebatch_step import AzureBatchStep as AzureBatchStep
    from azureml.pipeline.steps.command_step import CommandStep as CommandStep
    from azureml.pipeline.steps.data_transfer_step import DataTransferStep as DataTransferStep
    from azureml.pipeline.steps.databricks_step import DatabricksStep as DatabricksStep
    from azureml.pipeline.steps.estimator_step import EstimatorStep as EstimatorStep
    from azureml.pipeline.steps.hyper_drive_step import HyperDriveStep as HyperDriveStep
    from azureml.pipeline.steps.hyper_drive_step import HyperDriveStepRun as HyperDriveStepRun
    from azureml.pipeline.steps.kusto_step import KustoStep as KustoStep
    from azureml.pipeline.steps.module_step import ModuleStep as ModuleStep
    from azureml.pipeline.steps.mpi_step import MpiStep as MpiStep
    from azureml.pipeline.steps.parallel_run_config import ParallelRunConfig as ParallelRunConfig
    from azureml.pipeline.steps.parallel_run_step import ParallelRunStep as ParallelRunStep
    from azureml.pipeline.steps.python_script_step import PythonScriptStep as PythonScriptStep
    from azureml.pipeline.steps.r_script_step import RScriptStep as RScriptStep
    from azureml.pipeline.steps.synapse_spark_step import SynapseSparkStep as SynapseSparkStep

__version__ = VERSION

__all__ = [
    "AdlaStep",
    "AutoMLStep",
    "AutoMLStepRun",
    "AzureBatchStep",
    "CommandStep",
    "DataTransferStep",
    "DatabricksStep",
    "EstimatorStep",
    "HyperDriveStep",
    "HyperDriveStepRun",
    "KustoStep",
    "ModuleStep",
    "MpiStep",
    "ParallelRunConfig",
    "ParallelRunStep",
    "PythonScriptStep",
    "RScriptStep",
    "SynapseSparkStep",
]

_HOME = {
    "AdlaStep": "adla_step",
    "AutoMLStep": "automl_step",
    "AutoMLStepRun": "automl_step",
    "AzureBatchStep": "azurebatch_step",
    "CommandStep": "command_step",
    "DataTransferStep": "data_transfer_step",
    "DatabricksStep": "databricks_step",
    "EstimatorStep": "estimator_step",
    "HyperDriveStep": "hyper_drive_step",
    "HyperDriveStepRun": "hyper_drive_step",
    "KustoStep": "kusto_step",
    "ModuleStep": "module_step",
    "MpiStep": "mpi_step",
    "ParallelRunConfig": "parallel_run_config",
    "ParallelRunStep": "parallel_run_step",
    "PythonScriptStep": "python_script_step",
    "RScriptStep": "r_script_step",
    "SynapseSparkStep": "synapse_spark_step",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'azureml.pipeline.steps' has no attribute {name!r}")
    found = getattr(import_module(f"azureml.pipeline.steps.{module}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})

"""Where steps run: clusters and machines of a workspace. Classes are found where they live when they are asked for."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azureml.core.compute.adla import AdlaCompute as AdlaCompute
    from azureml.core.compute.aks import AksCompute as AksCompute
    from azureml.core.compute.amlcompute import AmlCompute as AmlCompute
    from azureml.core.compute.batch import BatchCompute as BatchCompute
    from azureml.core.compute.compute import ComputeTarget as ComputeTarget
    from azureml.core.compute.computeinstance import ComputeInstance as ComputeInstance
    from azureml.core.compute.databricks import DatabricksCompute as DatabricksCompute
    from azureml.core.compute.datafactory import DataFactoryCompute as DataFactoryCompute
    from azureml.core.compute.dsvm import DsvmCompute as DsvmCompute
    from azureml.core.compute.hdinsight import HDInsightCompute as HDInsightCompute
    from azureml.core.compute.kubernetescompute import KubernetesCompute as KubernetesCompute
    from azureml.core.compute.kusto import KustoCompute as KustoCompute
    from azureml.core.compute.remote import RemoteCompute as RemoteCompute
    from azureml.core.compute.synapse import SynapseCompute as SynapseCompute

_HOME = {
    "AdlaCompute": "adla",
    "AksCompute": "aks",
    "AmlCompute": "amlcompute",
    "BatchCompute": "batch",
    "ComputeTarget": "compute",
    "ComputeInstance": "computeinstance",
    "DatabricksCompute": "databricks",
    "DataFactoryCompute": "datafactory",
    "DsvmCompute": "dsvm",
    "HDInsightCompute": "hdinsight",
    "KubernetesCompute": "kubernetescompute",
    "KustoCompute": "kusto",
    "RemoteCompute": "remote",
    "SynapseCompute": "synapse",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'azureml.core.compute' has no attribute {name!r}")
    found = getattr(import_module(f"azureml.core.compute.{module}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})

"""Which class a type of compute target is given as."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml.core.compute.compute import ComputeTarget

LOCAL_TYPE = "Local"

HOME = {
    "AdlaCompute": "adla",
    "AksCompute": "aks",
    "AmlCompute": "amlcompute",
    "BatchCompute": "batch",
    "ComputeInstance": "computeinstance",
    "ComputeTarget": "compute",
    "DataFactoryCompute": "datafactory",
    "DatabricksCompute": "databricks",
    "DsvmCompute": "dsvm",
    "HDInsightCompute": "hdinsight",
    "KubernetesCompute": "kubernetescompute",
    "KustoCompute": "kusto",
    "RemoteCompute": "remote",
    "SynapseCompute": "synapse",
}
"""The module of each class."""

_CLASS_OF = {
    "AKS": "AksCompute",
    "AmlCompute": "AmlCompute",
    "Batch": "BatchCompute",
    "ComputeInstance": "ComputeInstance",
    "DataFactory": "DataFactoryCompute",
    "DataLakeAnalytics": "AdlaCompute",
    "Databricks": "DatabricksCompute",
    "HDInsight": "HDInsightCompute",
    "Kubernetes": "KubernetesCompute",
    "Kusto": "KustoCompute",
    "SynapseSpark": "SynapseCompute",
    "VirtualMachine": "RemoteCompute",
}


def class_of(compute_type: str) -> "type[ComputeTarget]":
    """The class of a type, whatever the case of its letters; the base class for a type without one of its own."""
    wanted = compute_type.lower()
    name = next((c for t, c in _CLASS_OF.items() if t.lower() == wanted), "ComputeTarget")
    found: type[ComputeTarget] = getattr(import_module(f"azureml.core.compute.{HOME[name]}"), name)
    return found

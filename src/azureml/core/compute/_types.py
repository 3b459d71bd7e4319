"""Which class a compute target of the server is."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azureml.core.compute.compute import ComputeTarget


def class_for(kind: str, settings: Mapping[str, Any]) -> "type[ComputeTarget]":
    """The class for a type as `ComputeTarget.type` has it; ComputeTarget itself for one that is not known."""
    from azureml.core import compute

    if kind == "VirtualMachine" and settings.get("is_data_science_vm"):
        return compute.DsvmCompute
    classes: dict[str, type[ComputeTarget]] = {
        c._compute_type: c
        for c in (
            compute.AdlaCompute,
            compute.AksCompute,
            compute.AmlCompute,
            compute.BatchCompute,
            compute.ComputeInstance,
            compute.DatabricksCompute,
            compute.DataFactoryCompute,
            compute.HDInsightCompute,
            compute.KubernetesCompute,
            compute.KustoCompute,
            compute.RemoteCompute,
            compute.SynapseCompute,
        )
    }
    return classes.get(kind, compute.ComputeTarget)

"""What compute targets are made and attached with, and the values that tell how they stand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from azureml.core.compute import (
    AdlaCompute,
    AksCompute,
    AmlCompute,
    BatchCompute,
    ComputeInstance,
    DatabricksCompute,
    DataFactoryCompute,
    HDInsightCompute,
    KubernetesCompute,
    KustoCompute,
    RemoteCompute,
    SynapseCompute,
)
from azureml.core.compute.aks import SslConfiguration, SystemService
from azureml.core.compute.amlcompute import AmlComputeNodeStateCounts, AmlComputeStatus, ScaleSettings
from azureml.core.compute.computeinstance import ComputeInstanceStatus
from azureml.core.compute.kubernetescompute import KubernetesComputeStatus
from azureml.core.compute_target import (
    AbstractComputeTarget,
    LocalTarget,
    attach_legacy_compute_target,
    is_compute_target_prepared,
)
from azureml.exceptions import ComputeTargetException

MOMENT = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
ID = "/subscriptions/s/resourceGroups/g"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "max_nodes is mandatory"),
        ({"max_nodes": 1, "min_nodes": 2}, "less than min_nodes"),
        ({"max_nodes": "4"}, "max_nodes is '4'"),
        ({"max_nodes": 4, "min_nodes": -1}, "min_nodes is -1"),
        ({"max_nodes": 4, "vnet_name": "x"}, "subnet_name"),
        ({"max_nodes": 4, "admin_username": "x"}, "admin_user_password"),
        ({"max_nodes": 4, "admin_user_password": "x"}, "admin_username"),
        ({"max_nodes": 4, "identity_type": "Own"}, "'SystemAssigned' or 'UserAssigned'"),
        ({"max_nodes": 4, "identity_type": "UserAssigned"}, "identity_id"),
        ({"max_nodes": 4, "identity_type": "SystemAssigned", "identity_id": ["x"]}, "'UserAssigned' only"),
    ],
)
def test_a_cluster_that_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ComputeTargetException, match=message):
        AmlCompute.provisioning_configuration(vm_size="v", **given)


def test_a_cluster_of_no_nodes_and_one_with_everything_are_good() -> None:
    assert AmlCompute.provisioning_configuration(max_nodes=0).scale_settings.maximum_node_count == 0
    full = AmlCompute.provisioning_configuration(
        "v",
        vm_priority="lowpriority",
        max_nodes=2,
        admin_username="u",
        admin_user_ssh_key="k",
        identity_type="UserAssigned",
        identity_id=["i"],
        vnet_name="n",
        vnet_resourcegroup_name="g",
        subnet_name="s",
    )
    full.validate_configuration()


@pytest.mark.parametrize(
    ("attach", "given", "message"),
    [
        (DatabricksCompute, {}, "resource_group, workspace_name"),
        (DatabricksCompute, {"resource_group": "g"}, "Missing: workspace_name"),
        (DatabricksCompute, {"resource_id": "x"}, "begins with /subscriptions/"),
        (DatabricksCompute, {"resource_group": "g", "workspace_name": "w", "resource_id": ID}, "one or the other"),
        (AdlaCompute, {"account_name": "a"}, "Missing: resource_group"),
        (BatchCompute, {"resource_group": "g"}, "Missing: account_name"),
        (DataFactoryCompute, {"resource_group": "g"}, "Missing: factory_name"),
        (AksCompute, {}, "Missing: resource_group, cluster_name"),
        (RemoteCompute, {"username": "u"}, "vm_name"),
        (RemoteCompute, {"username": "", "address": "a"}, "give username"),
        (RemoteCompute, {"username": "u", "resource_id": "x"}, "begins with /subscriptions/"),
        (HDInsightCompute, {"username": "u", "subscription_id": "s", "resource_group": "g"}, "cluster_name"),
        (KubernetesCompute, {}, "resource_id"),
        (KustoCompute, {"tenant_id": "t"}, "kusto_connection_string, application_id, application_key"),
        (SynapseCompute, {"linked_service": "l", "type": "Spark", "pool_name": "p"}, "SynapseSpark"),
        (SynapseCompute, {"linked_service": None, "type": "SynapseSpark", "pool_name": "p"}, "linked_service"),
    ],
)
def test_a_target_that_is_not_told_whole_is_refused(attach: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ComputeTargetException, match=message):
        attach.attach_configuration(**given)


def test_a_resource_is_told_by_its_id_alone() -> None:
    assert AdlaCompute.attach_configuration(resource_id=ID).resource_id == ID
    assert RemoteCompute.attach_configuration("u", resource_id=ID).resource_id == ID


@pytest.mark.parametrize("given", [{"ssh_public_access": True}, {"vnet_name": "n"}, {"assigned_user_object_id": "o"}])
def test_an_instance_that_is_not_whole_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ComputeTargetException):
        ComputeInstance.provisioning_configuration(**given)


def status(**changes: Any) -> AmlComputeStatus:
    values: dict[str, Any] = {
        "allocation_state": "Steady",
        "allocation_state_transition_time": MOMENT,
        "creation_time": MOMENT,
        "current_node_count": 1,
        "errors": None,
        "modified_time": MOMENT,
        "node_state_counts": AmlComputeNodeStateCounts(1, 2, 3, 4, 5, 6),
        "provisioning_state": "Succeeded",
        "provisioning_state_transition_time": None,
        "scale_settings": ScaleSettings(0, 4, 120),
        "target_node_count": 2,
        "vm_priority": "Dedicated",
        "vm_size": "v",
    }
    return AmlComputeStatus(**values | changes)


def test_the_status_of_a_cluster_is_written_as_published() -> None:
    assert status().serialize() == {
        "currentNodeCount": 1,
        "targetNodeCount": 2,
        "nodeStateCounts": {
            "preparingNodeCount": 4,
            "runningNodeCount": 5,
            "idleNodeCount": 1,
            "unusableNodeCount": 6,
            "leavingNodeCount": 2,
            "preemptedNodeCount": 3,
        },
        "allocationState": "Steady",
        "allocationStateTransitionTime": "2020-01-02T03:04:05+00:00",
        "errors": None,
        "creationTime": "2020-01-02T03:04:05+00:00",
        "modifiedTime": "2020-01-02T03:04:05+00:00",
        "provisioningState": "Succeeded",
        "provisioningStateTransitionTime": None,
        "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT120S"},
        "vmPriority": "Dedicated",
        "vmSize": "v",
    }


@pytest.mark.parametrize("changes", [{}, {"scale_settings": None, "node_state_counts": None, "creation_time": None}])
def test_the_status_of_a_cluster_is_read_back(changes: dict[str, Any]) -> None:
    assert AmlComputeStatus.deserialize(status(**changes).serialize()).serialize() == status(**changes).serialize()


@pytest.mark.parametrize(("text", "seconds"), [("PT120S", 120), ("PT30M", 1800), ("PT1H30M5S", 5405), (None, 1800)])
def test_an_idle_time_is_read_in_hours_minutes_and_seconds(text: str | None, seconds: int) -> None:
    read = ScaleSettings.deserialize({"maxNodeCount": 1, "nodeIdleTimeBeforeScaleDown": text})
    assert read.idle_seconds_before_scaledown == seconds
    with pytest.raises(ComputeTargetException, match="soon"):
        ScaleSettings.deserialize({"nodeIdleTimeBeforeScaleDown": "soon"})


@pytest.mark.parametrize(
    "value",
    [
        ComputeInstanceStatus(MOMENT, "n", "i", "o", [], None, "Running", "v"),
        KubernetesComputeStatus(MOMENT, None, "Succeeded"),
        SslConfiguration("Enabled", cname="c", renew=True),
        SystemService("s", "1", None),
    ],
    ids=lambda v: type(v).__name__,
)
def test_other_values_are_read_back(value: Any) -> None:
    assert type(value).deserialize(value.serialize()).serialize() == value.serialize()


def test_the_oldest_form_of_targets_knows_this_machine() -> None:
    assert (LocalTarget().name, LocalTarget().type) == ("local", "local")
    assert isinstance(AbstractComputeTarget.deserialize_from_dict("x", {"type": "local"}), LocalTarget)
    assert AbstractComputeTarget.deserialize_from_dict("x", {"type": "amlcompute"}).name == "x"
    assert is_compute_target_prepared(None, ".", None) is True
    with pytest.raises(NotImplementedError, match=r"ComputeTarget\.attach"):
        attach_legacy_compute_target(None, ".", None)

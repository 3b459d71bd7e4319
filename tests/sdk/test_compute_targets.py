"""Compute targets of a workspace: made, found, changed, attached, removed (contracts §19)."""

import copy
import inspect
from pathlib import Path
from typing import Any

import pytest

from azureml.core import compute
from azureml.core.compute import (
    AdlaCompute,
    AksCompute,
    AmlCompute,
    ComputeInstance,
    ComputeTarget,
    DatabricksCompute,
    DataFactoryCompute,
    DsvmCompute,
    HDInsightCompute,
    KubernetesCompute,
    KustoCompute,
    RemoteCompute,
    SynapseCompute,
    amlcompute,
)
from azureml.core.runconfig import RunConfiguration
from azureml.exceptions import ComputeTargetException, UserErrorException
from stepworks.errors import InvalidInput, NotFound
from stepworks.wire.assets import ComputeRecord, NewCompute


class FakeClient:
    """The part of the client that compute targets need, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, ComputeRecord] = {}
        self.secrets: dict[str, str] = {}

    def compute_create(self, workspace: str, new: NewCompute) -> ComputeRecord:
        known = self.kept.get(new.name)
        if known is not None and known.type != new.type:
            raise InvalidInput(f"Compute target {new.name!r} is of type {known.type}.", remedy="Delete it first.")
        record = ComputeRecord(name=new.name, type=new.type, settings=new.settings, created=1.0, modified=2.0)
        self.kept[new.name] = record
        return record

    def compute(self, workspace: str, name: str) -> ComputeRecord:
        if name not in self.kept:
            raise NotFound(f"no {name}")
        return self.kept[name]

    def computes(self, workspace: str) -> list[ComputeRecord]:
        return list(self.kept.values())

    def compute_delete(self, workspace: str, name: str) -> None:
        if self.kept.pop(name, None) is None:
            raise NotFound(f"no {name}")

    def secret_set(self, workspace: str, name: str, value: str) -> None:
        self.secrets[name] = value

    def secret(self, workspace: str, name: str) -> str:
        if name not in self.secrets:
            raise NotFound(f"no {name}")
        return self.secrets[name]


class FakeWorkspace:
    name, subscription_id, resource_group = "ws", "s", "g"

    def __init__(self) -> None:
        self._client = FakeClient()


@pytest.fixture
def ws() -> Any:
    return FakeWorkspace()


def cluster(ws: Any, name: str = "cpu-cluster", **size: Any) -> AmlCompute:
    configuration = AmlCompute.provisioning_configuration(**{"vm_size": "STANDARD_NC6", "max_nodes": 4} | size)
    made = ComputeTarget.create(ws, name, configuration)
    assert type(made) is AmlCompute
    return made


def test_seed_code_makes_a_cluster_when_there_is_none(ws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    missing = ""
    try:
        ComputeTarget(workspace=ws, name="aml-compute")
    except ComputeTargetException as e:
        missing = e.message
        configuration = AmlCompute.provisioning_configuration(vm_size="STANDARD_NC6", min_nodes=1, max_nodes=4)
        made = ComputeTarget.create(ws, "aml-compute", configuration)
        returned = made.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)
        assert returned is None
    assert "ComputeTargetNotFound" in missing
    found = ComputeTarget(workspace=ws, name="aml-compute")
    assert type(found) is AmlCompute
    assert found.status.serialize()["scaleSettings"] == {
        "minNodeCount": 1,
        "maxNodeCount": 4,
        "nodeIdleTimeBeforeScaleDown": "PT1800S",
    }
    assert "'aml-compute' is ready" in capsys.readouterr().out


def test_a_missing_target_is_answered_with_the_near_name(ws: Any) -> None:
    cluster(ws)
    with pytest.raises(ComputeTargetException, match="Did you mean 'cpu-cluster'"):
        ComputeTarget(ws, "cpu-clustr")
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        DataFactoryCompute(ws, "adf")


def test_a_target_is_found_through_its_class_and_as_its_class(ws: Any) -> None:
    cluster(ws)
    assert type(AmlCompute(ws, "cpu-cluster")) is AmlCompute
    with pytest.raises(ComputeTargetException, match="is AmlCompute, not Databricks"):
        DatabricksCompute(ws, "cpu-cluster")


def test_this_machine_is_always_there(ws: Any) -> None:
    local = ComputeTarget(ws, "local")
    assert (local.name, local.type) == ("local", "local")
    local.wait_for_completion()


@pytest.mark.parametrize("name", ["amlcompute", "local", "containerinstance", "AmlCompute"])
def test_taken_names_are_refused(ws: Any, name: str) -> None:
    with pytest.raises(UserErrorException, match="taken"):
        cluster(ws, name)


def test_what_the_server_refuses_is_a_compute_target_exception(ws: Any) -> None:
    cluster(ws, "one")
    with pytest.raises(ComputeTargetException, match=r"is of type AmlCompute\. Delete it first"):
        ComputeTarget.create(ws, "one", ComputeInstance.provisioning_configuration())


def test_the_list_has_every_target_as_its_class(ws: Any) -> None:
    cluster(ws, "a")
    ComputeTarget.create(ws, "b", DataFactoryCompute.provisioning_configuration())
    assert [(t.name, type(t)) for t in ComputeTarget.list(ws)] == [("a", AmlCompute), ("b", DataFactoryCompute)]


def test_a_kind_of_target_that_the_sdk_does_not_know_is_listed_all_the_same(ws: Any) -> None:
    ws._client.compute_create("ws", NewCompute(name="x", type="Quantum"))
    [found] = ComputeTarget.list(ws)
    assert (type(found), found.type) == (ComputeTarget, "Quantum")


def test_a_cluster_is_resized(ws: Any) -> None:
    target = cluster(ws)
    target.update(max_nodes=8, idle_seconds_before_scaledown=60)
    again = AmlCompute(ws, "cpu-cluster")
    scale = again.scale_settings
    assert (scale.minimum_node_count, scale.maximum_node_count, scale.idle_seconds_before_scaledown) == (0, 8, 60)
    assert again.vm_size == "STANDARD_NC6"
    with pytest.raises(ComputeTargetException, match="less than min_nodes"):
        target.update(min_nodes=9)


def test_waiting_ends_when_the_cluster_is_steady(ws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    target = cluster(ws, min_nodes=2)
    record = ws._client.kept["cpu-cluster"]
    looks = iter([("Resizing", 0), ("Resizing", 1), ("Steady", 2)])

    def look(workspace: str, name: str) -> ComputeRecord:
        state, nodes = next(looks)
        values = {f: getattr(record, f) for f in ("name", "type", "settings", "created", "modified")}
        return ComputeRecord(**values, allocation_state=state, current_nodes=nodes)

    monkeypatch.setattr(ws._client, "compute", look)
    monkeypatch.setattr(amlcompute, "_SECONDS_BETWEEN_LOOKS", 0)
    target.wait_for_completion()
    assert target.status.current_node_count == 2


def test_waiting_ends_at_its_timeout(
    ws: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = cluster(ws, min_nodes=2)
    values = {f: getattr(target._record, f) for f in ("name", "type", "settings", "created", "modified")}
    resizing = ComputeRecord(**values, allocation_state="Resizing")
    monkeypatch.setattr(ws._client, "compute", lambda workspace, name: resizing)
    target.wait_for_completion(show_output=True, timeout_in_minutes=0)
    assert "no more waiting" in capsys.readouterr().out


def test_nodes_are_listed_by_state(ws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    target = cluster(ws)
    values = {f: getattr(target._record, f) for f in ("name", "type", "settings", "created", "modified")}
    record = ComputeRecord(**values, node_states={"running": 1, "idle": 2})
    monkeypatch.setattr(ws._client, "compute", lambda workspace, name: record)
    assert [n["nodeState"] for n in target.list_nodes()] == ["running", "idle", "idle"]


def test_a_target_is_removed(ws: Any) -> None:
    target = cluster(ws)
    target.delete()
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        target.detach()


def test_a_serialized_target_is_read_back(ws: Any) -> None:
    target = cluster(ws, tags={"a": "b"}, location="westeurope")
    again = AmlCompute.deserialize(ws, target.serialize())
    assert type(again) is AmlCompute
    assert again.serialize() == target.serialize()
    assert (again.tags, again.location) == ({"a": "b"}, "westeurope")
    with pytest.raises(ComputeTargetException, match="not a serialized"):
        ComputeTarget.deserialize(ws, {"name": "x"})


def test_an_instance_that_is_stopped_lets_its_steps_wait(ws: Any) -> None:
    instance = ComputeTarget.create(ws, "mine", ComputeInstance.provisioning_configuration(vm_size="v"))
    assert isinstance(instance, ComputeInstance)
    assert (instance.vm_size, instance.get_status().state) == ("v", "Running")
    instance.stop(wait_for_completion=True)
    assert (instance.get_status().state, ws._client.kept["mine"].settings["max_nodes"]) == ("Stopped", 0)
    instance.start()
    assert instance.get_status().serialize()["state"] == "Running"


ATTACHED = [
    (AdlaCompute, {"resource_group": "g", "account_name": "a"}),
    (compute.BatchCompute, {"resource_group": "g", "account_name": "a"}),
    (DatabricksCompute, {"resource_group": "g", "workspace_name": "w", "access_token": "hidden"}),
    (DataFactoryCompute, {"resource_group": "g", "factory_name": "f"}),
    (RemoteCompute, {"username": "u", "address": "a", "password": "hidden"}),
    (HDInsightCompute, {"username": "u", "address": "a", "password": "hidden"}),
    (KubernetesCompute, {"resource_id": "/subscriptions/x", "namespace": "n"}),
    (
        KustoCompute,
        {"kusto_connection_string": "c", "tenant_id": "t", "application_id": "i", "application_key": "hidden"},
    ),
    (SynapseCompute, {"linked_service": "l", "type": "SynapseSpark", "pool_name": "p"}),
    (AksCompute, {"resource_group": "g", "cluster_name": "c"}),
]


@pytest.mark.filterwarnings("ignore:.*does not reach targets")
@pytest.mark.parametrize(("kind", "facts"), ATTACHED, ids=lambda v: getattr(v, "__name__", ""))
def test_a_target_elsewhere_is_attached_and_found(ws: Any, kind: Any, facts: dict[str, Any]) -> None:
    attached = ComputeTarget.attach(ws, "it", kind.attach_configuration(**facts))
    attached.wait_for_completion(True)
    assert (type(attached), attached.is_attached, attached.type) == (kind, True, kind._compute_type)
    assert type(ComputeTarget(ws, "it")) is kind
    assert "hidden" not in repr(ws._client.kept)


def test_credentials_are_kept_in_the_key_vault(ws: Any) -> None:
    configuration = DatabricksCompute.attach_configuration("g", "w", access_token="hidden")
    attached = ComputeTarget.attach(ws, "my_db", configuration)
    assert list(ws._client.secrets.values()) == ["hidden"]
    assert isinstance(attached, DatabricksCompute)
    assert attached.get_credentials() == {"databricksAccessToken": "hidden"}


def test_a_private_key_is_kept_by_its_content(ws: Any, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret key")
    configuration = RemoteCompute.attach_configuration("u", address="a", private_key_file=str(tmp_path / "key"))
    with pytest.warns(UserWarning, match="does not reach targets of type VirtualMachine"):
        attached = ComputeTarget.attach(ws, "vm", configuration)
    assert isinstance(attached, RemoteCompute)
    assert attached.get_credentials()["privateKey"] == "secret key"
    assert (attached.address, attached.ssh_port) == ("a", 22)
    with pytest.raises(ComputeTargetException, match="no private key"):
        RemoteCompute.attach_configuration("u", address="a", private_key_file=str(tmp_path / "gone"))


@pytest.mark.parametrize("kind", [AksCompute, DsvmCompute])
def test_machines_and_clusters_elsewhere_are_not_made(ws: Any, kind: Any) -> None:
    with pytest.raises(NotImplementedError, match="Use AmlCompute"):
        ComputeTarget.create(ws, "x", kind.provisioning_configuration())


def test_a_target_may_be_the_target_of_a_run_configuration(ws: Any) -> None:
    run_config = RunConfiguration()
    run_config.target = cluster(ws)
    assert run_config.target == "cpu-cluster"


def test_copies_of_what_holds_a_target_hold_the_same_one(ws: Any) -> None:
    target = cluster(ws)
    assert copy.deepcopy({"target": target})["target"] is target


def test_the_parameters_of_a_provisioning_configuration_can_be_inspected() -> None:
    signature = inspect.signature(AmlCompute.provisioning_configuration)
    assert {"vm_size", "max_nodes", "idle_seconds_before_scaledown", "identity_id"} <= set(signature.parameters)
    assert not [p for p in signature.parameters.values() if p.kind is inspect.Parameter.VAR_KEYWORD]

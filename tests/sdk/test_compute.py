"""Compute targets as SDK classes, against a server that is a dictionary."""

import copy
import inspect
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from azureml.core.compute import (
    AdlaCompute,
    AmlCompute,
    ComputeInstance,
    ComputeTarget,
    DatabricksCompute,
    DataFactoryCompute,
    DsvmCompute,
    RemoteCompute,
)
from azureml.core.compute.amlcompute import AmlComputeStatus
from azureml.core.compute_target import AbstractComputeTarget, LocalTarget
from azureml.exceptions import ComputeTargetException, UserErrorException
from stepworks.errors import NotFound
from stepworks.wire.assets import ComputeRecord, NewCompute


@dataclass
class FakeClient:
    """Keeps what it is given; nodes come as `growing` says, one more at each look."""

    targets: dict[str, ComputeRecord] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    growing: bool = False
    looks: int = 0

    def compute_create(self, workspace: str, new: NewCompute) -> ComputeRecord:
        record = ComputeRecord(name=new.name, type=new.type, settings=new.settings, created=1.0, modified=2.0)
        if new.type == "AmlCompute":
            least = int(str(new.settings["min_nodes"]))
            counts = {"idle": least, "running": 0}
            record = msgspec.structs.replace(record, current_nodes=least, target_nodes=least, node_states=counts)
        self.targets[new.name] = record
        return record

    def compute(self, workspace: str, name: str) -> ComputeRecord:
        if name not in self.targets:
            raise NotFound(f"no {name}")
        record = self.targets[name]
        if self.growing:
            record = msgspec.structs.replace(
                record, current_nodes=self.looks, target_nodes=3, allocation_state="Resizing"
            )
            self.looks += 1
        return record

    def computes(self, workspace: str) -> list[ComputeRecord]:
        return [self.targets[name] for name in sorted(self.targets)]

    def compute_delete(self, workspace: str, name: str) -> None:
        if self.targets.pop(name, None) is None:
            raise NotFound(f"no {name}")

    def secret_set(self, workspace: str, name: str, value: str) -> None:
        self.kept[name] = value

    def secret(self, workspace: str, name: str) -> str:
        if name not in self.kept:
            raise NotFound(f"no {name}")
        return self.kept[name]

    def secret_delete(self, workspace: str, name: str) -> None:
        if self.kept.pop(name, None) is None:
            raise NotFound(f"no {name}")


@pytest.fixture
def ws() -> Any:
    return SimpleNamespace(name="team", subscription_id="sub", resource_group="rg", _client=FakeClient())


def cluster(ws: Any, name: str = "cpu", **settings: Any) -> Any:
    config = AmlCompute.provisioning_configuration(**{"vm_size": "STANDARD_D2_V2", "max_nodes": 4, **settings})
    return ComputeTarget.create(ws, name, config)


def test_a_target_is_given_as_exactly_the_class_of_its_type(ws: Any) -> None:
    made = cluster(ws)
    assert type(made) is AmlCompute
    assert type(ComputeTarget(workspace=ws, name="cpu")) is AmlCompute
    assert type(AmlCompute(ws, "cpu")) is AmlCompute
    assert [type(t) for t in ComputeTarget.list(ws)] == [AmlCompute]
    assert (made.name, made.type, made.vm_size, made.workspace) == ("cpu", "AmlCompute", "STANDARD_D2_V2", ws)


def test_a_target_of_another_type_is_refused_by_a_class(ws: Any) -> None:
    cluster(ws)
    with pytest.raises(ComputeTargetException, match="'cpu' is of type AmlCompute, not Databricks"):
        DatabricksCompute(ws, "cpu")


def test_an_unknown_name_raises_what_published_code_catches(ws: Any) -> None:
    cluster(ws, "cpu-cluster")
    with pytest.raises(ComputeTargetException) as caught:
        DataFactoryCompute(ws, "cpu-clustr")
    assert "ComputeTargetNotFound" in caught.value.message
    assert "Did you mean 'cpu-cluster'?" in caught.value.message


def test_local_is_this_machine(ws: Any) -> None:
    here = ComputeTarget(ws, "local")
    assert (here.name, here.type, here.provisioning_state) == ("local", "Local", "Succeeded")


@pytest.mark.parametrize("name", ["local", "AmlCompute", "containerinstance"])
def test_reserved_names_are_refused(ws: Any, name: str) -> None:
    with pytest.raises(UserErrorException, match="cannot be the name"):
        cluster(ws, name)


def test_the_parameters_of_a_cluster_can_be_inspected() -> None:
    parameters = list(inspect.signature(AmlCompute.provisioning_configuration).parameters)
    assert parameters[:5] == ["vm_size", "vm_priority", "min_nodes", "max_nodes", "idle_seconds_before_scaledown"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"max_nodes": None}, "max_nodes is missing"),
        ({"min_nodes": 5}, "max_nodes is 4 and min_nodes 5"),
        ({"min_nodes": -1}, "min_nodes must be"),
        ({"max_nodes": "4"}, "max_nodes must be"),
        ({"vm_priority": "cheap"}, "vm_priority must be one of"),
        ({"vnet_name": "net"}, "belong together"),
        ({"admin_user_password": "x"}, "admin_username is missing"),
        ({"identity_type": "UserAssigned"}, "identity_id is missing"),
        ({"remote_login_port_public_access": "Maybe"}, "remote_login_port_public_access must be one of"),
    ],
)
def test_a_cluster_that_contradicts_itself_is_refused(ws: Any, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ComputeTargetException, match=says):
        cluster(ws, **settings)
    assert ws._client.targets == {}


def test_the_server_gets_what_its_pools_read_and_no_password(ws: Any) -> None:
    cluster(ws, min_nodes=1, idle_seconds_before_scaledown=60, admin_username="me", admin_user_password="hidden")
    settings = ws._client.targets["cpu"].settings
    assert {k: settings[k] for k in ("min_nodes", "max_nodes", "idle_seconds_before_scaledown")} == {
        "min_nodes": 1,
        "max_nodes": 4,
        "idle_seconds_before_scaledown": 60,
    }
    assert "hidden" not in repr(settings)


def test_the_status_has_the_published_keys_and_comes_back_from_a_dictionary(ws: Any) -> None:
    status = cluster(ws, min_nodes=2).get_status()
    found = status.serialize()
    assert json.loads(json.dumps(found)) == found
    assert (found["currentNodeCount"], found["targetNodeCount"]) == (2, 2)
    assert found["nodeStateCounts"]["idleNodeCount"] == 2
    assert set(found["nodeStateCounts"]) == {
        f"{s}NodeCount" for s in ("preparing", "running", "idle", "unusable", "leaving", "preempted")
    }
    assert found["scaleSettings"] == {"minNodeCount": 2, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT1800S"}
    assert AmlComputeStatus.deserialize(found).serialize() == found


def test_waiting_prints_and_returns_none(ws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    made = cluster(ws)
    assert made.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20) is None
    assert capsys.readouterr().out == "cpu: Succeeded, 0 of 0 nodes, Steady\n"
    made.wait_for_completion()
    assert capsys.readouterr().out == ""


def test_waiting_ends_when_enough_nodes_have_come(ws: Any) -> None:
    made = cluster(ws)
    ws._client.growing = True
    pauses: list[float] = []
    made._wait_for_nodes(False, 2, 100.0, pause=pauses.append, now=lambda: 0.0)
    assert made.status.current_node_count == 2
    assert len(pauses) == 2


def test_waiting_ends_at_the_timeout(ws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    made = cluster(ws)
    ws._client.growing = True
    times = iter([0.0, 50.0, 101.0])
    made._wait_for_nodes(True, 1000, 100.0, pause=lambda _: None, now=lambda: next(times))
    assert "timeout: 1000 nodes were wanted" in capsys.readouterr().out


def test_update_changes_what_is_given_and_keeps_the_rest(ws: Any) -> None:
    made = cluster(ws, tags={"team": "a"})
    made.update(max_nodes=9)
    again = AmlCompute(ws, "cpu")
    assert (again.scale_settings.maximum_node_count, again.scale_settings.minimum_node_count) == (9, 0)
    assert (again.tags, made.scale_settings.maximum_node_count) == ({"team": "a"}, 9)
    with pytest.raises(ComputeTargetException, match="max_nodes is 9 and min_nodes 10"):
        made.update(min_nodes=10)


def test_nodes_are_listed_with_their_states(ws: Any) -> None:
    assert cluster(ws, min_nodes=2).list_nodes() == [
        {"nodeId": "cpu-0", "nodeState": "idle"},
        {"nodeId": "cpu-1", "nodeState": "idle"},
    ]


def test_identities_are_added_and_removed(ws: Any) -> None:
    made = cluster(ws)
    made.add_identity("UserAssigned", ["a", "b"])
    made.add_identity("UserAssigned", ["b", "c"])
    assert made.identity_id == ["a", "b", "c"]
    made.remove_identity(["a"])
    assert (made.identity_type, made.identity_id) == ("UserAssigned", ["b", "c"])
    made.remove_identity()
    assert (made.identity_type, made.identity_id) == (None, None)


def test_what_was_made_is_deleted_and_not_detached(ws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    made = cluster(ws)
    with pytest.raises(ComputeTargetException, match="use delete"):
        made.detach()
    with pytest.raises(ComputeTargetException, match="still there"):
        made.wait_for_completion(is_delete_operation=True)
    made.delete()
    made.wait_for_completion(show_output=True, is_delete_operation=True)
    assert capsys.readouterr().out == "cpu: Deleted\n"
    assert ComputeTarget.list(ws) == []


def test_a_target_comes_back_from_its_dictionary(ws: Any) -> None:
    made = cluster(ws, min_nodes=1, description="small", tags={"a": "b"})
    kept = json.loads(json.dumps(made.serialize()))
    back = ComputeTarget.deserialize(ws, kept)
    assert type(back) is AmlCompute
    nodes = ("status",)  # how the nodes stand is asked of the server
    assert {k: v for k, v in back.serialize().items() if k not in nodes} == {
        k: v for k, v in kept.items() if k not in nodes
    }
    with pytest.raises(ComputeTargetException, match="not a serialized compute target"):
        ComputeTarget.deserialize(ws, {"name": "x"})


def test_a_copy_of_a_target_does_not_ask_the_server(ws: Any) -> None:
    made = cluster(ws)
    del ws._client.targets["cpu"]
    assert copy.copy(made).serialize() == made.serialize()


def test_a_databricks_workspace_is_attached_and_found_again_without_its_token_in_the_settings(ws: Any) -> None:
    config = DatabricksCompute.attach_configuration(resource_group="g", workspace_name="bricks", access_token="secret")
    made = ComputeTarget.attach(ws, "my_bricks", config)
    made.wait_for_completion(True)
    found = DatabricksCompute(workspace=ws, name="my_bricks")
    assert "secret" not in repr(ws._client.targets["my_bricks"].settings)
    assert found.get_credentials() == {"databricksAccessToken": "secret"}
    assert found.cluster_resource_id == (
        "/subscriptions/sub/resourceGroups/g/providers/Microsoft.Databricks/workspaces/bricks"
    )
    with pytest.raises(ComputeTargetException, match="use detach"):
        found.delete()
    found.detach()
    assert (ws._client.targets, ws._client.kept) == ({}, {})


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"resource_group": "g"},
        {"account_name": "a"},
        {"resource_group": "g", "account_name": "a", "resource_id": "/x"},
    ],
)
def test_an_account_needs_group_and_name_or_an_id(arguments: dict[str, str]) -> None:
    with pytest.raises(ComputeTargetException, match="resource_group"):
        AdlaCompute.attach_configuration(**arguments)


def test_the_older_attach_takes_a_resource_id(ws: Any) -> None:
    made = AdlaCompute.attach(ws, "lake", "/subscriptions/s/x")
    assert (type(made), made.type, made.cluster_resource_id) == (AdlaCompute, "DataLakeAnalytics", "/subscriptions/s/x")


def test_a_data_factory_is_made_by_name(ws: Any) -> None:
    made = ComputeTarget.create(ws, "factory", DataFactoryCompute.provisioning_configuration())
    assert type(made) is DataFactoryCompute
    made.delete()
    assert ws._client.targets == {}


def test_names_that_differ_only_in_dashes_do_not_share_secrets(ws: Any) -> None:
    for name, token in (("a_b", "one"), ("a-b", "two")):
        config = DatabricksCompute.attach_configuration("g", "w", access_token=token)
        ComputeTarget.attach(ws, name, config)
    assert DatabricksCompute(ws, "a_b").get_credentials() == {"databricksAccessToken": "one"}
    assert DatabricksCompute(ws, "a-b").get_credentials() == {"databricksAccessToken": "two"}


def test_a_machine_is_attached_with_its_key(ws: Any, tmp_path: Any) -> None:
    key = tmp_path / "id"
    key.write_text("KEY")
    config = RemoteCompute.attach_configuration("me", address="10.0.0.1", private_key_file=str(key))
    ComputeTarget.attach(ws, "box", config)
    found = RemoteCompute(ws, "box")
    assert (found.address, found.ssh_port, found.is_attached) == ("10.0.0.1", 22, True)
    assert found.get_credentials() == {"username": "me", "password": "", "privateKeyData": "KEY"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"password": "x"}, "exactly one of address"),
        ({"address": "a", "resource_id": "/x", "password": "x"}, "exactly one of address"),
        ({"address": "a"}, "password or private_key_file"),
        ({"address": "a", "private_key_file": "/not/there"}, "no private key at"),
    ],
)
def test_a_machine_needs_an_address_and_a_way_in(arguments: dict[str, str], says: str) -> None:
    with pytest.raises(ComputeTargetException, match=says):
        RemoteCompute.attach_configuration("me", **arguments)


def test_an_instance_that_is_stopped_takes_no_step(ws: Any) -> None:
    made = ComputeTarget.create(ws, "mine", ComputeInstance.provisioning_configuration(vm_size="X"))
    assert isinstance(made, ComputeInstance)
    assert (made.get_status().state, ws._client.targets["mine"].settings["max_nodes"]) == ("Running", 1)
    made.stop()
    assert (made.get_status().state, ws._client.targets["mine"].settings["max_nodes"]) == ("Stopped", 0)
    made.start()
    assert (made.get_status().state, ws._client.targets["mine"].settings["max_nodes"]) == ("Running", 1)


def test_create_and_attach_tell_a_configuration_of_the_other_kind(ws: Any) -> None:
    with pytest.raises(ComputeTargetException, match=r"Use ComputeTarget\.attach"):
        ComputeTarget.create(ws, "x", AdlaCompute.attach_configuration("g", "a"))  # pyright: ignore
    with pytest.raises(ComputeTargetException, match=r"Use ComputeTarget\.create"):
        ComputeTarget.attach(ws, "x", AmlCompute.provisioning_configuration(max_nodes=1))  # pyright: ignore


def test_a_machine_that_would_have_to_be_rented_is_refused(ws: Any) -> None:
    with pytest.raises(NotImplementedError, match="Use AmlCompute"):
        ComputeTarget.create(ws, "vm", DsvmCompute.provisioning_configuration())


def test_the_local_target_of_old_run_configurations() -> None:
    assert (LocalTarget().name, LocalTarget().type) == ("local", "local")
    assert isinstance(AbstractComputeTarget.deserialize_from_dict("local", {"type": "local"}), LocalTarget)
    with pytest.raises(NotImplementedError, match="'docker'"):
        AbstractComputeTarget.deserialize_from_dict("d", {"type": "docker"})

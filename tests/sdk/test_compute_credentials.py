"""What logs in to compute targets: kept in the key vault, apart for each target, and gone with it."""

from types import SimpleNamespace
from typing import Any

import pytest

from azureml.core.compute import AdlaCompute, AmlCompute, ComputeTarget, DatabricksCompute, KustoCompute
from azureml.exceptions import ComputeTargetException
from stepworks.errors import NotFound
from stepworks.wire.assets import ComputeRecord, NewCompute


class FakeClient:
    """Targets and secrets as dictionaries."""

    def __init__(self) -> None:
        self.targets: dict[str, ComputeRecord] = {}
        self.vault: dict[str, str] = {}

    def compute_create(self, workspace: str, new: NewCompute) -> ComputeRecord:
        record = ComputeRecord(name=new.name, type=new.type, settings=new.settings, created=1.0, modified=2.0)
        self.targets[new.name] = record
        return record

    def compute(self, workspace: str, name: str) -> ComputeRecord:
        if name not in self.targets:
            raise NotFound(f"no {name}")
        return self.targets[name]

    def compute_delete(self, workspace: str, name: str) -> None:
        del self.targets[name]

    def secret_set(self, workspace: str, name: str, value: str) -> None:
        self.vault[name] = value

    def secret(self, workspace: str, name: str) -> str:
        return self.vault[name]

    def secret_delete(self, workspace: str, name: str) -> None:
        if self.vault.pop(name, None) is None:
            raise NotFound(f"no {name}")


@pytest.fixture
def ws() -> Any:
    return SimpleNamespace(name="team", subscription_id="s", resource_group="g", _client=FakeClient())


def bricks(ws: Any, name: str, token: str) -> ComputeTarget:
    config = DatabricksCompute.attach_configuration(resource_group="g", workspace_name="w", access_token=token)
    return ComputeTarget.attach(ws, name, config)


@pytest.mark.filterwarnings("ignore:.*is recorded")
def test_names_that_differ_only_in_dashes_do_not_share_a_token(ws: Any) -> None:
    bricks(ws, "a_b", "one")
    bricks(ws, "a-b", "two")
    assert DatabricksCompute(ws, "a_b").get_credentials() == {"databricksAccessToken": "one"}
    assert DatabricksCompute(ws, "a-b").get_credentials() == {"databricksAccessToken": "two"}


@pytest.mark.filterwarnings("ignore:.*is recorded")
@pytest.mark.parametrize("end", ["delete", "detach"])
def test_a_token_goes_with_its_target(ws: Any, end: str) -> None:
    bricks(ws, "a", "one")
    bricks(ws, "b", "two")
    getattr(ComputeTarget(ws, "a"), end)()
    assert list(ws._client.vault.values()) == ["two"]


@pytest.mark.filterwarnings("ignore:.*is recorded")
def test_a_connection_string_is_a_secret(ws: Any) -> None:
    config = KustoCompute.attach_configuration(
        resource_group="g",
        workspace_name="w",
        tenant_id="t",
        kusto_connection_string="hidden",
        application_id="a",
        application_key="key",
    )
    ComputeTarget.attach(ws, "k", config)
    assert "hidden" not in repr(ws._client.targets["k"].settings)
    assert set(ws._client.vault.values()) == {"hidden", "key"}


def test_create_and_attach_tell_a_configuration_of_the_other_kind(ws: Any) -> None:
    attach: Any = AdlaCompute.attach_configuration("g", "a")
    create: Any = AmlCompute.provisioning_configuration(max_nodes=1)
    with pytest.raises(ComputeTargetException, match=r"Use ComputeTarget\.attach"):
        ComputeTarget.create(ws, "x", attach)
    with pytest.raises(ComputeTargetException, match=r"Use ComputeTarget\.create"):
        ComputeTarget.attach(ws, "x", create)

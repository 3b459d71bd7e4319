"""Environments in a workspace: curated and registered."""

import pytest

from azureml.core.environment import Environment, EnvironmentReference
from azureml.exceptions import UserErrorException
from azureml.exceptions._lookups import EnvironmentNotFound
from stepworks.wire.assets import EnvironmentQuery, EnvironmentRecord, NewEnvironment


class FakeClient:
    """The part of the client that environments need, in memory."""

    def __init__(self) -> None:
        self.kept: list[EnvironmentRecord] = []

    def environment_register(self, workspace: str, new: NewEnvironment) -> EnvironmentRecord:
        same = [e for e in self.kept if e.name == new.name]
        record = EnvironmentRecord(
            workspace=workspace,
            name=new.name,
            version=new.version or str(len(same) + 1),
            spec=new.spec,
            definition=new.definition,
            created=float(len(self.kept)),
        )
        self.kept.append(record)
        return record

    def environments(self, workspace: str, query: EnvironmentQuery) -> list[EnvironmentRecord]:
        found = [
            e
            for e in reversed(self.kept)
            if query.name in (None, e.name) and query.version in (None, e.version) and e.workspace == workspace
        ]
        if query.name is None:
            found = list({e.name: e for e in reversed(found)}.values())
        return found


class FakeWorkspace:
    def __init__(self) -> None:
        self.name = "ws"
        self._client = FakeClient()


@pytest.fixture
def ws() -> FakeWorkspace:
    return FakeWorkspace()


def test_registering_numbers_the_versions(ws: FakeWorkspace) -> None:
    environment = Environment("e")
    assert environment.register(ws).version == "1"
    environment.environment_variables = {"A": "1"}
    registered = environment.register(ws)
    assert (registered.version, registered.environment_variables) == ("2", {"A": "1"})
    assert environment.version is None


def test_get_gives_the_newest_or_the_version_asked_for(ws: FakeWorkspace) -> None:
    for value in ("1", "2"):
        environment = Environment("e")
        environment.environment_variables = {"A": value}
        environment.register(ws)
    assert Environment.get(ws, "e").environment_variables == {"A": "2"}
    assert Environment.get(ws, "e", label="Latest").environment_variables == {"A": "2"}
    assert Environment.get(ws, name="e", version="1").environment_variables == {"A": "1"}


def test_what_was_registered_comes_back_whole(ws: FakeWorkspace) -> None:
    environment = Environment("e")
    environment.docker.base_image = "i"
    environment.databricks.jar_libraries = []
    back = environment.register(ws)
    environment.version = "1"
    assert repr(back) == repr(environment)


def test_a_registrys_password_does_not_reach_the_server(ws: FakeWorkspace) -> None:
    environment = Environment("e")
    environment.docker.base_image_registry.password = "hidden"
    environment.register(ws)
    assert "hidden" not in repr(ws._client.kept)


def test_version_and_label_together_are_refused(ws: FakeWorkspace) -> None:
    with pytest.raises(UserErrorException, match="not both"):
        Environment.get(ws, "e", version="1", label="x")
    with pytest.raises(UserErrorException, match="no label 'blue'"):
        Environment.get(ws, "e", label="blue")


@pytest.mark.parametrize("name", ["AzureML-Tutorial", "azureml-tutorial", "azureml-sklearn-1.5"])
def test_a_curated_environment_is_found_whatever_the_case_of_its_letters(ws: FakeWorkspace, name: str) -> None:
    found = Environment.get(ws, name)
    assert found.name.lower() == name.lower()
    assert found.python.conda_dependencies is not None
    assert "azureml-defaults" in list(found.python.conda_dependencies.pip_packages)


def test_the_list_is_a_dictionary_of_registered_and_curated_ones(ws: FakeWorkspace) -> None:
    Environment("mine").register(ws)
    environments = Environment.list(ws)
    assert isinstance(environments, dict)
    assert {"mine", "AzureML-Tutorial"} <= set(environments)
    assert environments["azureml-tutorial"].name == "AzureML-Tutorial"
    assert "azureml-tutorial" in environments
    assert "gone" not in environments
    assert environments.get("gone") is None
    with pytest.raises(KeyError):
        environments["gone"]


def test_an_unknown_name_is_answered_with_the_near_one(ws: FakeWorkspace) -> None:
    Environment("training").register(ws)
    with pytest.raises(EnvironmentNotFound, match="Did you mean 'training'"):
        Environment.get(ws, "trainin")
    with pytest.raises(UserErrorException):
        EnvironmentReference("trainin").get_environment(ws)


def test_an_unknown_version_is_answered_with_those_there_are(ws: FakeWorkspace) -> None:
    Environment("e").register(ws)
    Environment("e").register(ws)
    with pytest.raises(EnvironmentNotFound, match=r"no version '9'\. It has: 2, 1\."):
        Environment.get(ws, "e", version="9")


def test_a_curated_name_cannot_be_registered(ws: FakeWorkspace) -> None:
    with pytest.raises(UserErrorException, match="clone"):
        Environment("AzureML-mine").register(ws)
    clone = Environment.get(ws, "AzureML-Tutorial").clone("mine")
    assert clone.register(ws).version == "1"

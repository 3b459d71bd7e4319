"""Authentication objects: one token, whatever the way to log in (contracts §20)."""

import inspect
import types
from datetime import UTC, datetime

import pytest

import stepworks
from azureml import _token
from azureml.core import authentication as auth
from azureml.exceptions import AuthenticationException, UserErrorException
from stepworks.errors import NotFound, Unavailable

ANY_WAY = [
    auth.AzureCliAuthentication(),
    auth.InteractiveLoginAuthentication(tenant_id="t"),
    auth.MsiAuthentication(),
    auth.ServicePrincipalAuthentication("t", "id", "password"),
    auth.ArmTokenAuthentication("arm"),
    auth.TokenAuthentication(lambda audience: audience.value),
]


@pytest.fixture(autouse=True)
def connect(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """What stands for `stepworks.connect`."""
    monkeypatch.delenv("AZUREML_RUN_TOKEN", raising=False)
    monkeypatch.delenv("STEPWORKS_TOKEN", raising=False)
    double = types.SimpleNamespace(local_token=lambda: "owner")
    monkeypatch.setattr(stepworks, "connect", double, raising=False)
    return double


@pytest.fixture
def no_server(connect: types.SimpleNamespace) -> None:
    def fail() -> str:
        raise Unavailable("The server does not start.")

    connect.local_token = fail


@pytest.mark.parametrize("way", ANY_WAY, ids=lambda w: type(w).__name__)
def test_every_way_yields_the_owner_token_as_a_plain_dictionary(way: auth.AbstractAuthentication) -> None:
    header = way.get_authentication_header()
    assert header == {"Authorization": "Bearer owner"}
    assert type(header) is dict


@pytest.mark.parametrize("way", ANY_WAY, ids=lambda w: type(w).__name__)
def test_a_signed_session_sends_the_token(way: auth.AbstractAuthentication) -> None:
    assert way.signed_session().headers["Authorization"] == "Bearer owner"


def test_a_given_session_is_signed_and_returned() -> None:
    import requests

    session = requests.Session()
    assert auth.AzureCliAuthentication().signed_session(session) is session


def test_get_token_gives_the_token_with_an_end() -> None:
    token = auth.AzureCliAuthentication().get_token("scope")
    assert token.token == "owner"
    assert token.expires_on > 0


def test_inside_a_run_its_token_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZUREML_RUN_TOKEN", "run")
    assert auth.AzureCliAuthentication().get_authentication_header() == {"Authorization": "Bearer run"}


def test_the_server_is_started_when_there_is_no_token_yet(connect: types.SimpleNamespace) -> None:
    made: list[str] = []

    def token() -> str:
        if not made:
            raise NotFound("none yet")
        return made[0]

    connect.local_token = token
    connect.local_client = lambda: made.append("new")
    assert _token.local_token() == "new"


@pytest.mark.usefixtures("no_server")
def test_without_a_server_the_error_says_so() -> None:
    with pytest.raises(AuthenticationException, match="does not start"):
        auth.AzureCliAuthentication().get_authentication_header()


@pytest.mark.usefixtures("no_server")
def test_without_a_server_a_given_token_is_used() -> None:
    arm = auth.ArmTokenAuthentication("one")
    arm.update_arm_access_token("two")
    assert arm.get_authentication_header() == {"Authorization": "Bearer two"}
    given = auth.TokenAuthentication(lambda audience: audience.value)
    assert given.get_token(auth.Audience.AZUREML).token == "AZUREML"
    assert given.get_authentication_header() == {"Authorization": "Bearer ARM"}


def test_the_token_of_a_run_is_used_as_it_is() -> None:
    end = datetime(2030, 1, 2, tzinfo=UTC)
    run = auth.AzureMLTokenAuthentication.create("t1", end, None, None, None, None, None, "r1")
    assert run.get_token() == ("t1", int(end.timestamp()))
    run.set_token("t2", None)
    assert (run.token, run.expiry_time) == ("t2", None)
    assert run.get_authentication_header() == {"Authorization": "Bearer t2"}


@pytest.mark.parametrize("missing", ["tenant_id", "service_principal_id", "service_principal_password"])
def test_a_service_principal_without_a_fact_is_refused_by_its_name(missing: str) -> None:
    facts = {"tenant_id": "t", "service_principal_id": "i", "service_principal_password": "p", missing: None}
    with pytest.raises(UserErrorException, match=missing):
        auth.ServicePrincipalAuthentication(**facts)  # type: ignore[arg-type]


def test_a_service_principal_password_is_in_no_text() -> None:
    principal = auth.ServicePrincipalAuthentication("t", "i", "very-secret")
    assert "very-secret" not in repr(principal) + str(principal)


def test_token_authentication_names_its_parameter_as_published() -> None:
    assert list(inspect.signature(auth.TokenAuthentication.get_token).parameters) == ["self", "audience"]

"""Ways to log in. There is one owner token for each STEPWORKS_HOME, and every class here yields it (contracts §20).

Nothing asks a cloud or opens a browser: tenants, passwords and clouds are kept as attributes. A token that was handed
in is used where no server is at hand that has one.
"""

import enum
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from azureml._token import local_token
from azureml.exceptions import AuthenticationException, UserErrorException
from azureml.exceptions import RunEnvironmentException as RunEnvironmentException

if TYPE_CHECKING:
    from requests import Session

_SECONDS_UNTIL_ASKED_AGAIN = 3600


class Audience(enum.Enum):
    """What a token is for."""

    ARM = "ARM"
    AZUREML = "AZUREML"


class AccessToken(NamedTuple):
    """A token and the second since the epoch when it ends."""

    token: str
    expires_on: int


class AbstractAuthentication:
    """What all ways to log in can do."""

    def __init__(self, cloud: str | None = None) -> None:
        self._cloud_type = cloud

    def get_authentication_header(self) -> dict[str, str]:
        """`{"Authorization": "Bearer …"}`, for `requests.post(endpoint, headers=…)`. A plain dictionary.

        Raises AuthenticationException when no token can be had.
        """
        return {"Authorization": f"Bearer {self._bearer()}"}

    def signed_session(self, session: "Session | None" = None) -> "Session":
        """A `requests` session, the given one or a new one, that sends the header with each request."""
        if session is None:
            import requests

            session = requests.Session()
        session.headers.update(self.get_authentication_header())
        return session

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """The token as `azure-identity` credentials give it; scopes do not matter here."""
        return AccessToken(self._bearer(), int(time.time()) + _SECONDS_UNTIL_ASKED_AGAIN)

    def _bearer(self) -> str:
        from stepworks.errors import StepworksError

        try:
            return local_token()
        except (StepworksError, OSError) as e:
            raise AuthenticationException(
                f"No token could be had from the local server: {e} `stepworks status` tells more.", inner_exception=e
            ) from e


class AzureCliAuthentication(AbstractAuthentication):
    """As logged in with a command line; that program is not run."""


class InteractiveLoginAuthentication(AbstractAuthentication):
    """As logged in by a person; nobody is asked."""

    def __init__(self, force: bool = False, tenant_id: str | None = None, cloud: str | None = None) -> None:
        super().__init__(cloud)
        self._tenant_id = tenant_id


class MsiAuthentication(AbstractAuthentication):
    """As a machine's own identity."""

    def __init__(self, cloud: str | None = None, **kwargs: Any) -> None:
        super().__init__(cloud)
        self._identity_config = dict(kwargs)


class ServicePrincipalAuthentication(AbstractAuthentication):
    """As a service principal. Raises UserErrorException when one of the three facts is empty."""

    def __init__(
        self,
        tenant_id: str,
        service_principal_id: str,
        service_principal_password: str,
        cloud: str = "AzureCloud",
        _enable_caching: bool = True,
    ) -> None:
        super().__init__(cloud)
        facts = {
            "tenant_id": tenant_id,
            "service_principal_id": service_principal_id,
            "service_principal_password": service_principal_password,
        }
        for name, value in facts.items():
            if not isinstance(value, str) or not value:
                raise UserErrorException(
                    f"ServicePrincipalAuthentication needs a text for {name}. Is the variable it comes from set?"
                )
        self._tenant_id = tenant_id
        self._service_principal_id = service_principal_id
        self._service_principal_password = service_principal_password


class TokenAuthentication(AbstractAuthentication):
    """A function of the caller that gives a token for an audience.

    It is asked when no local token can be had, so that code made for a server elsewhere keeps its own.
    """

    def __init__(self, get_token_for_audience: Callable[[Audience], str], cloud: str | None = None) -> None:
        super().__init__(cloud)
        if not callable(get_token_for_audience):
            raise UserErrorException(
                "get_token_for_audience must be a function that takes an Audience and returns a token."
            )
        self._get_token_for_audience = get_token_for_audience

    def get_token(self, audience: Audience | str = Audience.ARM) -> AccessToken:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The token for an audience."""
        chosen = audience if isinstance(audience, Audience) else Audience.ARM
        return AccessToken(self._for(chosen), int(time.time()) + _SECONDS_UNTIL_ASKED_AGAIN)

    def _bearer(self) -> str:
        return self._for(Audience.ARM)

    def _for(self, audience: Audience) -> str:
        try:
            return super()._bearer()
        except AuthenticationException:
            return self._get_token_for_audience(audience)


class ArmTokenAuthentication(AbstractAuthentication):
    """A token that the caller got elsewhere; used when no local one can be had."""

    def __init__(self, arm_access_token: str, cloud: str = "None") -> None:
        super().__init__(cloud)
        self._arm_access_token = arm_access_token

    def update_arm_access_token(self, new_arm_access_token: str) -> None:
        """Take another token from now on."""
        self._arm_access_token = new_arm_access_token

    def _bearer(self) -> str:
        try:
            return super()._bearer()
        except AuthenticationException:
            return self._arm_access_token


class AzureMLTokenAuthentication(AbstractAuthentication):
    """The token of a run; it is used as it is."""

    EXPIRATION_THRESHOLD_IN_SECONDS = 95
    REFRESH_INTERVAL_IN_SECONDS = 30

    def __init__(
        self,
        azureml_access_token: str,
        expiry_time: datetime | None = None,
        host: str | None = None,
        subscription_id: str | None = None,
        resource_group_name: str | None = None,
        workspace_name: str | None = None,
        experiment_name: str | None = None,
        run_id: str | None = None,
        user_email: str | None = None,
        experiment_id: str | None = None,
        cloud: str = "AzureCloud",
    ) -> None:
        super().__init__(cloud)
        self._token = azureml_access_token
        self._expiry_time = expiry_time
        self._host = host
        self._subscription_id = subscription_id
        self._resource_group_name = resource_group_name
        self._workspace_name = workspace_name
        self._experiment_name = experiment_name
        self._experiment_id = experiment_id
        self._run_id = run_id
        self._user_email = user_email

    @classmethod
    def create(
        cls,
        azureml_access_token: str,
        expiry_time: datetime | None,
        host: str | None,
        subscription_id: str | None,
        resource_group_name: str | None,
        workspace_name: str | None,
        experiment_name: str | None,
        run_id: str | None,
        user_email: str | None = None,
        experiment_id: str | None = None,
    ) -> Self:
        """The same as the constructor."""
        return cls(
            azureml_access_token,
            expiry_time,
            host,
            subscription_id,
            resource_group_name,
            workspace_name,
            experiment_name,
            run_id,
            user_email,
            experiment_id,
        )

    @property
    def token(self) -> str:
        """The token now in use."""
        return self._token

    @property
    def expiry_time(self) -> datetime | None:
        """When the token ends, if that is known."""
        return self._expiry_time

    def set_token(self, token: str, expiry_time: datetime | None) -> None:
        """Take another token from now on."""
        self._token = token
        self._expiry_time = expiry_time

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """The run's token, with its own end if that is known."""
        token = super().get_token(*scopes, **kwargs)
        return token if self._expiry_time is None else token._replace(expires_on=int(self._expiry_time.timestamp()))

    def _bearer(self) -> str:
        return self._token

"""`Webservice`: models behind an address. stepworks runs pipelines and does not deploy models."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unavailable
from azureml.core._wire_values import WireValue
from azureml.core.image.image import Image as Image
from azureml.core.webservice.container_resource_requirements import (
    ContainerResourceRequirements as ContainerResourceRequirements,
)
from azureml.exceptions import WebserviceException as WebserviceException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

deployment = unavailable("a web framework of your choice, with the model that Model.download gives")


class Webservice:
    """A model behind an address. There is none here: making one raises NotImplementedError, and looking one up
    WebserviceException, whose message begins with "WebserviceNotFound"."""

    auth_enabled: Any
    compute_type: Any
    created_by: Any
    created_time: Any
    description: Any
    error: Any
    image: Any
    image_digest: Any
    image_id: Any
    name: Any
    properties: Any
    state: Any
    tags: Any
    token_auth_enabled: Any
    updated_time: Any
    workspace: Any

    def __init__(self, workspace: "Workspace", name: str) -> None:
        raise WebserviceException(
            f"WebserviceNotFound: there is no web service '{name}': models are not deployed here."
        )

    @staticmethod
    def check_for_existing_webservice(
        workspace: "Workspace", name: str, overwrite: bool = False, request_func: Any = None, check_func: Any = None
    ) -> None:
        """Return: no name of a web service is taken here."""

    @staticmethod
    def list(
        workspace: "Workspace",
        compute_type: str | None = None,
        image_name: str | None = None,
        image_id: str | None = None,
        model_name: str | None = None,
        model_id: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        image_digest: str | None = None,
    ) -> "list[Webservice]":
        """No web services."""
        return []

    @staticmethod
    @deployment
    def deploy(
        workspace: "Workspace",
        name: str,
        model_paths: Any,
        image_config: Any,
        deployment_config: Any = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ): ...

    @staticmethod
    @deployment
    def deploy_from_image(
        workspace: "Workspace",
        name: str,
        image: Any,
        deployment_config: Any = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ): ...

    @staticmethod
    @deployment
    def deploy_from_model(
        workspace: "Workspace",
        name: str,
        models: Any,
        image_config: Any,
        deployment_config: Any = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ): ...

    @staticmethod
    @deployment
    def deploy_local_from_model(
        workspace: "Workspace",
        name: str,
        models: Any,
        image_config: Any,
        deployment_config: Any = None,
        wait: bool = False,
    ): ...

    @classmethod
    @deployment
    def deserialize(cls, workspace: "Workspace", webservice_payload: Any): ...

    @deployment
    def delete(self): ...

    @deployment
    def get_keys(self): ...

    @deployment
    def get_logs(self, num_lines: int = 5000, init: bool = False): ...

    @deployment
    def get_token(self): ...

    @deployment
    def regen_key(self, key: str, set_key: str | None = None): ...

    @deployment
    def run(self, input: Any): ...

    @deployment
    def serialize(self): ...

    @deployment
    def update(self, *args: Any): ...

    @deployment
    def update_deployment_state(self): ...

    @deployment
    def wait_for_deployment(self, show_output: bool = False, timeout_sec: int | None = None): ...


class WebserviceDeploymentConfiguration:
    """What a web service would be made with: kept and checked, so that scripts get as far as deploying."""

    description: Any
    location: Any
    primary_key: Any
    properties: Any
    secondary_key: Any
    tags: Any

    def __init__(
        self,
        type: "type[Webservice]",
        description: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        location: str | None = None,
    ) -> None:
        self._type = type
        self.description = description
        self.tags = tags
        self.properties = properties
        self.primary_key = primary_key
        self.secondary_key = secondary_key
        self.location = location
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise WebserviceException for one key without the other."""
        if bool(self.primary_key) != bool(self.secondary_key):
            raise WebserviceException("primary_key and secondary_key go together.")

    def print_deploy_configuration(self) -> None:
        """Print what was set, without keys."""
        shown = {k: v for k, v in vars(self).items() if v is not None and not k.startswith("_") and "key" not in k}
        print(json.dumps(shown, indent=4, default=str))

    @classmethod
    def validate_image(cls, image: Any) -> None:
        """Raise WebserviceException without an image."""
        if image is None:
            raise WebserviceException("A deployment needs an image.")


def require_positive(configuration: Any, names: tuple[str, ...]) -> None:
    """Raise WebserviceException for a number of a configuration that is set and is not above 0."""
    for name in names:
        value = getattr(configuration, name)
        if value is not None and value <= 0:
            raise WebserviceException(f"{name} is {value}; it is more than 0.")


@dataclass
class AutoScaler(WireValue):
    """How a service grows and shrinks."""

    autoscale_enabled: bool
    max_replicas: int
    min_replicas: int
    refresh_period_seconds: int
    target_utilization: int


@dataclass
class DataCollection(WireValue):
    """Where a service keeps what it is asked."""

    event_hub_enabled: bool
    storage_enabled: bool


@dataclass
class LivenessProbeRequirements(WireValue):
    """How a service is asked whether it lives."""

    period_seconds: int
    initial_delay_seconds: int
    timeout_seconds: int
    success_threshold: int
    failure_threshold: int


@dataclass(repr=False)
class WebServiceAccessToken(WireValue):
    """A token for a service."""

    access_token: Any
    token_type: Any
    refresh_after: Any
    expiry_on: Any

"""`LocalWebservice`: a model in a container on this machine. Deployments are not made here."""

# The published signatures of the kinds of services differ.
# pyright: reportIncompatibleMethodOverride=false

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azureml.core.webservice.webservice import Webservice as Webservice
from azureml.core.webservice.webservice import WebserviceDeploymentConfiguration as WebserviceDeploymentConfiguration
from azureml.core.webservice.webservice import deployment, require_positive
from azureml.exceptions import WebserviceException as WebserviceException

if TYPE_CHECKING:
    from azureml.core.image.container import ContainerImageConfig as ContainerImageConfig
    from azureml.core.workspace import Workspace


class LocalWebservice(Webservice):
    """A model in a container on this machine."""

    NETWORK_NAME = "azureml-local"
    STATE_DELETED = "deleted"
    STATE_DEPLOYING = "deploying"
    STATE_FAILED = "failed"
    STATE_RUNNING = "running"
    STATE_UNKNOWN = "unknown"

    port: int | None
    scoring_uri: str | None
    swagger_uri: str | None

    def __init__(self, workspace: "Workspace", name: str, must_exist: bool = True) -> None:
        super().__init__(workspace, name)

    @staticmethod
    def deploy_configuration(port: int | None = None) -> "LocalWebserviceDeploymentConfiguration":
        """What a container would be made with. WebserviceException for a port that cannot be."""
        return LocalWebserviceDeploymentConfiguration(port)

    @staticmethod
    def list(
        workspace: "Workspace", model_name: str | None = None, model_id: str | None = None, all: bool | None = None
    ) -> "list[Webservice]":
        """No web services."""
        return []

    @deployment
    def delete(self, delete_cache: bool = True, delete_image: bool = False, delete_volume: bool = True): ...

    @deployment
    def deploy_to_cloud(
        self, name: str | None = None, deployment_config: Any = None, deployment_target: Any = None
    ): ...

    @deployment
    def get_logs(self, num_lines: int = 5000, raw: bool = False): ...

    @deployment
    def regen_key(self, key: str): ...

    @deployment
    def reload(self, wait: bool = False): ...

    @deployment
    def run(self, input_data: Any): ...

    @deployment
    def update(
        self,
        models: Any = None,
        image_config: Any = None,
        deployment_config: Any = None,
        wait: bool = False,
        inference_config: Any = None,
    ): ...

    @deployment
    def update_deployment_state(self, must_exist: bool = False): ...

    @deployment
    def wait_for_deployment(self, show_output: bool = False): ...


@dataclass(repr=False)
class LocalWebserviceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """The port of a container."""

    port: int | None = None
    description: Any = None
    tags: Any = None
    properties: Any = None
    primary_key: Any = None
    secondary_key: Any = None
    location: Any = None

    def __post_init__(self) -> None:
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise WebserviceException for a port that is not a number above 0."""
        super().validate_configuration()
        require_positive(self, ("port",))

"""`Image`: a model and its environment in a container image. stepworks builds no images."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unavailable
from azureml.core._wire_values import WireValue
from azureml.exceptions import WebserviceException as WebserviceException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

image = unavailable("Environment for what a step needs, and your own build for images")


class Image:
    """A container image of a model. There is none here: making one raises NotImplementedError, and looking one up
    WebserviceException, whose message begins with "ImageNotFound"."""

    created_time: Any
    creation_state: Any
    description: Any
    generated_dockerfile_uri: Any
    id: Any
    image_build_log_uri: Any
    image_flavor: Any
    image_location: Any
    image_type: Any
    model_ids: Any
    models: Any
    name: Any
    properties: Any
    tags: Any
    version: Any
    workspace: Any

    def __init__(
        self,
        workspace: "Workspace",
        name: str | None = None,
        id: Any = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        version: Any = None,
    ) -> None:
        raise WebserviceException(f"ImageNotFound: there is no image '{name or id}': images are not built here.")

    @staticmethod
    def list(
        workspace: "Workspace",
        image_name: str | None = None,
        model_name: str | None = None,
        model_id: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
    ) -> "list[Image]":
        """No images."""
        return []

    @staticmethod
    @image
    def image_configuration(): ...

    @staticmethod
    @image
    def create(workspace: "Workspace", name: str, models: Any, image_config: Any): ...

    @classmethod
    @image
    def deserialize(cls, workspace: "Workspace", image_payload: Any): ...

    @image
    def add_tags(self, tags: dict[str, str]): ...

    @image
    def remove_tags(self, tags: dict[str, str]): ...

    @image
    def add_properties(self, properties: dict[str, str]): ...

    @image
    def delete(self): ...

    @image
    def serialize(self): ...

    @image
    def update(self, tags: dict[str, str]): ...

    @image
    def update_creation_state(self): ...

    @image
    def wait_for_creation(self, show_output: bool = False): ...


class ImageConfig:
    """What an image would be made with."""

    def validate_configuration(self) -> None:
        """Raise WebserviceException when something is missing."""

    @image
    def build_create_payload(self, workspace: "Workspace", name: str, model_ids: Any): ...


@dataclass
class Asset(WireValue):
    """A file that goes into an image."""

    id: str
    mime_type: str
    unpack: str
    url: str


@dataclass
class TargetRuntime(WireValue):
    """What runs in an image."""

    properties: dict[str, str]
    runtime_type: Any
    targetArchitecture: Any  # noqa: N815 - the published name

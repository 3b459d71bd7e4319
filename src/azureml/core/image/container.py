"""`ContainerImage`: a model with its scoring script in a container image. stepworks builds no images."""

# The published signatures of the kinds of services differ.
# pyright: reportIncompatibleMethodOverride=false

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml.core.container_registry import ContainerRegistry as ContainerRegistry
from azureml.core.image.image import Asset as Asset
from azureml.core.image.image import Image as Image
from azureml.core.image.image import ImageConfig as ImageConfig
from azureml.core.image.image import TargetRuntime as TargetRuntime
from azureml.core.image.image import image
from azureml.exceptions import WebserviceException as WebserviceException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_RUNTIMES = ("python", "spark-py", "python-slim", "spark-py-slim")


class ContainerImage(Image):
    """A model with its scoring script in a container image."""

    assets: Any
    driver_program: Any
    target_runtime: Any

    @staticmethod
    def image_configuration(
        execution_script: Any,
        runtime: Any,
        conda_file: str | None = None,
        docker_file: str | None = None,
        schema_file: str | None = None,
        dependencies: Any = None,
        enable_gpu: bool | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: Any = None,
        cuda_version: str | None = None,
    ) -> "ContainerImageConfig":
        """What an image would be made with. WebserviceException when it cannot be."""
        return ContainerImageConfig(
            execution_script=execution_script,
            runtime=runtime,
            conda_file=conda_file,
            docker_file=docker_file,
            schema_file=schema_file,
            dependencies=dependencies,
            enable_gpu=enable_gpu,
            tags=tags,
            properties=properties,
            description=description,
            base_image=base_image,
            base_image_registry=base_image_registry,
            cuda_version=cuda_version,
        )

    @image
    def run(self, input_data: Any): ...


@dataclass
class ContainerImageConfig(ImageConfig):
    """The scoring script of an image and what it needs."""

    execution_script: Any
    runtime: Any
    conda_file: str | None = None
    docker_file: str | None = None
    schema_file: str | None = None
    dependencies: Any = None
    enable_gpu: bool | None = None
    tags: dict[str, str] | None = None
    properties: dict[str, str] | None = None
    description: str | None = None
    base_image: str | None = None
    base_image_registry: Any = None
    allow_absolute_path: bool = False
    cuda_version: str | None = None

    def __post_init__(self) -> None:
        self.execution_script_path = str(Path(self.execution_script).absolute())
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise WebserviceException for a script that is not there or a runtime that is not known."""
        if not Path(self.execution_script).is_file():
            raise WebserviceException(f"There is no scoring script at {self.execution_script}.")
        if str(self.runtime).lower() not in _RUNTIMES:
            raise WebserviceException(f"runtime is {self.runtime!r}; it is one of {', '.join(_RUNTIMES)}.")

    @image
    def create_local_debug_payload(self, workspace: "Workspace", model_ids: Any): ...

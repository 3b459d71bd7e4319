"""Configurations of deployments: values that can be made, but not used; deployments are outside of stepworks."""

from typing import Any

from azureml._unsupported import unsupported

_INSTEAD = "the model's files: model.download(), and any server of models"


class InferenceConfig:
    """How a deployed model would be called."""

    def __init__(
        self,
        entry_script: str,
        runtime: str | None = None,
        conda_file: str | None = None,
        extra_docker_file_steps: str | None = None,
        source_directory: str | None = None,
        enable_gpu: bool | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: Any = None,
        cuda_version: str | None = None,
        environment: Any = None,
    ) -> None:
        self.entry_script = entry_script
        self.runtime = runtime
        self.conda_file = conda_file
        self.extra_docker_file_steps = extra_docker_file_steps
        self.source_directory = source_directory
        self.enable_gpu = enable_gpu
        self.description = description
        self.base_image = base_image
        self.base_image_registry = base_image_registry
        self.cuda_version = cuda_version
        self.environment = environment

    def validate_configuration(self) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Deploying a model as a web service", _INSTEAD)

    def validation_script_content(self) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Deploying a model as a web service", _INSTEAD)

    def build_create_payload(self, workspace: Any, name: str, model_ids: Any) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Deploying a model as a web service", _INSTEAD)

    def build_profile_payload(
        self,
        profile_name: str,
        input_data: str | None = None,
        workspace: Any = None,
        models: Any = None,
        dataset_id: str | None = None,
        container_resource_requirements: Any = None,
        description: str | None = None,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Profiling a deployed model", _INSTEAD)


class ModelPackage:
    """An image with a model in it. Raises NotImplementedError when one is made."""

    def __init__(self, workspace: Any, operation_id: str, environment: Any) -> None:
        self.workspace = workspace
        raise unsupported("Packing a model into an image", _INSTEAD)

    def get_container_registry(self) -> Any:
        """Not there."""

    def get_logs(self, decode: bool = True, offset: int = 0) -> Any:
        """Not there."""

    def pull(self) -> None:
        """Not there."""

    def save(self, output_directory: str) -> None:
        """Not there."""

    def serialize(self) -> Any:
        """Not there."""

    def update_creation_state(self) -> None:
        """Not there."""

    def wait_for_creation(self, show_output: bool = False) -> None:
        """Not there."""

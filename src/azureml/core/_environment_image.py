"""What is told about an environment's image: environments are not built into images here."""

import json
from typing import Any, cast

from azureml.core._sections import plain

_NOTHING_TO_BUILD = "Environments are made where a step first needs them; there is nothing to build beforehand."


class DockerImageDetails(dict[str, Any]):
    """What is known of an environment's image, as a dictionary and by attribute."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    @property
    def dockerfile(self) -> str | None:
        """The text of the Dockerfile."""
        return self.get("dockerfile")

    @property
    def environment_path(self) -> str | None:
        """Where the packages are in the image."""
        return self.get("environment_path")

    @property
    def image(self) -> str | None:
        """The image's name."""
        return self.get("image")

    @property
    def image_exist(self) -> bool:
        """Whether an image was built."""
        return bool(self.get("image_exist"))

    @property
    def interpreter_path(self) -> str | None:
        """Where Python is in the image."""
        return self.get("interpreter_path")

    @property
    def registry(self) -> Any:
        """The registry that has the image."""
        return self.get("registry")

    @property
    def repository(self) -> str | None:
        """The image's repository in its registry."""
        return self.get("repository")

    def __repr__(self) -> str:
        return json.dumps(plain(cast(dict[str, Any], self)), indent=4, sort_keys=True)


class ImageBuildDetails:
    """How the building of an image stands: there is nothing to build, so it has succeeded."""

    def __init__(self, environment_client: Any, location: str | None) -> None:
        self.environment_client = environment_client
        self.log_url = location

    @property
    def status(self) -> str:
        """ "Succeeded"."""
        return "Succeeded"

    def get_log(self) -> str:
        """Says that there was nothing to build."""
        return _NOTHING_TO_BUILD

    def wait_for_completion(self, show_output: bool = True) -> None:
        """Return at once, and say why."""
        if show_output:
            print(_NOTHING_TO_BUILD)

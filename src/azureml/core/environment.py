"""The environment of a step: Python packages, variables, and what containers and Spark use (contracts §19)."""

import copy
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from azureml._unsupported import unavailable
from azureml.core import _environment_service
from azureml.core._environment_image import DockerImageDetails as DockerImageDetails
from azureml.core._environment_image import ImageBuildDetails as ImageBuildDetails
from azureml.core._environment_sections import DEFAULT_CPU_IMAGE as DEFAULT_CPU_IMAGE
from azureml.core._environment_sections import DEFAULT_GPU_IMAGE as DEFAULT_GPU_IMAGE
from azureml.core._environment_sections import DockerBuildContext as DockerBuildContext
from azureml.core._environment_sections import DockerEnvironment as DockerEnvironment
from azureml.core._environment_sections import DockerImagePlatform as DockerImagePlatform
from azureml.core._environment_sections import DockerSection as DockerSection
from azureml.core._environment_sections import PythonEnvironment as PythonEnvironment
from azureml.core._environment_sections import PythonSection as PythonSection
from azureml.core._environment_sections import RCranPackage as RCranPackage
from azureml.core._environment_sections import RGitHubPackage as RGitHubPackage
from azureml.core._environment_sections import RSection as RSection
from azureml.core._environment_sections import SparkEnvironment as SparkEnvironment
from azureml.core._environment_sections import SparkPackage as SparkPackage
from azureml.core._environment_sections import SparkSection as SparkSection
from azureml.core._environment_spec import from_spec as from_spec
from azureml.core._environment_spec import read_conda_specification, read_requirements
from azureml.core._environment_spec import to_spec as to_spec
from azureml.core._sections import Section, keys, kinds, one, parts
from azureml.core.conda_dependencies import PYTHON_DEFAULT_VERSION as PYTHON_DEFAULT_VERSION
from azureml.core.conda_dependencies import CondaDependencies as CondaDependencies
from azureml.core.container_registry import ContainerRegistry as ContainerRegistry
from azureml.core.databricks import DatabricksSection as DatabricksSection
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_FILE = "azureml_environment.json"
_CONDA_FILE = "conda_dependencies.yml"


class Environment(Section):
    """A named set of packages, variables and settings, made here or got from a workspace.

    Attributes that an environment or one of its sections does not have are refused with AttributeError.
    """

    name: str
    version: str | None
    python: PythonSection
    docker: DockerSection
    spark: SparkSection
    databricks: DatabricksSection
    r: RSection | None
    inferencing_stack_version: str | None
    asset_id: str | None
    _keys = keys(
        "name",
        "version",
        "environment_variables",
        "python",
        "docker",
        "spark",
        "databricks",
        "r",
        "inferencing_stack_version",
        "asset_id",
    )
    _parts = parts(
        python=one(PythonSection),
        docker=one(DockerSection),
        spark=one(SparkSection),
        databricks=one(DatabricksSection),
        r=one(RSection),
    )
    _kinds = kinds(
        python=PythonSection, docker=DockerSection, spark=SparkSection, databricks=DatabricksSection, r=RSection
    )

    def __init__(self, name: str, **kwargs: Any) -> None:
        self.name = name
        self.version = None
        self.environment_variables = {}
        self.python = PythonSection(**kwargs)
        self.docker = DockerSection(**kwargs)
        self.spark = SparkSection(**kwargs)
        self.databricks = DatabricksSection()
        self.r = None
        self.inferencing_stack_version = None
        self.asset_id = None

    @property
    def environment_variables(self) -> dict[str, str]:
        """Variables that the process of a step is started with."""
        return self._environment_variables

    @environment_variables.setter
    def environment_variables(self, value: Mapping[str, str] | None) -> None:
        if value is not None and not isinstance(value, Mapping):
            raise UserErrorException(f"environment_variables is a dictionary, not {type(value).__name__}.")
        self._environment_variables = dict(value or {})

    # --- ways to make one

    @staticmethod
    def from_conda_specification(name: str, file_path: str | os.PathLike[str]) -> "Environment":
        """An environment of a conda environment file. FileNotFoundError when it is not there."""
        made = Environment(name)
        made.python.conda_dependencies = read_conda_specification(file_path)
        return made

    @staticmethod
    def from_pip_requirements(
        name: str, file_path: str | os.PathLike[str], pip_version: str | None = None
    ) -> "Environment":
        """An environment of a requirement file. FileNotFoundError when it is not there."""
        made = Environment(name)
        made.python.conda_dependencies = _of_requirements(file_path, pip_version)
        return made

    @staticmethod
    def from_existing_conda_environment(name: str, conda_environment_name: str) -> "Environment":
        """An environment as one of conda on this machine, which is asked what is in it.

        UserErrorException when conda is not installed or has no environment of that name.
        """
        import subprocess

        import yaml

        command = ["conda", "env", "export", "--no-builds", "--name", conda_environment_name]
        try:
            exported = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        except FileNotFoundError as e:
            raise UserErrorException(
                "conda is not on this machine's PATH. Use Environment.from_conda_specification with a file.",
                inner_exception=e,
            ) from e
        except subprocess.CalledProcessError as e:
            raise UserErrorException(
                f"conda cannot export its environment '{conda_environment_name}': {e.stderr.strip()}", inner_exception=e
            ) from e
        made = Environment(name)
        made.python.conda_dependencies = CondaDependencies(_underlying_structure=yaml.safe_load(exported))
        return made

    @staticmethod
    def from_docker_image(
        name: str,
        image: str,
        container_registry: ContainerRegistry | None = None,
        conda_specification: str | None = None,
        pip_requirements: str | None = None,
    ) -> "Environment":
        """An environment in an image; without a file of packages those of the image are used."""
        made = Environment(name)
        made.docker.base_image = image
        if container_registry is not None:
            made.docker.base_image_registry = container_registry
        _set_packages(made, conda_specification, pip_requirements)
        return made

    @staticmethod
    def from_dockerfile(
        name: str,
        dockerfile: str | os.PathLike[str],
        conda_specification: str | None = None,
        pip_requirements: str | None = None,
    ) -> "Environment":
        """An environment in an image of a Dockerfile, given as a path or as text."""
        made = Environment(name)
        made.docker.base_image = None
        made.docker.base_dockerfile = dockerfile
        _set_packages(made, conda_specification, pip_requirements)
        return made

    @staticmethod
    def from_docker_build_context(name: str, docker_build_context: DockerBuildContext) -> "Environment":
        """An environment in an image that is built from a folder."""
        made = Environment(name)
        made.docker.base_image = None
        made.docker.build_context = docker_build_context
        made.python.user_managed_dependencies = True
        return made

    def clone(self, new_name: str) -> "Environment":
        """A copy with another name and no version."""
        copied = copy.deepcopy(self)
        copied.name = new_name
        copied.version = None
        copied.asset_id = None
        return copied

    # --- in a workspace

    @staticmethod
    def get(workspace: "Workspace", name: str, version: str | None = None, label: str | None = None) -> "Environment":
        """A registered or curated environment, its newest version unless one is given.

        Raises EnvironmentNotFound (a UserErrorException), and UserErrorException for version and label together.
        """
        return _environment_service.get(workspace, name, version, label)

    @staticmethod
    def list(workspace: "Workspace") -> "dict[str, Environment]":
        """Registered environments, the newest version of each, and curated ones, by name."""
        return _environment_service.list_all(workspace)

    def register(self, workspace: "Workspace") -> "Environment":
        """Keep it in the workspace, and return it with its version.

        Without a version it gets the next number, or keeps the number of an equal newest one.
        """
        return _environment_service.register(workspace, self)

    @staticmethod
    @unavailable("versions of environments")
    def label(workspace: "Workspace", name: str, version: str, labels: "list[str]"): ...

    def build(self, workspace: "Workspace", image_build_compute: str | None = None) -> ImageBuildDetails:
        """Nothing to do: environments are made where a step first needs them. The answer says so."""
        return ImageBuildDetails(workspace, None)

    def build_local(self, workspace: "Workspace", platform: Any = None, **kwargs: Any) -> ImageBuildDetails:
        """Nothing to do, as with `build`."""
        return ImageBuildDetails(workspace, None)

    def get_image_details(self, workspace: "Workspace") -> DockerImageDetails:
        """No image: `image_exist` is False."""
        return DockerImageDetails(
            image=self.docker.base_image, image_exist=False, dockerfile=self.docker.base_dockerfile
        )

    @staticmethod
    @unavailable("the wheel's address as a pip requirement")
    def add_private_pip_wheel(workspace: "Workspace", file_path: str, exist_ok: bool = False): ...

    # --- in a folder

    def save_to_directory(self, path: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Write it to files in a folder. FileExistsError when the folder is there, unless `overwrite`."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=overwrite)
        content = self._to_dict(secrets=True)
        content["python"].pop("condaDependencies", None)
        (folder / _FILE).write_text(json.dumps(content, indent=4), encoding="utf-8")
        if self.python.conda_dependencies is not None:
            self.python.conda_dependencies.save(folder / _CONDA_FILE)

    @staticmethod
    def load_from_directory(path: str | os.PathLike[str]) -> "Environment":
        """Read what `save_to_directory` wrote. FileNotFoundError when it is not there."""
        folder = Path(path)
        try:
            loaded = Environment._from_dict(json.loads((folder / _FILE).read_text(encoding="utf-8")))
        except ValueError as e:
            raise UserErrorException(f"{folder / _FILE} is not readable JSON: {e}", inner_exception=e) from e
        if (folder / _CONDA_FILE).exists():
            loaded.python.conda_dependencies = CondaDependencies(folder / _CONDA_FILE)
        return loaded

    @classmethod
    def _blank(cls) -> Self:
        return cls("")

    def __str__(self) -> str:
        return f"Environment(Name: {self.name},\nVersion: {self.version})"

    def __repr__(self) -> str:
        return json.dumps(self._to_dict(), indent=4, sort_keys=True)


class EnvironmentReference(Section):
    """An environment by its name, looked up later."""

    name: str
    version: str | None
    _keys = keys("name", "version")

    def __init__(self, name: str, version: str | None = None) -> None:
        self.name = name
        self.version = version

    def get_environment(self, workspace: "Workspace") -> Environment:
        """The environment. Raises EnvironmentNotFound."""
        return Environment.get(workspace, self.name, self.version)

    @classmethod
    def _blank(cls) -> Self:
        return cls("")

    def __repr__(self) -> str:
        return json.dumps(self._to_dict(), indent=4, sort_keys=True)


def _set_packages(environment: Environment, conda_specification: str | None, pip_requirements: str | None) -> None:
    if conda_specification is not None and pip_requirements is not None:
        raise UserErrorException("Give conda_specification or pip_requirements, not both.")
    if conda_specification is not None:
        environment.python.conda_dependencies = read_conda_specification(conda_specification)
    elif pip_requirements is not None:
        environment.python.conda_dependencies = _of_requirements(pip_requirements, None)
    else:
        environment.python.user_managed_dependencies = True


def _of_requirements(path: str | os.PathLike[str], pip_version: str | None) -> CondaDependencies:
    made = CondaDependencies()
    made.set_pip_requirements(read_requirements(path))
    made.add_conda_package("pip" if pip_version is None else f"pip={pip_version}")
    return made

"""The sections of an `Environment`; published at `azureml.core.environment`."""

import os
from typing import Any, ClassVar

from azureml.core._sections import Section, keys, kinds, many, one, parts
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.exceptions import UserErrorException

DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04"


class PythonSection(Section):
    """Which Python and packages. With `user_managed_dependencies` nothing is installed: the interpreter that runs the
    server is used, or the one at `interpreter_path` (contracts §20)."""

    user_managed_dependencies: bool
    interpreter_path: str
    conda_dependencies: CondaDependencies | None
    _keys = keys(
        "user_managed_dependencies",
        "interpreter_path",
        "conda_dependencies_file",
        "conda_dependencies",
        _base_conda_environment="baseCondaEnvironment",
    )
    _parts = parts(conda_dependencies=lambda content: CondaDependencies(_underlying_structure=content))
    _kinds = kinds(conda_dependencies=CondaDependencies)
    _left_out = frozenset({"conda_dependencies"})

    def __init__(self, **kwargs: Any) -> None:
        is_bare = bool(kwargs.get("_skip_defaults"))
        self.user_managed_dependencies = False
        self.interpreter_path = "python"
        self.conda_dependencies = None if is_bare else CondaDependencies()
        self._conda_dependencies_file: str | None = None
        self._base_conda_environment: str | None = None

    @property
    def conda_dependencies_file(self) -> str | None:
        """A conda environment file; when it is set, it is used in the place of `conda_dependencies`."""
        return self._conda_dependencies_file

    @conda_dependencies_file.setter
    def conda_dependencies_file(self, value: str | os.PathLike[str] | None) -> None:
        self._conda_dependencies_file = None if value is None else os.fspath(value)

    def _to_dict(self, *, secrets: bool = False) -> dict[str, Any]:
        content = None if self.conda_dependencies is None else self.conda_dependencies.as_dict()
        return super()._to_dict(secrets=secrets) | ({} if content is None else {"condaDependencies": content})


class PythonEnvironment(PythonSection):
    """The old name of `PythonSection`."""

    def __init__(self) -> None:
        super().__init__()


class DockerImagePlatform(Section):
    """What an image runs on."""

    os: str
    architecture: str
    _keys = keys("os", "architecture")

    def __init__(self) -> None:
        self.os = "Linux"
        self.architecture = "amd64"


class DockerBuildContext(Section):
    """A folder with a Dockerfile, in a git repository or a storage account."""

    class LocationType:
        """Where the folder is."""

        Git = "git"
        StorageAccount = "storageaccount"

    location_type: str | None
    location: str | None
    dockerfile_path: str
    _keys = keys("location_type", "location", "dockerfile_path")

    def __init__(
        self, location_type: str | None = None, location: str | None = None, dockerfile_path: str = "Dockerfile"
    ) -> None:
        self.location_type = location_type
        self.location = location
        self.dockerfile_path = dockerfile_path

    @staticmethod
    def from_local_directory(
        workspace: Any, path: str | os.PathLike[str], dockerfile_path: str = "Dockerfile"
    ) -> "DockerBuildContext":
        """A context in a local folder. UserErrorException when the Dockerfile is not in it."""
        if not os.path.isfile(os.path.join(path, dockerfile_path)):
            raise UserErrorException(f"There is no {dockerfile_path} in {os.path.abspath(path)}.")
        location = os.path.abspath(path)
        return DockerBuildContext(DockerBuildContext.LocationType.StorageAccount, location, dockerfile_path)


class DockerSection(Section):
    """The image a step runs in, where its compute target has containers. Settings of the image's use are the old place
    of `DockerConfiguration`. At most one of base_image, base_dockerfile and build_context is set."""

    base_image_registry: ContainerRegistry
    platform: DockerImagePlatform
    _keys = keys(
        "enabled",
        "base_image",
        "base_dockerfile",
        "build_context",
        "shared_volumes",
        "shm_size",
        "arguments",
        "base_image_registry",
        "platform",
    )
    _parts = parts(
        build_context=one(DockerBuildContext),
        base_image_registry=one(ContainerRegistry),
        platform=one(DockerImagePlatform),
    )

    def __init__(self, **kwargs: Any) -> None:
        is_bare = bool(kwargs.get("_skip_defaults"))
        self._enabled = False
        self._base_image: str | None = None if is_bare else DEFAULT_CPU_IMAGE
        self._base_dockerfile: str | None = None
        self._build_context: DockerBuildContext | None = None
        self._shared_volumes = True
        self._shm_size: str | None = None if is_bare else "2g"
        self._arguments: list[str] = []
        self._gpu_support = False
        self.base_image_registry = ContainerRegistry()
        self.platform = DockerImagePlatform()

    @property
    def enabled(self) -> bool:
        """Whether to run in a container (old; see `DockerConfiguration.use_docker`)."""
        return self._enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        self._enabled = value

    @property
    def base_image(self) -> str | None:
        """The name of an image."""
        return self._base_image

    @base_image.setter
    def base_image(self, value: str | None) -> None:
        self._base_image = value

    @property
    def base_dockerfile(self) -> str | None:
        """The text of a Dockerfile, or the path of one."""
        return self._base_dockerfile

    @base_dockerfile.setter
    def base_dockerfile(self, value: str | os.PathLike[str] | None) -> None:
        self._base_dockerfile = None if value is None else dockerfile_text(value)

    @property
    def build_context(self) -> DockerBuildContext | None:
        """A folder to build the image from."""
        return self._build_context

    @build_context.setter
    def build_context(self, value: DockerBuildContext | None) -> None:
        self._build_context = value

    @property
    def shared_volumes(self) -> bool:
        """Whether volumes are shared with the container (old)."""
        return self._shared_volumes

    @shared_volumes.setter
    def shared_volumes(self, value: bool) -> None:
        self._shared_volumes = value

    @property
    def shm_size(self) -> str | None:
        """The size of shared memory, such as "2g" (old)."""
        return self._shm_size

    @shm_size.setter
    def shm_size(self, value: str | None) -> None:
        self._shm_size = value

    @property
    def arguments(self) -> list[str]:
        """More arguments for the container's start (old)."""
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[str]) -> None:
        self._arguments = value

    @property
    def gpu_support(self) -> bool:
        """Kept as it was set; an image with GPU libraries is what counts."""
        return self._gpu_support

    @gpu_support.setter
    def gpu_support(self, value: bool) -> None:
        self._gpu_support = value


class DockerEnvironment(DockerSection):
    """The old name of `DockerSection`."""

    def __init__(self) -> None:
        super().__init__()


class SparkPackage(Section):
    """A package of a Spark job."""

    group: str | None
    artifact: str | None
    version: str | None
    _keys = keys("group", "artifact", "version")

    def __init__(self, group: str | None = None, artifact: str | None = None, version: str | None = None) -> None:
        self.group = group
        self.artifact = artifact
        self.version = version


class SparkSection(Section):
    """Packages of a Spark job and where they come from."""

    repositories: list[str]
    packages: list[SparkPackage]
    precache_packages: bool
    _keys = keys("repositories", "packages", "precache_packages")
    _parts = parts(packages=many(SparkPackage))

    def __init__(self, **kwargs: Any) -> None:
        self.repositories = []
        self.packages = []
        self.precache_packages = True


class SparkEnvironment(SparkSection):
    """The old name of `SparkSection`."""

    def __init__(self) -> None:
        super().__init__()


class RCranPackage(Section):
    """An R package from CRAN or another repository."""

    name: str | None
    version: str | None
    repository: str | None
    _keys = keys("name", "version", "repository")

    def __init__(self) -> None:
        self.name = None
        self.version = None
        self.repository = None


class RGitHubPackage(Section):
    """An R package from a GitHub repository, "owner/name"."""

    repository: str | None
    auth_token: str | None
    _keys = keys("repository", "auth_token")
    _secret: ClassVar[frozenset[str]] = frozenset({"auth_token"})

    def __init__(self) -> None:
        self.repository = None
        self.auth_token = None


class RSection(Section):
    """Which R and packages."""

    r_version: str | None
    user_managed: bool
    rscript_path: str | None
    snapshot_date: str | None
    cran_packages: list[RCranPackage] | None
    github_packages: list[RGitHubPackage] | None
    custom_url_packages: list[str] | None
    bioconductor_packages: list[str] | None
    _keys = keys(
        "r_version",
        "user_managed",
        "rscript_path",
        "snapshot_date",
        "cran_packages",
        "github_packages",
        "custom_url_packages",
        "bioconductor_packages",
    )
    _parts = parts(cran_packages=many(RCranPackage), github_packages=many(RGitHubPackage))

    def __init__(self) -> None:
        self.r_version = None
        self.user_managed = False
        self.rscript_path = None
        self.snapshot_date = None
        self.cran_packages = None
        self.github_packages = None
        self.custom_url_packages = None
        self.bioconductor_packages = None


def dockerfile_text(dockerfile: str | os.PathLike[str]) -> str:
    """The text of a Dockerfile that is given as its path or as text."""
    given = os.fspath(dockerfile)
    if "\n" not in given and os.path.isfile(given):
        with open(given, encoding="utf-8") as file:
            return file.read()
    return given

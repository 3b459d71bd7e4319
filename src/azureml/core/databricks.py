"""What a Databricks job needs: libraries and the cluster it runs on."""

from collections.abc import Mapping
from typing import Any

from azureml.core._sections import Section, keys, many, one, parts
from azureml.exceptions import UserErrorException

_DEFAULT_SPARK = "10.4.x-scala2.12"
_DEFAULT_NODE = "Standard_D3_v2"


class MavenLibrary(Section):
    """A Maven package; `coordinates` as "group:artifact:version", `exclusions` as "group:artifact"."""

    coordinates: str | None
    repo: str
    exclusions: list[str]
    _keys = keys("coordinates", "repo", "exclusions")

    def __init__(
        self, coordinates: str | None = None, repo: str | None = None, exclusions: list[str] | None = None
    ) -> None:
        self.coordinates = coordinates
        self.repo = repo if repo is not None else ""
        self.exclusions = exclusions if exclusions is not None else []


class PyPiLibrary(Section):
    """A Python package; `package` may have a version, `repo` is another index."""

    package: str | None
    repo: str
    _keys = keys("package", "repo")

    def __init__(self, package: str | None = None, repo: str | None = None) -> None:
        self.package = package
        self.repo = repo if repo is not None else ""


class RCranLibrary(Section):
    """An R package from CRAN or another repository."""

    package: str | None
    repo: str
    _keys = keys("package", "repo")

    def __init__(self, package: str | None = None, repo: str | None = None) -> None:
        self.package = package
        self.repo = repo if repo is not None else ""


class JarLibrary(Section):
    """A jar file by its address."""

    library: str | None
    _keys = keys("library")

    def __init__(self, library: str | None = None) -> None:
        self.library = library


class EggLibrary(Section):
    """An egg file by its address."""

    library: str | None
    _keys = keys("library")

    def __init__(self, library: str | None = None) -> None:
        self.library = library


class DatabricksCluster(Section):
    """The cluster of a job: one that exists, or what a new one has (contracts §17)."""

    existing_cluster_id: str | None
    spark_version: str | None
    node_type: str | None
    instance_pool_id: str | None
    num_workers: int | None
    min_workers: int | None
    max_workers: int | None
    spark_env_variables: dict[str, str] | None
    spark_conf: dict[str, str] | None
    init_scripts: list[str] | None
    cluster_log_dbfs_path: str | None
    permit_cluster_restart: bool | None
    _keys = keys(
        "existing_cluster_id",
        "spark_version",
        "node_type",
        "instance_pool_id",
        "num_workers",
        "min_workers",
        "max_workers",
        "spark_env_variables",
        "spark_conf",
        "init_scripts",
        "cluster_log_dbfs_path",
        "permit_cluster_restart",
    )

    def __init__(
        self,
        existing_cluster_id: str | None = None,
        spark_version: str | None = None,
        node_type: str | None = None,
        instance_pool_id: str | None = None,
        num_workers: int | None = None,
        min_workers: int | None = None,
        max_workers: int | None = None,
        spark_env_variables: Mapping[str, str] | None = None,
        spark_conf: Mapping[str, str] | None = None,
        init_scripts: list[str] | None = None,
        cluster_log_dbfs_path: str | None = None,
        permit_cluster_restart: bool | None = None,
    ) -> None:
        is_new = existing_cluster_id is None
        self.existing_cluster_id = existing_cluster_id
        self.spark_version = spark_version or (_DEFAULT_SPARK if is_new else None)
        self.node_type = node_type or (_DEFAULT_NODE if is_new and instance_pool_id is None else None)
        self.instance_pool_id = instance_pool_id
        self.num_workers = num_workers
        self.min_workers = min_workers
        self.max_workers = max_workers
        self.spark_env_variables = dict(spark_env_variables) if spark_env_variables is not None else None
        self.spark_conf = dict(spark_conf) if spark_conf is not None else None
        self.init_scripts = init_scripts
        self.cluster_log_dbfs_path = cluster_log_dbfs_path
        self.permit_cluster_restart = permit_cluster_restart

    def validate(self) -> None:
        """Raise UserErrorException when the cluster is neither an existing nor a new one with a size."""
        if self.existing_cluster_id is not None:
            return
        if self.node_type is not None and self.instance_pool_id is not None:
            raise UserErrorException("A new cluster has node_type or instance_pool_id, not both.")
        fixed = self.num_workers is not None
        scaled = self.min_workers is not None and self.max_workers is not None
        if fixed == scaled or (fixed and (self.min_workers is not None or self.max_workers is not None)):
            raise UserErrorException(
                "A new cluster needs its size: num_workers, or min_workers with max_workers. "
                "Or give existing_cluster_id for one that is there."
            )


class DatabricksSection(Section):
    """Libraries and cluster of a job in an environment."""

    maven_libraries: list[MavenLibrary]
    pypi_libraries: list[PyPiLibrary]
    rcran_libraries: list[RCranLibrary]
    jar_libraries: list[JarLibrary]
    egg_libraries: list[EggLibrary]
    _keys = keys("maven_libraries", "pypi_libraries", "rcran_libraries", "jar_libraries", "egg_libraries", "cluster")
    _parts = parts(
        maven_libraries=many(MavenLibrary),
        pypi_libraries=many(PyPiLibrary),
        rcran_libraries=many(RCranLibrary),
        jar_libraries=many(JarLibrary),
        egg_libraries=many(EggLibrary),
        cluster=one(DatabricksCluster),
    )
    _left_out = frozenset({"cluster"})

    def __init__(self, _skip_defaults: bool = False) -> None:
        self.maven_libraries = []
        self.pypi_libraries = []
        self.rcran_libraries = []
        self.jar_libraries = []
        self.egg_libraries = []
        self._cluster: DatabricksCluster | None = None

    @property
    def cluster(self) -> DatabricksCluster | None:
        """The cluster. Setting another kind of object raises UserErrorException."""
        return self._cluster

    @cluster.setter
    def cluster(self, value: Any) -> None:
        if value is not None and not isinstance(value, DatabricksCluster):
            raise UserErrorException(f"cluster is a DatabricksCluster, not {type(value).__name__}.")
        self._cluster = value


class DatabricksEnvironment(DatabricksSection):
    """The old name of `DatabricksSection`."""

    def __init__(self) -> None:
        super().__init__()

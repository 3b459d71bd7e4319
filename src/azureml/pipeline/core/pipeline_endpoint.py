"""`PipelineEndpoint`: versions of published pipelines behind one address. Not there yet in this version: the class
exists with its members, and what asks the server raises NotImplementedError."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.pipeline.core._published import INSTEAD
from azureml.pipeline.core._published import PublishedPipeline as PublishedPipeline

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core.run import PipelineRun

_WHAT = "A pipeline endpoint"


class PipelineVersion:
    """A version of an endpoint, and its pipeline."""

    def __init__(self, version: str, pipeline: PublishedPipeline) -> None:
        self._version = version
        self._pipeline = pipeline

    @property
    def version(self) -> str:
        """The version."""
        return self._version

    @property
    def pipeline(self) -> PublishedPipeline:
        """The pipeline."""
        return self._pipeline


class PipelineIdVersion:
    """A version of an endpoint, and the id of its pipeline."""

    def __init__(self, version: str, pipeline_id: str) -> None:
        self._version = version
        self._pipeline_id = pipeline_id

    @property
    def version(self) -> str:
        """The version."""
        return self._version

    @property
    def pipeline_id(self) -> str:
        """The id of the pipeline."""
        return self._pipeline_id


class PipelineEndpoint:
    """An endpoint."""

    def __init__(
        self,
        workspace: "Workspace",
        id: str,
        name: str,
        description: str | None,
        status: str,
        default_version: str,
        endpoint: str,
        pipeline_version_list: Sequence[PipelineIdVersion],
        _pipeline_endpoint_provider: Any = None,
        _published_pipeline_provider: Any = None,
        _swaggerurl: str | None = None,
    ) -> None:
        self._workspace = workspace
        self._id = id
        self._name = name
        self._description = description
        self._status = status
        self._default_version = default_version
        self._endpoint = endpoint
        self._pipeline_version_list = pipeline_version_list
        self._swaggerurl = _swaggerurl

    @property
    def id(self) -> str:
        """Its id."""
        return self._id

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def description(self) -> str | None:
        """What it is for."""
        return self._description

    @property
    def status(self) -> str:
        """Active or Disabled."""
        return self._status

    @property
    def default_version(self) -> str:
        """The version that runs when none is named."""
        return self._default_version

    @property
    def endpoint(self) -> str:
        """The address that runs it when it is posted to."""
        return self._endpoint

    @property
    def pipeline_version_list(self) -> Sequence[PipelineIdVersion]:
        """Its versions."""
        return self._pipeline_version_list

    @property
    def swaggerurl(self) -> str | None:
        """Where its interface is described."""
        return self._swaggerurl

    @staticmethod
    def publish(
        workspace: "Workspace",
        name: str,
        description: str,
        pipeline: Any,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
    ) -> "PipelineEndpoint":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    @staticmethod
    def get(
        workspace: "Workspace",
        id: str | None = None,
        name: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
    ) -> "PipelineEndpoint":
        """Not there yet. Raises NotImplementedError; with neither id nor name a plain Exception."""
        if id is None and name is None:
            raise Exception("PipelineEndpoint.get needs an id or a name.")
        raise unsupported(_WHAT, INSTEAD)

    @staticmethod
    def list(
        workspace: "Workspace",
        active_only: bool = True,
        max_results: int = 100,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
    ) -> "list[PipelineEndpoint]":
        """There are none yet."""
        return []

    @staticmethod
    def get_all(
        workspace: "Workspace",
        active_only: bool = True,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
    ) -> "list[PipelineEndpoint]":
        """There are none yet; the older name of `list`."""
        return []

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: dict[str, Any] | None = None,
        parent_run_id: str | None = None,
        pipeline_version: str | None = None,
    ) -> "PipelineRun":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def add(self, pipeline: Any) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def add_default(self, pipeline: Any) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def set_default(self, pipeline: Any) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def set_default_version(self, version: str) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def get_default_version(self) -> str:
        """The version that runs when none is named."""
        return self._default_version

    def get_pipeline(self, version: str | None = None) -> PublishedPipeline:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def list_versions(
        self, _workflow_provider: Any = None, _service_endpoint: str | None = None
    ) -> "list[PipelineVersion]":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def get_all_versions(
        self, _workflow_provider: Any = None, _service_endpoint: str | None = None
    ) -> "list[PipelineVersion]":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def list_pipelines(
        self, active_only: bool = True, _workflow_provider: Any = None, _service_endpoint: str | None = None
    ) -> "list[PublishedPipeline]":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def get_all_pipelines(
        self, active_only: bool = True, _workflow_provider: Any = None, _service_endpoint: str | None = None
    ) -> "list[PublishedPipeline]":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def enable(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def disable(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def archive(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def reactivate(self, name: str) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def set_name(self, name: str) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, INSTEAD)

    def __repr__(self) -> str:
        facts = {"Name": self._name, "Id": self._id, "Status": self._status, "Endpoint": self._endpoint}
        return "PipelineEndpoint(" + ",\n".join(f"{k}: {v}" for k, v in facts.items()) + ")"

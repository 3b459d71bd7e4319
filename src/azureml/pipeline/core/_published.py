"""`PublishedPipeline`: a pipeline that can be run again by its id. Publishing is not there yet in this version: the
class exists with its members, and what asks the server raises NotImplementedError."""

from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core._graph_view import Graph
    from azureml.pipeline.core.run import PipelineRun

WHAT = "Publishing a pipeline"
INSTEAD = "Experiment.submit: submit the pipeline from your script"


class PublishedPipeline:
    """A published pipeline."""

    def __init__(
        self,
        name: str,
        graph_id: str,
        description: str | None,
        version: str | None,
        published_pipeline_id: str,
        status: str,
        endpoint: str,
        total_run_steps: int,
        workspace: "Workspace",
        continue_on_step_failure: bool | None = None,
        _pipeline_provider: Any = None,
        **kwargs: Any,
    ) -> None:
        self._name = name
        self._graph_id = graph_id
        self._description = description
        self._version = version
        self._id = published_pipeline_id
        self._status = status
        self._endpoint = endpoint
        self._total_run_steps = total_run_steps
        self.workspace = workspace
        self._continue_on_step_failure = continue_on_step_failure

    @property
    def id(self) -> str:
        """Its id."""
        return self._id

    @property
    def name(self) -> str:
        """Its name; several may share one."""
        return self._name

    @property
    def description(self) -> str | None:
        """What it does."""
        return self._description

    @property
    def version(self) -> str | None:
        """Its version, a free text."""
        return self._version

    @property
    def status(self) -> str:
        """Active, Deprecated or Disabled."""
        return self._status

    @property
    def endpoint(self) -> str:
        """The address that runs it when it is posted to."""
        return self._endpoint

    @property
    def graph_id(self) -> str:
        """The id of its graph."""
        return self._graph_id

    @property
    def total_run_steps(self) -> int:
        """How many steps it has."""
        return self._total_run_steps

    @property
    def continue_on_step_failure(self) -> bool | None:
        """Whether steps that do not depend on a failed one go on."""
        return self._continue_on_step_failure

    @property
    def portal_url(self) -> str:
        """The address of the server."""
        return self.workspace.discovery_url

    def get_portal_url(self) -> str:
        """Where it is shown."""
        return f"{self.portal_url}/studio/pipelines/{self._id}"

    @staticmethod
    def get(
        workspace: "Workspace | str",
        id: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
        name: str | None = None,
    ) -> "PublishedPipeline":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(WHAT, INSTEAD)

    @staticmethod
    def list(
        workspace: "Workspace", active_only: bool = True, _service_endpoint: str | None = None
    ) -> "list[PublishedPipeline]":
        """There are none yet."""
        return []

    @staticmethod
    def get_all(
        workspace: "Workspace", active_only: bool = True, _service_endpoint: str | None = None
    ) -> "list[PublishedPipeline]":
        """There are none yet; the older name of `list`."""
        return PublishedPipeline.list(workspace, active_only)

    def submit(
        self,
        workspace: "Workspace",
        experiment_name: str,
        pipeline_parameters: dict[str, Any] | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
        parent_run_id: str | None = None,
        continue_on_step_failure: bool | None = None,
    ) -> "PipelineRun":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(WHAT, INSTEAD)

    def enable(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(WHAT, INSTEAD)

    def disable(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(WHAT, INSTEAD)

    def get_graph(self, _workflow_provider: Any = None) -> "Graph":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(WHAT, INSTEAD)

    def get_step_names(self, _workflow_provider: Any = None) -> "list[str]":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(WHAT, INSTEAD)

    def save(self, path: str | None = None, _workflow_provider: Any = None) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(WHAT, INSTEAD)

    def __repr__(self) -> str:
        facts = {"Name": self._name, "Id": self._id, "Status": self._status, "Endpoint": self._endpoint}
        return "Pipeline(" + ",\n".join(f"{k}: {v}" for k, v in facts.items()) + ")"

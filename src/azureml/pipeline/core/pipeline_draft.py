"""`PipelineDraft`: a pipeline that is still being changed. Not there in this version: the class exists with its
members, and what asks the server raises NotImplementedError."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core._graph_view import Graph
    from azureml.pipeline.core._published import PublishedPipeline
    from azureml.pipeline.core.run import PipelineRun

_WHAT = "A pipeline draft"
_INSTEAD = "the pipeline's own script, and Experiment.submit"


class PipelineDraft:
    """A draft."""

    def __init__(
        self,
        workspace: "Workspace",
        id: str,
        name: str | None = None,
        description: str | None = None,
        experiment_name: str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        graph_draft_id: str | None = None,
        parent_pipeline_id: str | None = None,
        parent_pipeline_run_id: str | None = None,
        parent_step_run_ids: Sequence[str] | None = None,
        parent_pipeline_draft_id: str | None = None,
        last_submitted_pipeline_run_id: str | None = None,
        _pipeline_draft_provider: Any = None,
    ) -> None:
        self._workspace = workspace
        self._id = id
        self._name = name
        self._description = description
        self._experiment_name = experiment_name
        self._tags = dict(tags or {})
        self._properties = dict(properties or {})
        self._parent_pipeline_id = parent_pipeline_id
        self._parent_pipeline_run_id = parent_pipeline_run_id
        self._parent_step_run_ids = parent_step_run_ids
        self._parent_pipeline_draft_id = parent_pipeline_draft_id
        self._last_submitted_pipeline_run_id = last_submitted_pipeline_run_id

    @property
    def id(self) -> str:
        """Its id."""
        return self._id

    @property
    def name(self) -> str | None:
        """Its name."""
        return self._name

    @property
    def description(self) -> str | None:
        """What it is for."""
        return self._description

    @property
    def tags(self) -> dict[str, str]:
        """Its tags."""
        return self._tags

    @property
    def properties(self) -> dict[str, str]:
        """Its properties."""
        return self._properties

    @property
    def parent_pipeline_id(self) -> str | None:
        """The published pipeline it was made of."""
        return self._parent_pipeline_id

    @property
    def parent_pipeline_run_id(self) -> str | None:
        """The run it was made of."""
        return self._parent_pipeline_run_id

    @property
    def parent_pipeline_draft_id(self) -> str | None:
        """The draft it was made of."""
        return self._parent_pipeline_draft_id

    @property
    def parent_step_run_ids(self) -> Sequence[str] | None:
        """The step runs it was made of."""
        return self._parent_step_run_ids

    @property
    def last_submitted_pipeline_run_id(self) -> str | None:
        """The run it was last submitted as."""
        return self._last_submitted_pipeline_run_id

    @staticmethod
    def create(
        workspace: "Workspace",
        pipeline: Any,
        name: str | None = None,
        description: str | None = None,
        experiment_name: str | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        continue_on_step_failure: bool | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
    ) -> "PipelineDraft":
        """Not there. Raises NotImplementedError; ValueError for a Pipeline without name and experiment_name."""
        from azureml.pipeline.core.pipeline import Pipeline

        if isinstance(pipeline, Pipeline) and (name is None or experiment_name is None):
            raise ValueError("A draft of a Pipeline needs a name and an experiment_name.")
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def get(
        workspace: "Workspace", id: str, _workflow_provider: Any = None, _service_endpoint: str | None = None
    ) -> "PipelineDraft":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def list(
        workspace: "Workspace", tags: Mapping[str, str] | None = None, _workflow_provider: Any = None
    ) -> "list[PipelineDraft]":
        """There are none."""
        return []

    def update(
        self,
        pipeline: Any = None,
        name: str | None = None,
        description: str | None = None,
        experiment_name: str | None = None,
        tags: Mapping[str, str] | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        continue_on_step_failure: bool | None = None,
        _workflow_provider: Any = None,
    ) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def submit_run(self, _workflow_provider: Any = None) -> "PipelineRun":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def publish(self, _workflow_provider: Any = None) -> "PublishedPipeline":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def delete(self, _workflow_provider: Any = None) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def get_graph(self, _workflow_provider: Any = None) -> "Graph":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def save(self, path: str | None = None, _workflow_provider: Any = None) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

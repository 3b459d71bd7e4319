"""`Pipeline`: steps, checked together and ready to be submitted (contracts §4, §5)."""

import sys
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.pipeline.core._compile import compiled
from azureml.pipeline.core._order import ordered
from stepworks.errors import InvalidGraph

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core.graph import Graph, PublishedPipeline
    from azureml.pipeline.core.run import PipelineRun

_KEYWORDS = ("enable_email_notification",)
_PUBLISHING = "Publishing a pipeline"
_INSTEAD_OF_PUBLISHING = "Experiment.submit: submit the pipeline from your script"


class Pipeline:
    """A pipeline: a step, a list of steps (nested lists have no order either), a StepSequence, or a PipelineData, which
    stands for the step that makes it.

    Steps that are needed but not listed are pulled in; with `resolve_closure=False` that is a problem. Everything is
    checked at once: a ValueError (`stepworks.errors.InvalidGraph`) has all problems. Cycles are found by `validate`
    and refused by `submit`. Nothing is uploaded.
    """

    def __init__(
        self,
        workspace: "Workspace",
        steps: Any,
        description: str | None = None,
        default_datastore: Any = None,
        default_source_directory: str | None = None,
        resolve_closure: bool = True,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
        **kwargs: Any,
    ) -> None:
        check_keywords("Pipeline", kwargs)
        self._workspace = workspace
        self._experiment_name: str | None = None
        self._ordered = ordered(steps)
        self._compiled = compiled(
            self._ordered,
            resolve_closure=resolve_closure,
            default_datastore=getattr(default_datastore, "name", default_datastore),
            default_source_directory=default_source_directory,
            description=description,
        )
        problems = [*self._compiled.problems, *_unknown_targets(workspace, self._compiled.targets)]
        if problems:
            raise InvalidGraph(problems)

    @property
    def graph(self) -> "Graph":
        """The pipeline as nodes and edges."""
        from azureml.pipeline.core._graph_view import graph_of

        return graph_of(self._compiled.graph, self._workspace, name=self._compiled.graph.description or "")

    def service_endpoint(self) -> str:
        """The address of the server."""
        return self._workspace.discovery_url

    def _set_experiment_name(self, experiment_name: str) -> None:
        self._experiment_name = experiment_name

    def validate(self) -> list[str]:
        """Everything that keeps the pipeline from running, cycles too; empty when nothing does.

        Does not raise. When all is well it prints a line for each step.
        """
        from stepworks.graph.validate import problems

        found = [*problems(self._compiled.graph), *self._compiled.unavailable]
        if not found:
            for step in self._compiled.graph.steps:
                sys.stdout.write(f"Step {step.name} is ready to be created [{step.id}]\n")
        return found

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: dict[str, Any] | None = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        parent_run_id: str | None = None,
        credential_passthrough: bool | None = None,
        **kwargs: Any,
    ) -> "PipelineRun":
        """Run the pipeline in an experiment.

        `pipeline_parameters` are values by name, of the types of the defaults. With `continue_on_step_failure` steps
        that do not depend on a failed one go on; with `regenerate_outputs` no earlier results are taken.
        """
        from azureml.core.experiment import Experiment
        from azureml.pipeline.core._submit import Options, submit_pipeline

        check_keywords("Pipeline.submit", kwargs)
        options = Options(
            parameters=pipeline_parameters or {},
            continue_on_step_failure=continue_on_step_failure,
            regenerate_outputs=regenerate_outputs,
            parent=parent_run_id,
        )
        return submit_pipeline(self, Experiment(self._workspace, experiment_name), options)

    def publish(
        self,
        name: str | None = None,
        description: str | None = None,
        version: str | None = None,
        continue_on_step_failure: bool | None = None,
    ) -> "PublishedPipeline":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_PUBLISHING, _INSTEAD_OF_PUBLISHING)

    @staticmethod
    def load_yaml(
        workspace: "Workspace", filename: str, _workflow_provider: Any = None, _service_endpoint: str | None = None
    ) -> "Pipeline":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("Reading a pipeline from YAML", "the step classes of azureml.pipeline.steps")

    def __repr__(self) -> str:
        return f"Pipeline({len(self._compiled.graph.steps)} steps)"


def check_keywords(where: str, given: dict[str, Any]) -> None:
    """Raise ValueError for keywords that a call does not know."""
    unknown = [k for k in given if k not in _KEYWORDS]
    if unknown:
        raise ValueError(f"{where} got the unknown keyword {', '.join(repr(k) for k in unknown)}.")


def _unknown_targets(workspace: Any, targets: dict[str, list[str]]) -> list[str]:
    """Compute targets that are named and are not there; the server is asked once, if any are named at all."""
    if not targets:
        return []
    from azureml.pipeline.core._problems import did_you_mean

    known = {c.name for c in workspace._client.computes(workspace.name)}
    found: list[str] = []
    for name, steps in targets.items():
        if name not in known:
            more = f" and {len(steps) - 1} more" if len(steps) > 1 else ""
            found.append(
                f"Step '{steps[0]}'{more}: there is no compute target '{name}' in workspace '{workspace.name}'."
                f"{did_you_mean(name, known)} Create it with ComputeTarget.create, or use 'local'."
            )
    return found

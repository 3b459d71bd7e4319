"""`PipelineRun` and `StepRun`: a submitted pipeline and its steps (contracts §13)."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.core.experiment import Experiment as Experiment
from azureml.core.run import Run as Run
from azureml.core.script_run import ScriptRun as ScriptRun
from azureml.exceptions import ActivityFailedException as ActivityFailedException
from azureml.exceptions import AzureMLException as AzureMLException
from azureml.exceptions import ExperimentExecutionException as ExperimentExecutionException
from azureml.exceptions import UserErrorException
from azureml.pipeline.core._follow import FOREVER
from azureml.pipeline.core._port_data_reference import PortDataReference

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core._graph_view import Graph
    from azureml.pipeline.core._published import PublishedPipeline
    from stepworks.reuse.decision import ReuseDecision
    from stepworks.runs.values import Produced
    from stepworks.wire.runs import RunRecord

RUNNING_STATES = ["NotStarted", "Running", "Queued", "Unknown"]

_STEP_RUN = "azureml.StepRun"
_DRIVER_LOG = "azureml-logs/70_driver_log.txt"
_BUILD_LOG = "azureml-logs/20_image_build_log.txt"


class PipelineRun(Run):
    """A run of a pipeline. Its steps are there from the moment it is submitted."""

    def __init__(self, experiment: Experiment, run_id: str, _service_endpoint: str | None = None, **kwags: Any) -> None:
        super().__init__(experiment, run_id, **kwags)

    # --- finding

    @staticmethod
    def get(workspace: "Workspace", run_id: str, _service_endpoint: str | None = None) -> "PipelineRun":
        """The pipeline run of that id. Raises UserErrorException when there is none, or it is another kind of run."""
        found = Run.get(workspace, run_id)
        if not isinstance(found, PipelineRun):
            raise UserErrorException(f"Run {run_id} is a {type(found).__name__}, not a PipelineRun.")
        return found

    @staticmethod
    def get_pipeline_runs(
        workspace: "Workspace", pipeline_id: str, _service_endpoint: str | None = None
    ) -> "list[PipelineRun]":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("The runs of a published pipeline", "experiment.get_runs(type='azureml.PipelineRun')")

    # --- state

    def get_status(self) -> str:
        """NotStarted, Running, Failed, Finished or Canceled."""
        from stepworks.runs.status import pipeline_word

        return pipeline_word(self._record().status)

    def wait_for_completion(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, show_output: bool = True, timeout_seconds: float = FOREVER, raise_on_error: bool = True
    ) -> str:
        """Wait until the run has ended; its status, as `get_status` says it.

        With `show_output` prints where the run is, each step's log in turn, and a summary: how many steps were reused,
        and why the others ran. Raises ActivityFailedException when the run failed, unless `raise_on_error` is False:
        it names the step, the cause, and what the script last said. After `timeout_seconds` it says so and returns.
        Raises ExperimentExecutionException on Ctrl-C; the run goes on.
        """
        try:
            self._follow(show_output, timeout_seconds)
        except TimeoutError:
            status = self.get_status()
            sys.stdout.write(f"Timed out after {timeout_seconds:g} seconds; the run goes on. Status: {status}\n")
            return status
        except KeyboardInterrupt as e:
            raise ExperimentExecutionException(
                f"The output is no longer shown; run {self._run_id} goes on. run.cancel() would end it."
            ) from e
        record = self._record()
        if show_output:
            self._sum_up(record)
        if record.status == "Failed":
            self._failed(record, raise_on_error)
        return self.get_status()

    def _follow(self, show_output: bool, timeout_seconds: float) -> None:
        from azureml.pipeline.core._follow import events
        from azureml.pipeline.core._narrator import Narrator
        from stepworks.runs.events import LogAppended

        following = events(self._client, self._run_id, logs=show_output, seconds=timeout_seconds)
        if not show_output:
            for _ in following:
                pass
            return
        out = sys.stdout
        out.write(f"PipelineRunId: {self._run_id}\nLink to stepworks: {self.get_portal_url()}\n")
        narrator = Narrator(self._run_id, lambda run, name, offset: self._client.log_read(run, name, offset=offset))
        for text in narrator.begin(self._record().status):
            out.write(text)
        for event in following:
            for text in narrator.take(event):
                out.write(text)
            if isinstance(event, LogAppended):
                out.flush()
        for text in narrator.end():
            out.write(text)
        out.flush()

    def _sum_up(self, record: "RunRecord") -> None:
        from azureml.pipeline.core._summary import summary

        steps = [r for r in self._client.children(self._run_id) if r.type == _STEP_RUN]
        sys.stdout.write(summary(record, steps))
        sys.stdout.write(f"{self.get_details()}\n")
        sys.stdout.flush()

    def _failed(self, record: "RunRecord", raise_on_error: bool) -> None:
        from azureml.pipeline.core._failure import failure_of

        steps = self._client.children(self._run_id, status="Failed")
        failure = failure_of(record, steps, self.get_details())
        if raise_on_error:
            raise failure
        sys.stdout.write(f"{failure.message}\n")

    def complete(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Pipeline runs are conducted by the server. Raises NotImplementedError."""
        raise unsupported("Completing a pipeline run by hand", "wait_for_completion() or cancel()")

    def fail(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Pipeline runs are conducted by the server. Raises NotImplementedError."""
        raise unsupported("Failing a pipeline run by hand", "cancel()")

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> Run:
        """Pipeline runs are conducted by the server. Raises NotImplementedError."""
        raise unsupported("A child of a pipeline run", "a child of the step's own run: Run.get_context().child_run()")

    # --- steps and outputs

    def get_steps(self) -> "Iterator[StepRun]":
        """The runs of the steps, in the order of the pipeline."""
        for record in self._client.children(self._run_id):
            if record.type == _STEP_RUN:
                yield self._step_run(record)

    def find_step_run(self, name: str) -> "list[StepRun]":
        """The runs of the steps of that name: several may share one, and there may be none."""
        return [step for step in self.get_steps() if step._record(fresh=False).name == name]

    def _step_run(self, record: "RunRecord") -> "StepRun":
        return StepRun(self._experiment, record.id, self._run_id, record.node, _record=record)

    def get_graph(self) -> "Graph":
        """The pipeline as nodes and edges."""
        from azureml.pipeline.core._graph_view import graph_of

        return graph_of(self._client.graph(self._run_id), self._experiment.workspace, name=self._run_id)

    def get_pipeline_output(self, pipeline_output_name: str) -> PortDataReference:
        """The data of an output that was given a `pipeline_output_name`.

        Raises UserErrorException when there is none of that name, or its step has not written it.
        """
        outputs = self._client.graph(self._run_id).outputs
        found = outputs.get(pipeline_output_name)
        if found is None:
            there = ", ".join(sorted(outputs)) or "none"
            raise UserErrorException(f"The run has no pipeline output '{pipeline_output_name}'. There are: {there}.")
        step = next(r for r in self._client.children(self._run_id) if r.node == found.step)
        return self._step_run(step).get_output_data(found.port)

    # --- publishing

    def publish_pipeline(
        self, name: str, description: str, version: str, continue_on_step_failure: bool | None = None, **kwargs: Any
    ) -> "PublishedPipeline":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("Publishing a pipeline", "Experiment.submit: submit the pipeline from your script")

    def save(self, path: str | None = None) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("Saving a pipeline as YAML", "the pipeline's own script")


class StepRun(Run):
    """A run of a step of a pipeline."""

    def __init__(
        self,
        experiment: Experiment,
        step_run_id: str,
        pipeline_run_id: str | None = None,
        node_id: str | None = None,
        _service_endpoint: str | None = None,
        _is_reused: bool = False,
        _current_node_id: str | None = None,
        _reused_run_id: str | None = None,
        _reused_node_id: str | None = None,
        _reused_pipeline_run_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(experiment, step_run_id, **kwargs)
        self._pipeline_run_id = pipeline_run_id
        self._node_id = node_id

    @property
    def pipeline_run_id(self) -> str:
        """The id of the pipeline run it belongs to."""
        if self._pipeline_run_id is None:
            self._pipeline_run_id = self._record(fresh=False).parent
        return self._pipeline_run_id or ""

    # --- state

    def get_status(self) -> str:
        """NotStarted, Queued, Running, Failed, Finished, Canceled or Bypassed."""
        from stepworks.runs.status import step_word

        return step_word(self._record().status)

    @property
    def reuse(self) -> "ReuseDecision | None":
        """Whether earlier results served, and why or why not, field by field; None while that is not decided.

        `print(step_run.reuse)` says it in words. (Not in the old SDK.)
        """
        return self._record().decision

    def wait_for_completion(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, show_output: bool = True, timeout_seconds: float = FOREVER, raise_on_error: bool = True
    ) -> str:
        """Wait until the step has ended; its status, as `get_status` says it. Otherwise as `PipelineRun` does."""
        try:
            self._follow(show_output, timeout_seconds)
        except TimeoutError:
            status = self.get_status()
            sys.stdout.write(f"Timed out after {timeout_seconds:g} seconds; the step goes on. Status: {status}\n")
            return status
        except KeyboardInterrupt as e:
            raise ExperimentExecutionException(
                f"The output is no longer shown; step run {self._run_id} goes on. run.cancel() would end it."
            ) from e
        record = self._record()
        if record.status == "Failed" and raise_on_error:
            from azureml.pipeline.core._failure import failure_of

            raise failure_of(record, [record], self.get_details())
        return self.get_status()

    def _follow(self, show_output: bool, timeout_seconds: float) -> None:
        from azureml.pipeline.core._follow import events
        from stepworks.runs.events import LogAppended
        from stepworks.runs.status import step_word

        out = sys.stdout
        if show_output:
            out.write(f"StepRunId: {self._run_id}\nLink to stepworks: {self.get_portal_url()}\n")
        status = ""
        for event in events(self._client, self._run_id, logs=show_output, seconds=timeout_seconds):
            if event.run != self._run_id or not show_output:
                continue
            if isinstance(event, LogAppended):
                out.write(event.data.decode(errors="replace"))
                out.flush()
            elif event.status != status:
                status = event.status
                out.write(f"StepRun({event.name or self._run_id}) Status: {step_word(status)}\n")
        out.flush()

    def complete(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Step runs are conducted by the server. Raises NotImplementedError."""
        raise unsupported("Completing a step run by hand", "the end of its script")

    def fail(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Step runs are conducted by the server. Raises NotImplementedError."""
        raise unsupported("Failing a step run by hand", "an exception or sys.exit(1) in its script")

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> Run:
        """Not from outside. Raises NotImplementedError."""
        raise unsupported("A child of a step run, from outside", "Run.get_context().child_run() in the script")

    # --- outputs

    def get_outputs(self) -> "dict[str, StepRunOutput]":
        """The step's outputs by name; before it has ended they are there without data."""
        record = self._record()
        found = {p.name: self._output(p.name, p) for p in record.outputs}
        if record.status in ("Completed", "Failed", "Canceled", "Bypassed"):
            return found
        graph = self._client.graph(self.pipeline_run_id)
        declared = next((s.outputs for s in graph.steps if s.id == record.node), ())
        return {port.name: self._output(port.name, None) for port in declared}

    def _output(self, name: str, produced: "Produced | None") -> "StepRunOutput":
        return StepRunOutput(self._experiment.workspace, self.pipeline_run_id, self, name, produced)

    def get_output(self, name: str) -> "StepRunOutput":
        """An output by name. Raises KeyError, with the names there are."""
        outputs = self.get_outputs()
        if name not in outputs:
            there = ", ".join(sorted(outputs)) or "none"
            raise KeyError(f"Step run {self._run_id} has no output '{name}'. There are: {there}.")
        return outputs[name]

    def get_output_data(self, name: str) -> PortDataReference:
        """The data of an output. Raises KeyError for a name it does not have."""
        return self.get_output(name).get_port_data_reference()

    # --- logs

    def get_stdout_log(self) -> str:
        """What the script printed, errors and output in the order they came; of a reused step that of the run it was
        reused from."""
        return self._log_of(_DRIVER_LOG)

    def get_stderr_log(self) -> str:
        """What the script printed: there is one log for output and errors."""
        return self._log_of(_DRIVER_LOG)

    def get_job_log(self) -> str:
        """How the step's environment was made, as far as it had to be."""
        return self._log_of(_BUILD_LOG)

    def _log_of(self, name: str) -> str:
        from stepworks.errors import NotFound

        decision = self._record().decision
        source = decision.reused_from if decision is not None and decision.reused_from is not None else self._run_id
        try:
            return self._client.log_read(source, name).decode(errors="replace")
        except NotFound:
            return ""

    def get_details_with_logs(self) -> dict[str, Any]:
        """As `get_details`, with the logs' texts, and STDOUT, STDERR and JOBLOG."""
        details = super().get_details_with_logs()
        printed = self.get_stdout_log()
        return details | {"STDOUT": printed, "STDERR": printed, "JOBLOG": self.get_job_log()}


class StepRunOutput:
    """An output of a step run."""

    def __init__(
        self, context: "Workspace", pipeline_run_id: str, step_run: StepRun, name: str, step_output: "Produced | None"
    ) -> None:
        self.context = context
        self.pipeline_run_id = pipeline_run_id
        self.step_run = step_run
        self.name = name
        self.step_output = step_output

    def get_port_data_reference(self) -> PortDataReference:
        """Where its data are. Raises UserErrorException when the step has not written it yet."""
        from azureml.core.datastore import Datastore
        from azureml.data.data_reference import DataReference

        produced = self.step_output
        if produced is None:
            status = self.step_run.get_status()
            raise UserErrorException(
                f"Output '{self.name}' of step run {self.step_run.id} isn't written yet: the step is {status}."
            )
        datastore = Datastore.get(self.context, produced.datastore)
        reference = DataReference(datastore, self.name, produced.path)
        return PortDataReference(self.context, self.pipeline_run_id, reference, self.step_run)

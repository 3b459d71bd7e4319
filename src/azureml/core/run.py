"""`Run`: one run as its author sees it, from inside or outside (contracts §12)."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar

from azureml._unsupported import unsupported
from azureml.core import _logged
from azureml.core.datastore import Datastore as Datastore
from azureml.exceptions import (
    AzureMLException,
    ExperimentExecutionException,
    ModelPathNotFoundException,
    UserErrorException,
)
from azureml.exceptions._lookups import RunNotFound

if TYPE_CHECKING:
    from azureml.core._offline_run import _OfflineRun
    from azureml.core.environment import Environment
    from azureml.core.experiment import Experiment
    from azureml.core.model import Model
    from azureml.core.workspace import Workspace
    from stepworks.client.api import Client
    from stepworks.wire.runs import RunRecord

OUTPUTS_DIR = "./outputs"
RUNNING_STATES = [
    "NotStarted",
    "Queued",
    "Preparing",
    "Provisioning",
    "Starting",
    "Running",
    "Unapproved",
    "NotResponding",
    "Pausing",
    "Paused",
]
POST_PROCESSING_STATES = ["CancelRequested", "Finalizing"]
_ENDED = frozenset({"Completed", "Failed", "Canceled", "Bypassed"})
_MOST_CHILDREN = 100
_DRIVER_LOG = "azureml-logs/70_driver_log.txt"


class Run:
    """A run of an experiment.

    `Run(experiment, run_id)` is a handle: what it tells is read from the server when it is asked.
    """

    _types: ClassVar[dict[str, Callable[..., "Run"]]] = {}

    def __init__(self, experiment: "Experiment", run_id: str, outputs: str | None = None, **kwargs: Any) -> None:
        self._experiment = experiment
        self._run_id = run_id
        self._outputs = outputs
        self._facts: RunRecord | None = kwargs.get("_record")

    # --- finding runs

    @classmethod
    def get_context(
        cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any
    ) -> "Run | _OfflineRun":
        """The run of this process; outside of jobs an offline run that prints what it is told.

        Raises RunEnvironmentException outside of jobs when `allow_offline` is False.
        """
        from azureml.core._run_context import current_run

        return current_run(allow_offline)

    @classmethod
    def get_submitted_run(cls, **kwargs: Any) -> "Run | _OfflineRun":
        """The run of this process; the older name of `get_context`."""
        return cls.get_context(**kwargs)

    @staticmethod
    def get(workspace: "Workspace", run_id: str) -> "Run":
        """The run of that id, as the class its type has. Raises RunNotFound, which is a UserErrorException."""
        from stepworks.errors import NotFound

        try:
            return Run._from_record(workspace, workspace._client.run(run_id))
        except NotFound as e:
            raise RunNotFound.of(run_id, workspace=workspace.name) from e

    @staticmethod
    def list(
        experiment: "Experiment",
        type: str | None = None,
        tags: str | Mapping[str, str] | None = None,
        properties: str | Mapping[str, str] | None = None,
        status: str | None = None,
        include_children: bool = False,
        _rehydrate_runs: bool = True,
    ) -> "Iterator[Run]":
        """Runs of an experiment, newest first."""
        from stepworks.wire.runs import RunQuery

        client, workspace = experiment.workspace._client, experiment.workspace
        page = 500
        offset = 0
        while True:
            query = RunQuery(
                experiment=experiment.name,
                type=type,
                status=status,
                top_level=not include_children,
                limit=page,
                offset=offset,
            )
            found = client.runs(workspace.name, query)
            for record in found:
                if _matches(record.tags, tags) and _matches(record.properties, properties):
                    yield Run._from_record(workspace, record, experiment)
            if len(found) < page:
                return
            offset += page

    @staticmethod
    def list_by_compute(
        compute: Any,
        type: str | None = None,
        tags: str | Mapping[str, str] | None = None,
        properties: str | Mapping[str, str] | None = None,
        status: str | None = None,
    ) -> "Iterator[Run]":
        """Runs on a compute target, newest first."""
        from stepworks.wire.runs import RunQuery

        workspace: Workspace = compute.workspace
        for record in workspace._client.runs(workspace.name, RunQuery(type=type, status=status, limit=1_000_000)):
            if (
                record.target == compute.name
                and _matches(record.tags, tags)
                and _matches(record.properties, properties)
            ):
                yield Run._from_record(workspace, record)

    @staticmethod
    def add_type_provider(runtype: str, run_factory: Callable[..., "Run"]) -> None:
        """Say which class a type of run is given as: called with experiment, the run's facts as a dict, and options."""
        Run._types[runtype] = run_factory

    @staticmethod
    def _from_record(workspace: "Workspace", record: "RunRecord", experiment: "Experiment | None" = None) -> "Run":
        from azureml.core._run_types import make_run

        return make_run(workspace, record, experiment, Run._types)

    # --- facts

    @property
    def _client(self) -> "Client":
        return self._experiment.workspace._client

    def _record(self, *, fresh: bool = True) -> "RunRecord":
        """The run as it is now; what is known of it already, unless `fresh`. An ended run is not asked for again."""
        if self._facts is None or (fresh and self._facts.status not in _ENDED):
            self._facts = self._client.run(self._run_id)
        return self._facts

    @property
    def id(self) -> str:
        """The run's id."""
        return self._run_id

    @property
    def experiment(self) -> "Experiment":
        """The experiment the run belongs to."""
        return self._experiment

    @property
    def name(self) -> str:
        """The run's display name, else its id."""
        return self._record(fresh=False).name or self._run_id

    @property
    def display_name(self) -> str:
        """The run's display name; may be set."""
        return self._record().name or self._run_id

    @display_name.setter
    def display_name(self, value: str) -> None:
        self._change(name=value)

    @property
    def description(self) -> str | None:
        """The run's description; may be set."""
        return self._record().description

    @description.setter
    def description(self, value: str) -> None:
        self._change(description=value)

    @property
    def number(self) -> int:
        """The run's number within its experiment."""
        return self._record(fresh=False).number

    @property
    def type(self) -> str:
        """The type of run: azureml.PipelineRun, azureml.StepRun, azureml.scriptrun, or "" ."""
        return self._record(fresh=False).type

    @property
    def status(self) -> str:
        """The run's state in the words of the run history (contracts §11)."""
        return self._record().status

    def get_status(self) -> str:
        """The run's state, read from the server."""
        return self._record().status

    @property
    def parent(self) -> "Run | None":
        """The run above this one, or None."""
        parent = self._record(fresh=False).parent
        return None if parent is None else Run._from_record(self._experiment.workspace, self._client.run(parent))

    @property
    def tags(self) -> dict[str, str]:
        """The run's tags."""
        return self.get_tags()

    def get_tags(self) -> dict[str, str]:
        """The run's tags, read from the server: they may change after its end."""
        self._facts = self._client.run(self._run_id)
        return dict(self._facts.tags)

    @property
    def properties(self) -> dict[str, str]:
        """The run's properties."""
        return self.get_properties()

    def get_properties(self) -> dict[str, str]:
        """The run's properties, read from the server."""
        self._facts = self._client.run(self._run_id)
        return dict(self._facts.properties)

    @property
    def portal_url(self) -> str:
        """The address of the server."""
        return self._experiment.portal_url

    def get_portal_url(self) -> str:
        """Where the run is shown."""
        return f"{self.portal_url}/studio/runs/{self._run_id}"

    @classmethod
    def get_docs_url(cls) -> str:
        """Where this class is described: its own docstring."""
        return f"{cls.__module__}.{cls.__qualname__}"

    def get_details(self) -> dict[str, Any]:
        """Facts about the run as a dictionary (contracts §12); "error" is in it when the run failed."""
        from azureml.core._run_details import details_of

        record = self._record()
        return details_of(record, self._log_names(record))

    def get_details_with_logs(self) -> dict[str, Any]:
        """As `get_details`, with the text of each log in place of its name."""
        details = self.get_details()
        details["logFiles"] = {name: self._log_text(name) for name in details["logFiles"]}
        return details

    def get_detailed_status(self) -> dict[str, Any]:
        """The state and what it is about."""
        record = self._record()
        return {
            "status": record.status,
            "details": record.failure.message if record.failure else "",
            "target": record.target,
        }

    def get_snapshot_id(self) -> str | None:
        """The id of the snapshot the run was made from."""
        record = self._record(fresh=False)
        return record.snapshot or record.properties.get("ContentSnapshotId")

    def get_environment(self) -> "Environment":
        """The environment the run was given."""
        from azureml.core.environment import from_spec
        from stepworks.graph.environment import EnvironmentSpec

        graph = self._client.graph(self._record(fresh=False).root)
        node = self._record(fresh=False).node
        step = next((s for s in graph.steps if s.id == node), graph.steps[0])
        return from_spec(step.environment or EnvironmentSpec())

    def _log_names(self, record: "RunRecord") -> "list[str]":
        stored = [a.name for a in self._client.artifacts(record.id) if a.name.startswith(("azureml-logs/", "logs/"))]
        if record.status not in _ENDED and record.started is not None and record.node is not None:
            stored.append(_DRIVER_LOG)
        return sorted(set(stored))

    def _log_text(self, name: str) -> str:
        from stepworks.errors import NotFound

        try:
            return self._client.log_read(self._run_id, name).decode(errors="replace")
        except NotFound:
            return ""

    # --- changing the run

    def tag(self, key: str, value: str | None = None) -> None:
        """Set one tag."""
        self._change(tags={str(key): "" if value is None else str(value)})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags; others stay."""
        self._change(tags={str(k): str(v) for k, v in tags.items()})

    def remove_tags(self, tags: "str | Sequence[str]") -> "dict[str, str]":
        """Remove tags by key; the tags that remain."""
        keys = (tags,) if isinstance(tags, str) else tuple(tags)
        return dict(self._change(remove_tags=keys).tags)

    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Add properties: written once, never changed. Raises UserErrorException for one that has another value."""
        from stepworks.errors import InvalidInput

        try:
            self._change(properties={str(k): str(v) for k, v in properties.items()})
        except InvalidInput as e:
            raise UserErrorException(str(e)) from e

    def _change(self, **changes: Any) -> "RunRecord":
        from stepworks.wire.runs import RunChanges

        change: RunChanges = RunChanges(**changes)
        self._facts = self._client.run_change(self._run_id, change)
        return self._facts

    # --- metrics

    def log(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        """Log one value; several under one name make a list (contracts §12).

        Raises UserErrorException for lists, ranges and generators.
        """
        number, data = _logged.scalar(name, value)
        self._log(name, "scalar", number, data, step)

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Log several values at once."""
        self._log(name, "list", None, _logged.values(name, value))

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Log a row of a table: one value a column."""
        self._log(name, "row", None, _logged.row(name, kwargs))

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Log a table: a dict of columns of one length."""
        self._log(name, "table", None, _logged.table(name, value))

    def log_image(self, name: str, path: str | None = None, plot: Any = None, description: str = "") -> None:
        """Log an image: a file, or a matplotlib plot; exactly one. Raises AzureMLException otherwise."""
        if (path is None) == (plot is None):
            raise AzureMLException(f"log_image('{name}') takes exactly one of path and plot.")
        if plot is not None:
            stored = f"{name}_{int(time.time())}.png"
            plot.savefig(stored)
            path = stored
        assert path is not None
        artifact = os.path.basename(path)
        self.upload_file(artifact, path)
        self._log(name, "image", None, f"aml://artifactId/ExperimentRun/dcid.{self._run_id}/{artifact}")

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Log a confusion matrix: a dict or JSON text."""
        self._log_chart(name, "confusion_matrix", value)

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """Log an accuracy table: a dict or JSON text."""
        self._log_chart(name, "accuracy_table", value)

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        """Log residuals: a dict or JSON text."""
        self._log_chart(name, "residuals", value)

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        """Log predictions: a dict or JSON text."""
        self._log_chart(name, "predictions", value)

    def _log_chart(self, name: str, kind: str, value: Any) -> None:
        try:
            content = json.loads(value) if isinstance(value, str) else json.loads(json.dumps(value))
        except (TypeError, ValueError) as e:
            raise AzureMLException(f"The {kind} '{name}' is neither a dict nor JSON text ({e}).") from e
        self._write_artifact(name, [json.dumps(content).encode()])
        self._log(name, kind, None, f"aml://artifactId/ExperimentRun/dcid.{self._run_id}/{name}")

    def _log(self, name: str, kind: str, value: float | None, data: Any, step: int | None = None) -> None:
        from azureml.core._metrics import spool_for

        spool_for(self._client).append(self._run_id, str(name), kind, value, data, step)

    def get_metrics(
        self, name: str | None = None, recursive: bool = False, run_type: str | None = None, populate: bool = False
    ) -> dict[str, Any]:
        """Logged values by name (contracts §12); with `recursive` {run id: values} of this run and all below it."""
        from azureml.core._run_details import metrics_by_run

        self.flush()
        by_run, warnings = metrics_by_run(self._client.metrics(self._run_id, name=name, recursive=recursive))
        for warning in warnings:
            import warnings as python_warnings

            python_warnings.warn(warning, stacklevel=2)
        return by_run if recursive else by_run.get(self._run_id, {})

    def flush(self, timeout_seconds: float = 300) -> None:
        """Return when the server has everything that this process logged."""
        from azureml.core._metrics import flush

        flush()

    # --- files

    def upload_file(
        self, name: str, path_or_stream: "str | os.PathLike[str] | IO[Any]", datastore_name: str | None = None
    ) -> Any:
        """Keep a file with the run under `name`."""
        from azureml.core._files import chunks_of

        return self._write_artifact(name, chunks_of(path_or_stream))

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: float | None = None,
        datastore_name: str | None = None,
    ) -> Any:
        """Keep several files with the run. Raises TypeError when there are not as many names as paths."""
        if len(names) != len(paths):
            raise TypeError(f"There are {len(names)} names and {len(paths)} paths; each file needs one of both.")
        stored = {n: self.upload_file(n, p) for n, p in zip(names, paths, strict=True)}
        return stored if return_artifacts else None

    def upload_folder(self, name: str, path: str, datastore_name: str | None = None) -> Any:
        """Keep a folder's files with the run, below `name`."""
        from azureml.core._files import files_below

        if not os.path.isdir(path):
            raise UserErrorException(f"There is no folder {path!r} to upload.")
        return {f"{name}/{rel}": self.upload_file(f"{name}/{rel}", full) for rel, full in files_below(path)}

    def _write_artifact(self, name: str, chunks: Any) -> Any:
        from stepworks.errors import InvalidInput

        try:
            return self._client.artifact_write(self._run_id, name.removeprefix("./"), chunks)
        except InvalidInput as e:
            raise UserErrorException(str(e)) from e

    def download_file(self, name: str, output_file_path: str | None = None, _validate_checksum: bool = False) -> None:
        """Fetch a file of the run; by default to its base name in the working directory.

        Raises UserErrorException when the run has no such file.
        """
        from stepworks.errors import NotFound

        target = Path(output_file_path) if output_file_path else Path(os.path.basename(name))
        if target.is_dir() or (output_file_path or "").endswith(("/", os.sep)):
            target = target / os.path.basename(name)
        try:
            self._client.artifact_read(self._run_id, name.removeprefix("./"), target.absolute())
        except NotFound as e:
            there = ", ".join(self.get_file_names()[:20]) or "none"
            raise UserErrorException(f"Run {self._run_id} has no file '{name}'. Its files: {there}.") from e

    def download_files(
        self,
        prefix: str | None = None,
        output_directory: str | None = None,
        output_paths: Sequence[str] | None = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: float | None = None,
    ) -> None:
        """Fetch the run's files whose names start with `prefix`."""
        from azureml.core._files import download_all

        download_all(self, prefix or "", output_directory or ".", output_paths, append_prefix=append_prefix)

    def get_file_names(self) -> "list[str]":
        """Names of the run's files."""
        return [a.name for a in self._client.artifacts(self._run_id)]

    def get_all_logs(self, destination: str | None = None) -> "list[str]":
        """Fetch all logs into a folder (default: a folder of the run's id); the paths of the files."""
        target = destination or os.path.join(os.getcwd(), self._run_id)
        paths: list[str] = []
        for name in self._log_names(self._record()):
            path = os.path.join(target, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            Path(path).write_bytes(self._client.log_read(self._run_id, name))
            paths.append(path)
        return paths

    def take_snapshot(self, file_or_folder_path: str) -> str:
        """Keep a snapshot of a file or folder; its id."""
        from azureml.core._files import snapshot_of

        snapshot = snapshot_of(self._client, Path(file_or_folder_path))
        self.add_properties({"ContentSnapshotId": snapshot})
        return snapshot

    def restore_snapshot(self, snapshot_id: str | None = None, path: str | None = None) -> str:
        """Fetch the run's snapshot as a zip file into `path`; the path of that file."""
        from azureml.core._files import zip_snapshot

        snapshot = snapshot_id or self.get_snapshot_id()
        if snapshot is None:
            raise UserErrorException(f"Run {self._run_id} has no snapshot.")
        return zip_snapshot(self._client, snapshot, Path(path or "."))

    def register_model(
        self,
        model_name: str,
        model_path: str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        description: str | None = None,
        datasets: Any = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
        **kwargs: Any,
    ) -> "Model":
        """Register files of the run as a model version; `model_path` defaults to the model's name.

        A file that the running script has written and that was not kept yet is kept first.
        Raises ModelPathNotFoundException when nothing is there.
        """
        from azureml.core.model import register_from_run
        from stepworks.errors import NotFound

        path = (model_path or model_name).removeprefix("./").rstrip("/")
        self._keep_local(path)
        try:
            return register_from_run(
                self,
                model_name,
                path,
                tags=tags,
                properties=properties,
                model_framework=model_framework,
                model_framework_version=model_framework_version,
                description=description,
                datasets=datasets,
                sample_input_dataset=sample_input_dataset,
                sample_output_dataset=sample_output_dataset,
                resource_configuration=resource_configuration,
            )
        except NotFound as e:
            raise ModelPathNotFoundException(str(e)) from e

    def _keep_local(self, path: str) -> None:
        """Only runs that this process is part of have files here that the server lacks."""

    # --- children

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> "Run":
        """Begin a child run, conducted by this process."""
        return self._start_child(name=name, run_id=run_id, outputs=outputs)

    def _start_child(
        self,
        *,
        name: str | None = None,
        run_id: str | None = None,
        outputs: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> "Run":
        from stepworks.wire.runs import StartRun

        start = StartRun(
            experiment=self._experiment.name, id=run_id, parent=self._run_id, name=name, tags=dict(tags or {})
        )
        record = self._client.run_start(self._experiment.workspace.name, start)
        return Run(self._experiment, record.id, outputs=outputs, _record=record)

    def create_children(
        self, count: int | None = None, tag_key: str | None = None, tag_values: Sequence[str] | None = None
    ) -> "list[Run]":
        """Begin several child runs: `count` of them, or one for each value of a tag; at most 100.

        Raises UserErrorException when neither or both are given, or there are more.
        """
        if (count is None) == (tag_key is None or tag_values is None):
            raise UserErrorException("create_children() takes either count, or tag_key with tag_values.")
        tags: list[dict[str, str]] = (
            [{}] * count if count is not None else [{str(tag_key): str(v)} for v in tag_values or ()]
        )
        if len(tags) > _MOST_CHILDREN:
            raise UserErrorException(f"At most {_MOST_CHILDREN} children are made at once, not {len(tags)}.")
        return [self._start_child(tags=t) for t in tags]

    def get_children(
        self,
        recursive: bool = False,
        tags: str | Mapping[str, str] | None = None,
        properties: str | Mapping[str, str] | None = None,
        type: str | None = None,
        status: str | None = None,
        _rehydrate_runs: bool = True,
    ) -> "Iterator[Run]":
        """Runs below this one, in the order they were made."""
        for record in self._client.children(self._run_id, recursive=recursive, status=status):
            if type in (None, record.type) and _matches(record.tags, tags) and _matches(record.properties, properties):
                yield Run._from_record(self._experiment.workspace, record, self._experiment)

    def submit_child(self, config: Any, tags: Mapping[str, str] | None = None, **kwargs: Any) -> "Run":
        """Run something as a child of this run."""
        from azureml.core._submit import submit

        return submit(self._experiment, config, dict(tags or {}), kwargs, parent=self)

    # --- conducting the run

    def start(self) -> None:
        """Say that the run runs."""
        self._change(status="Running")

    def complete(self, _set_status: bool = True) -> None:
        """End the run well: flush what was logged, keep its output folder, set its status."""
        self.flush()
        if self._outputs and os.path.isdir(self._outputs):
            self.upload_folder(os.path.basename(os.path.normpath(self._outputs)), self._outputs)
        if _set_status and self._record().status not in _ENDED:
            self._change(status="Completed")

    def fail(self, error_details: Any = None, error_code: str | None = None, _set_status: bool = True) -> None:
        """End the run as failed, with what went wrong."""
        from stepworks.runs.values import Failure

        self.flush()
        message = str(error_details) if error_details is not None else "The run was said to have failed."
        failure = Failure(cause="exception", message=message, exception=error_code)
        if _set_status and self._record().status not in _ENDED:
            self._change(status="Failed", failure=failure)

    def cancel(self) -> None:
        """Ask the run to end: all processes of it and of the runs below it."""
        self._facts = self._client.cancel(self._run_id)

    def clean(self) -> None:
        """Nothing to clean: runs leave nothing on this machine."""

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> dict[str, Any]:
        """Wait until the run has ended; its details.

        Raises ActivityFailedException for a failed run unless `raise_on_error` is False, and
        ExperimentExecutionException on Ctrl-C while output is shown.
        """
        from azureml.core._follow import follow_run

        try:
            follow_run(self, show_output=show_output)
        except KeyboardInterrupt as e:
            raise ExperimentExecutionException(
                f"The output is no longer shown; run {self._run_id} goes on. run.cancel() would end it."
            ) from e
        details = self.get_details()
        if self._record().status == "Failed" and raise_on_error:
            from azureml.core._run_details import failed

            raise failed(self._record(), details)
        return details

    # --- secrets

    def get_secret(self, name: str) -> str:
        """A secret of the workspace's key vault."""
        return self._experiment.workspace.get_default_keyvault().get_secret(name)

    def get_secrets(self, secrets: Sequence[str]) -> dict[str, str | None]:
        """Several secrets; None for those that are not there."""
        return self._experiment.workspace.get_default_keyvault().get_secrets(secrets)

    # --- shown

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, exit_type: Any, value: BaseException | None, traceback: Any) -> None:
        if value is None:
            self.complete()
        else:
            self.fail(error_details=value, error_code=type(value).__name__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and other._run_id == self._run_id

    def __hash__(self) -> int:
        return hash(self._run_id)

    def _facts_shown(self) -> dict[str, str]:
        record = self._record()
        return {
            "Experiment": record.experiment,
            "Id": record.id,
            "Type": record.type or "None",
            "Status": record.status,
        }

    def __repr__(self) -> str:
        return "Run(" + ",\n".join(f"{k}: {v}" for k, v in self._facts_shown().items()) + ")"

    def _repr_html_(self) -> str:
        from azureml.core._html import facts_table

        return facts_table(self._facts_shown() | {"Details Page": self.get_portal_url()})


class InputDatasets(dict[str, Any]):
    """The inputs of a run: a dataset object in direct mode, else the local path."""

    def __init__(self, workspace: "Workspace | None" = None) -> None:
        super().__init__()
        self._workspace = workspace


class OutputDatasets(dict[str, Any]):
    """The outputs of a run: local paths to write to."""

    def __init__(self, workspace: "Workspace | None" = None) -> None:
        super().__init__()
        self.workspace = workspace


class _SubmittedRun(Run):  # pyright: ignore[reportUnusedClass]
    """A submitted run, seen from inside. Its status follows from the exit of its process."""

    @cached_property
    def input_datasets(self) -> InputDatasets:
        """Named inputs: a dataset object where the data are read directly, else the local path."""
        found = InputDatasets(self._experiment.workspace)
        for entry in _entries("AZUREML_DATASET_ENVIRONMENT_VARS", ","):
            name, _, mode = entry.partition(":")
            value = os.environ.get(name) or os.environ.get(f"AZUREML_DATAREFERENCE_{name}", "")
            found[name] = self._dataset(name, value) if mode == "direct" else value
        return found

    @cached_property
    def output_datasets(self) -> OutputDatasets:
        """Named outputs: local paths to write to."""
        found = OutputDatasets(self._experiment.workspace)
        for name in _entries("AZUREML_DATASET_FILE_OUTPUTS", ";"):
            found[name] = os.environ.get(name) or os.environ.get(f"AZUREML_DATAREFERENCE_{name}", "")
        return found

    def _dataset(self, name: str, dataset_id: str) -> Any:
        from azureml.core.dataset import Dataset

        return Dataset.get_by_id(self._experiment.workspace, dataset_id)

    def _keep_local(self, path: str) -> None:
        if os.path.isfile(path):
            self.upload_file(path, path)
        elif os.path.isdir(path):
            self.upload_folder(path, path)

    def complete(self, _set_status: bool = True) -> None:
        """Hand over what was logged; the state follows from the exit of this process."""
        self.flush()

    def fail(self, error_details: Any = None, error_code: str | None = None, _set_status: bool = True) -> None:
        """Hand over what was logged, and note what went wrong; the state follows from the exit of this process."""
        self.flush()
        if error_details is not None:
            self.tag("azureml.error", str(error_details)[:1000])

    def cancel(self) -> None:
        """Only warns: a script ends itself by ending. Use `run.parent.cancel()` to end the whole pipeline run."""
        import warnings

        warnings.warn("A run is not cancelled from inside itself; end the script, or cancel its parent.", stacklevel=2)


def _entries(variable: str, separator: str) -> list[str]:
    return [e for e in os.environ.get(variable, "").split(separator) if e]


class LinkOutput:
    """An output that names a dataset instead of holding data."""

    def __init__(self, workspace: "Workspace", name: str | None = None) -> None:
        self.workspace = workspace
        self.name = name

    def link(self, dataset: Any, run: Run | None = None) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Linking a dataset to an output", "dataset.register(...) in the step")


def get_run(experiment: "Experiment", run_id: str, rehydrate: bool = True, clean_up: bool = True) -> Run:
    """The run of that id, as the class its type has."""
    return Run.get(experiment.workspace, run_id)


def _matches(have: Mapping[str, str], wanted: object) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return wanted in have
    if isinstance(wanted, Mapping):
        return all(k in have and (v is None or have[k] == str(v)) for k, v in wanted.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return all(str(k) in have for k in wanted)  # pyright: ignore


def __getattr__(name: str) -> Any:
    if name == "_OfflineRun":
        from azureml.core._offline_run import _OfflineRun

        return _OfflineRun
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

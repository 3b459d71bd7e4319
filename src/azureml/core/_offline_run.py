"""The run of a script that is started by hand: it prints what it is told and keeps nothing (contracts §12)."""

from collections.abc import Mapping, Sequence
from typing import IO, Any

from stepworks.ids import new_uuid


class _OfflineRun:
    """Stands for a run outside of jobs, so that a script runs the same when it is tried by hand."""

    def __init__(self, parent_id: str | None = None, run_id: str | None = None) -> None:
        own = run_id or new_uuid()
        self._run_id = f"{parent_id}.{own}" if parent_id else f"OfflineRun_{own}"

    @property
    def id(self) -> str:
        """A made-up id; a child's begins with its parent's and a dot."""
        return self._run_id

    def log(self, name: str, value: Any, description: str = "") -> None:
        """Print the value."""
        self._tell("log scalar metric", name, value)

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Print the values."""
        self._tell("log list metric", name, value)

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Print the row."""
        self._tell("log row metric", name, kwargs)

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Print the table."""
        self._tell("log table metric", name, value)

    def log_image(self, name: str, path: str | None = None, plot: Any = None, description: str = "") -> None:
        """Print the image's name."""
        self._tell("log image metric", name, path if path is not None else plot)

    def log_confusion_matrix(self, name: str, value: Any, description: str | None = None) -> None:
        """Print the confusion matrix."""
        self._tell("log confusion matrix", name, value)

    def log_accuracy_table(self, name: str, value: Any, description: str | None = None) -> None:
        """Print the accuracy table."""
        self._tell("log accuracy table", name, value)

    def log_residuals(self, name: str, value: Any, description: str | None = None) -> None:
        """Print the residuals."""
        self._tell("log residuals", name, value)

    def log_predictions(self, name: str, value: Any, description: str | None = None) -> None:
        """Print the predictions."""
        self._tell("log predictions", name, value)

    def tag(self, name: str, value: str | None = None) -> None:
        """Print the tag."""
        self._tell("tag", name, value)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Print the tags."""
        self._tell("set tags", "", dict(tags))

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Print the properties."""
        self._tell("add properties", "", dict(properties))

    def upload_file(self, name: str, path_or_stream: str | IO[Any], datastore_name: str | None = None) -> None:
        """Print the file's name."""
        self._tell("upload file", name, path_or_stream)

    def upload_files(
        self,
        name: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: float | None = None,
        datastore_name: str | None = None,
    ) -> None:
        """Print the files' names."""
        self._tell("upload files", "", list(paths))

    def upload_folder(self, name: str, path: str, datastore_name: str | None = None) -> None:
        """Print the folder's name."""
        self._tell("upload folder", name, path)

    def flush(self) -> None:
        """Nothing waits to be handed over."""

    def complete(self) -> None:
        """Nothing to end."""

    def fail(self, error_details: Any = None, error_code: str | None = None) -> None:
        """Print what went wrong."""
        self._tell("fail the run", "", error_details)

    def cancel(self) -> None:
        """Print that there is nothing to cancel."""
        self._tell("cancel the run", "", self._run_id)

    def child_run(
        self, name: str | None = None, run_id: str | None = None, outputs: str | None = None
    ) -> "_OfflineRun":
        """A child, offline as well."""
        return _OfflineRun(self._run_id, run_id)

    def _tell(self, what: str, name: str, value: Any) -> None:
        print(f"Attempted to {what}{f' {name}' if name else ''}:\n{value}")

    def __enter__(self) -> "_OfflineRun":
        return self

    def __exit__(self, exit_type: Any, value: BaseException | None, traceback: Any) -> None:
        if value is None:
            self.complete()
        else:
            self.fail(value)

    def __repr__(self) -> str:
        return f"Run(Id: {self._run_id})"

"""The run of this process, as `Run.get_context` gives it inside a job (contracts §7, §12)."""

import os
from functools import cached_property
from typing import Any

from azureml.core.run import InputDatasets, OutputDatasets, Run


class _SubmittedRun(Run):
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

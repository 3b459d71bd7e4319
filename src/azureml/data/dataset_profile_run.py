"""Runs that make profiles of datasets: not there yet."""

from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.core.run import Run as Run

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class DatasetProfileRun(Run):
    """A run that makes a profile; wraps the run it is given."""

    def __init__(self, workspace: "Workspace", dataset: Any, run: Run) -> None:
        super().__init__(run.experiment, run.id)
        self.workspace = workspace
        self.dataset = dataset
        self.run = run

    def get_profile(self) -> Any:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("The profile of a dataset", "to_pandas_dataframe().describe(include='all')")

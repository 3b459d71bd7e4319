"""Profiles of datasets: not there yet."""

from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.exceptions import AzureMLException as AzureMLException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_INSTEAD = "to_pandas_dataframe().describe(include='all')"


class DatasetProfile:
    """A profile that a run made. Raises NotImplementedError when one is made."""

    def __init__(
        self, saved_dataset_id: str, run_id: str, experiment_name: str, workspace: "Workspace", profile: Any
    ) -> None:
        raise unsupported("The profile of a dataset", _INSTEAD)

    def get_producing_run(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("The profile of a dataset", _INSTEAD)

    def is_stale(self) -> bool:
        """Not there. Raises NotImplementedError."""
        raise unsupported("The profile of a dataset", _INSTEAD)

"""Snapshots of datasets of the oldest SDK: not there; versions are."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.data.dataset_type_definitions import HistogramCompareMethod as HistogramCompareMethod

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_WHAT = "A snapshot of a dataset"
_INSTEAD = "versions: register(..., create_new_version=True)"


class DatasetSnapshot:
    """A snapshot. Raises NotImplementedError when one is made."""

    def __init__(
        self,
        workspace: "Workspace",
        snapshot_name: str,
        dataset_id: str,
        definition_version: str | None = None,
        time_stamp: datetime | None = None,
        profile_action_id: str | None = None,
        datastore_name: str | None = None,
        relative_path: str | None = None,
        dataset_name: str | None = None,
    ) -> None:
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def get(
        workspace: "Workspace", snapshot_name: str, dataset_name: str | None = None, dataset_id: str | None = None
    ) -> "DatasetSnapshot":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def get_all(workspace: "Workspace", dataset_name: str) -> "list[DatasetSnapshot]":
        """There are none."""
        return []

    @property
    def name(self) -> str:
        """Its name."""
        raise unsupported(_WHAT, _INSTEAD)

    @property
    def dataset_id(self) -> str:
        """The dataset it is of."""
        raise unsupported(_WHAT, _INSTEAD)

    @property
    def workspace(self) -> "Workspace":
        """Its workspace."""
        raise unsupported(_WHAT, _INSTEAD)

    def get_status(self) -> str:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def is_data_snapshot_available(self) -> bool:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def get_profile(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def compare_profiles(
        self,
        rhs_dataset_snapshot: "DatasetSnapshot",
        include_columns: Any = None,
        exclude_columns: Any = None,
        histogram_compare_method: HistogramCompareMethod = HistogramCompareMethod.WASSERSTEIN,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def to_pandas_dataframe(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def to_spark_dataframe(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def wait_for_completion(self, show_output: bool = True, status_update_frequency: int = 10) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

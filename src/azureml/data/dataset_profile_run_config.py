"""The configuration of a run that makes a profile: it can be made, but not submitted."""

from typing import Any

from azureml.data.dataset_profile_run import DatasetProfileRun as DatasetProfileRun
from azureml.data.tabular_dataset import TabularDataset as TabularDataset
from azureml.exceptions import UserErrorException


class DatasetProfileRunConfig:
    """Which dataset, and where. Raises UserErrorException for other than a tabular dataset."""

    def __init__(
        self, dataset: TabularDataset, compute_target: Any = "local", datastore_name: str | None = None
    ) -> None:
        if not isinstance(dataset, TabularDataset):
            raise UserErrorException(f"Profiles are of tabular datasets, not of a {type(dataset).__name__}.")
        self._dataset = dataset
        self._compute_target = compute_target
        self._datastore_name = datastore_name

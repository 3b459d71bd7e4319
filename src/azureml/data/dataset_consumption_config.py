"""`DatasetConsumptionConfig`: a dataset as a named input of a step (contracts §6, §7)."""

from typing import Any

from azureml.data._names import dataset_name
from azureml.exceptions import UserErrorException

_MODES = ("direct", "mount", "download", "hdfs")


class DatasetConsumptionConfig:
    """A dataset by the name the script knows it by, and how it gets there.

    `dataset` is a dataset, a tuple (workspace, name[, version]) whose "latest" is found when the step starts, a
    PipelineParameter whose default is a dataset, or the output of another step. In direct mode nothing is moved: the
    script gets the dataset. Raises UserErrorException for a name or mode that cannot be.
    """

    def __init__(self, name: str, dataset: Any, mode: str = "direct", path_on_compute: str | None = None) -> None:
        if mode not in _MODES:
            raise UserErrorException(f"A dataset is given to a step by direct, mount, download or hdfs, not {mode!r}.")
        if mode != "direct" and is_tabular(dataset):
            raise UserErrorException(
                f"The tabular dataset '{name}' can't be used in mode '{mode}': it has rows, not files. "
                "Use as_named_input(...) alone, and run.input_datasets[...].to_pandas_dataframe() in the script."
            )
        self._name = dataset_name(name, "a dataset input")
        self.dataset = dataset
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.arg_val = f"DatasetConsumptionConfig:{name}"

    @property
    def name(self) -> str:
        """The name the script knows it by; may be set."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = dataset_name(name, "a dataset input")
        self.arg_val = f"DatasetConsumptionConfig:{name}"

    def as_mount(self, path_on_compute: str | None = None) -> "DatasetConsumptionConfig":
        """The same input, mounted. Raises UserErrorException for a tabular dataset."""
        return DatasetConsumptionConfig(self._name, self.dataset, "mount", path_on_compute)

    def as_download(self, path_on_compute: str | None = None) -> "DatasetConsumptionConfig":
        """The same input, copied to the compute. Raises UserErrorException for a tabular dataset."""
        return DatasetConsumptionConfig(self._name, self.dataset, "download", path_on_compute)

    def as_upload(self, path_on_compute: str | None = None) -> "DatasetConsumptionConfig":
        """The same input, copied to the compute: what `as_download` does, under the name some documents give it
        (contracts §1.11)."""
        return self.as_download(path_on_compute)

    def as_hdfs(self) -> "DatasetConsumptionConfig":
        """The same input as a path for Spark. Raises UserErrorException for a tabular dataset."""
        return DatasetConsumptionConfig(self._name, self.dataset, "hdfs")

    def __str__(self) -> str:
        return self.arg_val

    def __repr__(self) -> str:
        return f"DatasetConsumptionConfig({self._name!r}, mode={self.mode!r})"


def is_tabular(dataset: Any) -> bool:
    """Whether what is consumed has rows: a dataset, a parameter's default, or a step's output read as a table."""
    found = getattr(dataset, "default_value", dataset)
    return bool(getattr(found, "_is_tabular", False))

"""`TabularDataset`: rows and columns, read from files or a query when they are asked for."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from azureml._unsupported import unsupported
from azureml.data.abstract_dataset import AbstractDataset
from azureml.data.dataset_error_handling import executing, user_errors
from azureml.data.file_dataset import FileDataset
from azureml.exceptions import AzureMLException as AzureMLException
from azureml.exceptions import DatasetTimestampMissingError, UserErrorException

if TYPE_CHECKING:
    import pandas as pd

    from azureml.core.workspace import Workspace
    from stepworks.datasets.plan import Plan

_WORDS = Literal["null", "fail"]


class TabularDataset(AbstractDataset):
    """A table; made by `Dataset.Tabular.from_…`. Methods that narrow it return a new dataset and read nothing."""

    _is_tabular = True

    def __init__(self) -> None:
        super().__init__()

    # --- reading

    def to_pandas_dataframe(self, on_error: _WORDS = "null", out_of_range_datetime: _WORDS = "null") -> "pd.DataFrame":
        """All rows as a pandas DataFrame, with the types pandas gives.

        With "fail" a value without meaning in its column's type, or a datetime that pandas cannot hold, raises
        DatasetExecutionError; with "null" it is missing.
        """
        from stepworks.datasets.frames import to_pandas

        with executing():
            return to_pandas(self._plan, self._resolver, on_error=on_error, out_of_range_datetime=out_of_range_datetime)

    def to_dask_dataframe(
        self, sample_size: int = 10000, dtypes: Any = None, on_error: str = "null", out_of_range_datetime: str = "null"
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A dask DataFrame of a dataset", "to_pandas_dataframe(), or dask.dataframe over its files")

    def to_spark_dataframe(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A Spark DataFrame of a dataset", "to_pandas_dataframe(), or spark.read over its files")

    def to_csv_files(self, separator: str = ",") -> FileDataset:
        """A file dataset of the rows as CSV files, written to the workspace's default datastore now."""
        from stepworks.datasets.write import write_csv

        return self._exported("csv", lambda folder: write_csv(self._plan, self._resolver, folder, separator=separator))

    def to_parquet_files(self) -> FileDataset:
        """A file dataset of the rows as Parquet files, written to the workspace's default datastore now."""
        from stepworks.datasets.write import write_parquet

        return self._exported("parquet", lambda folder: write_parquet(self._plan, self._resolver, folder))

    def _exported(self, kind: str, write: "Callable[[Path], object]") -> FileDataset:
        import tempfile

        from azureml.data._transfer import upload_folder
        from azureml.data.dataset_factory import FileDatasetFactory
        from stepworks.ids import new_hex

        if self._workspace is None:
            raise UserErrorException("The dataset belongs to no workspace yet: register it, then export it.")
        datastore: Any = self._workspace.get_default_datastore()
        target = f"datasets/{kind}/{new_hex(32)}"
        with tempfile.TemporaryDirectory(prefix="stepworks-") as folder:
            with executing():
                write(Path(folder))
            upload_folder(datastore, folder, target)
        return FileDatasetFactory.from_files([(datastore, target)], validate=False)

    def partition_by(
        self,
        partition_keys: Sequence[str],
        target: Any,
        name: str | None = None,
        show_progress: bool = True,
        partition_as_file_dataset: bool = False,
    ) -> "TabularDataset | FileDataset":
        """Write the rows as Parquet files, a folder for each combination of the keys' values, and read that.

        `target` is a datastore, a DataPath or (datastore, path). With a name the new dataset is registered.
        """
        import tempfile

        from azureml.data._paths import target_place
        from azureml.data._plans import files
        from azureml.data._transfer import upload_folder
        from stepworks.datasets.plan import Plan
        from stepworks.datasets.source import DatastorePath
        from stepworks.datasets.write import partition_by
        from stepworks.ids import new_hex

        datastore, path = target_place(target)
        place = "/".join(p for p in (path, new_hex(32)) if p)
        with tempfile.TemporaryDirectory(prefix="stepworks-") as folder:
            with executing():
                written = partition_by(self._plan, self._resolver, partition_keys, Path(folder))
            upload_folder(datastore, folder, place, show_progress=show_progress)
        source = written.source(DatastorePath(datastore.name, place))
        made: TabularDataset | FileDataset
        if partition_as_file_dataset:
            made = FileDataset._of(files(source.partition_format, source.paths), datastore.workspace)
        else:
            made = TabularDataset._of(Plan(source), datastore.workspace)
        return made if name is None else made.register(datastore.workspace, name, create_new_version=True)

    def download(
        self, stream_column: str, target_path: str | None = None, overwrite: bool = False, ignore_not_found: bool = True
    ) -> list[str]:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Downloading the files a column names", "Dataset.File.from_files(...).download()")

    def mount(self, stream_column: str, mount_point: str | None = None) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Mounting the files a column names", "Dataset.File.from_files(...).mount()")

    # --- columns

    def keep_columns(self, columns: str | Sequence[str], validate: bool = False) -> "TabularDataset":
        """Only these columns, in this order; with `validate` it is looked at now whether they are there."""
        with user_errors():
            return self._checked(self._plan.keep_columns(columns), validate)

    def drop_columns(self, columns: str | Sequence[str]) -> "TabularDataset":
        """All but these columns."""
        with user_errors():
            return self._with(self._plan.drop_columns(columns))

    def _checked(self, plan: "Plan", validate: bool) -> "TabularDataset":
        made = self._with(plan)
        if validate:
            from azureml.data.dataset_error_handling import validating
            from stepworks.datasets.execute import head

            with validating():
                head(plan, self._resolver, 1)
        return made

    # --- time

    @property
    def timestamp_columns(self) -> tuple[str | None, str | None]:
        """The columns that hold the time of a row and of its partition."""
        return self._plan.timestamp_columns

    def with_timestamp_columns(
        self,
        timestamp: str | None = None,
        partition_timestamp: str | None = None,
        validate: bool = False,
        **kwargs: Any,
    ) -> "TabularDataset":
        """Say which columns hold the time of a row and of its partition; the older names fine_grain_timestamp and
        coarse_grain_timestamp are taken too."""
        fine = timestamp if timestamp is not None else kwargs.pop("fine_grain_timestamp", None)
        coarse = partition_timestamp if partition_timestamp is not None else kwargs.pop("coarse_grain_timestamp", None)
        with user_errors():
            return self._checked(self._plan.with_timestamp_columns(fine, coarse), validate)

    def time_after(
        self, start_time: datetime, include_boundary: bool = True, validate: bool = True
    ) -> "TabularDataset":
        """The rows from a time on. Raises DatasetTimestampMissingError when no timestamp column was named."""
        return self._in_time(lambda plan: plan.time_after(start_time, include_boundary=include_boundary), validate)

    def time_before(self, end_time: datetime, include_boundary: bool = True, validate: bool = True) -> "TabularDataset":
        """The rows up to a time."""
        return self._in_time(lambda plan: plan.time_before(end_time, include_boundary=include_boundary), validate)

    def time_between(
        self, start_time: datetime, end_time: datetime, include_boundary: bool = True, validate: bool = True
    ) -> "TabularDataset":
        """The rows between two times."""
        return self._in_time(
            lambda plan: plan.time_between(start_time, end_time, include_boundary=include_boundary), validate
        )

    def time_recent(
        self, time_delta: timedelta, include_boundary: bool = True, validate: bool = True
    ) -> "TabularDataset":
        """The rows of the last `time_delta`, counted from now."""
        now = datetime.now(UTC)
        return self._in_time(
            lambda plan: plan.time_recent(time_delta, now=now, include_boundary=include_boundary), validate
        )

    def _in_time(self, narrow: "Callable[[Plan], Plan]", validate: bool) -> "TabularDataset":
        if self._plan.timestamp_columns == (None, None):
            raise DatasetTimestampMissingError(
                "The dataset has no timestamp column. Name it first: with_timestamp_columns(timestamp='…')."
            )
        with user_errors():
            return self._checked(narrow(self._plan), validate)

    # --- profiles

    def get_profile(self, workspace: "Workspace | None" = None) -> Any:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("The profile of a dataset", "to_pandas_dataframe().describe(include='all')")

    def get_profile_runs(self, workspace: "Workspace | None" = None) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Profile runs", "to_pandas_dataframe().describe(include='all')")

    def submit_profile_run(self, compute_target: Any, experiment: Any, cache_datastore_name: str | None = None) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Profile runs", "to_pandas_dataframe().describe(include='all')")

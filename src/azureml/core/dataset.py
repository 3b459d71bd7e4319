"""`Dataset`: the way to datasets (contracts §18). `Dataset.Tabular` and `Dataset.File` make them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from azureml._unsupported import unsupported
from azureml.data.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from azureml.data.dataset_type_definitions import (
    FileEncoding,
    HistogramCompareMethod,
    PromoteHeadersBehavior,
    SkipLinesBehavior,
)

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.data.abstract_dataset import AbstractDataset

_INSTEAD = "Dataset.Tabular or Dataset.File, and the datasets they make"


P = ParamSpec("P")
R = TypeVar("R")


class _OfClass(Generic[P, R]):
    """A function that is called on the class with the workspace first, and shows the signature it was published with:
    the workspace stands where an instance would."""

    def __init__(self, function: Callable[P, R]) -> None:
        self.__wrapped__ = function
        self.__doc__ = function.__doc__

    def __get__(self, instance: object, owner: type) -> Callable[P, R]:
        return self.__wrapped__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.__wrapped__(*args, **kwargs)


class Dataset:
    """Makes and finds datasets.

    What the oldest SDK kept in instances of this class (definitions, snapshots, states) is not there: making one
    raises NotImplementedError; its factories make today's datasets.
    """

    File = FileDatasetFactory
    Tabular = TabularDatasetFactory

    class Scenario:
        """What a dataset was used for, in the words of a model's `datasets`."""

        TRAINING = "training"
        VALIDATION = "validation"
        TEST = "test"
        INFERENCING = "inferencing"

    def __init__(
        self, definition: Any, workspace: "Workspace | None" = None, name: str | None = None, id: str | None = None
    ) -> None:
        raise unsupported("A dataset made from a definition", _INSTEAD)

    @_OfClass
    def get_all(workspace: "Workspace") -> "dict[str, AbstractDataset]":  # pyright: ignore[reportSelfClsParameterName, reportGeneralTypeIssues]
        """The newest version of each registered dataset, by name."""
        from azureml.data._service import all_registered

        return all_registered(workspace)

    @_OfClass
    def get_by_name(
        workspace: "Workspace",  # pyright: ignore[reportSelfClsParameterName, reportGeneralTypeIssues]
        name: str,
        version: "int | str" = "latest",
        **kwargs: Any,
    ) -> "AbstractDataset":
        """A registered dataset. Raises DatasetNotFound, which is a UserErrorException; also for a version that is
        neither a number nor "latest"."""
        from azureml.data._service import by_name

        return by_name(workspace, name, version)

    @_OfClass
    def get_by_id(workspace: "Workspace", id: str, **kwargs: Any) -> "AbstractDataset":  # pyright: ignore[reportSelfClsParameterName, reportGeneralTypeIssues]
        """A saved dataset, registered or not. Raises DatasetNotFound."""
        from azureml.data._service import by_id

        return by_id(workspace, id)

    # --- factories of the oldest SDK

    @staticmethod
    def from_delimited_files(
        path: Any,
        separator: str = ",",
        header: PromoteHeadersBehavior = PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
        encoding: FileEncoding = FileEncoding.UTF8,
        quoting: bool = False,
        infer_column_types: bool = True,
        skip_rows: int = 0,
        skip_mode: SkipLinesBehavior = SkipLinesBehavior.NO_ROWS,
        comment: str | None = None,
        include_path: bool = False,
        archive_options: Any = None,
        partition_format: str | None = None,
    ) -> Any:
        """`Dataset.Tabular.from_delimited_files` under its oldest name."""
        if skip_rows or comment is not None or archive_options is not None:
            raise unsupported("skip_rows, comment and archive_options", "files that begin with their header")
        return TabularDatasetFactory.from_delimited_files(
            path,
            separator=separator,
            header=header,
            encoding=str(getattr(encoding, "value", encoding)),
            support_multi_line=quoting,
            infer_column_types=infer_column_types,
            include_path=include_path,
            partition_format=partition_format,
        )

    @staticmethod
    def from_parquet_files(path: Any, include_path: bool = False, partition_format: str | None = None) -> Any:
        """`Dataset.Tabular.from_parquet_files` under its oldest name."""
        return TabularDatasetFactory.from_parquet_files(
            path, include_path=include_path, partition_format=partition_format
        )

    @staticmethod
    def from_json_files(
        path: Any,
        encoding: FileEncoding = FileEncoding.UTF8,
        flatten_nested_arrays: bool = False,
        include_path: bool = False,
        partition_format: str | None = None,
    ) -> Any:
        """`Dataset.Tabular.from_json_lines_files` under its oldest name."""
        if flatten_nested_arrays:
            raise unsupported("Flattening nested arrays", "pandas.json_normalize in the step")
        return TabularDatasetFactory.from_json_lines_files(
            path, include_path=include_path, partition_format=partition_format
        )

    @staticmethod
    def from_binary_files(path: Any) -> Any:
        """`Dataset.File.from_files` under its oldest name."""
        return FileDatasetFactory.from_files(path)

    @staticmethod
    def from_sql_query(data_source: Any, query: str) -> Any:
        """`Dataset.Tabular.from_sql_query` under its oldest name."""
        return TabularDatasetFactory.from_sql_query((data_source, query))

    @staticmethod
    def from_excel_files(
        path: Any,
        sheet_name: str | None = None,
        use_column_headers: bool = False,
        skip_rows: int = 0,
        include_path: bool = False,
        infer_column_types: bool = True,
        partition_format: str | None = None,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported(
            "Reading Excel files as a dataset", "Dataset.File.from_files and pandas.read_excel in the step"
        )

    @staticmethod
    def from_pandas_dataframe(dataframe: Any, path: Any = None, in_memory: bool = False) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A dataset made from a data frame in memory", "Dataset.Tabular.register_pandas_dataframe")

    @staticmethod
    def auto_read_files(path: Any, include_path: bool = False, partition_format: str | None = None) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Guessing how files are to be read", "Dataset.Tabular.from_delimited_files or its kin")

    @staticmethod
    def get(workspace: "Workspace", name: str | None = None, id: str | None = None) -> "AbstractDataset":
        """A dataset by name or id, under the oldest name of `get_by_name` and `get_by_id`."""
        return Dataset.get_by_id(workspace, id) if id is not None else Dataset.get_by_name(workspace, str(name))

    @staticmethod
    def list(workspace: "Workspace") -> "list[AbstractDataset]":
        """The newest version of each registered dataset."""
        return [*Dataset.get_all(workspace).values()]

    # --- instances of the oldest SDK: not there, as the constructor says

    @property
    def id(self) -> str:
        """The dataset's id."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    @property
    def name(self) -> str:
        """The dataset's name."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    @property
    def workspace(self) -> Any:
        """The dataset's workspace."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    @property
    def description(self) -> str:
        """The dataset's description."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    @property
    def tags(self) -> dict[str, str]:
        """The dataset's tags."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    @property
    def state(self) -> str:
        """The dataset's state."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    @property
    def is_visible(self) -> bool:
        """Whether listings show it."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    @property
    def definition(self) -> Any:
        """The dataset's definition."""
        raise unsupported("Definitions of datasets", "versions: register(..., create_new_version=True)")

    @property
    def definition_version(self) -> Any:
        """The version of its definition."""
        raise unsupported("Definitions of datasets", "versions: register(..., create_new_version=True)")

    def get_definition(self, version_id: Any = None) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Definitions of datasets", "versions: register(..., create_new_version=True)")

    def get_definitions(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Definitions of datasets", "versions: register(..., create_new_version=True)")

    def update_definition(self, definition: Any, definition_update_message: str) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Definitions of datasets", "versions: register(..., create_new_version=True)")

    def create_snapshot(
        self,
        snapshot_name: str,
        compute_target: Any = None,
        create_data_snapshot: bool = False,
        target_datastore: Any = None,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Snapshots of datasets", "versions: register(..., create_new_version=True)")

    def get_snapshot(self, snapshot_name: str) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Snapshots of datasets", "versions: register(..., create_new_version=True)")

    def get_all_snapshots(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Snapshots of datasets", "versions: register(..., create_new_version=True)")

    def delete_snapshot(self, snapshot_name: str) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Snapshots of datasets", "versions: register(..., create_new_version=True)")

    def archive(self) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Archiving a dataset", "dataset.unregister_all_versions()")

    def deprecate(self, deprecate_by_dataset_id: str) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Deprecating a dataset", "a tag on the registered version")

    def reactivate(self) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Reactivating a dataset", "registering it again")

    def register(
        self,
        workspace: "Workspace",
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        visible: bool = True,
        exist_ok: bool = False,
        update_if_exist: bool = False,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    def update(
        self,
        name: str | None = None,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        visible: bool | None = None,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    def head(self, count: int) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A dataset of the oldest kind", "dataset.take(n).to_pandas_dataframe()")

    def sample(self, sample_strategy: str, arguments: Any) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A dataset of the oldest kind", "dataset.take_sample(probability, seed)")

    def to_pandas_dataframe(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    def to_spark_dataframe(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

    def get_profile(
        self,
        arguments: Any = None,
        generate_if_not_exist: bool = True,
        workspace: Any = None,
        compute_target: Any = None,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Profiles of datasets", "DataFrame.describe() of the data")

    def generate_profile(self, compute_target: Any = None, workspace: Any = None, arguments: Any = None) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Profiles of datasets", "DataFrame.describe() of the data")

    def diff(self, rhs_dataset: Any, compute_target: Any = None, columns: Any = None) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Differences of datasets", "a comparison of the data frames")

    def compare_profiles(
        self,
        rhs_dataset: Any,
        profile_arguments: Any = {},  # noqa: B006 - the published default
        include_columns: Any = None,
        exclude_columns: Any = None,
        histogram_compare_method: HistogramCompareMethod = HistogramCompareMethod.WASSERSTEIN,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Differences of datasets", "a comparison of the data frames")

    def __getitem__(self, key: Any) -> Any:
        raise unsupported("A dataset of the oldest kind", _INSTEAD)

"""Makes datasets: `Dataset.Tabular` and `Dataset.File` (contracts §18)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.data._names import generated
from azureml.data.data_reference import DataReference as DataReference
from azureml.data.datapath import DataPath as DataPath
from azureml.data.dataset_type_definitions import PromoteHeadersBehavior as PromoteHeadersBehavior
from azureml.exceptions import UserErrorException as UserErrorException
from stepworks.datasets.source import ColumnType

if TYPE_CHECKING:
    import pandas as pd

    from azureml.core.workspace import Workspace
    from azureml.data.file_dataset import FileDataset
    from azureml.data.tabular_dataset import TabularDataset
    from stepworks.datasets.plan import Plan

_ROWS_LOOKED_AT = 1


class DataType:
    """Types of columns, for `set_column_types`."""

    @staticmethod
    def to_string() -> ColumnType:
        """Texts."""
        return ColumnType("string")

    @staticmethod
    def to_long() -> ColumnType:
        """Whole numbers."""
        return ColumnType("long")

    @staticmethod
    def to_float(decimal_mark: Any = ".") -> ColumnType:
        """Numbers; `decimal_mark` is '.' or ','."""
        if decimal_mark not in (".", ","):
            raise UserErrorException(f"decimal_mark is '.' or ',', not {decimal_mark!r}.")
        return ColumnType("float", decimal_mark=decimal_mark)

    @staticmethod
    def to_bool() -> ColumnType:
        """True and False."""
        return ColumnType("bool")

    @staticmethod
    def to_datetime(formats: Any = None) -> ColumnType:
        """Datetimes; `formats` is a strftime pattern or a list of them, tried in order; None: ISO 8601 and its kin."""
        wanted = (formats,) if isinstance(formats, str) else tuple(formats or ())
        return ColumnType("datetime", formats=wanted)

    @staticmethod
    def to_stream(workspace: "Workspace", escaped: bool = False) -> ColumnType:
        """Paths of files."""
        return ColumnType("stream", escaped=escaped)


class TabularDatasetFactory:
    """Makes tables. Nothing is read when one is made, except the first row with `validate`."""

    @staticmethod
    def from_delimited_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        infer_column_types: Any = True,
        set_column_types: Mapping[Any, Any] | None = None,
        separator: str = ",",
        header: Any = True,
        partition_format: str | None = None,
        support_multi_line: bool = False,
        empty_as_string: bool = False,
        encoding: str = "utf8",
    ) -> "TabularDataset":
        """A table of delimited text files.

        Raises UserErrorException for local paths and arguments that cannot be; DatasetValidationError, which is one
        too, when the data cannot be read.
        """
        from azureml.data._paths import plan_paths
        from azureml.data._plans import delimited

        paths, workspace = plan_paths(path)
        plan = delimited(
            None,
            paths,
            include_path=include_path,
            separator=separator,
            header=header,
            partition_format=partition_format,
            set_column_types=set_column_types,
            infer_column_types=infer_column_types,
            support_multi_line=support_multi_line,
            empty_as_string=empty_as_string,
            encoding=encoding,
        )
        return _tabular(plan, workspace, validate)

    @staticmethod
    def from_parquet_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Mapping[Any, Any] | None = None,
        partition_format: str | None = None,
    ) -> "TabularDataset":
        """A table of Parquet files."""
        from azureml.data._paths import plan_paths
        from azureml.data._plans import parquet

        paths, workspace = plan_paths(path)
        plan = parquet(
            None, paths, include_path=include_path, partition_format=partition_format, set_column_types=set_column_types
        )
        return _tabular(plan, workspace, validate)

    @staticmethod
    def from_json_lines_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Mapping[Any, Any] | None = None,
        partition_format: str | None = None,
        invalid_lines: str = "error",
        encoding: str = "utf8",
    ) -> "TabularDataset":
        """A table of files with a JSON object in each line; `invalid_lines` is "error" or "drop"."""
        from azureml.data._paths import plan_paths
        from azureml.data._plans import json_lines

        paths, workspace = plan_paths(path)
        plan = json_lines(
            paths,
            include_path=include_path,
            set_column_types=set_column_types,
            partition_format=partition_format,
            invalid_lines=invalid_lines,
            encoding=encoding,
        )
        return _tabular(plan, workspace, validate)

    @staticmethod
    def from_sql_query(
        query: Any, validate: bool = True, set_column_types: Mapping[Any, Any] | None = None, query_timeout: int = 30
    ) -> "TabularDataset":
        """Not there yet: SQL datastores cannot be registered. Raises NotImplementedError."""
        from azureml.data._paths import query_parts

        query_parts(query)
        raise unsupported("A dataset of a SQL query", "the query in a step, whose result it writes as a file")

    @staticmethod
    def register_pandas_dataframe(
        dataframe: "pd.DataFrame",
        target: Any,
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        show_progress: bool = True,
        row_group_size: int | None = None,
        make_target_path_unique: bool = True,
    ) -> "TabularDataset":
        """Write a DataFrame as Parquet to a datastore, (datastore, path) or DataPath; register it as a new version."""
        import tempfile
        from pathlib import Path

        import pyarrow
        import pyarrow.parquet

        from azureml.data._paths import target_place
        from azureml.data._transfer import upload_folder
        from stepworks.ids import new_uuid

        datastore, path = target_place(target)
        if make_target_path_unique:
            path = "/".join(p for p in (path or "managed-dataset", new_uuid()) if p)
        with tempfile.TemporaryDirectory(prefix="stepworks-") as folder:
            table = pyarrow.Table.from_pandas(dataframe, preserve_index=False)
            pyarrow.parquet.write_table(table, Path(folder, "part-00000.parquet"), row_group_size=row_group_size)
            upload_folder(datastore, folder, path, overwrite=not make_target_path_unique, show_progress=show_progress)
        made = TabularDatasetFactory.from_parquet_files([(datastore, path)], validate=False)
        return made.register(datastore.workspace, name, description=description, tags=tags, create_new_version=True)

    @staticmethod
    def register_dask_dataframe(
        dataframe: Any,
        target: Any,
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        show_progress: bool = True,
    ) -> "TabularDataset":
        """Not there. Raises NotImplementedError."""
        raise unsupported("Registering a dask DataFrame", "register_pandas_dataframe(dataframe.compute(), …)")

    @staticmethod
    def register_spark_dataframe(
        dataframe: Any,
        target: Any,
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        show_progress: bool = True,
    ) -> "TabularDataset":
        """Not there. Raises NotImplementedError."""
        raise unsupported("Registering a Spark DataFrame", "register_pandas_dataframe(dataframe.toPandas(), …)")


class FileDatasetFactory:
    """Makes datasets of files."""

    @staticmethod
    def from_files(
        path: Any, validate: bool = True, partition_format: str | None = None, is_file: bool = False
    ) -> "FileDataset":
        """Files by path, folder or glob, or by web address.

        Raises UserErrorException for local paths; DatasetValidationError, with `validate`, when there are no files.
        """
        from azureml.data._paths import plan_paths
        from azureml.data._plans import files
        from azureml.data.dataset_error_handling import validating
        from azureml.data.file_dataset import FileDataset

        paths, workspace = plan_paths(path)
        made = FileDataset._of(files(partition_format, paths), workspace)
        if validate:
            from stepworks.datasets.files import files as found

            with validating():
                found(made._plan, made._resolver)
        return made

    @staticmethod
    def upload_directory(
        src_dir: str, target: Any, pattern: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> "FileDataset":
        """Upload a folder to a datastore, (datastore, path) or DataPath; the dataset of its files.

        `pattern` is a glob that the files' paths within the folder fit.
        """
        from azureml.data._paths import target_place
        from azureml.data._transfer import planned_folder, upload

        datastore, path = target_place(target)
        path = path or generated("managed-dataset/")
        uploads = planned_folder(src_dir, path)
        if pattern is not None:
            from stepworks.datasets.glob import compile

            fits = compile(pattern.removeprefix("./"))
            uploads = [u for u in uploads if fits.fullmatch(u.target[len(path) + 1 :])]
        if not uploads:
            raise UserErrorException(
                f"The folder '{src_dir}' has no files to upload{f' that fit {pattern!r}' if pattern else ''}."
            )
        upload(datastore, uploads, overwrite=overwrite, show_progress=show_progress)
        return FileDatasetFactory.from_files([(datastore, path)], validate=False)


def _tabular(plan: "Plan", workspace: "Workspace | None", validate: bool) -> "TabularDataset":
    from azureml.data.tabular_dataset import TabularDataset

    made = TabularDataset._of(plan, workspace)
    if validate:
        from azureml.data.dataset_error_handling import validating
        from stepworks.datasets.execute import head

        with validating():
            head(plan, made._resolver, _ROWS_LOOKED_AT)
    return made

"""Outputs of steps that are datasets: where they go, how they are read, and whether they are registered (contracts §6).

A config and the copies its methods return are one output: they share an origin, and the step that produces it is
known there.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from azureml.data._names import dataset_name, generated
from azureml.data.dataset_type_definitions import PromoteHeadersBehavior
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
    from azureml.data.dataset_factory import DataType
    from stepworks.datasets.plan import Plan


class RegistrationConfiguration:
    """The dataset that an output is registered as when its step has succeeded."""

    def __init__(self, name: str, description: str | None, tags: Mapping[str, str] | None) -> None:
        self.name = name
        self.description = description
        self.tags = tags


class MountOptions:
    """Options of a mounted output."""

    def __init__(self, disable_metadata_cache: bool = False) -> None:
        self.disable_metadata_cache = disable_metadata_cache


class UploadOptions:
    """Options of an uploaded output: whether files in the way are replaced, and which files go."""

    def __init__(self, overwrite: bool = False, source_globs: Sequence[str] | None = None) -> None:
        self.overwrite = overwrite
        self.source_globs = source_globs


class OutputDatasetConfig:
    """An output that is a dataset. Without a name it gets `output_` and eight digits.

    Raises UserErrorException for a name beyond letters, digits and '_'.
    """

    def __init__(self, mode: str, name: str | None = None, **kwargs: Any) -> None:
        self._name: str = generated("output_") if name is None else dataset_name(name, "a dataset output")
        self.mode = mode
        self.arg_val = f"DatasetOutputConfig:{self._name}"
        self._origin: OutputDatasetConfig = self
        # The step that produces the output, and the name its port has there; set by that step, on the origin.
        self._producer: Any = None
        self._port: str | None = None
        self._registration: RegistrationConfiguration | None = None
        self._upload_options: UploadOptions | None = None
        self._mount_options: MountOptions | None = None
        self._plan: Plan | None = None

    @property
    def name(self) -> str:
        """The name the script knows it by; may be set. A step that is given the output makes a generated one final."""
        return self._origin._port or self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = dataset_name(name, "a dataset output")
        self.arg_val = f"DatasetOutputConfig:{name}"

    @property
    def _is_tabular(self) -> bool:
        return self._plan is not None and self._plan.is_tabular

    def as_input(self, name: str | None = None) -> "DatasetConsumptionConfig":
        """The output as an input of a later step; without a name it gets `input_` and eight digits."""
        from azureml.data.dataset_consumption_config import DatasetConsumptionConfig

        return DatasetConsumptionConfig(
            name or generated("input_"), self, mode="direct" if self._is_tabular else "mount"
        )

    def register_on_complete(
        self, name: str, description: str | None = None, tags: Mapping[str, str] | None = None
    ) -> Self:
        """A copy that is registered under `name` when the step has succeeded."""
        if not isinstance(name, str) or not name:
            raise UserErrorException("register_on_complete needs the name of a dataset.")
        made = self._copy()
        made._registration = RegistrationConfiguration(name, description, tags)
        return made

    def _copy(self) -> Self:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        return made

    def __str__(self) -> str:
        return self.arg_val

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, mode={self.mode!r})"


class TransformationMixin:
    """Outputs of files that may be read as a table."""

    def read_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: PromoteHeadersBehavior = PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
        partition_format: str | None = None,
        path_glob: str | None = None,
        set_column_types: "Mapping[str, DataType] | None" = None,
    ) -> "OutputTabularDatasetConfig":
        """The same output, read as a table of delimited text."""
        from azureml.data._plans import delimited

        source = delimited(
            path_glob,
            include_path=include_path,
            separator=separator,
            header=header,
            partition_format=partition_format,
            set_column_types=set_column_types,
        )
        return self._tabular(source)

    def read_parquet_files(
        self,
        include_path: bool = False,
        partition_format: str | None = None,
        path_glob: str | None = None,
        set_column_types: "Mapping[str, DataType] | None" = None,
    ) -> "OutputTabularDatasetConfig":
        """The same output, read as a table of Parquet files."""
        from azureml.data._plans import parquet

        return self._tabular(
            parquet(
                path_glob,
                include_path=include_path,
                partition_format=partition_format,
                set_column_types=set_column_types,
            )
        )

    def _tabular(self, plan: "Plan") -> "OutputTabularDatasetConfig":
        made = object.__new__(OutputTabularDatasetConfig)
        made.__dict__.update(self.__dict__)
        made._plan = plan
        return made


class OutputFileDatasetConfig(OutputDatasetConfig, TransformationMixin):
    """A folder that the script writes to, which becomes data in a datastore.

    `destination` is a tuple (datastore, path), or a datastore alone, where the default path is used (contracts §1.4);
    without one the default datastore. `{run-id}` and `{output-name}` in a path are filled in; the default path is
    `dataset/{run-id}/{output-name}`. The path may be a PipelineParameter. Raises TypeError for another destination.
    """

    def __init__(
        self,
        name: str | None = None,
        destination: Any = None,
        source: str | None = None,
        partition_format: str | None = None,
    ) -> None:
        super().__init__("mount", name)
        self.destination = checked_destination(destination)
        self.source = source
        if partition_format is not None:
            from azureml.data._plans import files

            self._plan = files(partition_format)

    def as_mount(self, disable_metadata_cache: bool = False) -> Self:
        """A copy that is written through to the datastore."""
        made = self._copy()
        made.mode = "mount"
        made._mount_options, made._upload_options = MountOptions(disable_metadata_cache), None
        return made

    def as_upload(self, overwrite: bool = False, source_globs: Sequence[str] | None = None) -> Self:
        """A copy that is uploaded when the script has ended well; with `source_globs` only the files that fit one."""
        made = self._copy()
        made.mode = "upload"
        made._upload_options, made._mount_options = UploadOptions(overwrite, source_globs), None
        return made


class OutputTabularDatasetConfig(OutputDatasetConfig):
    """An output of files that is read as a table; made by `read_delimited_files` and `read_parquet_files`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("mount", kwargs.get("name"))
        self.destination = checked_destination(kwargs.get("destination"))
        self.source: str | None = kwargs.get("source")
        self._plan = kwargs.get("_plan")
        if self._plan is None:
            raise UserErrorException(
                "A tabular output is made by read_delimited_files() or read_parquet_files() of OutputFileDatasetConfig."
            )

    def as_mount(self) -> Self:
        """A copy that is written through to the datastore."""
        made = self._copy()
        made.mode = "mount"
        made._mount_options, made._upload_options = MountOptions(), None
        return made

    def as_upload(self, overwrite: bool = False, source_globs: Sequence[str] | None = None) -> Self:
        """A copy that is uploaded when the script has ended well."""
        made = self._copy()
        made.mode = "upload"
        made._upload_options, made._mount_options = UploadOptions(overwrite, source_globs), None
        return made

    def keep_columns(self, columns: str | Sequence[str]) -> Self:
        """A copy with only these columns."""
        return self._with_plan(self._table().keep_columns(columns))

    def drop_columns(self, columns: str | Sequence[str]) -> Self:
        """A copy without these columns."""
        return self._with_plan(self._table().drop_columns(columns))

    def random_split(self, percentage: float, seed: int | None = None) -> tuple[Self, Self]:
        """Two copies that share no row; the first has about `percentage` (0 to 1) of them."""
        first, second = self._table().random_split(percentage, seed)
        return self._with_plan(first), self._with_plan(second)

    def _table(self) -> "Plan":
        assert self._plan is not None
        return self._plan

    def _with_plan(self, plan: "Plan") -> Self:
        made = self._copy()
        made._plan = plan
        return made


class HDFSOutputDatasetConfig(OutputDatasetConfig, TransformationMixin):
    """An output that Spark writes to a path of its own."""

    def __init__(self, name: str | None = None, destination: Any = None) -> None:
        super().__init__("hdfs", name)
        self.destination = checked_destination(destination)
        self.source = None


class LinkFileOutputDatasetConfig(OutputDatasetConfig):
    """An output that names a file dataset instead of holding data."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__("link", name)


class LinkTabularOutputDatasetConfig(OutputDatasetConfig):
    """An output that names a tabular dataset instead of holding data."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__("link", name)


def checked_destination(destination: Any) -> Any:
    """A destination as (datastore or None, path or None). Raises TypeError for what is none."""
    if destination is None:
        return None
    if isinstance(destination, tuple) and len(destination) == 2 and hasattr(destination[0], "datastore_type"):  # pyright: ignore[reportUnknownArgumentType]
        return destination  # pyright: ignore[reportUnknownVariableType]
    if (
        hasattr(destination, "datastore_type")
        or hasattr(destination, "path_on_datastore")
        or hasattr(destination, "default_value")
    ):
        return destination
    raise TypeError(
        f"The destination of an output is (datastore, path), or a datastore alone, not {type(destination).__name__}."
    )

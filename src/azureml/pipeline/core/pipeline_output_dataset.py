"""The dataset form of a PipelineData: its files as a dataset, read as a table, or registered (contracts §6)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from azureml.data._names import dataset_name
from azureml.data.dataset_type_definitions import PromoteHeadersBehavior as PromoteHeadersBehavior
from azureml.pipeline.core._bindings import InputPortBinding

if TYPE_CHECKING:
    from azureml.pipeline.core.builder import PipelineData
    from stepworks.datasets.plan import Plan


class DatasetRegistration:
    """The dataset that an output is registered as when its step has succeeded."""

    def __init__(self, name: str, create_new_version: bool) -> None:
        self._name = name
        self._create_new_version = create_new_version

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self._name

    @property
    def create_new_version(self) -> bool:
        """Whether a taken name gets a new version."""
        return self._create_new_version


class PipelineOutputAbstractDataset:
    """An output of a step, as a dataset. Its methods return copies, which are the same output."""

    _plan: "Plan | None" = None
    _is_tabular = False

    def __init__(self, pipeline_data: "PipelineData") -> None:
        self._pipeline_data = pipeline_data
        self._input_name: str | None = None
        self._mode = "mount"
        self._path_on_compute: str | None = None
        self._registration: DatasetRegistration | None = None

    @property
    def name(self) -> str:
        """The name of the output."""
        return self._pipeline_data.name

    @property
    def input_name(self) -> str:
        """The name the consuming script knows it by."""
        return self._input_name or self.name

    def as_named_input(self, name: str) -> Self:
        """A copy that the consuming script knows by `name`."""
        made = self._copy()
        made._input_name = dataset_name(name, "a dataset input")
        return made

    def register(self, name: str, create_new_version: bool = True) -> Self:
        """A copy that is registered under `name` when its step has succeeded; give it in `outputs` of that step."""
        made = self._copy()
        made._registration = DatasetRegistration(name, create_new_version)
        return made

    def create_input_binding(self) -> InputPortBinding:
        """It as an input of a step."""
        return InputPortBinding(self.input_name, self, self._mode, self._path_on_compute)

    def _copy(self) -> Self:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        return made

    @property
    def arg_val(self) -> str:
        """The text that stands for its path or id in an argument."""
        return f"DatasetConsumptionConfig:{self.input_name}"

    def __str__(self) -> str:
        return self.arg_val


class PipelineOutputFileDataset(PipelineOutputAbstractDataset):
    """Files that a step writes."""

    def __init__(self, pipeline_data: "PipelineData") -> None:
        super().__init__(pipeline_data)

    def as_direct(self) -> "PipelineOutputFileDataset":
        """A copy whose script gets the dataset, not files."""
        return self._in_mode("direct", None)

    def as_mount(self, path_on_compute: str | None = None) -> "PipelineOutputFileDataset":
        """A copy that is mounted."""
        return self._in_mode("mount", path_on_compute)

    def as_download(self, path_on_compute: str | None = None) -> "PipelineOutputFileDataset":
        """A copy that is copied to the compute."""
        return self._in_mode("download", path_on_compute)

    def _in_mode(self, mode: str, path_on_compute: str | None) -> "PipelineOutputFileDataset":
        made = self._copy()
        made._mode, made._path_on_compute = mode, path_on_compute
        return made

    def parse_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: PromoteHeadersBehavior = PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
        partition_format: str | None = None,
        file_extension: str = "",
        set_column_types: Mapping[str, Any] | None = None,
        quoted_line_breaks: bool = False,
    ) -> "PipelineOutputTabularDataset":
        """The same files, read as a table of delimited text; with `file_extension` only those whose names end so."""
        from azureml.data._plans import delimited

        plan = delimited(
            _glob(file_extension),
            include_path=include_path,
            separator=separator,
            header=header,
            partition_format=partition_format,
            set_column_types=set_column_types,
            support_multi_line=quoted_line_breaks,
        )
        return PipelineOutputTabularDataset(self, plan)

    def parse_parquet_files(
        self,
        include_path: bool = False,
        partition_format: str | None = None,
        file_extension: str = ".parquet",
        set_column_types: Mapping[str, Any] | None = None,
    ) -> "PipelineOutputTabularDataset":
        """The same files, read as a table of Parquet files."""
        from azureml.data._plans import parquet

        plan = parquet(
            _glob(file_extension),
            include_path=include_path,
            partition_format=partition_format,
            set_column_types=set_column_types,
        )
        return PipelineOutputTabularDataset(self, plan)


class PipelineOutputTabularDataset(PipelineOutputAbstractDataset):
    """A table in files that a step writes; `additional_transformations` is the plan that reads it."""

    _is_tabular = True

    def __init__(self, pipeline_output_dataset: PipelineOutputAbstractDataset, additional_transformations: Any) -> None:
        super().__init__(pipeline_output_dataset._pipeline_data)
        self._input_name = pipeline_output_dataset._input_name
        self._registration = pipeline_output_dataset._registration
        self._mode = "direct"
        self._plan = additional_transformations

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


def _glob(extension: str) -> str | None:
    return f"**/*{extension}" if extension else None

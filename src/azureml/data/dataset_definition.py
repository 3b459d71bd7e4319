"""Definitions of datasets of the oldest SDK, with the operations of its data preparation: declared, not there.

Making one raises NotImplementedError, and so does everything that could be done with it; today's datasets are made by
`Dataset.Tabular` and `Dataset.File`.
"""

from enum import Enum
from typing import Any, TypeVar

from azureml._unsupported import unavailable, unsupported

_INSTEAD = "Dataset.Tabular and the methods of the datasets it makes, or pandas in the step"


class DecimalMark(Enum):
    """What separates the fraction of a number."""

    DOT = 0
    COMMA = 1


class InvalidLineHandling(Enum):
    """What becomes of a line that cannot be read."""

    DROP = 0
    ERROR = 1


class MismatchAsOption(Enum):
    """What becomes of a value that is neither true nor false."""

    ASTRUE = 0
    ASFALSE = 1
    ASERROR = 2


class IfDestinationExists(Enum):
    """What becomes of files that are there already."""

    FAIL = 0
    APPEND = 1
    MERGEWITHOVERWRITE = 2
    REPLACE = 3


class Dataflow:
    """Operations on data."""


class EnginelessDataflow(Dataflow):
    """Operations on data."""


class DatasetDefinition(EnginelessDataflow):
    """A definition. Raises NotImplementedError when one is made."""

    TypeConversionInfo = TypeVar("TypeConversionInfo")

    def __init__(
        self,
        workspace: Any = None,
        dataset_id: Any = None,
        version_id: Any = None,
        dataflow: Any = None,
        dataflow_json: Any = None,
        notes: Any = None,
        etag: Any = None,
        created_time: Any = None,
        modified_time: Any = None,
        state: Any = None,
        deprecated_by_dataset_id: Any = None,
        deprecated_by_definition_version: Any = None,
        data_path: Any = None,
        dataset: Any = None,
        file_type: Any = "Unknown",
    ) -> None:
        self.builders = None
        raise unsupported("The definition of a dataset", _INSTEAD)

    @unavailable(_INSTEAD)
    def __getitem__(self, key: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def add_column(self, expression: Any, new_column_name: Any, prior_column: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def add_step(self, step_type: Any, arguments: Any, local_data: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def append_columns(self, dataflows: Any, parallelize: Any = True) -> Any: ...

    @unavailable(_INSTEAD)
    def append_rows(self, dataflows: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def archive(self) -> Any: ...

    @unavailable(_INSTEAD)
    def assert_value(
        self, columns: Any, expression: Any, policy: Any = None, error_code: Any = "AssertionFailed"
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def cache(self, directory_path: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def clip(self, columns: Any, lower: Any = None, upper: Any = None, use_values: Any = True) -> Any: ...

    @unavailable(_INSTEAD)
    def convert_unix_timestamp_to_datetime(self, columns: Any, use_seconds: Any = False) -> Any: ...

    @unavailable(_INSTEAD)
    def create_snapshot(
        self,
        snapshot_name: Any,
        compute_target: Any = None,
        create_data_snapshot: Any = False,
        target_datastore: Any = None,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def data_changed_time(self, column: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def deprecate(self, deprecate_by_dataset_id: Any, deprecated_by_definition_version: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def derive_column_by_example(self, source_columns: Any, new_column_name: Any, example_data: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def distinct(self, columns: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def distinct_rows(self) -> Any: ...

    @unavailable(_INSTEAD)
    def download(self, target_path: Any, source: Any, stream_column: Any = "Path") -> Any: ...

    @unavailable(_INSTEAD)
    def drop_columns(self, columns: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def drop_errors(self, columns: Any, column_relationship: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def drop_nulls(self, columns: Any, column_relationship: Any = None) -> Any: ...

    @property
    @unavailable(_INSTEAD)
    def dtypes(self) -> Any: ...

    @unavailable(_INSTEAD)
    def duplicate_column(self, column_pairs: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def error(self, columns: Any, find: Any, error_code: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def execute_inspector(self, inspector: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def execute_inspectors(self, inspectors: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def extract_error_details(
        self, column: Any, error_value_column: Any, extract_error_code: Any = False, error_code_column: Any = None
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def fill_errors(self, columns: Any, fill_with: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def fill_nulls(self, columns: Any, fill_with: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def filter(self, expression: Any) -> Any: ...

    @staticmethod
    @unavailable(_INSTEAD)
    def from_json(dataflow_json: Any) -> Any: ...

    @staticmethod
    @unavailable(_INSTEAD)
    def from_paths(paths: Any, force_file: Any = False) -> Any: ...

    @staticmethod
    @unavailable(_INSTEAD)
    def from_query_source(handler: Any, query: Any, handler_arguments: Any) -> Any: ...

    @staticmethod
    @unavailable(_INSTEAD)
    def from_stream_infos(stream_infos: Any, force_search: Any = False) -> Any: ...

    @staticmethod
    @unavailable(_INSTEAD)
    def get_files(path: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def get_missing_secrets(self) -> Any: ...

    @unavailable(_INSTEAD)
    def get_partition_count(self) -> Any: ...

    @unavailable(_INSTEAD)
    def get_partition_info(self) -> Any: ...

    @unavailable(_INSTEAD)
    def get_profile(self, include_stype_counts: Any = False, number_of_histogram_bins: Any = 10) -> Any: ...

    @unavailable(_INSTEAD)
    def has_invalid_source(self, return_validation_error: Any = False) -> Any: ...

    @unavailable(_INSTEAD)
    def head(self, count: Any = 10) -> Any: ...

    @staticmethod
    @unavailable(_INSTEAD)
    def join(
        left_dataflow: Any,
        right_dataflow: Any,
        join_key_pairs: Any = None,
        join_type: Any = None,
        left_column_prefix: Any = "l_",
        right_column_prefix: Any = "r_",
        left_non_prefixed_columns: Any = None,
        right_non_prefixed_columns: Any = None,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def keep_columns(self, columns: Any, validate_column_exists: Any = False) -> Any: ...

    @unavailable(_INSTEAD)
    def map_partition(self, fn: Any, data_format: Any = "lastProcessed") -> Any: ...

    @property
    @unavailable(_INSTEAD)
    def meta(self) -> Any: ...

    @meta.setter
    @unavailable(_INSTEAD)
    def meta(self, value: Any) -> None: ...

    @unavailable(_INSTEAD)
    def mount(
        self,
        mount_point: Any,
        options: Any,
        files_column: Any = None,
        client_id: Any = None,
        identity_endpoint_type: Any = None,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def multi_split(self, splits: Any, seed: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def new_script_column(self, new_column_name: Any, insert_after: Any, script: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def new_script_filter(self, script: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def null_coalesce(self, columns: Any, new_column_id: Any) -> Any: ...

    @staticmethod
    @unavailable(_INSTEAD)
    def open(file_path: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def parse_delimited(
        self,
        separator: Any,
        headers_mode: Any,
        encoding: Any,
        quoting: Any,
        partition_size: Any = None,
        empty_as_string: Any = False,
        inlucde_path: Any = True,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def parse_fwf(self, offsets: Any, headers_mode: Any, encoding: Any, skip_rows: Any, skip_mode: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def parse_json_column(self, column: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def parse_json_lines(
        self,
        encoding: Any,
        partition_size: Any = None,
        invalid_lines: Any = InvalidLineHandling.ERROR,
        include_path: Any = False,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def parse_lines(
        self, headers_mode: Any, encoding: Any, skip_rows: Any, skip_mode: Any, comment: Any, partition_size: Any = None
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def pivot(
        self,
        columns_to_pivot: Any,
        value_column: Any,
        summary_function: Any = None,
        group_by_columns: Any = None,
        null_value_replacement: Any = None,
        error_value_replacement: Any = None,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def promote_headers(self) -> Any: ...

    @unavailable(_INSTEAD)
    def random_split(self, percentage: Any, seed: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def reactivate(self) -> Any: ...

    @unavailable(_INSTEAD)
    def read_excel(self, sheet_name: Any = None, use_column_headers: Any = False, skip_rows: Any = 0) -> Any: ...

    @unavailable(_INSTEAD)
    def read_json(self, json_extract_program: Any, encoding: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def read_npz_file(self) -> Any: ...

    @staticmethod
    @unavailable(_INSTEAD)
    def read_parquet_dataset(path: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def read_parquet_file(self, include_path: Any = False) -> Any: ...

    @unavailable(_INSTEAD)
    def read_postgresql(self, data_source: Any, query: Any, query_timeout: Any = 20) -> Any: ...

    @unavailable(_INSTEAD)
    def read_preppy(self, include_path: Any = False) -> Any: ...

    @unavailable(_INSTEAD)
    def read_sql(self, data_source: Any, query: Any, query_timeout: Any = 30) -> Any: ...

    @staticmethod
    @unavailable(_INSTEAD)
    def reference(reference: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def rename_columns(self, column_pairs: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def replace(self, columns: Any, find: Any, replace_with: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def replace_datasource(self, new_datasource: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def replace_na(
        self,
        columns: Any,
        use_default_na_list: Any = True,
        use_empty_string_as_na: Any = True,
        use_nan_as_na: Any = True,
        custom_na_list: Any = None,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def replace_reference(self, new_reference: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def round(self, column: Any, decimal_places: Any) -> Any: ...

    @property
    @unavailable(_INSTEAD)
    def row_count(self) -> Any: ...

    @unavailable(_INSTEAD)
    def run_local(self) -> Any: ...

    @unavailable(_INSTEAD)
    def run_spark(self) -> Any: ...

    @unavailable(_INSTEAD)
    def save(self, file_path: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def select_partitions(self, partition_indices: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def set_column_types(self, type_conversions: Any) -> Any: ...

    @property
    @unavailable(_INSTEAD)
    def shape(self) -> Any: ...

    @unavailable(_INSTEAD)
    def skip(self, count: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def sort(self, sort_order: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def sort_asc(self, columns: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def sort_desc(self, columns: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def split_column_by_delimiters(self, source_column: Any, delimiters: Any, keep_delimiters: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def split_column_by_example(self, source_column: Any, example: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def split_stype(self, column: Any, stype: Any, stype_fields: Any = None, new_column_names: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def str_replace(
        self,
        columns: Any,
        value_to_find: Any = None,
        replace_with: Any = None,
        match_entire_cell_contents: Any = False,
        use_special_characters: Any = False,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def summarize(
        self,
        summary_columns: Any = None,
        group_by_columns: Any = None,
        join_back: Any = False,
        join_back_columns_prefix: Any = None,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def take(self, count: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def take_sample(self, probability: Any, seed: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def take_stratified_sample(self, columns: Any, fractions: Any, seed: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def to_bool(
        self, columns: Any, true_values: Any, false_values: Any, mismatch_as: Any = MismatchAsOption.ASERROR
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def to_csv_streams(self, separator: Any = ",", na: Any = "NA", error: Any = "ERROR") -> Any: ...

    @unavailable(_INSTEAD)
    def to_dask_dataframe(
        self,
        sample_size: Any = 10000,
        dtypes: Any = None,
        extended_types: Any = False,
        nulls_as_nan: Any = True,
        on_error: Any = "null",
        out_of_range_datetime: Any = "null",
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def to_data_frame_directory(self, error: Any = "ERROR", rows_per_group: Any = 5000) -> Any: ...

    @unavailable(_INSTEAD)
    def to_datetime(self, columns: Any, date_time_formats: Any = None, date_constant: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def to_json(self) -> Any: ...

    @unavailable(_INSTEAD)
    def to_long(self, columns: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def to_number(self, columns: Any, decimal_point: Any = DecimalMark.DOT) -> Any: ...

    @unavailable(_INSTEAD)
    def to_pandas_dataframe(self) -> Any: ...

    @unavailable(_INSTEAD)
    def to_parquet_streams(self, error: Any = "ERROR", rows_per_group: Any = 5000) -> Any: ...

    @unavailable(_INSTEAD)
    def to_partition_iterator(self, on_error: Any = "null") -> Any: ...

    @unavailable(_INSTEAD)
    def to_path(self, activity: Any, source: Any, stream_column: Any = "Path") -> Any: ...

    @unavailable(_INSTEAD)
    def to_record_iterator(self) -> Any: ...

    @unavailable(_INSTEAD)
    def to_spark_dataframe(self) -> Any: ...

    @unavailable(_INSTEAD)
    def to_string(self, columns: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def transform_partition(self, script: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def transform_partition_with_file(self, script_path: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def trim_string(
        self,
        columns: Any,
        trim_left: Any = True,
        trim_right: Any = True,
        trim_type: Any = None,
        custom_characters: Any = "",
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def use_secrets(self, secrets: Any) -> Any: ...

    @unavailable(_INSTEAD)
    def verify_has_data(self, verify_columns: Any = False) -> Any: ...

    @unavailable(_INSTEAD)
    def write_streams(
        self, streams_column: Any, base_path: Any, file_names_column: Any = None, prefix_path: Any = None
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def write_to_csv(
        self,
        file_path: Any = None,
        directory_path: Any = None,
        single_file: Any = False,
        separator: Any = ",",
        na: Any = "NA",
        error: Any = "ERROR",
        if_destination_exists: Any = None,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def write_to_parquet(
        self,
        file_path: Any = None,
        directory_path: Any = None,
        single_file: Any = False,
        error: Any = "ERROR",
        row_groups: Any = 0,
        if_destination_exists: Any = IfDestinationExists.MERGEWITHOVERWRITE,
        partition_keys: Any = None,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def write_to_preppy(self, directory_path: Any, if_destination_exists: Any = None) -> Any: ...

    @unavailable(_INSTEAD)
    def write_to_sql(
        self, destination: Any, table: Any, batch_size: Any = 500, default_string_length: Any = None
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def zip_partitions(self, dataflows: Any) -> Any: ...

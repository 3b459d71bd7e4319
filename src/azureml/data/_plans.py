"""Plans of datasets from the arguments that the SDK's factories and outputs take."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml.data.dataset_error_handling import user_errors
from azureml.exceptions import UserErrorException
from stepworks.datasets.plan import Plan
from stepworks.datasets.produced import below_output
from stepworks.datasets.source import Delimited, Files, JsonLines, Parquet, TypedColumn, column_types, header_mode

if TYPE_CHECKING:
    from stepworks.datasets.source import DataPath


def files(partition_format: str | None, paths: "tuple[DataPath, ...] | None" = None) -> Plan:
    """Files as they are."""
    return Plan(Files(below_output() if paths is None else paths, partition_format))


def delimited(
    path_glob: str | None,
    paths: "tuple[DataPath, ...] | None" = None,
    *,
    include_path: bool = False,
    separator: str = ",",
    header: Any = True,
    partition_format: str | None = None,
    set_column_types: Mapping[Any, Any] | None = None,
    infer_column_types: Any = True,
    support_multi_line: bool = False,
    empty_as_string: bool = False,
    encoding: str = "utf8",
) -> Plan:
    """A table of delimited text; without paths, over a step's output. Raises UserErrorException for what cannot be."""
    with user_errors():
        return Plan(
            Delimited(
                paths=below_output(path_glob) if paths is None else paths,
                separator=separator,
                header=header_mode(header),
                encoding=str(getattr(encoding, "name", encoding)).lower(),
                support_multi_line=support_multi_line,
                empty_as_string=empty_as_string,
                infer_column_types=_infers(infer_column_types),
                set_column_types=_types(set_column_types),
                include_path=include_path,
                partition_format=partition_format,
            )
        )


def parquet(
    path_glob: str | None,
    paths: "tuple[DataPath, ...] | None" = None,
    *,
    include_path: bool = False,
    partition_format: str | None = None,
    set_column_types: Mapping[Any, Any] | None = None,
) -> Plan:
    """A table of Parquet files; without paths, over a step's output."""
    with user_errors():
        return Plan(
            Parquet(
                paths=below_output(path_glob) if paths is None else paths,
                set_column_types=_types(set_column_types),
                include_path=include_path,
                partition_format=partition_format,
            )
        )


def json_lines(
    paths: "tuple[DataPath, ...]",
    *,
    include_path: bool = False,
    set_column_types: Mapping[Any, Any] | None = None,
    partition_format: str | None = None,
    invalid_lines: Any = "error",
    encoding: str = "utf8",
) -> Plan:
    """A table with one JSON object a line."""
    with user_errors():
        return Plan(
            JsonLines(
                paths=paths,
                set_column_types=_types(set_column_types),
                include_path=include_path,
                partition_format=partition_format,
                invalid_lines=invalid_lines,
                encoding=encoding,
            )
        )


def _types(given: Mapping[Any, Any] | None) -> tuple[TypedColumn, ...]:
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise UserErrorException(
            f"set_column_types is a dictionary of column and DataType, not {type(given).__name__}."
        )
    return column_types(given)


def _infers(given: Any) -> bool:
    """infer_column_types as the SDK takes it: True, False, or {"sample_size": "unlimited" or a number of rows}; types
    hold for all rows here, however many are looked at first."""
    if isinstance(given, bool):
        return given
    if isinstance(given, Mapping) and not given.keys() - {"sample_size"}:  # pyright: ignore[reportUnknownMemberType]
        return True
    raise UserErrorException("infer_column_types is True, False or {'sample_size': 'unlimited'}.")

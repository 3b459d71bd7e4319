"""What may be logged, and the form it travels in (contracts §12)."""

from collections.abc import Iterable, Mapping
from typing import Any

from azureml.exceptions import AzureMLException, UserErrorException

Point = tuple[float | None, Any]


def scalar(name: str, value: Any) -> Point:
    """A number, text, boolean or None. Numpy scalars are converted, other types become their repr.

    Raises UserErrorException for lists, ranges and generators, which have `log_list`.
    """
    if isinstance(value, list | tuple | range | set) or (isinstance(value, Iterable) and hasattr(value, "__next__")):
        raise UserErrorException(
            f"Metric '{name}' is a {type(value).__name__}: log() takes one value, log_list() takes several."
        )
    cell = plain(value)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None, cell
    number = float(cell) if abs(cell) < 1e300 else None
    # Whole numbers come back as whole numbers, and infinities as they are: JSON has no word for those.
    if isinstance(cell, int):
        return number, cell
    return (number, None) if number is not None and number - number == 0 else (None, str(cell))


def plain(value: Any) -> Any:
    """The value as JSON can say it."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    item = getattr(value, "item", None)
    if item is not None and getattr(value, "ndim", 0) == 0 and getattr(value, "size", 1) == 1:
        return plain(item())
    return repr(value)


def values(name: str, value: Any) -> list[Any]:
    """The values of a list metric."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise UserErrorException(f"Metric '{name}' is a {type(value).__name__}: log_list() takes a list of values.")
    return [plain(v) for v in value]  # pyright: ignore[reportUnknownVariableType]


def row(name: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of one row; each must be one value."""
    for column, cell in columns.items():
        if isinstance(cell, list | tuple | dict | set):
            raise UserErrorException(
                f"Column '{column}' of row '{name}' is a {type(cell).__name__}: a row has one value a column."
            )
    return {k: plain(v) for k, v in columns.items()}


def table(name: str, columns: Any) -> dict[str, list[Any]]:
    """The columns of a table, all of one length."""
    if not isinstance(columns, Mapping):
        raise UserErrorException(
            f"Table '{name}' is a {type(columns).__name__}: log_table() takes a dict of column name to list of values."
        )
    cells = {
        str(k): [plain(c) for c in v] if isinstance(v, list | tuple) or hasattr(v, "__array__") else [plain(v)]
        for k, v in columns.items()
    }  # pyright: ignore
    lengths = {k: len(v) for k, v in cells.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{k}: {n}" for k, n in lengths.items())
        raise AzureMLException(
            f"The columns of table '{name}' differ in length ({told}); all must have as many values."
        )
    return cells

"""`PipelineParameter`: a value that a run of a pipeline may be given (contracts §8)."""

from typing import TYPE_CHECKING, Any

from azureml.data.datapath import DataPath

if TYPE_CHECKING:
    from stepworks.graph.document import ParameterType


class PipelineParameter:
    """A named value with a default: str, int, float, bool, DataPath or a dataset.

    Two of one name in a pipeline are one, and must have equal defaults. Raises ValueError for a name that is no text,
    or another kind of default.
    """

    def __init__(self, name: str, default_value: Any) -> None:
        if not isinstance(name, str) or not name:
            raise ValueError(f"A pipeline parameter's name is a text, not {name!r}.")
        self.name = name
        self.default_value = default_value
        self._type = parameter_type(default_value)
        if self._type is None:
            raise ValueError(
                f"The default of pipeline parameter '{name}' is {default_value!r}. "
                "Give a str, int, float, bool, DataPath or dataset."
            )

    @property
    def _is_data(self) -> bool:
        return self._type in ("datapath", "dataset")

    def __repr__(self) -> str:
        return f"PipelineParameter({self.name!r}, default_value={self.default_value!r})"

    def __str__(self) -> str:
        return f"PipelineParameter_Name:{self.name}_Default:{self.default_value}"


def parameter_type(value: Any) -> "ParameterType | None":
    """The type of parameter that a default makes; None for what cannot be one."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    if isinstance(value, DataPath):
        return "datapath"
    return "dataset" if hasattr(value, "_plan") and hasattr(value, "as_named_input") else None

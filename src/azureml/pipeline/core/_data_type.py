"""Kinds of data that ports may be declared with: words, without an effect here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class DataType:
    """A kind of data."""

    def __init__(
        self,
        workspace: "Workspace",
        id: str,
        name: str,
        description: str,
        is_directory: bool,
        parent_datatype_ids: Sequence[str],
    ) -> None:
        self._workspace = workspace
        self._id = id
        self._name = name
        self._description = description
        self._is_directory = is_directory
        self._parent_datatype_ids = parent_datatype_ids

    @property
    def id(self) -> str:
        """Its id."""
        return self._id

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def description(self) -> str:
        """What it is."""
        return self._description

    @property
    def is_directory(self) -> bool:
        """Whether it is a folder."""
        return self._is_directory

    @property
    def parent_datatype_ids(self) -> Sequence[str]:
        """The kinds it is a case of."""
        return self._parent_datatype_ids

    @staticmethod
    def create_data_type(
        workspace: "Workspace", name: str, description: str, is_directory: bool, parent_datatypes: Any = None
    ) -> "DataType":
        """A kind of data, known to this process only: ports take any word."""
        return DataType(workspace, name, name, description, is_directory, [p.id for p in parent_datatypes or ()])

    @staticmethod
    def list_data_types(workspace: "Workspace") -> "list[DataType]":
        """The kinds there are in every workspace."""
        return [
            DataType(workspace, "AnyFile", "AnyFile", "Any file", False, ()),
            DataType(workspace, "AnyDirectory", "AnyDirectory", "Any folder", True, ()),
        ]

    def update(self, new_description: str | None = None, new_parent_datatypes: Any = None) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Changing a kind of data", "DataType.create_data_type under another name")

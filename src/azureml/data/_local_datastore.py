"""A folder of the server's machine as a datastore (an extension of the old SDK)."""

from typing import TYPE_CHECKING, Any

from azureml.data import constants
from azureml.data._file_datastore import FileDatastore

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class LocalDatastore(FileDatastore):
    """A folder; made by `Datastore.register_local`."""

    def __init__(self, workspace: "Workspace", name: str, root: str) -> None:
        super().__init__(workspace, name, constants.LOCAL)
        self.root = root

    def _facts(self) -> dict[str, Any]:
        return super()._facts() | {"root": self.root}

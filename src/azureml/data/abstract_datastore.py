"""`AbstractDatastore`: a user's storage by name."""

from typing import TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class AbstractDatastore:
    """A registered storage; `Datastore.get` gives it as the class of its kind."""

    def __init__(self, workspace: "Workspace", name: str, datastore_type: str) -> None:
        self._workspace = workspace
        self._name = name
        self._datastore_type = datastore_type

    @property
    def workspace(self) -> "Workspace":
        """The workspace it is registered in; may be set."""
        return self._workspace

    @workspace.setter
    def workspace(self, workspace: "Workspace") -> None:
        self._workspace = workspace

    @property
    def name(self) -> str:
        """Its name; may be set."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    @property
    def datastore_type(self) -> str:
        """The word for its kind, such as AzureBlob; may be set."""
        return self._datastore_type

    @datastore_type.setter
    def datastore_type(self, datastore_type: str) -> None:
        self._datastore_type = datastore_type

    def set_as_default(self) -> None:
        """Use it where no datastore is named."""
        self._workspace.set_default_datastore(self._name)

    def unregister(self) -> None:
        """Forget it; its data stay. Raises UserErrorException for the default datastore."""
        from stepworks.errors import Conflict, NotFound

        try:
            self._workspace._client.datastore_unregister(self._workspace.name, self._name)
        except (Conflict, NotFound) as e:
            raise UserErrorException(str(e)) from e

    def _facts(self) -> dict[str, Any]:
        return {"name": self._name, "datastore_type": self._datastore_type}

    def __repr__(self) -> str:
        shown = ", ".join(f"{k}={v!r}" for k, v in self._facts().items())
        return f"{type(self).__name__}({shown})"

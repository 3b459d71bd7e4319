"""Which class a registered storage is given as."""

from typing import TYPE_CHECKING, Any

from azureml.data import constants
from azureml.data._local_datastore import LocalDatastore
from azureml.data.abstract_datastore import AbstractDatastore
from azureml.data.azure_storage_datastore import AzureBlobDatastore, AzureFileDatastore

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from stepworks.wire.data import DatastoreRecord

# What the two stores of a new workspace say of themselves: they are folders, with no account behind them.
_ACCOUNT = "stepworks"
_CONTAINERS = {constants.AZURE_BLOB: "azureml-blobstore", constants.AZURE_FILE: "azureml-filestore"}


def datastore_of(workspace: "Workspace", record: "DatastoreRecord") -> AbstractDatastore:
    """The datastore of a record, as the class of its type; of a type without one, its name and type."""
    settings: dict[str, Any] = record.settings
    if record.type == constants.LOCAL:
        return LocalDatastore(workspace, record.name, str(settings.get("root", record.root)))
    if record.type in _CONTAINERS:
        kind = AzureBlobDatastore if record.type == constants.AZURE_BLOB else AzureFileDatastore
        return kind(
            workspace,
            record.name,
            settings.get("container_name", _CONTAINERS[record.type]),
            settings.get("account_name", _ACCOUNT),
            account_key=settings.get("account_key", ""),
            sas_token=settings.get("sas_token"),
        )
    return AbstractDatastore(workspace, record.name, record.type)

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
        found = kind(
            workspace,
            record.name,
            settings.get("container_name", _CONTAINERS[record.type]),
            settings.get("account_name", _ACCOUNT),
            # What opens the account stays on the server.
            account_key="",
            protocol=settings.get("protocol"),
            endpoint=settings.get("endpoint") or "core.windows.net",
        )
        found.credential_type = _credential_type(record.credentials)
        return found
    if record.type in (constants.AZURE_DATA_LAKE, constants.AZURE_DATA_LAKE_GEN2):
        return _lake(workspace, record, settings)
    return AbstractDatastore(workspace, record.name, record.type)


def _lake(workspace: "Workspace", record: "DatastoreRecord", settings: dict[str, Any]) -> AbstractDatastore:
    from azureml.data.azure_data_lake_datastore import AzureDataLakeDatastore, AzureDataLakeGen2Datastore

    principal = (settings.get("tenant_id"), settings.get("client_id"), None)
    if record.type == constants.AZURE_DATA_LAKE:
        return AzureDataLakeDatastore(workspace, record.name, str(settings["store_name"]), *principal)
    return AzureDataLakeGen2Datastore(
        workspace, record.name, str(settings["container_name"]), str(settings["account_name"]), *principal
    )


def _credential_type(names: "tuple[str, ...]") -> str:
    if "sas_token" in names:
        return constants.SAS
    return constants.ACCOUNT_KEY if "account_key" in names else constants.NONE

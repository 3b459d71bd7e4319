"""Datastores of blob containers and file shares. A workspace begins with one of each, both folders of its server."""

from typing import TYPE_CHECKING, Any

from azureml.data import constants
from azureml.data._file_datastore import FileDatastore
from azureml.data.data_reference import DataReference as DataReference
from azureml.exceptions import UserErrorException as UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class AbstractAzureStorageDatastore(FileDatastore):
    """A container of a storage account."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        datastore_type: str,
        container_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
    ) -> None:
        super().__init__(workspace, name, datastore_type)
        self.container_name = container_name
        self.account_name = account_name
        self.sas_token = sas_token
        self.account_key = account_key
        self.protocol = protocol
        self.endpoint = endpoint
        self.credential_type = constants.SAS if sas_token else constants.ACCOUNT_KEY if account_key else constants.NONE

    @property
    def is_sas(self) -> bool:
        """Whether a shared access signature opens it."""
        return self.sas_token is not None

    def _facts(self) -> dict[str, Any]:
        return super()._facts() | {"account_name": self.account_name, "container_name": self.container_name}


class AzureBlobDatastore(AbstractAzureStorageDatastore):
    """A blob container. `blob_service` is None: nothing of Azure's own client is used here."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        container_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        request_session: Any = None,
        workspace_msi_has_access: bool = False,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        service_data_access_auth_identity: str | None = None,
    ) -> None:
        super().__init__(
            workspace,
            name,
            constants.AZURE_BLOB,
            container_name,
            account_name,
            sas_token,
            account_key,
            protocol,
            endpoint,
        )
        self.workspace_msi_has_access = workspace_msi_has_access
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.service_data_access_auth_identity = service_data_access_auth_identity
        self.blob_service = None


class AzureFileDatastore(AbstractAzureStorageDatastore):
    """A file share. `file_service` is None: nothing of Azure's own client is used here."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        container_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str = "core.windows.net",
        request_session: Any = None,
    ) -> None:
        super().__init__(
            workspace,
            name,
            constants.AZURE_FILE,
            container_name,
            account_name,
            sas_token,
            account_key,
            protocol,
            endpoint,
        )
        self.file_service = None

"""Datastores of Azure Data Lake, Gen1 and Gen2."""

from typing import TYPE_CHECKING

from azureml.data import constants
from azureml.data.abstract_datastore import AbstractDatastore as AbstractDatastore

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class AbstractADLSDatastore(AbstractDatastore):
    """A data lake, opened with a service principal."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        datastore_type: str,
        tenant_id: str | None,
        client_id: str | None,
        client_secret: str | None,
        resource_url: str | None,
        authority_url: str | None,
        service_data_access_auth_identity: str | None,
    ) -> None:
        super().__init__(workspace, name, datastore_type)
        self.tenant_id = tenant_id
        self.client_id = client_id
        self.client_secret = client_secret
        self.resource_url = resource_url
        self.authority_url = authority_url
        self.service_data_access_auth_identity = service_data_access_auth_identity


class AzureDataLakeDatastore(AbstractADLSDatastore):
    """A data lake, Gen1."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        store_name: str,
        tenant_id: str | None,
        client_id: str | None,
        client_secret: str | None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        service_data_access_auth_identity: str | None = None,
    ) -> None:
        super().__init__(
            workspace,
            name,
            constants.AZURE_DATA_LAKE,
            tenant_id,
            client_id,
            client_secret,
            resource_url,
            authority_url,
            service_data_access_auth_identity,
        )
        self.store_name = store_name
        self._subscription_id = subscription_id
        self._resource_group = resource_group

    @property
    def subscription_id(self) -> str | None:
        """The subscription the store belongs to; may be set."""
        return self._subscription_id

    @subscription_id.setter
    def subscription_id(self, subscription_id: str | None) -> None:
        self._subscription_id = subscription_id

    @property
    def resource_group(self) -> str | None:
        """The resource group the store belongs to; may be set."""
        return self._resource_group

    @resource_group.setter
    def resource_group(self, resource_group: str | None) -> None:
        self._resource_group = resource_group


class AzureDataLakeGen2Datastore(AbstractADLSDatastore):
    """A data lake, Gen2: a file system of a storage account."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        container_name: str,
        account_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        service_data_access_auth_identity: str | None = None,
    ) -> None:
        super().__init__(
            workspace,
            name,
            constants.AZURE_DATA_LAKE_GEN2,
            tenant_id,
            client_id,
            client_secret,
            resource_url,
            authority_url,
            service_data_access_auth_identity,
        )
        self.container_name = container_name
        self.account_name = account_name
        self.protocol = protocol
        self.endpoint = endpoint

"""Datastores of Azure SQL databases."""

from typing import TYPE_CHECKING

from azureml.data import constants
from azureml.data.abstract_datastore import AbstractDatastore as AbstractDatastore

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class AzureSqlDatabaseDatastore(AbstractDatastore):
    """A database, opened with a service principal or a user's password."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        server_name: str,
        database_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        username: str | None = None,
        password: str | None = None,
        auth_type: str | None = None,
        service_data_access_auth_identity: str | None = None,
    ) -> None:
        super().__init__(workspace, name, constants.AZURE_SQL_DATABASE)
        self.server_name = server_name
        self.database_name = database_name
        self.tenant_id = tenant_id
        self.client_id = client_id
        self.client_secret = client_secret
        self.resource_url = resource_url
        self.authority_url = authority_url
        self.username = username
        self.password = password
        self.auth_type = auth_type
        self.service_data_access_auth_identity = service_data_access_auth_identity

"""Datastores of PostgreSQL databases."""

from typing import TYPE_CHECKING

from azureml.data import constants
from azureml.data.abstract_datastore import AbstractDatastore as AbstractDatastore

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class AzurePostgreSqlDatastore(AbstractDatastore):
    """A database, opened with a user's password."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str,
        port_number: str | None = None,
        enforce_ssl: bool = True,
    ) -> None:
        super().__init__(workspace, name, constants.AZURE_POSTGRESQL)
        self.server_name = server_name
        self.database_name = database_name
        self.user_id = user_id
        self.user_password = user_password
        self.port_number = port_number
        self.enforce_ssl = enforce_ssl

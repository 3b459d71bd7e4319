"""`Datastore`: a user's storage by name (contracts §18)."""

from typing import TYPE_CHECKING, Any, cast

from azureml._unsupported import unsupported
from azureml.exceptions import UserErrorException
from azureml.exceptions._lookups import DatastoreNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azureml.core.workspace import Workspace
    from azureml.data.abstract_datastore import AbstractDatastore
    from azureml.data.azure_data_lake_datastore import AzureDataLakeDatastore, AzureDataLakeGen2Datastore
    from azureml.data.azure_my_sql_datastore import AzureMySqlDatastore
    from azureml.data.azure_postgre_sql_datastore import AzurePostgreSqlDatastore
    from azureml.data.azure_sql_database_datastore import AzureSqlDatabaseDatastore
    from azureml.data.azure_storage_datastore import AzureBlobDatastore, AzureFileDatastore
    from azureml.data.dbfs_datastore import DBFSDatastore
    from azureml.data.hdfs_datastore import HDFSDatastore
    from stepworks.wire.data import DatastoreRecord

_INSTEAD = "Datastore.register_local(workspace, name, folder), or the workspace's default datastores"


class Datastore:
    """`Datastore(ws, name)` gives the datastore of that name, as the class of its kind; without a name the default.

    Raises DatastoreNotFound, which is a UserErrorException and an HttpOperationError.
    """

    name: str
    workspace: "Workspace"

    def __new__(cls, workspace: "Workspace", name: str | None = None) -> "Datastore":
        found = cls.get_default(workspace) if name is None else cls.get(workspace, name)
        return cast("Datastore", found)

    def __init__(self, workspace: "Workspace", name: str | None = None) -> None:
        # Never called on what __new__ returns: that is of another class. Declares what every datastore has.
        self.workspace = workspace
        self.name = name or ""

    @staticmethod
    def get(workspace: "Workspace", datastore_name: str) -> "AbstractDatastore":
        """The datastore of that name. Raises DatastoreNotFound."""
        from stepworks.errors import NotFound

        try:
            return Datastore._from_record(workspace, workspace._client.datastore(workspace.name, datastore_name))
        except NotFound as e:
            known = [d.name for d in workspace._client.datastores(workspace.name)]
            raise DatastoreNotFound.of(datastore_name, known=known, workspace=workspace.name) from e

    @staticmethod
    def get_default(workspace: "Workspace") -> "AbstractDatastore":
        """The workspace's default datastore."""
        return next(
            Datastore._from_record(workspace, d) for d in workspace._client.datastores(workspace.name) if d.is_default
        )

    @staticmethod
    def _from_record(workspace: "Workspace", record: "DatastoreRecord") -> "AbstractDatastore":
        from azureml.data._datastores import datastore_of

        return datastore_of(workspace, record)

    def set_as_default(self) -> None:
        """Use this datastore where none is named."""
        self.workspace.set_default_datastore(self.name)

    def unregister(self) -> None:
        """Forget the datastore; its data stay. Raises UserErrorException for the default one."""
        from stepworks.errors import Conflict

        try:
            self.workspace._client.datastore_unregister(self.workspace.name, self.name)
        except Conflict as e:
            raise UserErrorException(str(e)) from e

    @staticmethod
    def register_local(
        workspace: "Workspace", datastore_name: str, path: str, overwrite: bool = False
    ) -> "AbstractDatastore":
        """Register a folder of the server's machine (an extension of the old SDK)."""
        import os

        return _registered(workspace, datastore_name, "Local", {"root": os.path.abspath(path)}, {}, overwrite)

    @staticmethod
    def register_azure_blob_container(
        workspace: "Workspace",
        datastore_name: str,
        container_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        create_if_not_exists: bool = False,
        skip_validation: bool = False,
        blob_cache_timeout: int | None = None,
        grant_workspace_access: bool = False,
        subscription_id: str | None = None,
        resource_group: str | None = None,
    ) -> "AzureBlobDatastore":
        """Register a blob container. Its address must lead to a folder by STEPWORKS_STORAGE_MAP.

        Raises NotImplementedError when it does not, UserErrorException for a name that is taken without `overwrite`.
        """
        settings = {
            "account_name": account_name,
            "container_name": container_name,
            "protocol": protocol,
            "endpoint": endpoint,
            "subscription_id": subscription_id,
            "resource_group": resource_group,
        }
        credentials = {"account_key": account_key, "sas_token": sas_token}
        return cast(
            "AzureBlobDatastore",
            _registered(workspace, datastore_name, "AzureBlob", settings, credentials, overwrite),
        )

    @staticmethod
    def register_azure_file_share(
        workspace: "Workspace",
        datastore_name: str,
        file_share_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        create_if_not_exists: bool = False,
        skip_validation: bool = False,
    ) -> "AzureFileDatastore":
        """Register a file share; as `register_azure_blob_container`."""
        settings = {
            "account_name": account_name,
            "container_name": file_share_name,
            "protocol": protocol,
            "endpoint": endpoint,
        }
        credentials = {"account_key": account_key, "sas_token": sas_token}
        return cast(
            "AzureFileDatastore",
            _registered(workspace, datastore_name, "AzureFile", settings, credentials, overwrite),
        )

    @staticmethod
    def register_azure_data_lake(
        workspace: "Workspace",
        datastore_name: str,
        store_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        overwrite: bool = False,
        grant_workspace_access: bool = False,
    ) -> "AzureDataLakeDatastore":
        """Register a data lake (Gen1); as `register_azure_blob_container`."""
        settings = {
            "store_name": store_name,
            "tenant_id": tenant_id,
            "client_id": client_id,
            "resource_url": resource_url,
            "authority_url": authority_url,
            "subscription_id": subscription_id,
            "resource_group": resource_group,
        }
        return cast(
            "AzureDataLakeDatastore",
            _registered(
                workspace, datastore_name, "AzureDataLake", settings, {"client_secret": client_secret}, overwrite
            ),
        )

    @staticmethod
    def register_azure_data_lake_gen2(
        workspace: "Workspace",
        datastore_name: str,
        filesystem: str,
        account_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        grant_workspace_access: bool = False,
    ) -> "AzureDataLakeGen2Datastore":
        """Register a file system of a data lake (Gen2); as `register_azure_blob_container`."""
        settings = {
            "account_name": account_name,
            "container_name": filesystem,
            "tenant_id": tenant_id,
            "client_id": client_id,
            "resource_url": resource_url,
            "authority_url": authority_url,
            "protocol": protocol,
            "endpoint": endpoint,
            "subscription_id": subscription_id,
            "resource_group": resource_group,
        }
        return cast(
            "AzureDataLakeGen2Datastore",
            _registered(
                workspace, datastore_name, "AzureDataLakeGen2", settings, {"client_secret": client_secret}, overwrite
            ),
        )

    @staticmethod
    def register_azure_sql_database(
        workspace: "Workspace",
        datastore_name: str,
        server_name: str,
        database_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        username: str | None = None,
        password: str | None = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        grant_workspace_access: bool = False,
        **kwargs: Any,
    ) -> "AzureSqlDatabaseDatastore":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("An Azure SQL datastore", "a query in the step, or its result as a file")

    @staticmethod
    def register_azure_postgre_sql(
        workspace: "Workspace",
        datastore_name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str,
        port_number: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        enforce_ssl: bool = True,
        **kwargs: Any,
    ) -> "AzurePostgreSqlDatastore":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("A PostgreSQL datastore", "a query in the step, or its result as a file")

    @staticmethod
    def register_azure_my_sql(
        workspace: "Workspace",
        datastore_name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str,
        port_number: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        **kwargs: Any,
    ) -> "AzureMySqlDatastore":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("A MySQL datastore", "a query in the step, or its result as a file")

    @staticmethod
    def register_dbfs(workspace: "Workspace", datastore_name: str) -> "DBFSDatastore":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("A Databricks file system datastore", _INSTEAD)

    @staticmethod
    def register_hdfs(
        workspace: "Workspace",
        datastore_name: str,
        protocol: str,
        namenode_address: str,
        hdfs_server_certificate: str | None,
        kerberos_realm: str,
        kerberos_kdc_address: str,
        kerberos_principal: str,
        kerberos_keytab: str | None = None,
        kerberos_password: str | None = None,
        overwrite: bool = False,
    ) -> "HDFSDatastore":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("An HDFS datastore", _INSTEAD)


def _registered(
    workspace: "Workspace",
    name: str,
    kind: str,
    settings: "Mapping[str, str | None]",
    credentials: "Mapping[str, str | None]",
    overwrite: bool,
) -> "AbstractDatastore":
    from stepworks.data.storage_map import MAP_VARIABLE
    from stepworks.errors import Conflict, InvalidInput
    from stepworks.wire.data import NewDatastore

    new = NewDatastore(
        name=name,
        type=kind,
        settings={k: v for k, v in settings.items() if v is not None},
        credentials={k: v for k, v in credentials.items() if v is not None},
        overwrite=overwrite,
    )
    try:
        record = workspace._client.datastore_register(workspace.name, new)
    except (Conflict, InvalidInput) as e:
        if e.target == MAP_VARIABLE:
            raise NotImplementedError(str(e)) from e
        raise UserErrorException(str(e)) from e
    return Datastore._from_record(workspace, record)

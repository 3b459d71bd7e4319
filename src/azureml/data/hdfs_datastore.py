"""Datastores of HDFS."""

from typing import TYPE_CHECKING

from azureml.data import constants
from azureml.data.abstract_datastore import AbstractDatastore as AbstractDatastore

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class HDFSDatastore(AbstractDatastore):
    """A cluster's file system, opened with Kerberos."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        protocol: str,
        namenode_address: str,
        hdfs_server_certificate_data: str | None,
        kerberos_realm: str,
        kerberos_kdc_address: str,
        kerberos_principal: str,
        credential_value: str,
        credential_type: str,
    ) -> None:
        super().__init__(workspace, name, constants.HDFS)
        self.protocol = protocol
        self.namenode_address = namenode_address
        self.hdfs_server_certificate_data = hdfs_server_certificate_data
        self.kerberos_realm = kerberos_realm
        self.kerberos_kdc_address = kerberos_kdc_address
        self.kerberos_principal = kerberos_principal
        self.credential_value = credential_value
        self.credential_type = credential_type

"""`HDInsightCompute`, a Spark cluster that was attached."""

from typing import TYPE_CHECKING

from azureml.core.compute._ssh import SshAttachConfiguration, credentials_of
from azureml.core.compute.compute import ComputeTarget

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class HDInsightCompute(ComputeTarget):
    """A cluster reached over SSH; what logs in is in the key vault."""

    address: str | None
    ssh_port: str
    vm_size: str | None

    _compute_type = "HDInsight"
    _runs_here = False

    @staticmethod
    def attach(  # pyright: ignore[reportIncompatibleMethodOverride]
        workspace: "Workspace",
        name: str,
        username: str,
        address: str,
        ssh_port: str = "22",
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> ComputeTarget:
        """The old way to attach, by address."""
        configuration = HDInsightCompute.attach_configuration(
            username,
            address=address,
            ssh_port=ssh_port,
            password=password,
            private_key_file=private_key_file,
            private_key_passphrase=private_key_passphrase,
        )
        return ComputeTarget.attach(workspace, name, configuration)

    @staticmethod
    def attach_configuration(
        username: str,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: str = "22",
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> "HDInsightAttachConfiguration":
        """What `ComputeTarget.attach` attaches a cluster with. ComputeTargetException when it is not told whole."""
        return HDInsightAttachConfiguration(
            username,
            subscription_id,
            resource_group,
            cluster_name,
            resource_id,
            address,
            ssh_port,
            password,
            private_key_file,
            private_key_passphrase,
        )

    def get_credentials(self) -> dict[str, str | None]:
        """User name, password and private key."""
        return credentials_of(self)


class HDInsightAttachConfiguration(SshAttachConfiguration):
    """A cluster by its names, id or address, and how to log in."""

    def __init__(
        self,
        username: str,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: str = "22",
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> None:
        super().__init__(HDInsightCompute)
        self.username = username
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.cluster_name = cluster_name
        self.resource_id = resource_id
        self.address = address
        self.ssh_port = ssh_port
        self.password = password
        self.private_key_file = private_key_file
        self.private_key_passphrase = private_key_passphrase
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException unless the cluster is told in one of the three ways."""
        self._check_machine("an HDInsight cluster", "cluster_name", self.cluster_name)

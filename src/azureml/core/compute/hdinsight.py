"""`HDInsightCompute`: an attached HDInsight cluster."""

from typing import TYPE_CHECKING, Any, cast

from azureml.core.compute import _service, _ssh
from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ComputeRecord


class HDInsightAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which cluster, by address, resource id, or resource group and name; and who logs in with which secret.

    Raises ComputeTargetException when it is not clear which cluster, or when there is no way to log in.
    """

    def __init__(
        self,
        username: str,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: int | str = "22",
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
        """Raises ComputeTargetException when the cluster or the way to log in is missing or ambiguous."""
        ways = [self.address, self.resource_id, self.resource_group and self.cluster_name]
        if sum(map(bool, ways)) != 1:
            raise ComputeTargetException(
                "HDInsightCompute: give exactly one of address, resource_id, or resource_group with cluster_name."
            )
        _ssh.check_login(
            "HDInsightCompute", username=self.username, password=self.password, private_key_file=self.private_key_file
        )

    def _settings(self) -> dict[str, Any]:
        return {
            "username": self.username,
            "subscription_id": self.subscription_id,
            "resource_group": self.resource_group,
            "cluster_name": self.cluster_name,
            "resource_id": self.resource_id,
            "address": self.address,
            "ssh_port": int(self.ssh_port),
        }

    def _secrets(self) -> dict[str, str]:
        return _ssh.login_secrets(
            password=self.password,
            private_key_file=self.private_key_file,
            private_key_passphrase=self.private_key_passphrase,
        )


class HDInsightCompute(ComputeTarget):
    """An attached cluster. Its configuration is kept, so that what names it can be built and read."""

    _type = "HDInsight"
    _attached = True
    _secret_keys = _ssh.SECRET_KEYS
    _resource = ("Microsoft.HDInsight/clusters", "cluster_name")

    address: str | None
    ssh_port: int
    vm_size: str | None

    @staticmethod
    def attach(  # pyright: ignore[reportIncompatibleMethodOverride]
        workspace: "Workspace",
        name: str,
        username: str,
        address: str,
        ssh_port: int | str = "22",
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> "HDInsightCompute":
        """Attach by address: the older form of `ComputeTarget.attach` with a configuration."""
        configuration = HDInsightCompute.attach_configuration(
            username,
            address=address,
            ssh_port=ssh_port,
            password=password,
            private_key_file=private_key_file,
            private_key_passphrase=private_key_passphrase,
        )
        return cast("HDInsightCompute", ComputeTarget.attach(workspace, name, configuration))

    @staticmethod
    def attach_configuration(
        username: str,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: int | str = "22",
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> HDInsightAttachConfiguration:
        """Which cluster to attach and how to log in. Raises ComputeTargetException when one of them is not clear."""
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

    def get_credentials(self) -> dict[str, Any]:
        """Who logs in, with which password or key."""
        return _ssh.credentials(
            self._record.settings,
            {key: _service.secret(self.workspace, self.name, key) for key in _ssh.SECRET_KEYS},
        )

    def _show(self, record: "ComputeRecord") -> None:
        super()._show(record)
        settings = cast("dict[str, Any]", record.settings)
        self.address = settings.get("address")
        self.ssh_port = int(settings.get("ssh_port") or 22)
        self.vm_size = settings.get("vm_size")

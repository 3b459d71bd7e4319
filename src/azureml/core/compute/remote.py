"""`RemoteCompute`: an attached machine (contracts §19)."""

from typing import TYPE_CHECKING, Any, cast

from azureml.core.compute import _service, _ssh
from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ComputeRecord


class RemoteComputeAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which machine, by address, resource id, or resource group and name; and who logs in with which secret.

    Raises ComputeTargetException when it is not clear which machine, or when there is no way to log in.
    """

    def __init__(
        self,
        username: str,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        vm_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: int = 22,
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> None:
        super().__init__(RemoteCompute)
        self.username = username
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.vm_name = vm_name
        self.resource_id = resource_id
        self.address = address
        self.ssh_port = ssh_port
        self.password = password
        self.private_key_file = private_key_file
        self.private_key_passphrase = private_key_passphrase
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raises ComputeTargetException when the machine or the way to log in is missing or ambiguous."""
        ways = [self.address, self.resource_id, self.resource_group and self.vm_name]
        if sum(map(bool, ways)) != 1:
            raise ComputeTargetException(
                "RemoteCompute: give exactly one of address, resource_id, or resource_group with vm_name."
            )
        _ssh.check_login(
            "RemoteCompute", username=self.username, password=self.password, private_key_file=self.private_key_file
        )

    def _settings(self) -> dict[str, Any]:
        return {
            "username": self.username,
            "subscription_id": self.subscription_id,
            "resource_group": self.resource_group,
            "vm_name": self.vm_name,
            "resource_id": self.resource_id,
            "address": self.address,
            "ssh_port": self.ssh_port,
        }

    def _secrets(self) -> dict[str, str]:
        return _ssh.login_secrets(
            password=self.password,
            private_key_file=self.private_key_file,
            private_key_passphrase=self.private_key_passphrase,
        )


class RemoteCompute(ComputeTarget):
    """An attached machine. Its configuration is kept; steps that name it run on the agents of the server."""

    _type = "VirtualMachine"
    _attached = True
    _secret_keys = _ssh.SECRET_KEYS
    _resource = ("Microsoft.Compute/virtualMachines", "vm_name")

    address: str | None
    ssh_port: int
    vm_size: str | None

    @staticmethod
    def attach(  # pyright: ignore[reportIncompatibleMethodOverride]
        workspace: "Workspace",
        name: str,
        username: str,
        address: str,
        ssh_port: int = 22,
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> "RemoteCompute":
        """Attach by address: the older form of `ComputeTarget.attach` with a configuration."""
        configuration = RemoteCompute.attach_configuration(
            username,
            address=address,
            ssh_port=ssh_port,
            password=password,
            private_key_file=private_key_file,
            private_key_passphrase=private_key_passphrase,
        )
        return cast("RemoteCompute", ComputeTarget.attach(workspace, name, configuration))

    @staticmethod
    def attach_configuration(
        username: str,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        vm_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: int = 22,
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> RemoteComputeAttachConfiguration:
        """Which machine to attach and how to log in. Raises ComputeTargetException when one of them is not clear."""
        return RemoteComputeAttachConfiguration(
            username,
            subscription_id,
            resource_group,
            vm_name,
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

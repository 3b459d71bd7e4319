"""`RemoteCompute`, a virtual machine that was attached."""

from typing import TYPE_CHECKING

from azureml.core.compute._ssh import SshAttachConfiguration, credentials_of
from azureml.core.compute.compute import ComputeTarget

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class RemoteCompute(ComputeTarget):
    """A virtual machine reached over SSH; what logs in is in the key vault."""

    address: str | None
    ssh_port: int
    vm_size: str | None

    _compute_type = "VirtualMachine"
    _runs_here = False

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
    ) -> ComputeTarget:
        """The old way to attach, by address."""
        configuration = RemoteCompute.attach_configuration(
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
        vm_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: int = 22,
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> "RemoteComputeAttachConfiguration":
        """What `ComputeTarget.attach` attaches a machine with. ComputeTargetException when it is not told whole."""
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

    def get_credentials(self) -> dict[str, str | None]:
        """User name, password and private key."""
        return credentials_of(self)


class RemoteComputeAttachConfiguration(SshAttachConfiguration):
    """A virtual machine by its names, id or address, and how to log in."""

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
        """Raise ComputeTargetException unless the machine is told in one of the three ways."""
        self._check_machine("a virtual machine", "vm_name", self.vm_name)

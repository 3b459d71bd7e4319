"""`DsvmCompute`, a data science virtual machine: stepworks makes no machines."""

from typing import TYPE_CHECKING, Any, Self

from azureml._unsupported import unavailable
from azureml.core.compute._ssh import credentials_of
from azureml.core.compute.compute import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
)

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_INSTEAD = "AmlCompute for a pool on this server, or an agent on the machine"


class DsvmCompute(ComputeTarget):
    """A data science virtual machine."""

    address: str | None
    ssh_port: int | None
    vm_size: str | None

    _compute_type = "VirtualMachine"

    @staticmethod
    @unavailable(_INSTEAD)
    def attach(workspace: "Workspace", name: str, attach_configuration: ComputeTargetAttachConfiguration): ...

    @staticmethod
    def provisioning_configuration(
        vm_size: str | None = None, ssh_port: int | None = None, location: str | None = None
    ) -> "DsvmProvisioningConfiguration":
        """What a machine would be made with."""
        return DsvmProvisioningConfiguration(vm_size or "", ssh_port, location)

    def get_credentials(self) -> dict[str, str | None]:
        """User name, password and private key."""
        return credentials_of(self)

    @classmethod
    @unavailable(_INSTEAD)
    def _provision(cls, workspace: "Workspace", name: str, configuration: Any) -> Self: ...


class DsvmProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """The size and port of a machine."""

    def __init__(self, vm_size: str = "", ssh_port: int | None = None, location: str | None = None) -> None:
        super().__init__(DsvmCompute, location)
        self.vm_size = vm_size or "Standard_DS3_v2"
        self.ssh_port = ssh_port
        self.location = location

"""`DsvmCompute`: a data science machine. It is declared; machines are not made here."""

from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.core.compute import _service
from azureml.core.compute.compute import ComputeTarget, ComputeTargetProvisioningConfiguration

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class DsvmProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """How a machine is to be."""

    def __init__(self, vm_size: str = "", ssh_port: int | None = None, location: str | None = None) -> None:
        super().__init__(DsvmCompute, location)
        self.vm_size = vm_size
        self.ssh_port = ssh_port

    def _settings(self) -> dict[str, Any]:
        raise unsupported("Making a data science machine", "AmlCompute.provisioning_configuration")


class DsvmCompute(ComputeTarget):
    """A data science machine. `ComputeTarget.create` raises NotImplementedError."""

    _type = "VirtualMachine"

    address: str | None
    ssh_port: int
    vm_size: str | None

    @staticmethod
    def provisioning_configuration(
        vm_size: str | None = None, ssh_port: int | None = None, location: str | None = None
    ) -> DsvmProvisioningConfiguration:
        """How a machine is to be; `ComputeTarget.create` of it raises NotImplementedError."""
        return DsvmProvisioningConfiguration(vm_size or "", ssh_port, location)

    @staticmethod
    def attach(workspace: "Workspace", name: str, attach_configuration: object) -> "ComputeTarget":
        """Not there: data science machines are made, not attached. Raises NotImplementedError."""
        raise unsupported("Attaching a data science machine", "RemoteCompute.attach_configuration")

    def get_credentials(self) -> dict[str, Any]:
        """Who logs in, with which password."""
        return {"password": _service.secret(self.workspace, self.name, "password")}

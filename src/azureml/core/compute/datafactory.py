"""`DataFactoryCompute`, which copies data between storages; data transfer steps name it."""

from typing import TYPE_CHECKING

from azureml.core.compute._attach import check_resource
from azureml.core.compute.compute import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
)

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class DataFactoryCompute(ComputeTarget):
    """A copier of data. Made or attached, stepworks does the copying."""

    _compute_type = "DataFactory"

    @staticmethod
    def attach(workspace: "Workspace", name: str, resource_id: str) -> ComputeTarget:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The old way to attach, by the factory's id."""
        return ComputeTarget.attach(workspace, name, DataFactoryCompute.attach_configuration(resource_id=resource_id))

    @staticmethod
    def provisioning_configuration(location: str | None = None) -> "DataFactoryProvisioningConfiguration":
        """What `ComputeTarget.create` makes one with."""
        return DataFactoryProvisioningConfiguration(location)

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None, factory_name: str | None = None, resource_id: str | None = None
    ) -> "DataFactoryAttachConfiguration":
        """What `ComputeTarget.attach` attaches a factory with. ComputeTargetException when it is not told whole."""
        return DataFactoryAttachConfiguration(resource_group, factory_name, resource_id)


class DataFactoryProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """A new factory; the location is recorded."""

    def __init__(self, location: str | None) -> None:
        super().__init__(DataFactoryCompute, location)
        self.location = location


class DataFactoryAttachConfiguration(ComputeTargetAttachConfiguration):
    """A factory by resource group and name, or by its id."""

    def __init__(
        self, resource_group: str | None = None, factory_name: str | None = None, resource_id: str | None = None
    ) -> None:
        super().__init__(DataFactoryCompute)
        self.resource_group = resource_group
        self.factory_name = factory_name
        self.resource_id = resource_id
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException unless the names are there, or the id alone."""
        check_resource(
            "a data factory", self.resource_id, resource_group=self.resource_group, factory_name=self.factory_name
        )

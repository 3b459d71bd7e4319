"""`DataFactoryCompute`: a data factory, attached or made as a name (contracts §19)."""

from typing import TYPE_CHECKING, Any, cast

from azureml.core.compute._attached import check_named
from azureml.core.compute.compute import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
)

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class DataFactoryAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which data factory: by resource group and name, or by resource id alone; else ComputeTargetException."""

    def __init__(
        self,
        resource_group: str | None = None,
        factory_name: str | None = None,
        resource_id: str | None = None,
    ) -> None:
        super().__init__(DataFactoryCompute)
        self.resource_group = resource_group
        self.factory_name = factory_name
        self.resource_id = resource_id
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raises ComputeTargetException unless there is a resource group and a name, or a resource id alone."""
        check_named(
            "DataFactoryCompute",
            resource_group=self.resource_group,
            parameter="factory_name",
            name=self.factory_name,
            resource_id=self.resource_id,
        )

    def _settings(self) -> dict[str, Any]:
        return {
            "resource_group": self.resource_group,
            "factory_name": self.factory_name,
            "resource_id": self.resource_id,
        }


class DataFactoryProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """Where a data factory is to be."""

    def __init__(self, location: str | None) -> None:
        super().__init__(DataFactoryCompute, location)


class DataFactoryCompute(ComputeTarget):
    """A data factory, attached or made: a name that data transfer steps run under, on the server's agents."""

    _type = "DataFactory"
    _attached = True
    _resource = ("Microsoft.DataFactory/factories", "factory_name")

    @staticmethod
    def attach(  # pyright: ignore[reportIncompatibleMethodOverride]
        workspace: "Workspace", name: str, resource_id: "str | ComputeTargetAttachConfiguration"
    ) -> "DataFactoryCompute":
        """Attach by resource id: the older form; a configuration is taken too."""
        if not isinstance(resource_id, ComputeTargetAttachConfiguration):
            resource_id = DataFactoryCompute.attach_configuration(resource_id=resource_id)
        return cast("DataFactoryCompute", ComputeTarget.attach(workspace, name, resource_id))

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        factory_name: str | None = None,
        resource_id: str | None = None,
    ) -> DataFactoryAttachConfiguration:
        """Which data factory to attach: resource group and name, or resource id alone.

        Raises ComputeTargetException unless it is one of the two.
        """
        return DataFactoryAttachConfiguration(resource_group, factory_name, resource_id)

    @staticmethod
    def provisioning_configuration(location: str | None = None) -> DataFactoryProvisioningConfiguration:
        """A data factory to make with `ComputeTarget.create`; `location` is kept with it."""
        return DataFactoryProvisioningConfiguration(location)

    def delete(self) -> None:
        """Forget the data factory, whether it was attached or made."""
        self._remove()

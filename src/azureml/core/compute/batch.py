"""`BatchCompute`, an Azure Batch account; Azure Batch steps name it."""

from azureml.core.compute._attach import check_resource
from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration


class BatchCompute(ComputeTarget):
    """A Batch account that was attached."""

    _compute_type = "Batch"
    _runs_here = False

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None, account_name: str | None = None, resource_id: str | None = None
    ) -> "BatchAttachConfiguration":
        """What `ComputeTarget.attach` attaches an account with. ComputeTargetException when it is not told whole."""
        return BatchAttachConfiguration(resource_group, account_name, resource_id)


class BatchAttachConfiguration(ComputeTargetAttachConfiguration):
    """An account by resource group and name, or by its id."""

    def __init__(
        self, resource_group: str | None = None, account_name: str | None = None, resource_id: str | None = None
    ) -> None:
        super().__init__(BatchCompute)
        self.resource_group = resource_group
        self.account_name = account_name
        self.resource_id = resource_id
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException unless the names are there, or the id alone."""
        check_resource(
            "a Batch account", self.resource_id, resource_group=self.resource_group, account_name=self.account_name
        )

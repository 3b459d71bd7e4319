"""`AdlaCompute`, an Azure Data Lake Analytics account; U-SQL steps name it."""

from typing import TYPE_CHECKING

from azureml.core.compute._attach import check_resource
from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class AdlaCompute(ComputeTarget):
    """A Data Lake Analytics account that was attached."""

    _compute_type = "DataLakeAnalytics"
    _runs_here = False

    @staticmethod
    def attach(workspace: "Workspace", name: str, resource_id: str) -> ComputeTarget:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The old way to attach, by the account's id."""
        return ComputeTarget.attach(workspace, name, AdlaCompute.attach_configuration(resource_id=resource_id))

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None, account_name: str | None = None, resource_id: str | None = None
    ) -> "DataLakeAnalyticsAttachConfiguration":
        """What `ComputeTarget.attach` attaches an account with. ComputeTargetException when it is not told whole."""
        return DataLakeAnalyticsAttachConfiguration(resource_group, account_name, resource_id)


class DataLakeAnalyticsAttachConfiguration(ComputeTargetAttachConfiguration):
    """An account by resource group and name, or by its id."""

    def __init__(
        self, resource_group: str | None = None, account_name: str | None = None, resource_id: str | None = None
    ) -> None:
        super().__init__(AdlaCompute)
        self.resource_group = resource_group
        self.account_name = account_name
        self.resource_id = resource_id
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException unless the names are there, or the id alone."""
        check_resource(
            "a Data Lake Analytics account",
            self.resource_id,
            resource_group=self.resource_group,
            account_name=self.account_name,
        )

"""`AdlaCompute`: an attached Data Lake Analytics account (contracts §19)."""

from typing import TYPE_CHECKING, Any, cast

from azureml.core.compute._attached import check_named
from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class DataLakeAnalyticsAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which Data Lake Analytics account: by resource group and name, or by resource id alone."""

    def __init__(
        self,
        resource_group: str | None = None,
        account_name: str | None = None,
        resource_id: str | None = None,
    ) -> None:
        super().__init__(AdlaCompute)
        self.resource_group = resource_group
        self.account_name = account_name
        self.resource_id = resource_id
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raises ComputeTargetException unless there is a resource group and a name, or a resource id alone."""
        check_named(
            "AdlaCompute",
            resource_group=self.resource_group,
            parameter="account_name",
            name=self.account_name,
            resource_id=self.resource_id,
        )

    def _settings(self) -> dict[str, Any]:
        return {
            "resource_group": self.resource_group,
            "account_name": self.account_name,
            "resource_id": self.resource_id,
        }


class AdlaCompute(ComputeTarget):
    """An attached Data Lake Analytics account. Its configuration is kept, so that steps that name it can be built."""

    _type = "DataLakeAnalytics"
    _attached = True
    _resource = ("Microsoft.DataLakeAnalytics/accounts", "account_name")

    @staticmethod
    def attach(  # pyright: ignore[reportIncompatibleMethodOverride]
        workspace: "Workspace", name: str, resource_id: "str | ComputeTargetAttachConfiguration"
    ) -> "AdlaCompute":
        """Attach by resource id: the older form; a configuration is taken too."""
        if not isinstance(resource_id, ComputeTargetAttachConfiguration):
            resource_id = AdlaCompute.attach_configuration(resource_id=resource_id)
        return cast("AdlaCompute", ComputeTarget.attach(workspace, name, resource_id))

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        account_name: str | None = None,
        resource_id: str | None = None,
    ) -> DataLakeAnalyticsAttachConfiguration:
        """Which Data Lake Analytics account to attach: resource group and name, or resource id alone.

        Raises ComputeTargetException unless it is one of the two.
        """
        return DataLakeAnalyticsAttachConfiguration(resource_group, account_name, resource_id)

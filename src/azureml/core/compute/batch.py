"""`BatchCompute`: an attached Batch account (contracts §19)."""

from typing import Any

from azureml.core.compute._attached import check_named
from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration


class BatchAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which Batch account: by resource group and name, or by resource id alone; else ComputeTargetException."""

    def __init__(
        self,
        resource_group: str | None = None,
        account_name: str | None = None,
        resource_id: str | None = None,
    ) -> None:
        super().__init__(BatchCompute)
        self.resource_group = resource_group
        self.account_name = account_name
        self.resource_id = resource_id
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raises ComputeTargetException unless there is a resource group and a name, or a resource id alone."""
        check_named(
            "BatchCompute",
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


class BatchCompute(ComputeTarget):
    """An attached Batch account. Its configuration is kept, so that what names it can be built and read."""

    _type = "Batch"
    _attached = True
    _resource = ("Microsoft.Batch/batchAccounts", "account_name")

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        account_name: str | None = None,
        resource_id: str | None = None,
    ) -> BatchAttachConfiguration:
        """Which Batch account to attach: resource group and name, or resource id alone.

        Raises ComputeTargetException unless it is one of the two.
        """
        return BatchAttachConfiguration(resource_group, account_name, resource_id)

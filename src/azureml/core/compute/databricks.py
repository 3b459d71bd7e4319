"""`DatabricksCompute`: an attached Databricks workspace (contracts §19)."""

from typing import TYPE_CHECKING, Any, cast

from azureml.core.compute import _service
from azureml.core.compute._attached import check_named
from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class DatabricksAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which Databricks workspace: by resource group and name, or by resource id alone; else ComputeTargetException."""

    def __init__(
        self,
        resource_group: str | None = None,
        workspace_name: str | None = None,
        resource_id: str | None = None,
        access_token: str = "",
    ) -> None:
        super().__init__(DatabricksCompute)
        self.resource_group = resource_group
        self.workspace_name = workspace_name
        self.resource_id = resource_id
        self.access_token = access_token
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raises ComputeTargetException unless there is a resource group and a name, or a resource id alone."""
        check_named(
            "DatabricksCompute",
            resource_group=self.resource_group,
            parameter="workspace_name",
            name=self.workspace_name,
            resource_id=self.resource_id,
        )

    def _settings(self) -> dict[str, Any]:
        return {
            "resource_group": self.resource_group,
            "workspace_name": self.workspace_name,
            "resource_id": self.resource_id,
        }

    def _secrets(self) -> dict[str, str]:
        return {"access-token": self.access_token}


class DatabricksCompute(ComputeTarget):
    """An attached Databricks workspace. Its configuration is kept, so that what names it can be built and read."""

    _type = "Databricks"
    _attached = True
    _resource = ("Microsoft.Databricks/workspaces", "workspace_name")
    _secret_keys = ("access-token",)

    @staticmethod
    def attach(  # pyright: ignore[reportIncompatibleMethodOverride]
        workspace: "Workspace", name: str, resource_id: str, access_token: str
    ) -> "DatabricksCompute":
        """Attach by resource id: the older form of `ComputeTarget.attach` with a configuration."""
        configuration = DatabricksCompute.attach_configuration(resource_id=resource_id, access_token=access_token)
        return cast("DatabricksCompute", ComputeTarget.attach(workspace, name, configuration))

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        workspace_name: str | None = None,
        resource_id: str | None = None,
        access_token: str = "",
    ) -> DatabricksAttachConfiguration:
        """Which Databricks workspace to attach: resource group and name, or resource id alone.

        Raises ComputeTargetException unless it is one of the two.
        """
        return DatabricksAttachConfiguration(resource_group, workspace_name, resource_id, access_token)

    def get_credentials(self) -> dict[str, str]:
        """The access token that was given when the workspace was attached."""
        return {"databricksAccessToken": _service.secret(self.workspace, self.name, "access-token")}

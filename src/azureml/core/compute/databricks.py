"""`DatabricksCompute`, a Databricks workspace; Databricks steps name it."""

from typing import TYPE_CHECKING

from azureml.core.compute._attach import check_resource
from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class DatabricksCompute(ComputeTarget):
    """A Databricks workspace that was attached; its token is in the key vault."""

    _compute_type = "Databricks"

    @staticmethod
    def attach(workspace: "Workspace", name: str, resource_id: str, access_token: str) -> ComputeTarget:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The old way to attach, by the workspace's id."""
        configuration = DatabricksCompute.attach_configuration(resource_id=resource_id, access_token=access_token)
        return ComputeTarget.attach(workspace, name, configuration)

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        workspace_name: str | None = None,
        resource_id: str | None = None,
        access_token: str = "",
    ) -> "DatabricksAttachConfiguration":
        """What `ComputeTarget.attach` attaches a workspace with. ComputeTargetException when it is not told whole."""
        return DatabricksAttachConfiguration(resource_group, workspace_name, resource_id, access_token)

    def get_credentials(self) -> dict[str, str | None]:
        """The token, as {"databricksAccessToken": …}."""
        return {"databricksAccessToken": self._credential("access_token")}


class DatabricksAttachConfiguration(ComputeTargetAttachConfiguration):
    """A Databricks workspace by resource group and name, or by its id, and a token to log in."""

    _secret = ("access_token",)

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
        """Raise ComputeTargetException unless the names are there, or the id alone."""
        check_resource(
            "a Databricks workspace",
            self.resource_id,
            resource_group=self.resource_group,
            workspace_name=self.workspace_name,
        )

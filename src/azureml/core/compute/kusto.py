"""`KustoCompute`, an Azure Data Explorer cluster; Kusto steps name it."""

from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration
from azureml.exceptions import ComputeTargetException


class KustoCompute(ComputeTarget):
    """A Data Explorer cluster that was attached; the key of its application is in the key vault."""

    _compute_type = "Kusto"
    _runs_here = False

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        workspace_name: str | None = None,
        resource_id: str | None = None,
        tenant_id: str | None = None,
        kusto_connection_string: str | None = None,
        application_id: str | None = None,
        application_key: str | None = None,
    ) -> "KustoAttachConfiguration":
        """What `ComputeTarget.attach` attaches a cluster with. ComputeTargetException when it is not told whole."""
        return KustoAttachConfiguration(
            resource_group,
            workspace_name,
            resource_id,
            tenant_id,
            kusto_connection_string,
            application_id,
            application_key,
        )

    def get_credentials(self) -> dict[str, str | None]:
        """The application that logs in and its key."""
        settings = self._record.settings
        return {
            "tenantId": str(settings.get("tenant_id")),
            "servicePrincipalId": str(settings.get("application_id")),
            "servicePrincipalKey": self._credential("application_key"),
        }


class KustoAttachConfiguration(ComputeTargetAttachConfiguration):
    """A cluster by its connection string, and the application that logs in."""

    _secret = ("application_key", "kusto_connection_string")

    def __init__(
        self,
        resource_group: str | None = None,
        workspace_name: str | None = None,
        resource_id: str | None = None,
        tenant_id: str | None = None,
        kusto_connection_string: str | None = None,
        application_id: str | None = None,
        application_key: str | None = None,
    ) -> None:
        super().__init__(KustoCompute)
        self.resource_group = resource_group
        self.workspace_name = workspace_name
        self.resource_id = resource_id
        self.tenant_id = tenant_id
        self.kusto_connection_string = kusto_connection_string
        self.application_id = application_id
        self.application_key = application_key
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException when the connection or the application is missing."""
        needed = {
            "kusto_connection_string": self.kusto_connection_string,
            "tenant_id": self.tenant_id,
            "application_id": self.application_id,
            "application_key": self.application_key,
        }
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise ComputeTargetException(f"To attach a Data Explorer cluster, give {', '.join(missing)}.")

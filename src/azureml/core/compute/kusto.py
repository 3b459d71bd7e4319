"""`KustoCompute`: an attached Data Explorer cluster."""

from typing import Any

from azureml.core.compute import _service
from azureml.core.compute._attached import check_named
from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration


class KustoAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which cluster, and the application that may use it. ComputeTargetException unless it is clear which cluster."""

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
        """Raises ComputeTargetException unless there is a resource group and a name, or a resource id alone."""
        check_named(
            "KustoCompute",
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
            "tenant_id": self.tenant_id,
            "application_id": self.application_id,
        }

    def _secrets(self) -> dict[str, str]:
        return {
            "connection-string": self.kusto_connection_string or "",
            "application-key": self.application_key or "",
        }


class KustoCompute(ComputeTarget):
    """An attached cluster. Its configuration is kept, so that what names it can be built and read."""

    _type = "Kusto"
    _attached = True
    _secret_keys = ("connection-string", "application-key")
    _resource = ("Microsoft.Kusto/clusters", "workspace_name")

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        workspace_name: str | None = None,
        resource_id: str | None = None,
        tenant_id: str | None = None,
        kusto_connection_string: str | None = None,
        application_id: str | None = None,
        application_key: str | None = None,
    ) -> KustoAttachConfiguration:
        """Which cluster to attach. Raises ComputeTargetException unless it is clear which."""
        return KustoAttachConfiguration(
            resource_group,
            workspace_name,
            resource_id,
            tenant_id,
            kusto_connection_string,
            application_id,
            application_key,
        )

    def get_credentials(self) -> dict[str, Any]:
        """The application and its secrets."""
        settings = self._record.settings
        return {
            "tenantId": settings.get("tenant_id"),
            "applicationId": settings.get("application_id"),
            "applicationKey": _service.secret(self.workspace, self.name, "application-key"),
            "kustoConnectionString": _service.secret(self.workspace, self.name, "connection-string"),
        }

"""`SynapseCompute`: an attached Spark pool of a linked service."""

from typing import TYPE_CHECKING, Any, cast

from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from stepworks.wire.assets import ComputeRecord


class SynapseAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which pool of which linked service. ComputeTargetException when one is missing."""

    def __init__(self, linked_service: Any, type: str, pool_name: str) -> None:
        super().__init__(SynapseCompute)
        self.linked_service = linked_service
        self.type = type
        self.pool_name = pool_name
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raises ComputeTargetException when something is missing, or the type is not SynapseSpark."""
        if self.type != "SynapseSpark":
            raise ComputeTargetException(f"SynapseCompute: type must be 'SynapseSpark', not {self.type!r}.")
        if self.linked_service is None or not self.pool_name:
            raise ComputeTargetException("SynapseCompute: give linked_service and pool_name.")

    def _settings(self) -> dict[str, Any]:
        service = self.linked_service
        return {
            "linked_service": getattr(service, "name", None) or str(service),
            "pool_name": self.pool_name,
            "resource_id": getattr(service, "linked_service_resource_id", None),
        }


class SynapseCompute(ComputeTarget):
    """An attached Spark pool. Its configuration is kept, so that what names it can be built and read."""

    _type = "SynapseSpark"
    _attached = True

    auto_pause_enabled: bool | None
    auto_pause_in_minutes: int | None
    auto_scale_enabled: bool | None
    max_node_count: int | None
    min_node_count: int | None
    node_count: int | None
    node_size: str | None
    node_size_family: str | None
    spark_version: str | None

    @staticmethod
    def attach_configuration(linked_service: Any, type: str, pool_name: str) -> SynapseAttachConfiguration:
        """Which pool to attach. Raises ComputeTargetException when something is missing."""
        return SynapseAttachConfiguration(linked_service, type, pool_name)

    def _show(self, record: "ComputeRecord") -> None:
        super()._show(record)
        settings = cast("dict[str, Any]", record.settings)
        self.auto_pause_enabled = settings.get("auto_pause_enabled")
        self.auto_pause_in_minutes = settings.get("auto_pause_in_minutes")
        self.auto_scale_enabled = settings.get("auto_scale_enabled")
        self.max_node_count = settings.get("max_node_count")
        self.min_node_count = settings.get("min_node_count")
        self.node_count = settings.get("node_count")
        self.node_size = settings.get("node_size")
        self.node_size_family = settings.get("node_size_family")
        self.spark_version = settings.get("spark_version")

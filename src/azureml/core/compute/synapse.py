"""`SynapseCompute`, a Spark pool of Synapse; Synapse Spark steps name it."""

from typing import Any

from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration
from azureml.exceptions import ComputeTargetException


class SynapseCompute(ComputeTarget):
    """A Spark pool that was attached."""

    node_size: str | None
    node_size_family: str | None
    node_count: int | None
    min_node_count: int | None
    max_node_count: int | None
    auto_scale_enabled: bool | None
    auto_pause_enabled: bool | None
    auto_pause_in_minutes: int | None
    spark_version: str | None

    _compute_type = "SynapseSpark"

    @staticmethod
    def attach_configuration(linked_service: Any, type: str, pool_name: str) -> "SynapseAttachConfiguration":
        """What `ComputeTarget.attach` attaches a pool with. ComputeTargetException when it is not told whole."""
        return SynapseAttachConfiguration(linked_service, type, pool_name)


class SynapseAttachConfiguration(ComputeTargetAttachConfiguration):
    """A pool of a linked Synapse workspace; the type is "SynapseSpark"."""

    def __init__(self, linked_service: Any, type: str, pool_name: str) -> None:
        super().__init__(SynapseCompute)
        self.linked_service = linked_service
        self.type = type
        self.pool_name = pool_name
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException for another type, or when a part is missing."""
        if self.type != "SynapseSpark":
            raise ComputeTargetException(f"type is {self.type!r}; only 'SynapseSpark' can be attached.")
        if not self.linked_service or not self.pool_name:
            raise ComputeTargetException("To attach a Spark pool, give linked_service and pool_name.")

    def _settings(self) -> dict[str, Any]:
        service = getattr(self.linked_service, "name", None) or str(self.linked_service)
        return {"linked_service": service, "pool_name": self.pool_name}

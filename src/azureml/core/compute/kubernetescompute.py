"""`KubernetesCompute`, a Kubernetes cluster that was attached."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from stepworks.wire.assets import ComputeRecord


class KubernetesCompute(ComputeTarget):
    """A Kubernetes cluster by its id."""

    namespace: str | None
    default_instance_type: str | None
    instance_types: Any
    identity_type: str | None
    identity_ids: list[str] | None
    public_ip: str | None
    vm_size: str | None
    status: "KubernetesComputeStatus"

    _compute_type = "Kubernetes"
    _runs_here = False

    def _take(self, record: "ComputeRecord") -> None:
        super()._take(record)
        self.status = KubernetesComputeStatus(self.created_on, self.modified_on, self.provisioning_state)

    @staticmethod
    def attach_configuration(
        resource_id: str | None = None,
        namespace: str | None = None,
        identity_type: str | None = None,
        identity_ids: "list[str] | None" = None,
    ) -> "KubernetesComputeAttachConfiguration":
        """What `ComputeTarget.attach` attaches a cluster with. ComputeTargetException without resource_id."""
        return KubernetesComputeAttachConfiguration(resource_id, namespace, identity_type, identity_ids)

    def get(self) -> dict[str, Any]:
        """What the server knows of it, asked anew."""
        self.refresh_state()
        return self.serialize()

    def get_status(self) -> "KubernetesComputeStatus":
        """How it stands, asked anew."""
        self.refresh_state()
        return self.status


class KubernetesComputeAttachConfiguration(ComputeTargetAttachConfiguration):
    """A cluster by its id, the namespace and the identities of its jobs."""

    def __init__(
        self,
        resource_id: str | None = None,
        namespace: str | None = None,
        identity_type: str | None = None,
        identity_ids: list[str] | None = None,
    ) -> None:
        super().__init__(KubernetesCompute)
        self.resource_id = resource_id
        self.namespace = namespace or "default"
        self.identity_type = identity_type
        self.identity_ids = identity_ids
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException without resource_id."""
        if not self.resource_id:
            raise ComputeTargetException("To attach a Kubernetes cluster, give resource_id.")

    def to_dict(self) -> dict[str, Any]:
        """The configuration as plain values."""
        return self._settings()


class KubernetesComputeStatus:
    """How a cluster stands."""

    def __init__(self, creation_time: datetime | None, modified_time: datetime | None, provisioning_state: str) -> None:
        self.creation_time = creation_time
        self.modified_time = modified_time
        self.provisioning_state = provisioning_state

    def serialize(self) -> dict[str, Any]:
        """As plain values; times in ISO 8601."""
        return {
            "creationTime": self.creation_time.isoformat() if self.creation_time else None,
            "modifiedTime": self.modified_time.isoformat() if self.modified_time else None,
            "provisioningState": self.provisioning_state,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "KubernetesComputeStatus":
        """From what `serialize` gives."""
        created, modified = object_dict.get("creationTime"), object_dict.get("modifiedTime")
        return KubernetesComputeStatus(
            datetime.fromisoformat(created) if created else None,
            datetime.fromisoformat(modified) if modified else None,
            object_dict.get("provisioningState", ""),
        )

"""`KubernetesCompute`: an attached Kubernetes cluster."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from azureml.core.compute.compute import ComputeTarget, ComputeTargetAttachConfiguration
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from stepworks.wire.assets import ComputeRecord

_DEFAULT_NAMESPACE = "default"


class KubernetesComputeStatus:
    """How an attached cluster stands."""

    def __init__(self, creation_time: datetime | None, modified_time: datetime | None, provisioning_state: str) -> None:
        self.creation_time = creation_time
        self.modified_time = modified_time
        self.provisioning_state = provisioning_state

    def serialize(self) -> dict[str, Any]:
        """As a dictionary that JSON can hold."""
        return {
            "creationTime": self.creation_time.isoformat() if self.creation_time else None,
            "modifiedTime": self.modified_time.isoformat() if self.modified_time else None,
            "provisioningState": self.provisioning_state,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "KubernetesComputeStatus":
        """From the dictionary that `serialize` gives."""
        created, modified = object_dict.get("creationTime"), object_dict.get("modifiedTime")
        return KubernetesComputeStatus(
            datetime.fromisoformat(created) if created else None,
            datetime.fromisoformat(modified) if modified else None,
            object_dict["provisioningState"],
        )


class KubernetesComputeAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which cluster, and the namespace steps are to use. ComputeTargetException without a resource id."""

    def __init__(
        self,
        resource_id: str | None = None,
        namespace: str | None = None,
        identity_type: str | None = None,
        identity_ids: Sequence[str] | None = None,
    ) -> None:
        super().__init__(KubernetesCompute)
        self.resource_id = resource_id
        self.namespace = namespace
        self.identity_type = identity_type
        self.identity_ids = identity_ids
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raises ComputeTargetException without a resource id, or for a user's identity without its ids."""
        if not self.resource_id:
            raise ComputeTargetException("KubernetesCompute: resource_id is missing.")
        if self.identity_type == "UserAssigned" and not self.identity_ids:
            raise ComputeTargetException("KubernetesCompute: identity_ids is missing: identity_type is UserAssigned.")

    def to_dict(self) -> dict[str, Any]:
        """The configuration as a dictionary."""
        return self._settings()

    def _settings(self) -> dict[str, Any]:
        return {
            "resource_id": self.resource_id,
            "namespace": self.namespace or _DEFAULT_NAMESPACE,
            "identity_type": self.identity_type,
            "identity_ids": list(self.identity_ids) if self.identity_ids else None,
        }


class KubernetesCompute(ComputeTarget):
    """An attached cluster. Its configuration is kept; steps that name it run on the agents of the server."""

    _type = "Kubernetes"
    _attached = True

    status: KubernetesComputeStatus
    namespace: str
    identity_type: str | None
    identity_ids: list[str] | None
    default_instance_type: str | None
    instance_types: dict[str, Any]
    public_ip: str | None
    vm_size: str | None

    @staticmethod
    def attach_configuration(
        resource_id: str | None = None,
        namespace: str | None = None,
        identity_type: str | None = None,
        identity_ids: Sequence[str] | None = None,
    ) -> KubernetesComputeAttachConfiguration:
        """Which cluster to attach. Raises ComputeTargetException without a resource id."""
        return KubernetesComputeAttachConfiguration(resource_id, namespace, identity_type, identity_ids)

    def get(self) -> dict[str, Any]:
        """The cluster as a dictionary, as it stands now."""
        self.refresh_state()
        return self.serialize()

    def get_status(self) -> KubernetesComputeStatus:
        """How the cluster stands now."""
        self.refresh_state()
        return self.status

    def _show(self, record: "ComputeRecord") -> None:
        super()._show(record)
        settings = cast("dict[str, Any]", record.settings)
        self.status = KubernetesComputeStatus(
            datetime.fromtimestamp(record.created, UTC),
            datetime.fromtimestamp(record.modified, UTC),
            record.provisioning_state,
        )
        self.namespace = settings.get("namespace") or _DEFAULT_NAMESPACE
        self.identity_type = settings.get("identity_type")
        self.identity_ids = settings.get("identity_ids")
        self.default_instance_type = None
        self.instance_types = {}
        self.public_ip = None
        self.vm_size = None

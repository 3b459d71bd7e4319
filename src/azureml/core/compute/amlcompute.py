"""`AmlCompute`, a cluster that grows and shrinks: how many nodes may work at once (contracts §19)."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unavailable
from azureml.core.compute._amlcompute_status import NODE_STATES, scale_of, status_of
from azureml.core.compute._amlcompute_status import AmlComputeNodeStateCounts as AmlComputeNodeStateCounts
from azureml.core.compute._amlcompute_status import AmlComputeStatus as AmlComputeStatus
from azureml.core.compute._amlcompute_status import ScaleSettings as ScaleSettings
from azureml.core.compute.compute import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
)
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ComputeRecord

_ACTIVE_RUNS = frozenset({"NotStarted", "Queued", "Preparing", "Provisioning", "Starting", "Running", "Finalizing"})
_SECONDS_BETWEEN_LOOKS = 1.0


class AmlComputeProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """The size of a cluster. `max_nodes` is mandatory; the size of a machine, networks and identities are recorded."""

    _secret = ("admin_user_password", "admin_user_ssh_key")

    def __init__(
        self,
        vm_size: str = "",
        vm_priority: str = "dedicated",
        min_nodes: int = 0,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: int = 1800,
        admin_username: str | None = None,
        admin_user_password: str | None = None,
        admin_user_ssh_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: dict[str, str] | None = None,
        description: str | None = None,
        remote_login_port_public_access: str = "NotSpecified",
        identity_type: str | None = None,
        identity_id: list[str] | None = None,
        compute_location: str | None = None,
        enable_node_public_ip: bool = True,
    ) -> None:
        super().__init__(AmlCompute, None)
        self.vm_size = vm_size
        self.vm_priority = vm_priority
        self.scale_settings = ScaleSettings(min_nodes, max_nodes, idle_seconds_before_scaledown)
        self.admin_username = admin_username
        self.admin_user_password = admin_user_password
        self.admin_user_ssh_key = admin_user_ssh_key
        self.vnet_resourcegroup_name = vnet_resourcegroup_name
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.tags = tags
        self.description = description
        self.remote_login_port_public_access = remote_login_port_public_access
        self.identity_type = identity_type
        self.identity_id = identity_id
        self.compute_location = compute_location
        self.enable_node_public_ip = enable_node_public_ip
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException for a size, login, network or identity that is not whole."""
        self.scale_settings.check()
        has_login = bool(self.admin_user_password or self.admin_user_ssh_key)
        if bool(self.admin_username) != has_login:
            raise ComputeTargetException("admin_username goes with admin_user_password or admin_user_ssh_key.")
        network = [self.vnet_name, self.vnet_resourcegroup_name, self.subnet_name]
        if any(network) and not all(network):
            raise ComputeTargetException("A network needs vnet_name, vnet_resourcegroup_name and subnet_name.")
        _check_identity(self.identity_type, self.identity_id)

    def _settings(self) -> dict[str, Any]:
        settings = super()._settings() | self.scale_settings.to_settings()
        settings["location"] = settings.pop("compute_location")
        del settings["scale_settings"]
        return settings


class AmlCompute(ComputeTarget):
    """A cluster: at most `max_nodes` nodes work at once, `min_nodes` are kept, the rest come and go with the work.

    On one machine a node is a place for one step; the size of a virtual machine is recorded.
    """

    vm_size: str
    vm_priority: str
    scale_settings: ScaleSettings
    status: AmlComputeStatus
    admin_username: str | None
    admin_user_password: str | None
    admin_user_ssh_key: str | None
    vnet_resourcegroup_name: str | None
    vnet_name: str | None
    subnet_name: str | None
    remote_login_port_public_access: str
    identity_type: str | None
    identity_id: list[str] | None

    _compute_type = "AmlCompute"

    def _take(self, record: "ComputeRecord") -> None:
        super()._take(record)
        self.scale_settings = scale_of(record)
        self.status = status_of(record, self.scale_settings)

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        vm_priority: str = "dedicated",
        min_nodes: int = 0,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: int = 1800,
        admin_username: str | None = None,
        admin_user_password: str | None = None,
        admin_user_ssh_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: dict[str, str] | None = None,
        description: str | None = None,
        remote_login_port_public_access: str = "NotSpecified",
        identity_type: str | None = None,
        identity_id: "list[str] | None" = None,
        location: str | None = None,
        enable_node_public_ip: bool = True,
    ) -> AmlComputeProvisioningConfiguration:
        """What `ComputeTarget.create` makes a cluster with. ComputeTargetException when it is not whole."""
        return AmlComputeProvisioningConfiguration(
            vm_size,
            vm_priority,
            min_nodes,
            max_nodes,
            idle_seconds_before_scaledown,
            admin_username,
            admin_user_password,
            admin_user_ssh_key,
            vnet_resourcegroup_name,
            vnet_name,
            subnet_name,
            tags,
            description,
            remote_login_port_public_access,
            identity_type,
            identity_id,
            location,
            enable_node_public_ip,
        )

    @staticmethod
    @unavailable("AmlCompute.create; a cluster is made, not attached")
    def attach(workspace: "Workspace", name: str, attach_configuration: ComputeTargetAttachConfiguration): ...

    def update(
        self,
        min_nodes: int | None = None,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: int | None = None,
    ) -> None:
        """Change the size; None keeps. ComputeTargetException for one that cannot be."""
        now = self.scale_settings
        changed = ScaleSettings(
            now.minimum_node_count if min_nodes is None else min_nodes,
            now.maximum_node_count if max_nodes is None else max_nodes,
            now.idle_seconds_before_scaledown
            if idle_seconds_before_scaledown is None
            else idle_seconds_before_scaledown,
        )
        changed.check()
        self._change(changed.to_settings())

    def get_status(self) -> AmlComputeStatus:
        """How the nodes stand, asked anew."""
        self.refresh_state()
        return self.status

    def get(self) -> dict[str, Any]:
        """What the server knows of the cluster, asked anew."""
        self.refresh_state()
        return self.serialize()

    def wait_for_completion(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        show_output: bool = False,
        min_node_count: int | None = None,
        timeout_in_minutes: float = 25,
        is_delete_operation: bool = False,
    ) -> None:
        """Return once the cluster is made and as large as it is to be; print so with `show_output`.

        Nodes beyond `min_nodes` come with the work, so a larger `min_node_count` is not waited for.
        """
        if is_delete_operation:
            super().wait_for_completion(show_output, is_delete_operation)
            return
        wanted = self.scale_settings.minimum_node_count if min_node_count is None else min_node_count
        deadline = time.monotonic() + timeout_in_minutes * 60
        status = self.get_status()
        while status.allocation_state != "Steady" and status.current_node_count < wanted:
            if time.monotonic() >= deadline:
                self._tell(
                    show_output, f"{status.allocation_state}: no more waiting after {timeout_in_minutes} minutes."
                )
                return
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            status = self.get_status()
        self._tell(
            show_output,
            status.provisioning_state,
            f"AmlCompute '{self.name}' is ready: {status.current_node_count} nodes now, "
            f"up to {self.scale_settings.maximum_node_count} with the work.",
        )

    def get_active_runs(
        self, type: str | None = None, tags: Any = None, properties: Any = None, status: str | None = None
    ) -> "Iterable[Run]":
        """Runs on this cluster that have not ended, newest first."""
        return active_runs(self, type=type, tags=tags, properties=properties, status=status)

    def list_nodes(self) -> "list[dict[str, Any]]":
        """One entry for each node there is now, with its state."""
        counts = self.get_status().node_state_counts
        numbers = counts.serialize() if counts is not None else {}
        return [
            {"nodeId": f"{self.name}-{state}-{i}", "nodeState": state}
            for state in NODE_STATES
            for i in range(numbers.get(f"{state}NodeCount", 0))
        ]

    def add_identity(self, identity_type: str, identity_id: "list[str] | None" = None) -> None:
        """Record an identity. ComputeTargetException when type and id do not fit."""
        _check_identity(identity_type, identity_id)
        self._change({"identity_type": identity_type, "identity_id": identity_id})

    def remove_identity(self, identity_id: "list[str] | None" = None) -> None:
        """Forget the recorded identity, or the ids given of it."""
        kept = [i for i in self.identity_id or () if identity_id is not None and i not in identity_id]
        self._change({"identity_type": self.identity_type if kept else None, "identity_id": kept or None})

    @staticmethod
    @unavailable("max_nodes, the only limit there is")
    def list_quotas(workspace: "Workspace", location: str | None = None): ...

    @staticmethod
    @unavailable("AmlCompute.get_status, which tells of the nodes")
    def list_usages(workspace: "Workspace", show_all: bool = False, location: str | None = None): ...

    @staticmethod
    @unavailable("max_nodes, the only limit there is")
    def update_quotas(
        workspace: "Workspace", vm_family: Any, limit: int | None = None, location: str | None = None
    ): ...

    @staticmethod
    @unavailable("any vm_size: it is recorded, and the machine is as large as it is")
    def supported_vmsizes(workspace: "Workspace", location: str | None = None): ...


def active_runs(target: ComputeTarget, **filters: Any) -> "Iterable[Run]":
    """Runs on a compute target that have not ended, newest first."""
    from azureml.core.run import Run

    return (run for run in Run.list_by_compute(target, **filters) if run.status in _ACTIVE_RUNS)


def _check_identity(identity_type: str | None, identity_id: list[str] | None) -> None:
    if identity_type not in (None, "SystemAssigned", "UserAssigned"):
        raise ComputeTargetException(f"identity_type is 'SystemAssigned' or 'UserAssigned', not {identity_type!r}.")
    if identity_type == "UserAssigned" and (not identity_id or isinstance(identity_id, str)):
        raise ComputeTargetException("A UserAssigned identity needs identity_id, a list of resource ids.")
    if identity_type != "UserAssigned" and identity_id:
        raise ComputeTargetException("identity_id goes with identity_type 'UserAssigned' only.")

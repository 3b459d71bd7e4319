"""`AmlCompute`: a cluster, here a pool that limits how many steps run on it at once (contracts §19)."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from azureml._unsupported import unsupported
from azureml.core.compute._amlcompute_checks import check_cluster, check_scale
from azureml.core.compute.compute import ComputeTarget, ComputeTargetProvisioningConfiguration
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ComputeRecord

_NODE_STATES = ("preparing", "running", "idle", "unusable", "leaving", "preempted")
_DEFAULT_VM_SIZE = "STANDARD_NC6"
_POLL_SECONDS = 1.0


class ScaleSettings:
    """Between how many nodes a cluster scales, and after how many idle seconds one goes."""

    def __init__(self, minimum_node_count: int, maximum_node_count: int, idle_seconds_before_scaledown: int) -> None:
        self.minimum_node_count = minimum_node_count
        self.maximum_node_count = maximum_node_count
        self.idle_seconds_before_scaledown = idle_seconds_before_scaledown

    def serialize(self) -> dict[str, Any]:
        """As a dictionary; the idle time as an ISO 8601 duration."""
        return {
            "minNodeCount": self.minimum_node_count,
            "maxNodeCount": self.maximum_node_count,
            "nodeIdleTimeBeforeScaleDown": f"PT{self.idle_seconds_before_scaledown}S",
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "ScaleSettings":
        """From the dictionary that `serialize` gives."""
        idle = str(object_dict["nodeIdleTimeBeforeScaleDown"]).removeprefix("PT").removesuffix("S")
        return ScaleSettings(object_dict["minNodeCount"], object_dict["maxNodeCount"], int(float(idle)))


class AmlComputeNodeStateCounts:
    """How many nodes are in which state."""

    def __init__(
        self,
        idle_node_count: int,
        leaving_node_count: int,
        preempted_node_count: int,
        preparing_node_count: int,
        running_node_count: int,
        unusable_node_count: int,
    ) -> None:
        self.idle_node_count = idle_node_count
        self.leaving_node_count = leaving_node_count
        self.preempted_node_count = preempted_node_count
        self.preparing_node_count = preparing_node_count
        self.running_node_count = running_node_count
        self.unusable_node_count = unusable_node_count

    def serialize(self) -> dict[str, int]:
        """As a dictionary: `runningNodeCount` and its kin."""
        return {f"{state}NodeCount": getattr(self, f"{state}_node_count") for state in _NODE_STATES}

    @staticmethod
    def deserialize(object_dict: Mapping[str, int]) -> "AmlComputeNodeStateCounts":
        """From the dictionary that `serialize` gives."""
        return AmlComputeNodeStateCounts._of({s: object_dict.get(f"{s}NodeCount", 0) for s in _NODE_STATES})

    @staticmethod
    def _of(counts: Mapping[str, int]) -> "AmlComputeNodeStateCounts":
        return AmlComputeNodeStateCounts(**{f"{state}_node_count": counts.get(state, 0) for state in _NODE_STATES})


class AmlComputeStatus:
    """How a cluster and its nodes stand."""

    def __init__(
        self,
        allocation_state: str,
        allocation_state_transition_time: datetime | None,
        creation_time: datetime | None,
        current_node_count: int,
        errors: Sequence[Mapping[str, Any]] | None,
        modified_time: datetime | None,
        node_state_counts: AmlComputeNodeStateCounts,
        provisioning_state: str,
        provisioning_state_transition_time: datetime | None,
        scale_settings: ScaleSettings,
        target_node_count: int,
        vm_priority: str,
        vm_size: str,
    ) -> None:
        self.allocation_state = allocation_state
        self.allocation_state_transition_time = allocation_state_transition_time
        self.creation_time = creation_time
        self.current_node_count = current_node_count
        self.errors = errors
        self.modified_time = modified_time
        self.node_state_counts = node_state_counts
        self.provisioning_state = provisioning_state
        self.provisioning_state_transition_time = provisioning_state_transition_time
        self.scale_settings = scale_settings
        self.target_node_count = target_node_count
        self.vm_priority = vm_priority
        self.vm_size = vm_size

    def serialize(self) -> dict[str, Any]:
        """As a dictionary that JSON can hold (contracts §19)."""
        return {
            "currentNodeCount": self.current_node_count,
            "targetNodeCount": self.target_node_count,
            "nodeStateCounts": self.node_state_counts.serialize(),
            "allocationState": self.allocation_state,
            "allocationStateTransitionTime": _text(self.allocation_state_transition_time),
            "errors": self.errors,
            "creationTime": _text(self.creation_time),
            "modifiedTime": _text(self.modified_time),
            "provisioningState": self.provisioning_state,
            "provisioningStateTransitionTime": _text(self.provisioning_state_transition_time),
            "scaleSettings": self.scale_settings.serialize(),
            "vmPriority": self.vm_priority,
            "vmSize": self.vm_size,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "AmlComputeStatus":
        """From the dictionary that `serialize` gives."""
        return AmlComputeStatus(
            allocation_state=object_dict["allocationState"],
            allocation_state_transition_time=_time(object_dict.get("allocationStateTransitionTime")),
            creation_time=_time(object_dict.get("creationTime")),
            current_node_count=object_dict["currentNodeCount"],
            errors=object_dict.get("errors"),
            modified_time=_time(object_dict.get("modifiedTime")),
            node_state_counts=AmlComputeNodeStateCounts.deserialize(object_dict["nodeStateCounts"]),
            provisioning_state=object_dict["provisioningState"],
            provisioning_state_transition_time=_time(object_dict.get("provisioningStateTransitionTime")),
            scale_settings=ScaleSettings.deserialize(object_dict["scaleSettings"]),
            target_node_count=object_dict["targetNodeCount"],
            vm_priority=object_dict["vmPriority"],
            vm_size=object_dict["vmSize"],
        )

    @staticmethod
    def _of(record: "ComputeRecord") -> "AmlComputeStatus":
        settings = record.settings
        modified = datetime.fromtimestamp(record.modified, UTC)
        return AmlComputeStatus(
            allocation_state=record.allocation_state,
            allocation_state_transition_time=modified,
            creation_time=datetime.fromtimestamp(record.created, UTC),
            current_node_count=record.current_nodes,
            errors=None,
            modified_time=modified,
            node_state_counts=AmlComputeNodeStateCounts._of(record.node_states),
            provisioning_state=record.provisioning_state,
            provisioning_state_transition_time=None,
            scale_settings=_scale(settings),
            target_node_count=record.target_nodes,
            vm_priority=str(settings.get("vm_priority") or "dedicated"),
            vm_size=str(settings.get("vm_size") or ""),
        )


class AmlComputeProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """How a cluster is to be. Raises ComputeTargetException when that contradicts itself."""

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
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        remote_login_port_public_access: str = "NotSpecified",
        identity_type: str | None = None,
        identity_id: Sequence[str] | None = None,
        compute_location: str | None = None,
        enable_node_public_ip: bool = True,
    ) -> None:
        super().__init__(AmlCompute, compute_location)
        self.vm_size = vm_size or _DEFAULT_VM_SIZE
        self.vm_priority = vm_priority
        self.scale_settings = ScaleSettings(min_nodes, cast(int, max_nodes), idle_seconds_before_scaledown)
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
        """Raises ComputeTargetException for the first thing that contradicts itself."""
        check_cluster(self)

    def _settings(self) -> dict[str, Any]:
        # A password is of no use here: nobody logs in to a slot.
        return {
            "vm_size": self.vm_size,
            "vm_priority": self.vm_priority,
            "min_nodes": self.scale_settings.minimum_node_count,
            "max_nodes": self.scale_settings.maximum_node_count,
            "idle_seconds_before_scaledown": self.scale_settings.idle_seconds_before_scaledown,
            "admin_username": self.admin_username,
            "admin_user_ssh_key": self.admin_user_ssh_key,
            "vnet_resourcegroup_name": self.vnet_resourcegroup_name,
            "vnet_name": self.vnet_name,
            "subnet_name": self.subnet_name,
            "tags": dict(self.tags) if self.tags else None,
            "description": self.description,
            "remote_login_port_public_access": self.remote_login_port_public_access,
            "identity_type": self.identity_type,
            "identity_id": list(self.identity_id) if self.identity_id else None,
            "location": self.compute_location,
            "enable_node_public_ip": self.enable_node_public_ip,
        }


class AmlCompute(ComputeTarget):
    """A cluster: at most `max_nodes` steps run on it at once, on the agents of the server. The size and priority of
    its machines are kept as they were given; they choose nothing."""

    _type = "AmlCompute"

    status: AmlComputeStatus
    scale_settings: ScaleSettings
    vm_size: str
    vm_priority: str
    vnet_resourcegroup_name: str | None
    vnet_name: str | None
    subnet_name: str | None
    admin_username: str | None
    admin_user_password: str | None
    admin_user_ssh_key: str | None
    remote_login_port_public_access: str
    identity_type: str | None
    identity_id: list[str] | None

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
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        remote_login_port_public_access: str = "NotSpecified",
        identity_type: str | None = None,
        identity_id: Sequence[str] | None = None,
        location: str | None = None,
        enable_node_public_ip: bool = True,
    ) -> AmlComputeProvisioningConfiguration:
        """How a cluster is to be, for `ComputeTarget.create`. `max_nodes` must be given.

        Raises ComputeTargetException when the configuration contradicts itself.
        """
        return AmlComputeProvisioningConfiguration(
            vm_size=vm_size,
            vm_priority=vm_priority,
            min_nodes=min_nodes,
            max_nodes=max_nodes,
            idle_seconds_before_scaledown=idle_seconds_before_scaledown,
            admin_username=admin_username,
            admin_user_password=admin_user_password,
            admin_user_ssh_key=admin_user_ssh_key,
            vnet_resourcegroup_name=vnet_resourcegroup_name,
            vnet_name=vnet_name,
            subnet_name=subnet_name,
            tags=tags,
            description=description,
            remote_login_port_public_access=remote_login_port_public_access,
            identity_type=identity_type,
            identity_id=identity_id,
            compute_location=location,
            enable_node_public_ip=enable_node_public_ip,
        )

    # --- how it stands

    def get_status(self) -> AmlComputeStatus:
        """How the cluster and its nodes stand now."""
        self.refresh_state()
        return self.status

    def get(self) -> dict[str, Any]:
        """The cluster as a dictionary, as it stands now."""
        self.refresh_state()
        return self.serialize()

    def list_nodes(self) -> "list[dict[str, Any]]":
        """The nodes there are now, each with its state. A node is a slot of an agent and has no address of its own."""
        counts = self.get_status().node_state_counts.serialize()
        states = [state for state in _NODE_STATES for _ in range(counts[f"{state}NodeCount"])]
        return [{"nodeId": f"{self.name}-{i}", "nodeState": state} for i, state in enumerate(states)]

    def wait_for_completion(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        show_output: bool = False,
        min_node_count: int | None = None,
        timeout_in_minutes: float = 25,
        is_delete_operation: bool = False,
    ) -> None:
        """Return when there are `min_node_count` nodes (the configured minimum when None), when the cluster has settled
        with fewer, or after the timeout; print how it stands if asked."""
        if is_delete_operation:
            self._wait_until_gone(show_output)
            return
        self._wait_for_nodes(show_output, min_node_count, timeout_in_minutes * 60, pause=time.sleep, now=time.monotonic)

    def _wait_for_nodes(
        self,
        show_output: bool,
        min_node_count: int | None,
        timeout: float,
        *,
        pause: Callable[[float], None],
        now: Callable[[], float],
    ) -> None:
        wanted = self.scale_settings.minimum_node_count if min_node_count is None else min_node_count
        end = now() + timeout
        told = ""
        while True:
            status = self.get_status()
            nodes = f"{status.current_node_count} of {status.target_node_count} nodes"
            line = f"{status.provisioning_state}, {nodes}, {status.allocation_state}"
            if line != told:
                self._print(show_output, line)
                told = line
            # A settled cluster gets no further nodes until steps ask for them.
            if status.current_node_count >= wanted or status.allocation_state == "Steady":
                return
            if now() >= end:
                self._print(show_output, f"timeout: {wanted} nodes were wanted")
                return
            pause(_POLL_SECONDS)

    def get_active_runs(
        self,
        type: str | None = None,
        tags: str | Mapping[str, str] | None = None,
        properties: str | Mapping[str, str] | None = None,
        status: str | None = None,
    ) -> "Iterator[Run]":
        """Runs that wait for the cluster or run on it, newest first; with a status those of that status."""
        from azureml.core.run import Run

        found = Run.list_by_compute(self, type=type, tags=tags, properties=properties, status=status)
        return found if status is not None else (run for run in found if run.status not in _ENDED)

    # --- changing it

    def update(
        self,
        min_nodes: int | None = None,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: int | None = None,
    ) -> None:
        """Change the scale settings that are given; what runs goes on. ComputeTargetException when they contradict."""
        self.refresh_state()
        now = self.scale_settings
        scale = ScaleSettings(
            now.minimum_node_count if min_nodes is None else min_nodes,
            now.maximum_node_count if max_nodes is None else max_nodes,
            now.idle_seconds_before_scaledown
            if idle_seconds_before_scaledown is None
            else idle_seconds_before_scaledown,
        )
        check_scale(scale.minimum_node_count, scale.maximum_node_count, scale.idle_seconds_before_scaledown)
        self._change(
            min_nodes=scale.minimum_node_count,
            max_nodes=scale.maximum_node_count,
            idle_seconds_before_scaledown=scale.idle_seconds_before_scaledown,
        )

    def add_identity(self, identity_type: str, identity_id: Sequence[str] | None = None) -> None:
        """Keep an identity's type and ids with the cluster. Steps run as the server's user all the same."""
        if identity_type == "UserAssigned" and not identity_id:
            raise ComputeTargetException("identity_id is missing: identity_type is UserAssigned.")
        known = self.identity_id or []
        self._change(
            identity_type=identity_type, identity_id=[*known, *(i for i in identity_id or () if i not in known)] or None
        )

    def remove_identity(self, identity_id: Sequence[str] | None = None) -> None:
        """Forget some identities, or all."""
        left = [i for i in self.identity_id or () if identity_id is not None and i not in identity_id]
        self._change(identity_type=self.identity_type if left else None, identity_id=left or None)

    # --- what a cloud has

    @staticmethod
    def supported_vmsizes(workspace: "Workspace", location: str | None = None) -> "list[dict[str, Any]]":
        """Not there: machines are not rented here. Raises NotImplementedError."""
        raise unsupported("A list of machine sizes", "any vm_size; it is kept with the cluster and chooses nothing")

    @staticmethod
    def list_usages(workspace: "Workspace", show_all: bool = False, location: str | None = None) -> "list[Any]":
        """Empty: machines are not rented here."""
        return []

    @staticmethod
    def list_quotas(workspace: "Workspace", location: str | None = None) -> "list[Any]":
        """Empty: machines are not rented here."""
        return []

    @staticmethod
    def update_quotas(
        workspace: "Workspace", vm_family: object, limit: object = None, location: str | None = None
    ) -> "list[Any]":
        """Not there: machines are not rented here. Raises NotImplementedError."""
        raise unsupported("A quota of machines", "max_nodes of the cluster")

    def serialize(self) -> dict[str, Any]:
        """The cluster as a dictionary that JSON can hold, with how its nodes stood."""
        return {**super().serialize(), "status": self.status.serialize()}

    def _show(self, record: "ComputeRecord") -> None:
        super()._show(record)
        settings = cast("dict[str, Any]", record.settings)
        self.status = AmlComputeStatus._of(record)
        self.scale_settings = self.status.scale_settings
        self.vm_size = self.status.vm_size
        self.vm_priority = self.status.vm_priority
        self.vnet_resourcegroup_name = settings.get("vnet_resourcegroup_name")
        self.vnet_name = settings.get("vnet_name")
        self.subnet_name = settings.get("subnet_name")
        self.admin_username = settings.get("admin_username")
        self.admin_user_password = None
        self.admin_user_ssh_key = settings.get("admin_user_ssh_key")
        self.remote_login_port_public_access = settings.get("remote_login_port_public_access") or "NotSpecified"
        self.identity_type = settings.get("identity_type")
        self.identity_id = settings.get("identity_id")


_ENDED = frozenset({"Completed", "Failed", "Canceled", "Bypassed"})


def _scale(settings: Mapping[str, Any]) -> ScaleSettings:
    return ScaleSettings(
        int(settings.get("min_nodes") or 0),
        int(settings.get("max_nodes") or 0),
        int(settings.get("idle_seconds_before_scaledown", 1800)),
    )


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

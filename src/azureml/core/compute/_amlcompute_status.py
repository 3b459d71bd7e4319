"""How a cluster stands, as values; published at `azureml.core.compute.amlcompute` (contracts §19)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from stepworks.wire.assets import ComputeRecord

NODE_STATES = ("preparing", "running", "idle", "unusable", "leaving", "preempted")


class ScaleSettings:
    """How many nodes there may be, and after how many idle seconds one goes away."""

    def __init__(
        self, minimum_node_count: int, maximum_node_count: int | None, idle_seconds_before_scaledown: int
    ) -> None:
        self.minimum_node_count = minimum_node_count
        self.maximum_node_count = maximum_node_count
        self.idle_seconds_before_scaledown = idle_seconds_before_scaledown

    def serialize(self) -> dict[str, Any]:
        """As the service writes it; the idle time as "PT<seconds>S"."""
        idle = self.idle_seconds_before_scaledown
        return {
            "minNodeCount": self.minimum_node_count,
            "maxNodeCount": self.maximum_node_count,
            "nodeIdleTimeBeforeScaleDown": f"PT{idle}S",
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "ScaleSettings":
        """From what `serialize` gives. ComputeTargetException when the idle time is not readable."""
        idle = object_dict.get("nodeIdleTimeBeforeScaleDown") or "PT1800S"
        match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", str(idle))
        if match is None:
            raise ComputeTargetException(f"'{idle}' is not a time such as 'PT120S'.")
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        total = int(hours * 3600 + minutes * 60 + seconds)
        return ScaleSettings(object_dict.get("minNodeCount") or 0, object_dict.get("maxNodeCount"), total)

    def to_settings(self) -> dict[str, Any]:
        return {
            "min_nodes": self.minimum_node_count,
            "max_nodes": self.maximum_node_count,
            "idle_seconds_before_scaledown": self.idle_seconds_before_scaledown,
        }

    def check(self) -> None:
        numbers = {
            "min_nodes": self.minimum_node_count,
            "max_nodes": self.maximum_node_count,
            "idle_seconds_before_scaledown": self.idle_seconds_before_scaledown,
        }
        if self.maximum_node_count is None:
            raise ComputeTargetException("max_nodes is mandatory: how many nodes may the cluster have?")
        for name, value in numbers.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ComputeTargetException(f"{name} is {value!r}; it is a number, 0 or more.")
        if self.maximum_node_count < self.minimum_node_count:
            raise ComputeTargetException(
                f"max_nodes ({self.maximum_node_count}) is less than min_nodes ({self.minimum_node_count})."
            )


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
        """As the service writes it."""
        return {f"{state}NodeCount": getattr(self, f"{state}_node_count") for state in NODE_STATES}

    @staticmethod
    def deserialize(object_dict: Mapping[str, int]) -> "AmlComputeNodeStateCounts":
        """From what `serialize` gives."""
        return AmlComputeNodeStateCounts(
            **{f"{state}_node_count": object_dict.get(f"{state}NodeCount", 0) for state in NODE_STATES}
        )


class AmlComputeStatus:
    """How a cluster stands; `serialize()` is what published code prints (contracts §19)."""

    def __init__(
        self,
        allocation_state: str,
        allocation_state_transition_time: datetime | None,
        creation_time: datetime | None,
        current_node_count: int,
        errors: list[Any] | None,
        modified_time: datetime | None,
        node_state_counts: AmlComputeNodeStateCounts | None,
        provisioning_state: str,
        provisioning_state_transition_time: datetime | None,
        scale_settings: ScaleSettings | None,
        target_node_count: int,
        vm_priority: str | None,
        vm_size: str | None,
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
        """As the service writes it; times in ISO 8601."""
        counts, scale = self.node_state_counts, self.scale_settings
        return {
            "currentNodeCount": self.current_node_count,
            "targetNodeCount": self.target_node_count,
            "nodeStateCounts": counts.serialize() if counts is not None else None,
            "allocationState": self.allocation_state,
            "allocationStateTransitionTime": _iso(self.allocation_state_transition_time),
            "errors": self.errors,
            "creationTime": _iso(self.creation_time),
            "modifiedTime": _iso(self.modified_time),
            "provisioningState": self.provisioning_state,
            "provisioningStateTransitionTime": _iso(self.provisioning_state_transition_time),
            "scaleSettings": scale.serialize() if scale is not None else None,
            "vmPriority": self.vm_priority,
            "vmSize": self.vm_size,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "AmlComputeStatus":
        """From what `serialize` gives."""
        counts, scale = object_dict.get("nodeStateCounts"), object_dict.get("scaleSettings")
        return AmlComputeStatus(
            allocation_state=object_dict.get("allocationState", ""),
            allocation_state_transition_time=_time(object_dict.get("allocationStateTransitionTime")),
            creation_time=_time(object_dict.get("creationTime")),
            current_node_count=object_dict.get("currentNodeCount", 0),
            errors=object_dict.get("errors"),
            modified_time=_time(object_dict.get("modifiedTime")),
            node_state_counts=AmlComputeNodeStateCounts.deserialize(counts) if counts else None,
            provisioning_state=object_dict.get("provisioningState", ""),
            provisioning_state_transition_time=_time(object_dict.get("provisioningStateTransitionTime")),
            scale_settings=ScaleSettings.deserialize(scale) if scale else None,
            target_node_count=object_dict.get("targetNodeCount", 0),
            vm_priority=object_dict.get("vmPriority"),
            vm_size=object_dict.get("vmSize"),
        )


def scale_of(record: "ComputeRecord") -> ScaleSettings:
    settings = cast("Mapping[str, Any]", record.settings)
    idle = settings.get("idle_seconds_before_scaledown")
    return ScaleSettings(settings.get("min_nodes") or 0, settings.get("max_nodes"), 1800 if idle is None else idle)


def status_of(record: "ComputeRecord", scale: ScaleSettings) -> AmlComputeStatus:
    settings = cast("Mapping[str, Any]", record.settings)
    created, modified = (datetime.fromtimestamp(t, UTC) for t in (record.created, record.modified))
    counts = {f"{state}_node_count": record.node_states.get(state, 0) for state in NODE_STATES}
    return AmlComputeStatus(
        allocation_state=record.allocation_state,
        allocation_state_transition_time=modified,
        creation_time=created,
        current_node_count=record.current_nodes,
        errors=None,
        modified_time=modified,
        node_state_counts=AmlComputeNodeStateCounts(**counts),
        provisioning_state=record.provisioning_state,
        provisioning_state_transition_time=None,
        scale_settings=scale,
        target_node_count=record.target_nodes,
        vm_priority=_capitalised(settings.get("vm_priority")),
        vm_size=settings.get("vm_size"),
    )


def _capitalised(priority: str | None) -> str | None:
    return (
        None
        if not priority
        else {"dedicated": "Dedicated", "lowpriority": "LowPriority"}.get(priority.lower(), priority)
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

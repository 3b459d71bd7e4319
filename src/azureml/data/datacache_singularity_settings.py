"""Settings of a compute service that stepworks does not have; kept as they are given."""

from collections.abc import Sequence
from enum import Enum


class SingularitySlaTier(Enum):
    """How sure a job is to keep its machine."""

    basic = "Basic"
    standard = "Standard"
    premium = "Premium"


class SingularityPriority(Enum):
    """How soon a job gets its machine."""

    low = "Low"
    medium = "Medium"
    high = "High"


class DatacacheSingularitySettings:
    """Settings by name; none of them has an effect here."""

    def __init__(
        self,
        sla_tier: SingularitySlaTier | None = None,
        priority: SingularityPriority | None = None,
        instance_type: str | None = None,
        virtual_cluster_arm_id: str | None = None,
        locations: Sequence[str] | None = None,
    ) -> None:
        self.sla_tier = sla_tier
        self.priority = priority
        self.instance_type = instance_type
        self.virtual_cluster_arm_id = virtual_cluster_arm_id
        self.locations = locations

"""What a model needs where it is served: kept with the model."""

from dataclasses import dataclass
from typing import Any

from azureml.exceptions import WebserviceException as WebserviceException


@dataclass
class ResourceConfiguration:
    """Cores, memory in gigabytes and graphics processors. WebserviceException for numbers that are not above 0."""

    cpu: float | None = None
    memory_in_gb: float | None = None
    gpu: int | None = None

    def __post_init__(self) -> None:
        for name in ("cpu", "memory_in_gb", "gpu"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise WebserviceException(f"{name} is {value}; it is more than 0.")

    def serialize(self) -> dict[str, Any]:
        """As plain values."""
        return {"cpu": self.cpu, "memoryInGB": self.memory_in_gb, "gpu": self.gpu}

    @staticmethod
    def deserialize(payload_obj: dict[str, Any] | None) -> "ResourceConfiguration | None":
        """From what `serialize` gives; None from None."""
        if payload_obj is None:
            return None
        return ResourceConfiguration(payload_obj.get("cpu"), payload_obj.get("memoryInGB"), payload_obj.get("gpu"))

"""What a container may use."""

from dataclasses import dataclass

from azureml.core._wire_values import WireValue
from azureml.exceptions import WebserviceException as WebserviceException


@dataclass
class ContainerResourceRequirements(WireValue):
    """Cores, memory and graphics processors, and their limits."""

    cpu: float
    memory_in_gb: float
    gpu: int | None = None
    cpu_limit: float | None = None
    memory_in_gb_limit: float | None = None

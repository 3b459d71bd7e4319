"""`ModelProfile`: how a deployed model would do. Models are not deployed here."""

from typing import TYPE_CHECKING, Any

from azureml._unsupported import unavailable
from azureml.exceptions import WebserviceException as WebserviceException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

profiling = unavailable("a benchmark of your own scoring code")


class ModelProfile:
    """The measured needs of a deployed model. There is none here: looking one up raises WebserviceException, whose
    message begins with "ModelProfileNotFound"."""

    average_latency_in_ms: Any
    create_operation_id: Any
    created_time: Any
    description: Any
    environment: Any
    error: Any
    error_logs_url: Any
    id: Any
    input_dataset_id: Any
    latency_percentile_50_in_ms: Any
    latency_percentile_90_in_ms: Any
    latency_percentile_95_in_ms: Any
    latency_percentile_99_in_ms: Any
    latency_percentile_999_in_ms: Any
    max_utilized_cpu: Any
    max_utilized_memory: Any
    measured_queries_per_second: Any
    model_ids: Any
    name: Any
    recommended_cpu: Any
    recommended_memory: Any
    requested_cpu: Any
    requested_memory_in_gb: Any
    requested_queries_per_second: Any
    state: Any
    success_queries: Any
    success_rate: Any
    total_queries: Any
    workspace: Any

    def __init__(self, workspace: "Workspace", name: str) -> None:
        raise WebserviceException(f"ModelProfileNotFound: there is no profile '{name}': models are not deployed here.")

    @profiling
    def get_details(self): ...

    @profiling
    def serialize(self): ...

    @profiling
    def wait_for_completion(self, show_output: bool = False): ...

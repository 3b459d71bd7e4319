"""What a service on a cluster would be made with; published at `azureml.core.webservice.aks`."""

from dataclasses import dataclass

from azureml.core.webservice.webservice import WebserviceDeploymentConfiguration, require_positive
from azureml.exceptions import WebserviceException

_POSITIVE = (
    "autoscale_max_replicas",
    "autoscale_refresh_seconds",
    "autoscale_target_utilization",
    "cpu_cores",
    "memory_gb",
    "gpu_cores",
    "num_replicas",
    "scoring_timeout_ms",
    "replica_max_concurrent_requests",
    "period_seconds",
    "timeout_seconds",
    "success_threshold",
    "failure_threshold",
)


@dataclass(repr=False)
class AksServiceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """The size, scale and access of a service on a cluster."""

    autoscale_enabled: bool | None
    autoscale_min_replicas: int | None
    autoscale_max_replicas: int | None
    autoscale_refresh_seconds: int | None
    autoscale_target_utilization: int | None
    collect_model_data: bool | None
    auth_enabled: bool | None
    cpu_cores: float | None
    memory_gb: float | None
    enable_app_insights: bool | None
    scoring_timeout_ms: int | None
    replica_max_concurrent_requests: int | None
    max_request_wait_time: int | None
    num_replicas: int | None
    primary_key: str | None
    secondary_key: str | None
    tags: dict[str, str] | None
    properties: dict[str, str] | None
    description: str | None
    gpu_cores: int | None
    period_seconds: int | None
    initial_delay_seconds: int | None
    timeout_seconds: int | None
    success_threshold: int | None
    failure_threshold: int | None
    namespace: str | None
    token_auth_enabled: bool | None
    compute_target_name: str | None
    cpu_cores_limit: float | None
    memory_gb_limit: float | None
    blobfuse_enabled: bool | None = None

    def __post_init__(self) -> None:
        self.location = None
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise WebserviceException for numbers that cannot be, or two ways to log in."""
        super().validate_configuration()
        require_positive(self, _POSITIVE)
        if self.auth_enabled and self.token_auth_enabled:
            raise WebserviceException(
                "A service asks for a key (auth_enabled) or a token (token_auth_enabled), not both."
            )
        if self.autoscale_enabled and self.num_replicas:
            raise WebserviceException("num_replicas is for a service without autoscale_enabled.")


@dataclass(init=False, repr=False)
class AksEndpointDeploymentConfiguration(AksServiceDeploymentConfiguration):
    """The first version of an endpoint on a cluster: its name and its share of the traffic."""

    version_name: str | None
    traffic_percentile: int | None

    def __init__(
        self,
        autoscale_enabled: bool | None,
        autoscale_min_replicas: int | None,
        autoscale_max_replicas: int | None,
        autoscale_refresh_seconds: int | None,
        autoscale_target_utilization: int | None,
        collect_model_data: bool | None,
        auth_enabled: bool | None,
        cpu_cores: float | None,
        memory_gb: float | None,
        enable_app_insights: bool | None,
        scoring_timeout_ms: int | None,
        replica_max_concurrent_requests: int | None,
        max_request_wait_time: int | None,
        num_replicas: int | None,
        primary_key: str | None,
        secondary_key: str | None,
        tags: dict[str, str] | None,
        properties: dict[str, str] | None,
        description: str | None,
        gpu_cores: int | None,
        period_seconds: int | None,
        initial_delay_seconds: int | None,
        timeout_seconds: int | None,
        success_threshold: int | None,
        failure_threshold: int | None,
        namespace: str | None,
        token_auth_enabled: bool | None,
        version_name: str | None,
        traffic_percentile: int | None,
        compute_target_name: str | None,
        cpu_cores_limit: float | None,
        memory_gb_limit: float | None,
    ) -> None:
        self.version_name = version_name
        self.traffic_percentile = traffic_percentile
        super().__init__(
            autoscale_enabled,
            autoscale_min_replicas,
            autoscale_max_replicas,
            autoscale_refresh_seconds,
            autoscale_target_utilization,
            collect_model_data,
            auth_enabled,
            cpu_cores,
            memory_gb,
            enable_app_insights,
            scoring_timeout_ms,
            replica_max_concurrent_requests,
            max_request_wait_time,
            num_replicas,
            primary_key,
            secondary_key,
            tags,
            properties,
            description,
            gpu_cores,
            period_seconds,
            initial_delay_seconds,
            timeout_seconds,
            success_threshold,
            failure_threshold,
            namespace,
            token_auth_enabled,
            compute_target_name,
            cpu_cores_limit,
            memory_gb_limit,
        )

    def validate_configuration(self) -> None:
        """Raise WebserviceException for a share of the traffic that is not 0 to 100."""
        super().validate_configuration()
        self.validate_endpoint_configuration()

    def validate_endpoint_configuration(self) -> None:
        """Raise WebserviceException for a share of the traffic that is not 0 to 100."""
        if self.traffic_percentile is not None and not 0 <= self.traffic_percentile <= 100:
            raise WebserviceException(f"traffic_percentile is {self.traffic_percentile}; it is 0 to 100.")

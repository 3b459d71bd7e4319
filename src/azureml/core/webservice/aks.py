"""`AksWebservice` and `AksEndpoint`: models on a cluster. Deployments are not made here, but configured."""

# The published signatures of the kinds of services differ.
# pyright: reportIncompatibleMethodOverride=false

from dataclasses import dataclass
from typing import Any

from azureml.core.compute.compute import ComputeTarget as ComputeTarget
from azureml.core.environment import Environment as Environment
from azureml.core.image.image import Image as Image
from azureml.core.webservice._aks_configuration import (
    AksEndpointDeploymentConfiguration as AksEndpointDeploymentConfiguration,
)
from azureml.core.webservice._aks_configuration import (
    AksServiceDeploymentConfiguration as AksServiceDeploymentConfiguration,
)
from azureml.core.webservice.webservice import AutoScaler as AutoScaler
from azureml.core.webservice.webservice import ContainerResourceRequirements as ContainerResourceRequirements
from azureml.core.webservice.webservice import DataCollection as DataCollection
from azureml.core.webservice.webservice import LivenessProbeRequirements as LivenessProbeRequirements
from azureml.core.webservice.webservice import Webservice as Webservice
from azureml.core.webservice.webservice import WebServiceAccessToken as WebServiceAccessToken
from azureml.core.webservice.webservice import WebserviceDeploymentConfiguration as WebserviceDeploymentConfiguration
from azureml.core.webservice.webservice import deployment
from azureml.exceptions import WebserviceException as WebserviceException


class AksWebservice(Webservice):
    """A model on a cluster."""

    autoscaler: Any
    compute_name: Any
    container_resource_requirements: Any
    data_collection: Any
    deployment_status: Any
    enable_app_insights: Any
    environment: Any
    is_default: Any
    liveness_probe_requirements: Any
    max_concurrent_requests_per_container: Any
    max_request_wait_time: Any
    models: Any
    namespace: Any
    num_replicas: Any
    scoring_timeout_ms: Any
    scoring_uri: Any
    swagger_uri: Any
    traffic_percentile: Any
    version_type: Any

    @staticmethod
    def deploy_configuration(
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        auth_enabled: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        enable_app_insights: bool | None = None,
        scoring_timeout_ms: int | None = None,
        replica_max_concurrent_requests: int | None = None,
        max_request_wait_time: int | None = None,
        num_replicas: int | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        gpu_cores: int | None = None,
        period_seconds: int | None = None,
        initial_delay_seconds: int | None = None,
        timeout_seconds: int | None = None,
        success_threshold: int | None = None,
        failure_threshold: int | None = None,
        namespace: str | None = None,
        token_auth_enabled: bool | None = None,
        compute_target_name: str | None = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
        blobfuse_enabled: bool | None = None,
    ) -> AksServiceDeploymentConfiguration:
        """What a service would be made with. WebserviceException when it cannot be."""
        return AksServiceDeploymentConfiguration(
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
            blobfuse_enabled,
        )

    @deployment
    def run(self, input_data: Any): ...

    @deployment
    def add_tags(self, tags: dict[str, str]): ...

    @deployment
    def remove_tags(self, tags: dict[str, str]): ...

    @deployment
    def add_properties(self, properties: dict[str, str]): ...

    @deployment
    def get_access_token(self): ...

    @deployment
    def update(
        self,
        image: Any = None,
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        auth_enabled: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        enable_app_insights: bool | None = None,
        scoring_timeout_ms: int | None = None,
        replica_max_concurrent_requests: int | None = None,
        max_request_wait_time: int | None = None,
        num_replicas: int | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        models: Any = None,
        inference_config: Any = None,
        gpu_cores: int | None = None,
        period_seconds: int | None = None,
        initial_delay_seconds: int | None = None,
        timeout_seconds: int | None = None,
        success_threshold: int | None = None,
        failure_threshold: int | None = None,
        namespace: str | None = None,
        token_auth_enabled: bool | None = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
        **kwargs: Any,
    ): ...


class AksEndpoint(AksWebservice):
    """Versions of a model on a cluster behind one address."""

    class VersionType:
        """What a version is for."""

        CONTROL = "Control"
        TREATMENT = "Treatment"

    versions: Any

    @staticmethod
    def deploy_configuration(
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        auth_enabled: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        enable_app_insights: bool | None = None,
        scoring_timeout_ms: int | None = None,
        replica_max_concurrent_requests: int | None = None,
        max_request_wait_time: int | None = None,
        num_replicas: int | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        gpu_cores: int | None = None,
        period_seconds: int | None = None,
        initial_delay_seconds: int | None = None,
        timeout_seconds: int | None = None,
        success_threshold: int | None = None,
        failure_threshold: int | None = None,
        namespace: str | None = None,
        token_auth_enabled: bool | None = None,
        version_name: str | None = None,
        traffic_percentile: int | None = None,
        compute_target_name: str | None = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
    ) -> AksEndpointDeploymentConfiguration:
        """What an endpoint would be made with. WebserviceException when it cannot be."""
        return AksEndpointDeploymentConfiguration(
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
            version_name,
            traffic_percentile,
            compute_target_name,
            cpu_cores_limit,
            memory_gb_limit,
        )

    @deployment
    def create_version(
        self,
        version_name: str,
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        scoring_timeout_ms: int | None = None,
        replica_max_concurrent_requests: int | None = None,
        max_request_wait_time: int | None = None,
        num_replicas: int | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        models: Any = None,
        inference_config: Any = None,
        gpu_cores: int | None = None,
        period_seconds: int | None = None,
        initial_delay_seconds: int | None = None,
        timeout_seconds: int | None = None,
        success_threshold: int | None = None,
        failure_threshold: int | None = None,
        traffic_percentile: int | None = None,
        is_default: bool | None = None,
        is_control_version_type: Any = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
    ): ...

    @deployment
    def update_version(
        self,
        version_name: str,
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        scoring_timeout_ms: int | None = None,
        replica_max_concurrent_requests: int | None = None,
        max_request_wait_time: int | None = None,
        num_replicas: int | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        models: Any = None,
        inference_config: Any = None,
        gpu_cores: int | None = None,
        period_seconds: int | None = None,
        initial_delay_seconds: int | None = None,
        timeout_seconds: int | None = None,
        success_threshold: int | None = None,
        failure_threshold: int | None = None,
        traffic_percentile: int | None = None,
        is_default: bool | None = None,
        is_control_version_type: Any = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
    ): ...

    @deployment
    def delete_version(self, version_name: str): ...

    @deployment
    def update(
        self,
        auth_enabled: bool | None = None,
        token_auth_enabled: bool | None = None,
        enable_app_insights: bool | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
    ): ...


@dataclass(repr=False)
class AksServiceAccessToken(WebServiceAccessToken):
    """A token for a service on a cluster."""

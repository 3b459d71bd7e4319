"""`AciWebservice`: a model in one container. Deployments are not made here; their configuration is kept."""

# The published signatures of the kinds of services differ.
# pyright: reportIncompatibleMethodOverride=false

from dataclasses import dataclass
from typing import Any

from azureml.core._wire_values import WireValue
from azureml.core.environment import Environment as Environment
from azureml.core.image.image import Image as Image
from azureml.core.webservice.webservice import Webservice as Webservice
from azureml.core.webservice.webservice import WebserviceDeploymentConfiguration as WebserviceDeploymentConfiguration
from azureml.core.webservice.webservice import deployment, require_positive
from azureml.exceptions import WebserviceException as WebserviceException


class AciWebservice(Webservice):
    """A model in one container."""

    cname: Any
    container_resource_requirements: Any
    enable_app_insights: Any
    encryption_properties: Any
    environment: Any
    location: Any
    models: Any
    public_fqdn: Any
    public_ip: Any
    scoring_uri: Any
    ssl_certificate: Any
    ssl_enabled: Any
    ssl_key: Any
    swagger_uri: Any
    vnet_configuration: Any

    @staticmethod
    def deploy_configuration(
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        location: str | None = None,
        auth_enabled: bool | None = None,
        ssl_enabled: bool | None = None,
        enable_app_insights: bool | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        ssl_cname: str | None = None,
        dns_name_label: str | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        collect_model_data: bool | None = None,
        cmk_vault_base_url: str | None = None,
        cmk_key_name: str | None = None,
        cmk_key_version: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
    ) -> "AciServiceDeploymentConfiguration":
        """What a container would be made with. WebserviceException when it cannot be."""
        return AciServiceDeploymentConfiguration(
            cpu_cores,
            memory_gb,
            tags,
            properties,
            description,
            location,
            auth_enabled,
            ssl_enabled,
            enable_app_insights,
            ssl_cert_pem_file,
            ssl_key_pem_file,
            ssl_cname,
            dns_name_label,
            primary_key,
            secondary_key,
            collect_model_data,
            cmk_vault_base_url,
            cmk_key_name,
            cmk_key_version,
            vnet_name,
            subnet_name,
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
    def update(
        self,
        image: Any = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        auth_enabled: bool | None = None,
        ssl_enabled: bool | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        ssl_cname: str | None = None,
        enable_app_insights: bool | None = None,
        models: Any = None,
        inference_config: Any = None,
    ): ...


@dataclass(repr=False)
class AciServiceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """The size, access and address of a container."""

    cpu_cores: float | None = None
    memory_gb: float | None = None
    tags: dict[str, str] | None = None
    properties: dict[str, str] | None = None
    description: str | None = None
    location: str | None = None
    auth_enabled: bool | None = None
    ssl_enabled: bool | None = None
    enable_app_insights: bool | None = None
    ssl_cert_pem_file: str | None = None
    ssl_key_pem_file: str | None = None
    ssl_cname: str | None = None
    dns_name_label: str | None = None
    primary_key: str | None = None
    secondary_key: str | None = None
    collect_model_data: bool | None = None
    cmk_vault_base_url: str | None = None
    cmk_key_name: str | None = None
    cmk_key_version: str | None = None
    vnet_name: str | None = None
    subnet_name: str | None = None

    def __post_init__(self) -> None:
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise WebserviceException for sizes, certificates or networks that are not whole."""
        super().validate_configuration()
        require_positive(self, ("cpu_cores", "memory_gb"))
        if self.ssl_enabled and not (self.ssl_cert_pem_file and self.ssl_key_pem_file and self.ssl_cname):
            raise WebserviceException("ssl_enabled needs ssl_cert_pem_file, ssl_key_pem_file and ssl_cname.")
        if bool(self.vnet_name) != bool(self.subnet_name):
            raise WebserviceException("vnet_name and subnet_name go together.")


@dataclass
class ContainerResourceRequirements(WireValue):
    """Cores and memory of a container."""

    cpu: float
    memory_in_gb: float


@dataclass
class EncryptionProperties(WireValue):
    """The key that encrypts what a container keeps."""

    cmk_vault_base_url: str
    cmk_key_name: str
    cmk_key_version: str


@dataclass
class VnetConfiguration(WireValue):
    """The network of a container."""

    vnet_name: str
    subnet_name: str

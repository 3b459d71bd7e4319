"""`AksCompute`: a cluster for deployed models. It is declared; models are not deployed here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.core.compute.compute import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
    ComputeTargetUpdateConfiguration,
)
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_INSTEAD = "KubernetesCompute for steps, and a web server of your own for models"


class SystemService:
    """A service that a cluster runs for itself."""

    def __init__(self, service_type: str, version: str, public_ip_address: str) -> None:
        self.service_type = service_type
        self.version = version
        self.public_ip_address = public_ip_address

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "serviceType": self.service_type,
            "version": self.version,
            "publicIpAddress": self.public_ip_address,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "SystemService":
        """From the dictionary that `serialize` gives."""
        return SystemService(object_dict["serviceType"], object_dict["version"], object_dict["publicIpAddress"])


class SslConfiguration:
    """How a cluster proves who it is. The status is "Enabled", "Disabled" or "Auto"."""

    def __init__(
        self,
        status: str | None = None,
        cert: str | None = None,
        key: str | None = None,
        cname: str | None = None,
        leaf_domain_label: str | None = None,
        overwrite_existing_domain: bool = False,
        renew: bool = False,
    ) -> None:
        self.status = status
        self.cert = cert
        self.key = key
        self.cname = cname
        self.leaf_domain_label = leaf_domain_label
        self.overwrite_existing_domain = overwrite_existing_domain
        self.renew = renew

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "status": self.status,
            "cert": self.cert,
            "key": self.key,
            "cname": self.cname,
            "leafDomainLabel": self.leaf_domain_label,
            "overwriteExistingDomain": self.overwrite_existing_domain,
            "renew": self.renew,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "SslConfiguration":
        """From the dictionary that `serialize` gives."""
        return SslConfiguration(
            status=object_dict.get("status"),
            cert=object_dict.get("cert"),
            key=object_dict.get("key"),
            cname=object_dict.get("cname"),
            leaf_domain_label=object_dict.get("leafDomainLabel"),
            overwrite_existing_domain=bool(object_dict.get("overwriteExistingDomain")),
            renew=bool(object_dict.get("renew")),
        )


class _WithSsl:
    ssl_cname: str | None = None
    ssl_cert_pem_file: str | None = None
    ssl_key_pem_file: str | None = None
    leaf_domain_label: str | None = None
    overwrite_existing_domain: bool = False

    def enable_ssl(
        self,
        ssl_cname: str | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        leaf_domain_label: str | None = None,
        overwrite_existing_domain: bool = False,
    ) -> None:
        """Use a certificate of one's own, or one for a label. Raises ComputeTargetException for both or neither."""
        own = (ssl_cname, ssl_cert_pem_file, ssl_key_pem_file)
        if bool(leaf_domain_label) == any(own) or (any(own) and not all(own)):
            raise ComputeTargetException(
                "Give either leaf_domain_label, or ssl_cname, ssl_cert_pem_file and ssl_key_pem_file together."
            )
        self.ssl_cname = ssl_cname
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.leaf_domain_label = leaf_domain_label
        self.overwrite_existing_domain = overwrite_existing_domain


class AksProvisioningConfiguration(_WithSsl, ComputeTargetProvisioningConfiguration):
    """How a cluster is to be; `ComputeTarget.create` of it raises NotImplementedError."""

    def __init__(
        self,
        agent_count: int | None,
        vm_size: str | None,
        ssl_cname: str | None,
        ssl_cert_pem_file: str | None,
        ssl_key_pem_file: str | None,
        location: str | None,
        vnet_resourcegroup_name: str | None,
        vnet_name: str | None,
        subnet_name: str | None,
        service_cidr: str | None,
        dns_service_ip: str | None,
        docker_bridge_cidr: str | None,
        cluster_purpose: str | None,
        load_balancer_type: str | None,
        load_balancer_subnet: str | None,
    ) -> None:
        ComputeTargetProvisioningConfiguration.__init__(self, AksCompute, location)
        self.agent_count = agent_count
        self.vm_size = vm_size
        self.ssl_cname = ssl_cname
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.vnet_resourcegroup_name = vnet_resourcegroup_name
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.service_cidr = service_cidr
        self.dns_service_ip = dns_service_ip
        self.docker_bridge_cidr = docker_bridge_cidr
        self.cluster_purpose = cluster_purpose
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet

    def _settings(self) -> dict[str, Any]:
        raise unsupported("Making a cluster for deployed models", _INSTEAD)


class AksAttachConfiguration(_WithSsl, ComputeTargetAttachConfiguration):
    """Which cluster; `ComputeTarget.attach` of it raises NotImplementedError."""

    def __init__(
        self,
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> None:
        ComputeTargetAttachConfiguration.__init__(self, AksCompute)
        self.resource_group = resource_group
        self.cluster_name = cluster_name
        self.resource_id = resource_id
        self.cluster_purpose = cluster_purpose
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet

    def _settings(self) -> dict[str, Any]:
        raise unsupported("Attaching a cluster for deployed models", _INSTEAD)


class AksUpdateConfiguration(ComputeTargetUpdateConfiguration):
    """What to change of a cluster; `AksCompute.update` raises NotImplementedError."""

    def __init__(
        self,
        ssl_configuration: SslConfiguration | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> None:
        super().__init__(AksCompute)
        self.ssl_configuration = ssl_configuration
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet


class AksCompute(ComputeTarget):
    """A cluster for deployed models. Making and attaching one raises NotImplementedError."""

    _type = "AKS"

    class ClusterPurpose:
        """What a cluster is for."""

        FAST_PROD = "FastProd"
        DEV_TEST = "DevTest"

    agent_count: int | None
    agent_vm_size: str | None
    cluster_fqdn: str | None
    cluster_purpose: str | None
    load_balancer_subnet: str | None
    load_balancer_type: str | None
    ssl_configuration: SslConfiguration | None
    system_services: list[SystemService] | None

    @staticmethod
    def attach(workspace: "Workspace", name: str, resource_id: str) -> "AksCompute":  # pyright: ignore[reportIncompatibleMethodOverride]
        """Not there. Raises NotImplementedError."""
        raise unsupported("Attaching a cluster for deployed models", _INSTEAD)

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> AksAttachConfiguration:
        """Which cluster; `ComputeTarget.attach` of it raises NotImplementedError."""
        return AksAttachConfiguration(
            resource_group, cluster_name, resource_id, cluster_purpose, load_balancer_type, load_balancer_subnet
        )

    @staticmethod
    def provisioning_configuration(
        agent_count: int | None = None,
        vm_size: str | None = None,
        ssl_cname: str | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        location: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        service_cidr: str | None = None,
        dns_service_ip: str | None = None,
        docker_bridge_cidr: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> AksProvisioningConfiguration:
        """How a cluster is to be; `ComputeTarget.create` of it raises NotImplementedError."""
        return AksProvisioningConfiguration(
            agent_count,
            vm_size,
            ssl_cname,
            ssl_cert_pem_file,
            ssl_key_pem_file,
            location,
            vnet_resourcegroup_name,
            vnet_name,
            subnet_name,
            service_cidr,
            dns_service_ip,
            docker_bridge_cidr,
            cluster_purpose,
            load_balancer_type,
            load_balancer_subnet,
        )

    def update(self, update_configuration: AksUpdateConfiguration) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Changing a cluster for deployed models", _INSTEAD)

    def get_credentials(self) -> dict[str, Any]:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Credentials of a cluster for deployed models", _INSTEAD)

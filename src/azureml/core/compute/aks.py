"""`AksCompute`, a Kubernetes cluster for web services. Clusters are not made here; one that exists can be recorded."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from azureml._unsupported import unavailable
from azureml.core.compute._attach import check_resource
from azureml.core.compute.compute import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
    ComputeTargetUpdateConfiguration,
)
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_INSTEAD = "AmlCompute for steps of pipelines, and your own cluster for web services"


class SslConfiguration:
    """How a cluster encrypts what it serves."""

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
        """As plain values."""
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
        """From what `serialize` gives."""
        return SslConfiguration(
            object_dict.get("status"),
            object_dict.get("cert"),
            object_dict.get("key"),
            object_dict.get("cname"),
            object_dict.get("leafDomainLabel"),
            bool(object_dict.get("overwriteExistingDomain")),
            bool(object_dict.get("renew")),
        )


class SystemService:
    """A service that a cluster runs for itself."""

    def __init__(self, service_type: str, version: str | None, public_ip_address: str | None) -> None:
        self.service_type = service_type
        self.version = version
        self.public_ip_address = public_ip_address

    def serialize(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "serviceType": self.service_type,
            "version": self.version,
            "publicIpAddress": self.public_ip_address,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "SystemService":
        """From what `serialize` gives."""
        return SystemService(
            object_dict.get("serviceType", ""), object_dict.get("version"), object_dict.get("publicIpAddress")
        )


class AksCompute(ComputeTarget):
    """A Kubernetes cluster for web services."""

    class ClusterPurpose:
        """What a cluster is for."""

        FAST_PROD = "FastProd"
        DENSE_PROD = "DenseProd"
        DEV_TEST = "DevTest"

    agent_count: int | None
    agent_vm_size: str | None
    cluster_fqdn: str | None
    cluster_purpose: str | None
    load_balancer_type: str | None
    load_balancer_subnet: str | None
    ssl_configuration: SslConfiguration | None
    system_services: list[SystemService] | None

    _compute_type = "AKS"
    _runs_here = False

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
    ) -> "AksProvisioningConfiguration":
        """What a cluster would be made with; making it raises NotImplementedError."""
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

    @staticmethod
    def attach(workspace: "Workspace", name: str, resource_id: str) -> ComputeTarget:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The old way to attach, by the cluster's id."""
        return ComputeTarget.attach(workspace, name, AksCompute.attach_configuration(resource_id=resource_id))

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> "AksAttachConfiguration":
        """What `ComputeTarget.attach` records a cluster with. ComputeTargetException when it is not told whole."""
        return AksAttachConfiguration(
            resource_group, cluster_name, resource_id, cluster_purpose, load_balancer_type, load_balancer_subnet
        )

    @unavailable("your cluster's own command line")
    def get_credentials(self): ...

    @unavailable("your cluster's own command line")
    def update(self, update_configuration: "AksUpdateConfiguration"): ...

    @classmethod
    @unavailable(_INSTEAD)
    def _provision(cls, workspace: "Workspace", name: str, configuration: Any) -> Self: ...


class AksProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """The size, network and purpose of a cluster."""

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
        super().__init__(AksCompute, location)
        self.agent_count = agent_count
        self.vm_size = vm_size
        self.ssl_cname = ssl_cname
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.location = location
        self.vnet_resourcegroup_name = vnet_resourcegroup_name
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.service_cidr = service_cidr
        self.dns_service_ip = dns_service_ip
        self.docker_bridge_cidr = docker_bridge_cidr
        self.cluster_purpose = cluster_purpose
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet
        self.leaf_domain_label: str | None = None
        self.overwrite_existing_domain = False
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException for a number of agents below 1."""
        if self.agent_count is not None and self.agent_count < 1:
            raise ComputeTargetException(f"agent_count is {self.agent_count}; a cluster has 1 agent or more.")

    def enable_ssl(
        self,
        ssl_cname: str | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        leaf_domain_label: str | None = None,
        overwrite_existing_domain: bool = False,
    ) -> None:
        """Keep how the cluster is to encrypt."""
        self.ssl_cname = ssl_cname
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.leaf_domain_label = leaf_domain_label
        self.overwrite_existing_domain = overwrite_existing_domain


class AksAttachConfiguration(ComputeTargetAttachConfiguration):
    """A cluster by resource group and name, or by its id."""

    def __init__(
        self,
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> None:
        super().__init__(AksCompute)
        self.resource_group = resource_group
        self.cluster_name = cluster_name
        self.resource_id = resource_id
        self.cluster_purpose = cluster_purpose
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet
        self.ssl_cname: str | None = None
        self.ssl_cert_pem_file: str | None = None
        self.ssl_key_pem_file: str | None = None
        self.leaf_domain_label: str | None = None
        self.overwrite_existing_domain = False
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException unless the names are there, or the id alone."""
        check_resource(
            "a Kubernetes cluster",
            self.resource_id,
            resource_group=self.resource_group,
            cluster_name=self.cluster_name,
        )

    def enable_ssl(
        self,
        ssl_cname: str | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        leaf_domain_label: str | None = None,
        overwrite_existing_domain: bool = False,
    ) -> None:
        """Keep how the cluster encrypts."""
        self.ssl_cname = ssl_cname
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.leaf_domain_label = leaf_domain_label
        self.overwrite_existing_domain = overwrite_existing_domain


class AksUpdateConfiguration(ComputeTargetUpdateConfiguration):
    """What is to change of a cluster."""

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

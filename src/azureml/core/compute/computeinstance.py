"""`ComputeInstance`, a machine of one person: a place for one step at a time, which can be stopped."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unavailable
from azureml.core.compute.compute import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
)
from azureml.exceptions import AuthenticationException as AuthenticationException
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ComputeRecord

_DEFAULT_SIZE = "Standard_DS3_V2"


class ComputeInstance(ComputeTarget):
    """A place for one step at a time. While it is stopped, its steps wait."""

    vm_size: str | None
    status: "ComputeInstanceStatus"
    errors: list[Any] | None
    applications: list[Any] | None
    admin_username: str | None
    admin_user_ssh_public_key: str | None
    ssh_public_access: bool | None
    ssh_port: int | None
    public_ip_address: str | None
    private_ip_address: str | None
    subnet_id: str | None
    vnet_resourcegroup_name: str | None
    vnet_name: str | None
    subnet_name: str | None
    assigned_user_object_id: str | None
    assigned_user_tenant_id: str | None

    _compute_type = "ComputeInstance"

    def _take(self, record: "ComputeRecord") -> None:
        super()._take(record)
        state = "Stopped" if record.settings.get("max_nodes") == 0 else "Running"
        self.status = ComputeInstanceStatus(
            self.created_on, None, None, None, None, self.modified_on, state, self.vm_size
        )

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        ssh_public_access: bool = False,
        admin_user_ssh_public_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: dict[str, str] | None = None,
        description: str | None = None,
        assigned_user_object_id: str | None = None,
        assigned_user_tenant_id: str | None = None,
    ) -> "ComputeInstanceProvisioningConfiguration":
        """What `ComputeTarget.create` makes an instance with. ComputeTargetException when it is not whole."""
        return ComputeInstanceProvisioningConfiguration(
            vm_size,
            ssh_public_access,
            admin_user_ssh_public_key,
            vnet_resourcegroup_name,
            vnet_name,
            subnet_name,
            tags,
            description,
            assigned_user_object_id,
            assigned_user_tenant_id,
        )

    @staticmethod
    @unavailable("ComputeInstance.create; an instance is made, not attached")
    def attach(workspace: "Workspace", name: str, attach_configuration: ComputeTargetAttachConfiguration): ...

    def start(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Let its steps run."""
        self._switch(1, wait_for_completion and show_output)

    def stop(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Let further steps wait; what runs goes on."""
        self._switch(0, wait_for_completion and show_output)

    def restart(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Let its steps run, as `start` does."""
        self._switch(1, wait_for_completion and show_output)

    def delete(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Remove it from the workspace; what runs on it goes on."""
        super().delete()
        self._tell(wait_for_completion and show_output, "Deleted")

    def get(self) -> dict[str, Any]:
        """What the server knows of it, asked anew."""
        self.refresh_state()
        return self.serialize()

    def get_status(self) -> "ComputeInstanceStatus":
        """How it stands, asked anew."""
        self.refresh_state()
        return self.status

    def get_active_runs(
        self, type: str | None = None, tags: Any = None, properties: Any = None, status: str | None = None
    ) -> "Iterable[Run]":
        """Runs on it that have not ended, newest first."""
        from azureml.core.compute.amlcompute import active_runs

        return active_runs(self, type=type, tags=tags, properties=properties, status=status)

    def update_sso_settings(self, value: bool) -> None:
        """Record whether its owner logs in once for all."""
        self._change({"sso": bool(value)})

    @classmethod
    def get_docs_url(cls) -> str:
        """Empty: `help(ComputeInstance)` tells of it."""
        return ""

    @staticmethod
    @unavailable("any vm_size: it is recorded, and the machine is as large as it is")
    def supported_vmsizes(workspace: "Workspace", location: str | None = None): ...

    def _switch(self, nodes: int, show_output: bool) -> None:
        self._change({"max_nodes": nodes})
        self._tell(show_output, self.status.state)


class ComputeInstanceProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """The size of an instance and who may use it: recorded."""

    def __init__(
        self,
        vm_size: str = "",
        ssh_public_access: bool = False,
        admin_user_ssh_public_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: dict[str, str] | None = None,
        description: str | None = None,
        assigned_user_object_id: str | None = None,
        assigned_user_tenant_id: str | None = None,
    ) -> None:
        super().__init__(ComputeInstance, None)
        self.vm_size = vm_size or _DEFAULT_SIZE
        self.ssh_public_access = ssh_public_access
        self.admin_user_ssh_public_key = admin_user_ssh_public_key
        self.vnet_resourcegroup_name = vnet_resourcegroup_name
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.tags = tags
        self.description = description
        self.assigned_user_object_id = assigned_user_object_id
        self.assigned_user_tenant_id = assigned_user_tenant_id
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException for a key or a network that is not whole."""
        if self.ssh_public_access and not self.admin_user_ssh_public_key:
            raise ComputeTargetException("ssh_public_access needs admin_user_ssh_public_key.")
        network = [self.vnet_name, self.vnet_resourcegroup_name, self.subnet_name]
        if any(network) and not all(network):
            raise ComputeTargetException("A network needs vnet_name, vnet_resourcegroup_name and subnet_name.")
        if bool(self.assigned_user_object_id) != bool(self.assigned_user_tenant_id):
            raise ComputeTargetException("assigned_user_object_id and assigned_user_tenant_id go together.")

    def _settings(self) -> dict[str, Any]:
        return super()._settings() | {"min_nodes": 0, "max_nodes": 1}


class ComputeInstanceStatus:
    """How an instance stands."""

    def __init__(
        self,
        creation_time: datetime | None,
        created_by_user_name: str | None,
        created_by_user_id: str | None,
        created_by_user_org: str | None,
        errors: list[Any] | None,
        modified_time: datetime | None,
        state: str,
        vm_size: str | None,
    ) -> None:
        self.creation_time = creation_time
        self.created_by_user_name = created_by_user_name
        self.created_by_user_id = created_by_user_id
        self.created_by_user_org = created_by_user_org
        self.errors = errors
        self.modified_time = modified_time
        self.state = state
        self.vm_size = vm_size

    def serialize(self) -> dict[str, Any]:
        """As plain values; times in ISO 8601."""
        return {
            "errors": self.errors,
            "creationTime": self.creation_time.isoformat() if self.creation_time else None,
            "createdBy": {
                "userObjectId": self.created_by_user_id,
                "userTenantId": self.created_by_user_org,
                "userName": self.created_by_user_name,
            },
            "modifiedTime": self.modified_time.isoformat() if self.modified_time else None,
            "state": self.state,
            "vmSize": self.vm_size,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "ComputeInstanceStatus":
        """From what `serialize` gives."""
        created, modified = object_dict.get("creationTime"), object_dict.get("modifiedTime")
        by: Mapping[str, Any] = object_dict.get("createdBy") or {}
        return ComputeInstanceStatus(
            datetime.fromisoformat(created) if created else None,
            by.get("userName"),
            by.get("userObjectId"),
            by.get("userTenantId"),
            object_dict.get("errors"),
            datetime.fromisoformat(modified) if modified else None,
            object_dict.get("state", ""),
            object_dict.get("vmSize"),
        )

"""`ComputeInstance`: a machine of one user, here a pool of one node (contracts §19)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from azureml._unsupported import unsupported
from azureml.core.compute.compute import ComputeTarget, ComputeTargetProvisioningConfiguration
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ComputeRecord

_ENDED = frozenset({"Completed", "Failed", "Canceled", "Bypassed"})


class ComputeInstanceStatus:
    """How an instance stands: "Running" takes a step, "Stopped" lets steps wait."""

    def __init__(
        self,
        creation_time: datetime | None,
        created_by_user_name: str | None,
        created_by_user_id: str | None,
        created_by_user_org: str | None,
        errors: list[dict[str, Any]] | None,
        modified_time: datetime | None,
        state: str,
        vm_size: str,
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
        """As a dictionary that JSON can hold."""
        return {
            "creationTime": self.creation_time.isoformat() if self.creation_time else None,
            "createdBy": {
                "userName": self.created_by_user_name,
                "userId": self.created_by_user_id,
                "userOrgId": self.created_by_user_org,
            },
            "errors": self.errors,
            "modifiedTime": self.modified_time.isoformat() if self.modified_time else None,
            "state": self.state,
            "vmSize": self.vm_size,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> "ComputeInstanceStatus":
        """From the dictionary that `serialize` gives."""
        by = object_dict.get("createdBy") or {}
        created, modified = object_dict.get("creationTime"), object_dict.get("modifiedTime")
        return ComputeInstanceStatus(
            creation_time=datetime.fromisoformat(created) if created else None,
            created_by_user_name=by.get("userName"),
            created_by_user_id=by.get("userId"),
            created_by_user_org=by.get("userOrgId"),
            errors=object_dict.get("errors"),
            modified_time=datetime.fromisoformat(modified) if modified else None,
            state=object_dict["state"],
            vm_size=object_dict["vmSize"],
        )


class ComputeInstanceProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """How an instance is to be. Raises ComputeTargetException when that contradicts itself."""

    def __init__(
        self,
        vm_size: str = "",
        ssh_public_access: bool = False,
        admin_user_ssh_public_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        assigned_user_object_id: str | None = None,
        assigned_user_tenant_id: str | None = None,
    ) -> None:
        super().__init__(ComputeInstance, None)
        self.vm_size = vm_size
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
        """Raises ComputeTargetException for the first thing that contradicts itself."""
        network = (self.vnet_resourcegroup_name, self.vnet_name, self.subnet_name)
        if any(network) and not all(network):
            raise ComputeTargetException(
                "vnet_resourcegroup_name, vnet_name and subnet_name belong together: give all three or none."
            )
        if self.ssh_public_access and not self.admin_user_ssh_public_key:
            raise ComputeTargetException("admin_user_ssh_public_key is missing: ssh_public_access is True.")
        if bool(self.assigned_user_object_id) != bool(self.assigned_user_tenant_id):
            raise ComputeTargetException("assigned_user_object_id and assigned_user_tenant_id belong together.")

    def _settings(self) -> dict[str, Any]:
        return {
            "min_nodes": 0,
            "max_nodes": 1,
            "state": "Running",
            "vm_size": self.vm_size or "STANDARD_DS3_V2",
            "ssh_public_access": self.ssh_public_access,
            "admin_user_ssh_public_key": self.admin_user_ssh_public_key,
            "vnet_resourcegroup_name": self.vnet_resourcegroup_name,
            "vnet_name": self.vnet_name,
            "subnet_name": self.subnet_name,
            "tags": dict(self.tags) if self.tags else None,
            "description": self.description,
            "assigned_user_object_id": self.assigned_user_object_id,
            "assigned_user_tenant_id": self.assigned_user_tenant_id,
        }


class ComputeInstance(ComputeTarget):
    """An instance: one step at a time runs on it, on the agents of the server; none while it is stopped."""

    _type = "ComputeInstance"

    status: ComputeInstanceStatus
    errors: list[dict[str, Any]] | None
    vm_size: str
    ssh_public_access: bool
    ssh_port: int | None
    admin_username: str | None
    admin_user_ssh_public_key: str | None
    applications: list[dict[str, Any]]
    public_ip_address: str | None
    private_ip_address: str | None
    vnet_resourcegroup_name: str | None
    vnet_name: str | None
    subnet_name: str | None
    subnet_id: str | None
    assigned_user_object_id: str | None
    assigned_user_tenant_id: str | None

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        ssh_public_access: bool = False,
        admin_user_ssh_public_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        assigned_user_object_id: str | None = None,
        assigned_user_tenant_id: str | None = None,
    ) -> ComputeInstanceProvisioningConfiguration:
        """How an instance is to be, for `ComputeTarget.create`.

        Raises ComputeTargetException when the configuration contradicts itself.
        """
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

    def get_status(self) -> ComputeInstanceStatus:
        """How the instance stands now."""
        self.refresh_state()
        return self.status

    def get(self) -> dict[str, Any]:
        """The instance as a dictionary, as it stands now."""
        self.refresh_state()
        return self.serialize()

    def get_active_runs(
        self,
        type: str | None = None,
        tags: str | Mapping[str, str] | None = None,
        properties: str | Mapping[str, str] | None = None,
        status: str | None = None,
    ) -> "Iterator[Run]":
        """Runs that wait for the instance or run on it, newest first; with a status those of that status."""
        from azureml.core.run import Run

        found = Run.list_by_compute(self, type=type, tags=tags, properties=properties, status=status)
        return found if status is not None else (run for run in found if run.status not in _ENDED)

    def start(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Take steps again."""
        self._change(state="Running", max_nodes=1)
        self._print(show_output, "Running")

    def stop(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Take no further step; one that runs goes on."""
        self._change(state="Stopped", max_nodes=0)
        self._print(show_output, "Stopped")

    def restart(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Stop and start; a step that runs goes on."""
        self.stop(wait_for_completion)
        self.start(wait_for_completion, show_output)

    def delete(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Remove the instance; what runs on it goes on."""
        super().delete()
        self._print(show_output, "Deleted")

    def update_sso_settings(self, value: bool) -> None:
        """Not there: nobody logs in to an instance here. Raises NotImplementedError."""
        raise unsupported("Single sign-on of an instance", "the notebook server of your own machine")

    @classmethod
    def get_docs_url(cls) -> str:
        """Where this class is described: its own docstring."""
        return f"{cls.__module__}.{cls.__qualname__}"

    @staticmethod
    def supported_vmsizes(workspace: "Workspace", location: str | None = None) -> "list[dict[str, Any]]":
        """Not there: machines are not rented here. Raises NotImplementedError."""
        raise unsupported("A list of machine sizes", "any vm_size; it is kept with the instance and chooses nothing")

    def serialize(self) -> dict[str, Any]:
        """The instance as a dictionary that JSON can hold, with how it stood."""
        return {**super().serialize(), "status": self.status.serialize()}

    def _show(self, record: "ComputeRecord") -> None:
        super()._show(record)
        settings = cast("dict[str, Any]", record.settings)
        self.vm_size = settings.get("vm_size") or ""
        self.errors = None
        self.status = ComputeInstanceStatus(
            creation_time=datetime.fromtimestamp(record.created, UTC),
            created_by_user_name=None,
            created_by_user_id=None,
            created_by_user_org=None,
            errors=None,
            modified_time=datetime.fromtimestamp(record.modified, UTC),
            state=settings.get("state") or "Running",
            vm_size=self.vm_size,
        )
        self.ssh_public_access = bool(settings.get("ssh_public_access"))
        self.ssh_port = None
        self.admin_username = None
        self.admin_user_ssh_public_key = settings.get("admin_user_ssh_public_key")
        self.applications = []
        self.public_ip_address = None
        self.private_ip_address = None
        self.vnet_resourcegroup_name = settings.get("vnet_resourcegroup_name")
        self.vnet_name = settings.get("vnet_name")
        self.subnet_name = settings.get("subnet_name")
        self.subnet_id = None
        self.assigned_user_object_id = settings.get("assigned_user_object_id")
        self.assigned_user_tenant_id = settings.get("assigned_user_tenant_id")

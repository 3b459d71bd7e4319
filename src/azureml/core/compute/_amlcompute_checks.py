"""What a provisioning configuration of a cluster may hold."""

from typing import TYPE_CHECKING

from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.compute.amlcompute import AmlComputeProvisioningConfiguration

PRIORITIES = ("dedicated", "lowpriority")
PORT_ACCESS = ("Enabled", "Disabled", "NotSpecified")
IDENTITIES = ("SystemAssigned", "UserAssigned")


def check_scale(min_nodes: object, max_nodes: object, idle_seconds: object) -> None:
    """Raises ComputeTargetException for node counts or an idle time that cannot be."""
    if not _is_count(min_nodes):
        raise ComputeTargetException(f"min_nodes must be a whole number of 0 or more, not {min_nodes!r}.")
    if max_nodes is None:
        raise ComputeTargetException("max_nodes is missing. Give the largest number of nodes the cluster may have.")
    if not _is_count(max_nodes):
        raise ComputeTargetException(f"max_nodes must be a whole number of 0 or more, not {max_nodes!r}.")
    if int(str(max_nodes)) < int(str(min_nodes)):
        raise ComputeTargetException(
            f"max_nodes is {max_nodes} and min_nodes {min_nodes}. max_nodes may not be smaller."
        )
    if not _is_count(idle_seconds):
        raise ComputeTargetException(
            f"idle_seconds_before_scaledown must be a whole number of seconds of 0 or more, not {idle_seconds!r}."
        )


def check_cluster(config: "AmlComputeProvisioningConfiguration") -> None:
    """Raises ComputeTargetException for the first thing that contradicts itself."""
    scale = config.scale_settings
    check_scale(scale.minimum_node_count, scale.maximum_node_count, scale.idle_seconds_before_scaledown)
    _check_one_of("vm_priority", config.vm_priority, PRIORITIES)
    _check_one_of("remote_login_port_public_access", config.remote_login_port_public_access, PORT_ACCESS)
    network = (config.vnet_resourcegroup_name, config.vnet_name, config.subnet_name)
    if any(network) and not all(network):
        raise ComputeTargetException(
            "vnet_resourcegroup_name, vnet_name and subnet_name belong together: give all three or none."
        )
    if (config.admin_user_password or config.admin_user_ssh_key) and not config.admin_username:
        raise ComputeTargetException("admin_username is missing: a password or SSH key was given.")
    if config.identity_type is not None:
        _check_one_of("identity_type", config.identity_type, IDENTITIES)
        if config.identity_type == "UserAssigned" and not config.identity_id:
            raise ComputeTargetException("identity_id is missing: identity_type is UserAssigned.")


def _check_one_of(parameter: str, value: object, allowed: tuple[str, ...]) -> None:
    if str(value).lower() not in {a.lower() for a in allowed}:
        raise ComputeTargetException(f"{parameter} must be one of {', '.join(allowed)}, not {value!r}.")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

"""Resources of a subscription, named by resource group and name, or by resource id alone (contracts §19)."""

from azureml.exceptions import ComputeTargetException


def check_named(
    kind: str, *, resource_group: str | None, parameter: str, name: str | None, resource_id: str | None
) -> None:
    """Raises ComputeTargetException unless there is either a resource id or a resource group and a name."""
    if resource_id and (resource_group or name):
        raise ComputeTargetException(f"{kind}: give either resource_id, or resource_group and {parameter}; not both.")
    if not resource_id and not (resource_group and name):
        missing = [p for p, v in (("resource_group", resource_group), (parameter, name)) if not v]
        raise ComputeTargetException(
            f"{kind}: {' and '.join(missing)} missing. Give resource_group and {parameter}, or resource_id alone."
        )

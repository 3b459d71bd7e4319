"""Checks that attach configurations share."""

from azureml.exceptions import ComputeTargetException


def check_resource(what: str, resource_id: str | None, **names: str | None) -> None:
    """A resource is told by its names, all of them, or by its id alone. ComputeTargetException otherwise."""
    given = [name for name, value in names.items() if value]
    if resource_id:
        if given:
            raise ComputeTargetException(
                f"{what} is given by resource_id and by {', '.join(given)}. Give one or the other."
            )
        if not resource_id.startswith("/subscriptions/"):
            raise ComputeTargetException(f"'{resource_id}' is not a resource_id: it begins with /subscriptions/.")
        return
    missing = [name for name, value in names.items() if not value]
    if missing:
        raise ComputeTargetException(
            f"To attach {what}, give {' and '.join(names)}, or resource_id. Missing: {', '.join(missing)}."
        )

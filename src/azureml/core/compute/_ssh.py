"""What targets share that are reached over SSH."""

from pathlib import Path
from typing import Any

from azureml.core.compute.compute import ComputeTargetAttachConfiguration
from azureml.exceptions import ComputeTargetException


class SshAttachConfiguration(ComputeTargetAttachConfiguration):
    """A machine by names, by id or by address, and how to log in: a password, or the file of a private key."""

    username: str
    subscription_id: str | None
    resource_group: str | None
    resource_id: str | None
    address: str | None
    ssh_port: int | str
    password: str
    private_key_file: str
    private_key_passphrase: str

    _secret = ("password", "private_key_file", "private_key_passphrase")

    def _check_machine(self, what: str, name_parameter: str, name: str | None) -> None:
        if not self.username:
            raise ComputeTargetException(f"To attach {what}, give username.")
        names = [self.subscription_id, self.resource_group, name]
        if self.resource_id and not self.resource_id.startswith("/subscriptions/"):
            raise ComputeTargetException(f"'{self.resource_id}' is not a resource_id: it begins with /subscriptions/.")
        if not self.resource_id and not self.address and not all(names):
            raise ComputeTargetException(
                f"To attach {what}, give address, resource_id, or subscription_id, resource_group and {name_parameter}."
            )
        if self.private_key_file and not Path(self.private_key_file).is_file():
            raise ComputeTargetException(f"There is no private key at {self.private_key_file}.")

    def _credentials(self) -> dict[str, str]:
        credentials = super()._credentials()
        if self.private_key_file:
            credentials["private_key_file"] = Path(self.private_key_file).read_text(encoding="utf-8")
        return credentials


def credentials_of(target: Any) -> dict[str, str | None]:
    """How to log in to a target that was attached."""
    return {
        "username": target._record.settings.get("username"),
        "password": target._credential("password"),
        "publicKey": None,
        "privateKey": target._credential("private_key_file"),
    }

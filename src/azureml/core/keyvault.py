"""`Keyvault`: a workspace's secrets, encrypted where they are kept."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from azureml.exceptions import UserErrorException
from azureml.exceptions._lookups import SecretNotFound

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class KeyVaultContentType(Enum):
    """What a secret holds, as its author says."""

    not_provided = ""
    text_plain = "text/plain"
    application_json = "application/json"
    application_xml = "application/xml"


class Keyvault:
    """The secrets of a workspace. Names have letters, digits and '-'."""

    def __init__(self, workspace: "Workspace") -> None:
        self.workspace = workspace

    def set_secret(
        self, name: str, value: str, content_type: KeyVaultContentType = KeyVaultContentType.not_provided
    ) -> None:
        """Keep a secret; one of the same name is replaced. Raises UserErrorException for a bad name or value."""
        from stepworks.errors import InvalidInput

        if not isinstance(value, str):
            raise UserErrorException(f"The value of secret '{name}' must be text, not {type(value).__name__}.")
        try:
            self.workspace._client.secret_set(self.workspace.name, name, value)
        except InvalidInput as e:
            raise UserErrorException(str(e)) from e

    def set_secrets(self, secrets_batch: Mapping[str, str]) -> None:
        """Keep several secrets."""
        for name, value in secrets_batch.items():
            self.set_secret(name, value)

    def get_secret(self, name: str) -> str:
        """A secret's value. Raises SecretNotFound, which is a UserErrorException."""
        from stepworks.errors import NotFound

        try:
            return self.workspace._client.secret(self.workspace.name, name) or ""
        except NotFound as e:
            raise SecretNotFound.of(name, workspace=self.workspace.name) from e

    def get_secrets(self, secrets: Sequence[str]) -> "dict[str, str | None]":
        """Several secrets; None for those that are not there."""
        known = {s.name for s in self.workspace._client.secrets(self.workspace.name)}
        return {name: self.get_secret(name) if name in known else None for name in secrets}

    def get_secret_content_type(self, name: str) -> KeyVaultContentType:
        """What a secret holds: not recorded here."""
        self.get_secret(name)
        return KeyVaultContentType.not_provided

    def list_secrets(self) -> "list[dict[str, str]]":
        """Names of secrets, without values."""
        return [{"name": s.name} for s in self.workspace._client.secrets(self.workspace.name)]

    def delete_secret(self, name: str) -> None:
        """Forget a secret. Raises SecretNotFound."""
        from stepworks.errors import NotFound

        try:
            self.workspace._client.secret_delete(self.workspace.name, name)
        except NotFound as e:
            raise SecretNotFound.of(name, workspace=self.workspace.name) from e

    def delete_secrets(self, secrets: Sequence[str]) -> None:
        """Forget several secrets."""
        for name in secrets:
            self.delete_secret(name)

"""Where a Docker image is taken from."""

from typing import ClassVar

from azureml.core._sections import Section, keys, one, parts


class RegistryIdentity(Section):
    """A managed identity to log in with."""

    resource_id: str | None
    client_id: str | None
    _keys = keys("resource_id", "client_id")

    def __init__(self) -> None:
        self.resource_id = None
        self.client_id = None


class ContainerRegistry(Section):
    """A registry's address and how to log in; the password is in no printed form and is not sent to the server."""

    address: str | None
    username: str | None
    password: str | None
    registry_identity: RegistryIdentity | None
    _keys = keys("address", "username", "password", "registry_identity")
    _parts = parts(registry_identity=one(RegistryIdentity))
    _secret: ClassVar[frozenset[str]] = frozenset({"password"})

    def __init__(self) -> None:
        self.address = None
        self.username = None
        self.password = None
        self.registry_identity = None

"""Private endpoints of a workspace: networks are not managed here."""

from typing import Any

from azureml._unsupported import unavailable
from azureml.core.authentication import InteractiveLoginAuthentication as InteractiveLoginAuthentication

private_network = unavailable("the network that the stepworks server is in")


class PrivateEndPoint:
    """A private endpoint by its ids."""

    def __init__(
        self,
        private_endpoint_connection_resource_id: str | None = None,
        private_endpoint_resource_id: str | None = None,
    ) -> None:
        self.private_endpoint_connection_resource_id = private_endpoint_connection_resource_id
        self.private_endpoint_resource_id = private_endpoint_resource_id

    @private_network
    def delete(self, auth: Any = None): ...

    @private_network
    def get_details(self, auth: Any = None): ...


class PrivateEndPointConfig:
    """What a private endpoint would be made with."""

    def __init__(
        self,
        name: str,
        vnet_name: str,
        vnet_subnet_name: str | None = None,
        vnet_subscription_id: str | None = None,
        vnet_resource_group: str | None = None,
    ) -> None:
        self.name = name
        self.vnet_name = vnet_name
        self.vnet_subnet_name = vnet_subnet_name
        self.vnet_subscription_id = vnet_subscription_id
        self.vnet_resource_group = vnet_resource_group

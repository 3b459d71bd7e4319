"""Links to Synapse workspaces: none are kept here; a Spark pool is attached by its name."""

from typing import TYPE_CHECKING, Any

from azureml._unsupported import unavailable
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

linking = unavailable("SynapseCompute.attach_configuration with the name of the linked workspace")


class LinkedServiceConfiguration:
    """What a link would be made with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if type(self) is LinkedServiceConfiguration:
            raise UserErrorException("Use SynapseWorkspaceLinkedServiceConfiguration.")


class SynapseWorkspaceLinkedServiceConfiguration(LinkedServiceConfiguration):
    """A Synapse workspace. UserErrorException when a part is empty."""

    def __init__(self, subscription_id: str, resource_group: str, name: str) -> None:
        super().__init__()
        if not (subscription_id and resource_group and name):
            raise UserErrorException("A Synapse workspace is told by subscription_id, resource_group and name.")
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.name = name


class LinkedService:
    """A link to a Synapse workspace."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        type: str,
        linked_service_resource_id: str,
        system_assigned_identity_principal_id: str,
    ) -> None:
        self._workspace = workspace
        self._name = name
        self._type = type
        self._linked_service_resource_id = linked_service_resource_id
        self._system_assigned_identity_principal_id = system_assigned_identity_principal_id

    @property
    def name(self) -> str:
        """The name of the link."""
        return self._name

    @property
    def type(self) -> str:
        """What it links to."""
        return self._type

    @property
    def linked_service_resource_id(self) -> str:
        """The id of what it links to."""
        return self._linked_service_resource_id

    @property
    def system_assigned_identity_principal_id(self) -> str:
        """The identity of the link."""
        return self._system_assigned_identity_principal_id

    @staticmethod
    @linking
    def register(workspace: "Workspace", name: str, linked_service_config: LinkedServiceConfiguration): ...

    @staticmethod
    @linking
    def get(workspace: "Workspace", name: str): ...

    @staticmethod
    def list(workspace: "Workspace") -> "list[LinkedService]":
        """No links."""
        return []

    @linking
    def unregister(self): ...

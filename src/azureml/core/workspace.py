"""`Workspace`: everything of one team (contracts §2)."""

import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.core import _config, _connection
from azureml.core._config import WorkspaceConfig
from azureml.exceptions import UserErrorException, WorkspaceException

if TYPE_CHECKING:
    from azureml.core.authentication import AbstractAuthentication
    from azureml.core.compute.amlcompute import AmlComputeProvisioningConfiguration
    from azureml.core.compute.compute import ComputeTarget
    from azureml.core.environment import Environment
    from azureml.core.experiment import Experiment
    from azureml.core.keyvault import Keyvault
    from azureml.core.model import Model
    from azureml.core.run import Run
    from azureml.data.abstract_dataset import AbstractDataset
    from azureml.data.abstract_datastore import AbstractDatastore
    from stepworks.client.api import Client
    from stepworks.wire.workspaces import WorkspaceRecord

_NAME = re.compile(r"[a-zA-Z0-9][\w-]{2,32}", re.ASCII)


class _DefaultCluster:
    """The provisioning configuration of a default cluster; made when asked for, so that import stays light."""

    def __init__(self, vm_size: str) -> None:
        self._vm_size = vm_size

    def __get__(self, instance: object, owner: type) -> "AmlComputeProvisioningConfiguration":
        from azureml.core.compute.amlcompute import AmlCompute

        return AmlCompute.provisioning_configuration(vm_size=self._vm_size, min_nodes=0, max_nodes=2)


class Workspace:
    """A workspace on a stepworks server; a local one is found or made by its name.

    `Workspace(subscription_id, resource_group, workspace_name)`, `Workspace.get` and `Workspace.from_config` all give
    the workspace of that name. Locally it is made when it is not there: the Azure triple of an old configuration is
    enough to begin. Raises UserErrorException for a name beyond the rules (contracts §2).
    """

    DEFAULT_CPU_CLUSTER_NAME = "cpu-cluster"
    DEFAULT_GPU_CLUSTER_NAME = "gpu-cluster"
    DEFAULT_CPU_CLUSTER_CONFIGURATION = _DefaultCluster("STANDARD_D2_V2")
    DEFAULT_GPU_CLUSTER_CONFIGURATION = _DefaultCluster("STANDARD_NC6")

    def __init__(
        self,
        subscription_id: str,
        resource_group: str,
        workspace_name: str,
        auth: "AbstractAuthentication | None" = None,
        _location: str | None = None,
        _disable_service_check: bool = False,
        _workspace_id: str | None = None,
        sku: str = "basic",
        tags: Mapping[str, str] | None = None,
        _cloud: str = "AzureCloud",
    ) -> None:
        if not isinstance(workspace_name, str) or not _NAME.fullmatch(workspace_name):
            raise UserErrorException(
                f"{workspace_name!r} cannot be a workspace's name: 3 to 33 letters, digits, '_' or '-', "
                "beginning with a letter or digit."
            )
        self._config = WorkspaceConfig(workspace_name, subscription_id or "", resource_group or "")
        self._auth = auth
        self._ensure(location=_location, tags=tags)

    @classmethod
    def _of(cls, config: WorkspaceConfig, auth: "AbstractAuthentication | None" = None) -> "Workspace":
        """The workspace of a configuration. The server is asked when something is asked of the workspace: a step that
        only logs needs no answer."""
        if not _NAME.fullmatch(config.workspace_name):
            where = f" (in {config.path})" if config.path else ""
            raise UserErrorException(
                f"{config.workspace_name!r} cannot be a workspace's name{where}: 3 to 33 letters, digits, '_' or '-'."
            )
        self = cls.__new__(cls)
        self._config = config
        self._auth = auth
        return self

    @cached_property
    def _client(self) -> "Client":
        return _connection.client_for(self._config)

    @cached_property
    def _facts(self) -> "WorkspaceRecord":
        return self._ensure()

    def _ensure(
        self, *, location: str | None = None, tags: Mapping[str, str] | None = None, exist_ok: bool = True
    ) -> "WorkspaceRecord":
        from stepworks.data.storage_map import MAP_VARIABLE
        from stepworks.wire.workspaces import NewWorkspace

        new = NewWorkspace(
            name=self._config.workspace_name,
            subscription_id=self._config.subscription_id,
            resource_group=self._config.resource_group,
            location=location or "local",
            tags=dict(tags or {}),
            exist_ok=exist_ok,
            storage_map=os.environ.get(MAP_VARIABLE),
        )
        facts = self._client.workspace_ensure(new)
        self.__dict__["_facts"] = facts
        return facts

    # --- finding and making

    @staticmethod
    def from_config(
        path: str | os.PathLike[str] | None = None,
        auth: "AbstractAuthentication | None" = None,
        _logger: object = None,
        _file_name: str | None = None,
    ) -> "Workspace":
        """The workspace that config.json names, looked for in `path`, .azureml, aml_config, and the folders above.

        With no configuration anywhere the user's own local workspace, with one notice on stderr. A `path` that was
        given and is not there raises UserErrorException.
        """
        found = _config.find(Path(path) if path else None, _file_name)
        if found is None:
            if path is not None and not Path(path).exists():
                raise UserErrorException(
                    f"There is no configuration at {os.path.abspath(path)}: neither a file nor a folder."
                )
            if path is not None or _file_name is not None:
                raise UserErrorException(
                    f"No {_file_name or 'config.json'} was found in {os.path.abspath(path or '.')}, "
                    "its .azureml or aml_config, or a folder above it."
                )
            found_config = _connection.default_config()
        else:
            found_config = _config.read(found)
        workspace = Workspace._of(found_config, auth)
        workspace._ensure()
        return workspace

    @staticmethod
    def get(
        name: str,
        auth: "AbstractAuthentication | None" = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        location: str | None = None,
        cloud: str = "AzureCloud",
        id: str | None = None,
    ) -> "Workspace":
        """The workspace of that name."""
        return Workspace(subscription_id or "", resource_group or "", name, auth=auth, _location=location)

    @staticmethod
    def create(
        name: str,
        auth: "AbstractAuthentication | None" = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        location: str | None = None,
        create_resource_group: bool = True,
        sku: str = "basic",
        tags: Mapping[str, str] | None = None,
        friendly_name: str | None = None,
        storage_account: str | None = None,
        key_vault: str | None = None,
        app_insights: str | None = None,
        container_registry: str | None = None,
        adb_workspace: str | None = None,
        primary_user_assigned_identity: str | None = None,
        cmk_keyvault: str | None = None,
        resource_cmk_uri: str | None = None,
        hbi_workspace: bool = False,
        default_cpu_compute_target: object = None,
        default_gpu_compute_target: object = None,
        private_endpoint_config: object = None,
        private_endpoint_auto_approval: bool = True,
        exist_ok: bool = False,
        show_output: bool = True,
        user_assigned_identity_for_cmk_encryption: str | None = None,
        system_datastores_auth_mode: str = "accessKey",
        v1_legacy_mode: bool | None = None,
    ) -> "Workspace":
        """Make a workspace. Arguments that name Azure resources are accepted and have no effect here.

        Raises WorkspaceException when there is one of that name and `exist_ok` is not given.
        """
        from stepworks.errors import Conflict

        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise UserErrorException(f"{name!r} cannot be a workspace's name: 3 to 33 letters, digits, '_' or '-'.")
        self = Workspace.__new__(Workspace)
        self._config = WorkspaceConfig(name, subscription_id or "", resource_group or "")
        self._auth = auth
        try:
            self._ensure(location=location, tags=tags, exist_ok=exist_ok)
        except Conflict as e:
            raise WorkspaceException(f"{e.message} Use Workspace.get, or exist_ok=True.") from e
        for compute_name, provisioning in (
            (Workspace.DEFAULT_CPU_CLUSTER_NAME, default_cpu_compute_target),
            (Workspace.DEFAULT_GPU_CLUSTER_NAME, default_gpu_compute_target),
        ):
            if provisioning is not None:
                from azureml.core.compute.compute import ComputeTarget

                ComputeTarget.create(self, compute_name, provisioning)  # pyright: ignore[reportArgumentType]
        return self

    @staticmethod
    def list(
        subscription_id: str, auth: "AbstractAuthentication | None" = None, resource_group: str | None = None
    ) -> "dict[str, list[Workspace]]":
        """Workspaces of the local server by name; each name has a list of one, as the SDK had it."""
        from stepworks.connect import local_client

        found = local_client().workspaces()
        return {
            w.name: [Workspace._of(WorkspaceConfig(w.name, w.subscription_id, w.resource_group), auth)] for w in found
        }

    @staticmethod
    def setup() -> None:
        """Nothing to set up: workspaces are made when they are first named."""

    def write_config(self, path: str | os.PathLike[str] | None = None, file_name: str | None = None) -> None:
        """Write config.json into `path`/.azureml, so that from_config() finds this workspace."""
        _config.write(Path(path) if path else None, file_name, self._config)

    # --- facts

    @property
    def name(self) -> str:
        """The workspace's name."""
        return self._config.workspace_name

    @property
    def subscription_id(self) -> str:
        """The subscription as the configuration gave it."""
        return self._config.subscription_id or self._facts.subscription_id

    @property
    def resource_group(self) -> str:
        """The resource group as the configuration gave it."""
        return self._config.resource_group or self._facts.resource_group

    @property
    def location(self) -> str:
        """The location as it was given at creation, else "local"."""
        return self._facts.location

    @property
    def tags(self) -> dict[str, str]:
        """The workspace's tags."""
        return dict(self._facts.tags)

    @property
    def sku(self) -> str:
        """Always "basic": there are no editions."""
        return "basic"

    @property
    def discovery_url(self) -> str:
        """The address of the server."""
        return self._client.transport.address.url

    @property
    def service_context(self) -> "Workspace":
        """The connection to the server, which is the workspace itself."""
        return self

    @property
    def _workspace_id(self) -> str:
        return self._facts.id

    @property
    def _workspace_name(self) -> str:
        return self.name

    @property
    def _auth_object(self) -> "AbstractAuthentication":
        if self._auth is None:
            from azureml.core.authentication import InteractiveLoginAuthentication

            self._auth = InteractiveLoginAuthentication()
        return self._auth

    def get_details(self) -> dict[str, Any]:
        """Facts about the workspace as a dictionary."""
        return {
            "id": f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}/providers"
            f"/Microsoft.MachineLearningServices/workspaces/{self.name}",
            "name": self.name,
            "location": self.location,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "tags": self.tags,
            "sku": self.sku,
            "workspaceid": self._facts.id,
            "description": self._facts.description or "",
            "friendlyName": self.name,
            "creationTime": self._facts.created,
            "discoveryUrl": self.discovery_url,
            "provisioningState": "Succeeded",
        }

    def get_mlflow_tracking_uri(self, _with_auth: bool = False) -> str:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("Logging through the mlflow client", "Run.log and its kin")

    # --- what is in it

    @property
    def experiments(self) -> "dict[str, Experiment]":
        """Experiments by name."""
        from azureml.core.experiment import Experiment

        return {e.name: e for e in Experiment.list(self)}

    @property
    def compute_targets(self) -> "dict[str, ComputeTarget]":
        """Compute targets by name."""
        from azureml.core.compute.compute import ComputeTarget

        return {c.name: c for c in ComputeTarget.list(self)}

    @property
    def datastores(self) -> "dict[str, AbstractDatastore]":
        """Datastores by name."""
        from azureml.core.datastore import Datastore

        return {d.name: Datastore._from_record(self, d) for d in self._client.datastores(self.name)}

    @property
    def datasets(self) -> "dict[str, AbstractDataset]":
        """The newest version of each registered dataset, by name."""
        from azureml.core.dataset import Dataset

        return Dataset.get_all(self)

    @property
    def environments(self) -> "dict[str, Environment]":
        """Registered and curated environments by name."""
        from azureml.core.environment import Environment

        return Environment.list(self)

    @property
    def models(self) -> "dict[str, Model]":
        """The newest version of each model, by name."""
        from azureml.core.model import Model

        return {m.name: m for m in Model.list(self, latest=True)}

    @property
    def webservices(self) -> dict[str, Any]:
        """Empty: models are not deployed here."""
        return {}

    @property
    def images(self) -> dict[str, Any]:
        """Empty: there are no container images of models here."""
        return {}

    @property
    def linked_services(self) -> Sequence[Any]:
        """Empty: there are no linked services."""
        return ()

    @property
    def private_endpoints(self) -> dict[str, Any]:
        """Empty: a local server has no private endpoints."""
        return {}

    def get_run(self, run_id: str) -> "Run":
        """The run of that id, as the class its type has."""
        from azureml.core.run import Run

        return Run.get(self, run_id)

    def get_default_datastore(self) -> "AbstractDatastore":
        """The datastore used where none is named."""
        from azureml.core.datastore import Datastore

        return Datastore.get_default(self)

    def set_default_datastore(self, name: str) -> None:
        """Use another datastore where none is named."""
        from stepworks.errors import NotFound
        from stepworks.wire.workspaces import WorkspaceChanges

        try:
            self._facts = self._client.workspace_change(self.name, WorkspaceChanges(default_datastore=name))
        except NotFound as e:
            raise UserErrorException(str(e)) from e

    def get_default_compute_target(self, type: str) -> "ComputeTarget | None":
        """The default cluster of a type, "CPU" or "GPU", or None when it was not made."""
        name = {"CPU": self.DEFAULT_CPU_CLUSTER_NAME, "GPU": self.DEFAULT_GPU_CLUSTER_NAME}.get(type.upper())
        if name is None:
            raise UserErrorException(f"The type of a default compute target is 'CPU' or 'GPU', not {type!r}.")
        return self.compute_targets.get(name)

    def get_default_keyvault(self) -> "Keyvault":
        """The workspace's secrets."""
        from azureml.core.keyvault import Keyvault

        return Keyvault(self)

    # --- changing it

    def update(
        self,
        friendly_name: str | None = None,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        image_build_compute: str | None = None,
        service_managed_resources_settings: object = None,
        primary_user_assigned_identity: str | None = None,
        allow_public_access_when_behind_vnet: bool | None = None,
        v1_legacy_mode: bool | None = None,
    ) -> dict[str, Any]:
        """Change the description or tags; the details afterwards."""
        from stepworks.wire.workspaces import WorkspaceChanges

        changes = WorkspaceChanges(description=description, tags=None if tags is None else dict(tags))
        self._facts = self._client.workspace_change(self.name, changes)
        return self.get_details()

    def delete(self, delete_dependent_resources: bool = False, no_wait: bool = False) -> None:
        """Remove the workspace's records. Raises WorkspaceException while something runs in it."""
        from stepworks.errors import Conflict

        try:
            self._client.workspace_delete(self.name)
        except Conflict as e:
            raise WorkspaceException(str(e)) from e

    def list_keys(self) -> dict[str, Any]:
        """No storage keys: the default datastores are folders."""
        return {}

    def sync_keys(self, no_wait: bool = False) -> None:
        """Nothing to bring into line."""

    def update_dependencies(self, container_registry: str | None = None, force: bool = False) -> None:
        """Not there: a local workspace depends on no Azure resource. Raises NotImplementedError."""
        raise unsupported("Changing a workspace's Azure resources", "STEPWORKS_HOME to say where it keeps its things")

    def add_private_endpoint(
        self,
        private_endpoint_config: object,
        private_endpoint_auto_approval: bool = True,
        location: str | None = None,
        show_output: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A private endpoint", "a server that listens on an address of your network")

    def delete_private_endpoint_connection(self, private_endpoint_connection_name: str) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A private endpoint", "a server that listens on an address of your network")

    def diagnose_workspace(self, diagnose_parameters: object) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Diagnosing Azure resources", "`stepworks doctor`")

    def set_connection(self, name: str, category: str, target: str, authType: str, value: str) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A workspace connection", "a secret of the key vault")

    def get_connection(self, name: str) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A workspace connection", "a secret of the key vault")

    def list_connections(self, category: str | None = None, target: str | None = None) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A workspace connection", "a secret of the key vault")

    def delete_connection(self, name: str) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A workspace connection", "a secret of the key vault")

    def __repr__(self) -> str:
        where = f"subscription_id={self.subscription_id!r}, resource_group={self.resource_group!r}"
        return f"Workspace.create(name={self.name!r}, {where})"

    def __str__(self) -> str:
        return repr(self)

"""`ComputeTarget`, what all compute targets can do, and the bases of their configurations (contracts §19)."""

import sys
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from azureml.core.compute import _service
from azureml.exceptions import ComputeTargetException as ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ComputeRecord

_LOCAL = "local"


class _Configuration:
    """What a compute target is made or attached with. Its public attributes are what the server is told."""

    _secret: ClassVar[tuple[str, ...]] = ()
    """Attributes that log in: they are kept in the key vault."""

    def __init__(self, type: "type[ComputeTarget]") -> None:
        self._compute_type = type

    def validate_configuration(self) -> None:
        """Raise ComputeTargetException when something is missing or contradicts."""

    def _settings(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if not k.startswith("_") and k not in self._secret}

    def _credentials(self) -> dict[str, str]:
        return {name: str(getattr(self, name)) for name in self._secret if getattr(self, name)}


class ComputeTargetProvisioningConfiguration(_Configuration):
    """What a new compute target is made with."""

    def __init__(self, type: "type[ComputeTarget]", location: str | None) -> None:
        super().__init__(type)
        self.location = location


class ComputeTargetAttachConfiguration(_Configuration):
    """What a compute target that exists elsewhere is attached with."""


class ComputeTargetUpdateConfiguration(_Configuration):
    """What is changed of a compute target."""


class ComputeTarget:
    """A compute target of a workspace, as the class that its type has: `type(t) is AmlCompute` holds for a cluster.

    "local" is this machine and is always there. Raises ComputeTargetException, whose message holds
    "ComputeTargetNotFound", when there is none of that name.
    """

    workspace: "Workspace"
    name: str
    type: str
    location: str | None
    id: str
    description: str | None
    tags: dict[str, str]
    created_on: datetime
    modified_on: datetime
    provisioning_state: str
    provisioning_errors: list[Any] | None
    cluster_resource_id: str | None
    cluster_location: str | None
    is_attached: bool

    _compute_type: ClassVar[str] = ""
    _runs_here: ClassVar[bool] = True
    """Whether steps of this kind of target run where the v1 service would run them, as far as stepworks knows."""

    def __new__(cls, workspace: "Workspace", name: str) -> Self:
        from azureml.core.compute._types import class_for

        record = _local_record() if name == _LOCAL else _service.get(workspace, name)
        kind = class_for(record.type, record.settings)
        if not issubclass(kind, cls):
            raise ComputeTargetException(f"Compute target '{name}' is {record.type}, not {cls._compute_type}.")
        return kind._of(workspace, record)

    def __init__(self, workspace: "Workspace", name: str) -> None:
        """Everything is done by the time the class is known."""

    @classmethod
    def _of(cls, workspace: "Workspace", record: "ComputeRecord") -> Self:
        made = object.__new__(cls)
        made.workspace = workspace
        made._take(record)
        return made

    def _take(self, record: "ComputeRecord") -> None:
        settings = record.settings
        self.name = record.name
        self.type = record.type
        self.location = cast("str | None", settings.get("location"))
        self.id = _resource_id(self.workspace, record.name)
        self.description = cast("str | None", settings.get("description"))
        self.tags = cast("dict[str, str]", settings.get("tags") or {})
        self.created_on = datetime.fromtimestamp(record.created, UTC)
        self.modified_on = datetime.fromtimestamp(record.modified, UTC)
        self.provisioning_state = record.provisioning_state
        self.provisioning_errors = None
        self.cluster_resource_id = cast("str | None", settings.get("resource_id"))
        self.cluster_location = self.location
        self.is_attached = bool(settings.get("is_attached"))
        self._record = record
        for attribute in _own_attributes(type(self)):
            setattr(self, attribute, settings.get(attribute))

    # --- making and finding

    @staticmethod
    def create(
        workspace: "Workspace", name: str, provisioning_configuration: ComputeTargetProvisioningConfiguration
    ) -> "ComputeTarget":
        """Make a compute target, or change the one of that name, and return it at once.

        UserErrorException for the names amlcompute, local and containerinstance; ComputeTargetException for a
        configuration that cannot be.
        """
        if not isinstance(provisioning_configuration, ComputeTargetProvisioningConfiguration):
            raise ComputeTargetException(
                "create takes a provisioning configuration, as AmlCompute.provisioning_configuration() gives, not "
                f"{type(provisioning_configuration).__name__}. Use ComputeTarget.attach for one to attach."
            )
        provisioning_configuration.validate_configuration()
        return provisioning_configuration._compute_type._provision(workspace, name, provisioning_configuration)

    @staticmethod
    def attach(
        workspace: "Workspace", name: str, attach_configuration: ComputeTargetAttachConfiguration
    ) -> "ComputeTarget":
        """Record a compute target that exists elsewhere; passwords and tokens go to the key vault."""
        if not isinstance(attach_configuration, ComputeTargetAttachConfiguration):
            raise ComputeTargetException(
                "attach takes an attach configuration, as DatabricksCompute.attach_configuration() gives, not "
                f"{type(attach_configuration).__name__}. Use ComputeTarget.create for one to make."
            )
        attach_configuration.validate_configuration()
        return attach_configuration._compute_type._attach(workspace, name, attach_configuration)

    @staticmethod
    def list(workspace: "Workspace") -> "list[ComputeTarget]":
        """All compute targets of a workspace."""
        from azureml.core.compute._types import class_for

        return [class_for(r.type, r.settings)._of(workspace, r) for r in _service.list_all(workspace)]

    @classmethod
    def _provision(cls, workspace: "Workspace", name: str, configuration: _Configuration) -> Self:
        return cls._keep(workspace, name, configuration, is_attached=False)

    @classmethod
    def _attach(cls, workspace: "Workspace", name: str, configuration: _Configuration) -> Self:
        if not cls._runs_here:
            warnings.warn(
                f"'{name}' is recorded, but stepworks does not reach targets of type {cls._compute_type}: "
                "its steps run on the agents of the server.",
                stacklevel=4,
            )
        return cls._keep(workspace, name, configuration, is_attached=True)

    @classmethod
    def _keep(cls, workspace: "Workspace", name: str, configuration: _Configuration, *, is_attached: bool) -> Self:
        credentials = configuration._credentials()
        settings = configuration._settings() | {"is_attached": is_attached}
        if credentials:
            settings["credentials"] = sorted(credentials)
        record = _service.put(workspace, name, cls._compute_type, settings)
        _service.keep_credentials(workspace, name, credentials)
        return cls._of(workspace, record)

    # --- what can be done with one

    def refresh_state(self) -> None:
        """Ask the server how it stands now."""
        if self.name != _LOCAL:
            self._take(_service.get(self.workspace, self.name))

    def get_status(self) -> Any:
        """The provisioning state, asked anew."""
        self.refresh_state()
        return self.provisioning_state

    def wait_for_completion(self, show_output: bool = False, is_delete_operation: bool = False) -> None:
        """Return once it is made or removed, which is at once, and print so with `show_output`."""
        if not is_delete_operation:
            self.refresh_state()
        self._tell(show_output, "Deleted" if is_delete_operation else self.provisioning_state)

    def delete(self) -> None:
        """Remove it, and what logs in to it; what runs on it goes on. Raises ComputeTargetNotFound."""
        _service.delete(self.workspace, self.name)
        fields = cast("list[str]", self._record.settings.get("credentials") or [])
        _service.forget_credentials(self.workspace, self.name, fields)

    def detach(self) -> None:
        """The same as `delete`: what it stands for elsewhere is not touched."""
        ComputeTarget.delete(self)

    def serialize(self) -> dict[str, Any]:
        """What is known of it, as a dictionary of plain values."""
        return {
            "id": self.id,
            "name": self.name,
            "computeType": self.type,
            "location": self.location,
            "tags": dict(self.tags),
            "description": self.description,
            "provisioningState": self.provisioning_state,
            "provisioningErrors": self.provisioning_errors,
            "createdOn": self.created_on.isoformat(),
            "modifiedOn": self.modified_on.isoformat(),
            "isAttachedCompute": self.is_attached,
            "properties": dict(self._record.settings),
        }

    @staticmethod
    def deserialize(workspace: "Workspace", object_dict: Mapping[str, Any]) -> "ComputeTarget":
        """The compute target that `serialize` told of. ComputeTargetException when a part is missing."""
        from azureml.core.compute._types import class_for
        from stepworks.wire.assets import ComputeRecord

        try:
            settings = dict(object_dict["properties"])
            record = ComputeRecord(
                name=object_dict["name"],
                type=object_dict["computeType"],
                settings=settings,
                created=datetime.fromisoformat(object_dict["createdOn"]).timestamp(),
                modified=datetime.fromisoformat(object_dict["modifiedOn"]).timestamp(),
                provisioning_state=object_dict["provisioningState"],
            )
        except (KeyError, TypeError, ValueError) as e:
            raise ComputeTargetException(f"This is not a serialized compute target: {e!r}.", inner_exception=e) from e
        return class_for(record.type, settings)._of(workspace, record)

    def _change(self, settings: Mapping[str, Any]) -> None:
        self._take(_service.put(self.workspace, self.name, self.type, dict(self._record.settings) | dict(settings)))

    def _credential(self, field: str) -> str | None:
        return _service.credential(self.workspace, self.name, field)

    def _tell(self, show_output: bool, *lines: str) -> None:
        if show_output:
            print(*lines, sep="\n")
            sys.stdout.flush()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A handle is not doubled: configurations that hold one are copied."""
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name!r}, type={self.type!r})"


def _local_record() -> "ComputeRecord":
    from stepworks.wire.assets import ComputeRecord

    return ComputeRecord(name=_LOCAL, type=_LOCAL, settings={}, created=0.0, modified=0.0)


def _resource_id(workspace: "Workspace", name: str) -> str:
    return (
        f"/subscriptions/{workspace.subscription_id}/resourceGroups/{workspace.resource_group}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{workspace.name}/computes/{name}"
    )


def _own_attributes(cls: type) -> tuple[str, ...]:
    """The attributes that a subclass declares beyond those of ComputeTarget."""
    declared: dict[str, None] = {}
    for base in cls.__mro__[: cls.__mro__.index(ComputeTarget)]:
        declared.update(dict.fromkeys(n for n in vars(base).get("__annotations__", {}) if not n.startswith("_")))
    return tuple(declared)

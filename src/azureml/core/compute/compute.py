"""`ComputeTarget`: where steps run (contracts §19, §20)."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from azureml.core.compute import _kinds, _service
from azureml.exceptions import ComputeTargetException, UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ComputeRecord

_RESERVED = frozenset({"amlcompute", "local", "containerinstance"})


class ComputeTargetProvisioningConfiguration:
    """How to make a compute target: of which type, where."""

    def __init__(self, type: "type[ComputeTarget]", location: str | None) -> None:
        self._compute_type = type
        self.location = location

    def validate_configuration(self) -> None:
        """Raises ComputeTargetException when the configuration contradicts itself."""

    def _settings(self) -> dict[str, Any]:
        return {"location": self.location}


class ComputeTargetAttachConfiguration:
    """How to attach a compute target: of which type, and what it is called where it lives."""

    def __init__(self, type: "type[ComputeTarget]") -> None:
        self._compute_type = type

    def validate_configuration(self) -> None:
        """Raises ComputeTargetException when the configuration contradicts itself."""

    def _settings(self) -> dict[str, Any]:
        return {}

    def _secrets(self) -> dict[str, str]:
        return {}


class ComputeTargetUpdateConfiguration:
    """How to change a compute target of some type."""

    def __init__(self, type: "type[ComputeTarget]") -> None:
        self._compute_type = type

    def validate_configuration(self) -> None:
        """Raises ComputeTargetException when the configuration contradicts itself."""


class ComputeTarget:
    """A compute target of a workspace.

    `ComputeTarget(workspace, name)` gives the target of that name, as the class of its type; "local" is this machine.
    Raises ComputeTargetNotFound, which is a ComputeTargetException. What its attributes tell is how it stood when it
    was found, or at the last `refresh_state`.
    """

    _type: ClassVar[str] = _kinds.LOCAL_TYPE
    _attached: ClassVar[bool] = False
    _secret_keys: ClassVar[tuple[str, ...]] = ()
    _resource: ClassVar[tuple[str, str] | None] = None  # provider, and the setting with the name it has there
    _record: "ComputeRecord"

    workspace: "Workspace"
    name: str
    type: str
    id: str
    location: str | None
    description: str | None
    tags: dict[str, str]
    created_on: str | None
    modified_on: str | None
    provisioning_state: str
    provisioning_errors: list[dict[str, Any]] | None
    is_attached: bool
    cluster_resource_id: str | None
    cluster_location: str | None

    def __new__(cls, workspace: "Workspace", name: str) -> Self:
        record = _service.find(workspace, name)
        kind = _kinds.class_of(record.type)
        if not issubclass(kind, cls):
            raise ComputeTargetException(
                f"Compute target '{name}' is of type {record.type}, not {cls._type}. Use ComputeTarget(workspace, name)."
            )
        found = object.__new__(kind)
        found._record = record
        return found

    def __init__(self, workspace: "Workspace", name: str) -> None:
        self.workspace = workspace
        self._show(self._record)

    @classmethod
    def _from_record(cls, workspace: "Workspace", record: "ComputeRecord") -> Self:
        found = cast(Self, object.__new__(_kinds.class_of(record.type)))
        found.workspace = workspace
        found._show(record)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return object.__new__, (type(self),), self.__dict__

    # --- making and finding

    @staticmethod
    def create(
        workspace: "Workspace", name: str, provisioning_configuration: ComputeTargetProvisioningConfiguration
    ) -> "ComputeTarget":
        """Make a compute target, or bring the one of that name in line with the configuration.

        Raises UserErrorException for a reserved name, ComputeTargetException for a configuration that cannot be used.
        """
        _check_name(name)
        if not isinstance(provisioning_configuration, ComputeTargetProvisioningConfiguration):
            raise ComputeTargetException(
                "create needs a provisioning configuration, as AmlCompute.provisioning_configuration() gives; "
                f"it was given {type(provisioning_configuration).__name__}. Use ComputeTarget.attach for one to attach."
            )
        provisioning_configuration.validate_configuration()
        kind = provisioning_configuration._compute_type
        record = _service.store(workspace, name, kind._type, settings=provisioning_configuration._settings())
        return kind._from_record(workspace, record)

    @staticmethod
    def attach(
        workspace: "Workspace", name: str, attach_configuration: ComputeTargetAttachConfiguration
    ) -> "ComputeTarget":
        """Keep the configuration of a resource that lives elsewhere under a name of the workspace.

        Raises UserErrorException for a reserved name, ComputeTargetException for a configuration that cannot be used.
        """
        _check_name(name)
        if not isinstance(attach_configuration, ComputeTargetAttachConfiguration):
            raise ComputeTargetException(
                "attach needs an attach configuration, as DatabricksCompute.attach_configuration() gives; "
                f"it was given {type(attach_configuration).__name__}. Use ComputeTarget.create for one to make."
            )
        attach_configuration.validate_configuration()
        kind = attach_configuration._compute_type
        record = _service.store(
            workspace,
            name,
            kind._type,
            settings=attach_configuration._settings(),
            secrets=attach_configuration._secrets(),
        )
        return kind._from_record(workspace, record)

    @staticmethod
    def list(workspace: "Workspace") -> "list[ComputeTarget]":
        """The targets that were made or attached in the workspace, by name."""
        return [ComputeTarget._from_record(workspace, r) for r in _service.records(workspace)]

    # --- how it stands

    def refresh_state(self) -> None:
        """Ask the server how the target stands now. Raises ComputeTargetNotFound when it is gone."""
        self._show(_service.find(self.workspace, self.name))

    def get_status(self) -> Any:
        """How the target stands now: its provisioning state, or a status of its type."""
        self.refresh_state()
        return self.provisioning_state

    def wait_for_completion(self, show_output: bool = False, is_delete_operation: bool = False) -> None:
        """Return when the target is made, attached or (`is_delete_operation`) gone; print how it stands if asked."""
        if is_delete_operation:
            self._wait_until_gone(show_output)
            return
        self.refresh_state()
        self._print(show_output, self.provisioning_state)

    def delete(self) -> None:
        """Remove the target; what runs on it goes on. Raises ComputeTargetException for one that was attached."""
        if self._attached:
            raise ComputeTargetException(f"Compute target '{self.name}' was attached: use detach() to let it go.")
        self._remove()

    def detach(self) -> None:
        """Forget an attached target. Raises ComputeTargetException for one that was made here."""
        if not self._attached:
            raise ComputeTargetException(f"Compute target '{self.name}' was not attached: use delete() to remove it.")
        self._remove()

    # --- as a dictionary

    def serialize(self) -> dict[str, Any]:
        """The target as a dictionary that JSON can hold; without secrets."""
        return {
            "id": self.id,
            "name": self.name,
            "type": "Microsoft.MachineLearningServices/workspaces/computes",
            "computeType": self.type,
            "location": self.location,
            "description": self.description,
            "tags": self.tags,
            "createdOn": self.created_on,
            "modifiedOn": self.modified_on,
            "provisioningState": self.provisioning_state,
            "provisioningErrors": self.provisioning_errors,
            "isAttachedCompute": self.is_attached,
            "resourceId": self.cluster_resource_id,
            "properties": dict(self._record.settings),
        }

    @staticmethod
    def deserialize(workspace: "Workspace", object_dict: Mapping[str, Any]) -> "ComputeTarget":
        """The target of a dictionary that `serialize` gave. Raises ComputeTargetException when it is not one."""
        from stepworks.wire.assets import ComputeRecord

        try:
            record = ComputeRecord(
                name=object_dict["name"],
                type=object_dict["computeType"],
                settings=dict(object_dict.get("properties") or {}),
                created=_seconds(object_dict.get("createdOn")),
                modified=_seconds(object_dict.get("modifiedOn")),
                provisioning_state=object_dict.get("provisioningState") or "Succeeded",
            )
        except (KeyError, TypeError, ValueError) as e:
            raise ComputeTargetException(f"This dictionary is not a serialized compute target: {e!r}.") from e
        return ComputeTarget._from_record(workspace, record)

    # --- inside

    def _show(self, record: "ComputeRecord") -> None:
        """Take over what the server says; subclasses add what their type has."""
        settings = record.settings
        self._record = record
        self.name = record.name
        self.type = record.type
        self.id = _resource_id(self.workspace, record.name)
        self.location = _text(settings.get("location")) or "local"
        self.description = _text(settings.get("description"))
        self.tags = cast("dict[str, str]", settings.get("tags") or {})
        self.created_on = _iso(record.created)
        self.modified_on = _iso(record.modified)
        self.provisioning_state = record.provisioning_state
        self.provisioning_errors = None
        self.is_attached = self._attached
        self.cluster_resource_id = _text(settings.get("resource_id")) or self._resource_elsewhere()
        self.cluster_location = self.location

    def _resource_elsewhere(self) -> str | None:
        group = self._record.settings.get("resource_group")
        if self._resource is None or not group:
            return None
        provider, key = self._resource
        subscription = self._record.settings.get("subscription_id") or self.workspace.subscription_id
        name = self._record.settings.get(key)
        return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}/{name}"

    def _change(self, **changes: Any) -> None:
        settings = {**_service.find(self.workspace, self.name).settings, **changes}
        self._show(_service.store(self.workspace, self.name, self.type, settings=settings))

    def _remove(self) -> None:
        _service.remove(self.workspace, self.name, secrets=self._secret_keys)

    def _wait_until_gone(self, show_output: bool) -> None:
        try:
            self.refresh_state()
        except ComputeTargetException:
            self._print(show_output, "Deleted")
            return
        raise ComputeTargetException(f"Compute target '{self.name}' is still there: delete() was not called.")

    def _print(self, show_output: bool, line: str) -> None:
        if show_output:
            sys.stdout.write(f"{self.name}: {line}\n")
            sys.stdout.flush()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name!r}, type={self.type!r})"


def _check_name(name: str) -> None:
    if not isinstance(name, str) or name.lower() in _RESERVED:
        raise UserErrorException(
            f"{name!r} cannot be the name of a compute target. Use another than {', '.join(sorted(_RESERVED))}."
        )


def _resource_id(workspace: "Workspace", name: str) -> str:
    return (
        f"/subscriptions/{workspace.subscription_id}/resourceGroups/{workspace.resource_group}/providers"
        f"/Microsoft.MachineLearningServices/workspaces/{workspace.name}/computes/{name}"
    )


def _text(value: object) -> str | None:
    return str(value) if value else None


def _iso(seconds: float) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else None


def _seconds(text: str | None) -> float:
    return datetime.fromisoformat(text).timestamp() if text else 0.0

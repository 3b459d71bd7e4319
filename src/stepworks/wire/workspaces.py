"""Workspaces, experiments and the server's own facts."""

import msgspec


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What anybody may know of a server: that it lives, and which version it is."""

    version: str
    status: str = "ok"


class ServerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner may know of a server."""

    version: str
    pid: int
    home: str
    url: str
    started: float
    active_runs: int
    agents: int
    slots: int
    busy: int
    workspaces: tuple[str, ...]
    database: str


class NewWorkspace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A workspace to make, or to find when it is there."""

    name: str
    subscription_id: str = ""
    resource_group: str = ""
    location: str = "local"
    tags: dict[str, str] = {}
    description: str | None = None
    exist_ok: bool = True
    # Where data are now that were at another address; None keeps what was said before.
    storage_map: str | None = None


class WorkspaceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace as it is."""

    name: str
    id: str
    subscription_id: str
    resource_group: str
    location: str
    default_datastore: str
    tags: dict[str, str]
    description: str | None
    created: float


class WorkspaceChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to change; None keeps."""

    default_datastore: str | None = None
    description: str | None = None
    tags: dict[str, str] | None = None


class ExperimentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A named series of runs."""

    id: str
    workspace: str
    name: str
    created: float
    archived: bool
    tags: dict[str, str]
    description: str | None


class ExperimentChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to change; None keeps."""

    archived: bool | None = None
    tags: dict[str, str] | None = None
    description: str | None = None

"""Models, environments, compute targets and secrets."""

import msgspec

from stepworks.graph.environment import EnvironmentSpec

JsonDict = dict[str, object]


class NewModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Register a model version. From a run: `run` and `path` in its artifacts; else `files` name → object id."""

    name: str
    run: str | None = None
    path: str | None = None
    files: dict[str, str] = {}
    is_file: bool = False
    description: str | None = None
    tags: dict[str, str] = {}
    properties: dict[str, str] = {}
    settings: JsonDict = {}


class ModelRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A registered model version."""

    workspace: str
    name: str
    version: int
    run: str | None
    experiment: str | None
    description: str | None
    tags: dict[str, str]
    properties: dict[str, str]
    files: dict[str, str]
    is_file: bool
    settings: JsonDict
    created: float


class ModelQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which models; `tag` and `property` are "key" or "key=value"."""

    name: str | None = None
    version: int | None = None
    run: str | None = None
    tag: tuple[str, ...] = ()
    property: tuple[str, ...] = ()
    latest: bool = False


class ModelChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to change; None keeps. Properties may only be added."""

    tags: dict[str, str | None] | None = None
    properties: dict[str, str] | None = None
    description: str | None = None


class NewEnvironment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Register an environment; without a version it is numbered. `definition` is the SDK's own form of it."""

    name: str
    version: str | None = None
    spec: EnvironmentSpec
    definition: JsonDict = {}


class EnvironmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A registered environment version."""

    workspace: str
    name: str
    version: str
    spec: EnvironmentSpec
    definition: JsonDict
    created: float


class EnvironmentQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which environments; without a version the newest of each name."""

    name: str | None = None
    version: str | None = None


class NewCompute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Create or attach a compute target. AmlCompute reads min_nodes, max_nodes, idle_seconds, vm_size from settings."""

    name: str
    type: str
    settings: JsonDict = {}


class ComputeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A compute target and how its nodes stand."""

    name: str
    type: str
    settings: JsonDict
    created: float
    modified: float
    current_nodes: int = 0
    target_nodes: int = 0
    node_states: dict[str, int] = {}
    provisioning_state: str = "Succeeded"
    allocation_state: str = "Steady"


class NewSecret(msgspec.Struct, frozen=True):
    """A secret's value."""

    value: str


class SecretValue(msgspec.Struct, frozen=True):
    """A secret; the value only when one was asked for by name."""

    name: str
    value: str | None = None

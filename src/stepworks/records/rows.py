"""Every row the records hold: one frozen struct per table. Adapters derive their tables from `TABLES`.

Column types follow the annotations: str, int, float, bool, bytes map to their SQL kinds, `| None` makes a
column nullable, anything else (dicts, tuples, structs) is stored as JSON by msgspec. Times are seconds since the epoch.
"""

import msgspec

from stepworks.graph.environment import EnvironmentSpec
from stepworks.reuse.decision import ReuseDecision
from stepworks.runs.values import Failure, Produced, Timings

JsonDict = dict[str, object]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all rows."""


class Workspace(Row, frozen=True, kw_only=True):
    """Everything of one team."""

    name: str
    id: str
    subscription_id: str
    resource_group: str
    location: str
    default_datastore: str
    tags: dict[str, str] = {}
    description: str | None = None
    storage_map: str = ""
    created: float


class Experiment(Row, frozen=True, kw_only=True):
    """A named series of runs."""

    id: str
    workspace: str
    name: str
    created: float
    archived: bool = False
    tags: dict[str, str] = {}
    description: str | None = None


class Submission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a run was asked for; on pipeline runs and script runs."""

    parameters: dict[str, object] = {}
    continue_on_step_failure: bool = False
    regenerate_outputs: bool = False
    timeout_seconds: float | None = None
    source: str = "SDK"
    published_pipeline: str | None = None
    schedule: str | None = None


class Run(Row, frozen=True, kw_only=True):
    """A run of any kind: pipeline run, step run, script run, child run, interactive run.

    `type` is the SDK's word: azureml.PipelineRun, azureml.StepRun, azureml.scriptrun, or "" for interactive
    and child runs. A script run is executed as a graph of one step whose step run is the run itself.
    """

    id: str
    workspace: str
    experiment: str
    type: str
    parent: str | None = None
    root: str
    number: int
    name: str | None = None
    status: str
    created: float
    started: float | None = None
    ended: float | None = None
    target: str | None = None
    description: str | None = None
    tags: dict[str, str] = {}
    properties: dict[str, str] = {}
    # pipeline runs and script runs
    graph: str | None = None
    submission: Submission | None = None
    cancel_requested: bool = False
    # step runs (and the one step of a script run)
    node: str | None = None
    snapshot: str | None = None
    decision: ReuseDecision | None = None
    outputs: tuple[Produced, ...] = ()
    failure: Failure | None = None
    warnings: tuple[str, ...] = ()
    timings: Timings = Timings()
    attempts: int = 0


class Attempt(Row, frozen=True, kw_only=True):
    """One try of a step run. `state`: queued, leased, ended. Only the current lease may report."""

    id: str
    workspace: str
    run: str
    root: str
    number: int
    state: str
    pool: str
    lease: str | None = None
    agent: str | None = None
    created: float
    leased: float | None = None
    ended: float | None = None
    failure: Failure | None = None


class GraphDocument(Row, frozen=True, kw_only=True):
    """A graph by the content id of its document."""

    id: str
    document: bytes


class ReuseEntry(Row, frozen=True, kw_only=True):
    """A finished step run whose results may serve again. `family` groups runs of the same declared work,
    so that a miss can name the nearest earlier run; `facts` are the parts of its key, for the comparison."""

    run: str
    workspace: str
    key: str
    family: str
    facts: JsonDict
    created: float


class Artifact(Row, frozen=True, kw_only=True):
    """A named file of a run (outputs/…, logs/…, azureml-logs/…); the bytes are in the objects."""

    run: str
    name: str
    object: str
    size: int
    created: float


class Metric(Row, frozen=True, kw_only=True):
    """One logged value. `kind`: scalar, list, row, table, image, chart kinds; `value` for scalars that are
    numbers, `data` (JSON) for everything else. `seq` orders the values of a run."""

    run: str
    seq: int
    name: str
    kind: str
    value: float | None = None
    data: bytes | None = None
    step: int | None = None
    time: float


class Spool(Row, frozen=True, kw_only=True):
    """How far a metrics spool was taken over: batches at or before `last` are not taken twice."""

    id: str
    last: int


class Datastore(Row, frozen=True, kw_only=True):
    """A registered storage; `settings` by type, secrets never in them but encrypted in `credentials`."""

    workspace: str
    name: str
    type: str
    settings: JsonDict
    credentials: bytes | None = None
    created: float


class Dataset(Row, frozen=True, kw_only=True):
    """A saved dataset: an encoded plan. `kind` is "file" or "tabular"."""

    id: str
    workspace: str
    kind: str
    plan: bytes
    definition: str
    created: float
    properties: JsonDict = {}


class DatasetVersion(Row, frozen=True, kw_only=True):
    """A registered version of a named dataset."""

    workspace: str
    name: str
    version: int
    dataset: str
    kind: str
    description: str | None = None
    tags: dict[str, str] = {}
    created: float


class Model(Row, frozen=True, kw_only=True):
    """A registered model version; `files` name → object id."""

    workspace: str
    name: str
    version: int
    run: str | None = None
    experiment: str | None = None
    description: str | None = None
    tags: dict[str, str] = {}
    properties: dict[str, str] = {}
    files: dict[str, str] = {}
    is_file: bool = False
    settings: JsonDict = {}
    created: float


class Environment(Row, frozen=True, kw_only=True):
    """A registered environment version."""

    workspace: str
    name: str
    version: str
    spec: EnvironmentSpec
    definition: JsonDict = {}
    created: float


class Compute(Row, frozen=True, kw_only=True):
    """A compute target as it was created or attached."""

    workspace: str
    name: str
    type: str
    settings: JsonDict
    created: float
    modified: float


class Secret(Row, frozen=True, kw_only=True):
    """A secret of the key vault, encrypted."""

    workspace: str
    name: str
    value: bytes
    created: float


class Counter(Row, frozen=True, kw_only=True):
    """A number that counts up within its scope."""

    scope: str
    last: int


class Agent(Row, frozen=True, kw_only=True):
    """A node agent that has registered; `process` is its pid and start time, so that a dead one is known."""

    id: str
    name: str
    host: str
    process: str
    slots: int
    registered: float
    seen: float


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """How a row type is stored. `clustered`: small rows that are read by their key, kept in its order where a
    database can do that."""

    row: type[Row]
    name: str
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    clustered: bool = False


TABLES: tuple[Table, ...] = (
    Table(row=Workspace, name="workspaces", key=("name",)),
    Table(row=Experiment, name="experiments", key=("workspace", "name")),
    Table(
        row=Run,
        name="runs",
        key=("id",),
        indexes=(
            ("workspace", "experiment", "number"),
            ("root",),
            ("parent", "number"),
            ("workspace", "type", "created"),
            ("status",),
        ),
    ),
    Table(row=Attempt, name="attempts", key=("id",), indexes=(("run", "number"), ("state",))),
    Table(row=GraphDocument, name="graphs", key=("id",)),
    Table(
        row=ReuseEntry,
        name="reuse_entries",
        key=("run",),
        indexes=(("workspace", "key", "created"), ("workspace", "family", "created")),
    ),
    Table(row=Artifact, name="artifacts", key=("run", "name"), clustered=True),
    Table(row=Metric, name="metrics", key=("run", "seq"), clustered=True),
    Table(row=Spool, name="spools", key=("id",), clustered=True),
    Table(row=Datastore, name="datastores", key=("workspace", "name")),
    Table(row=Dataset, name="datasets", key=("id",), indexes=(("workspace", "definition"),)),
    Table(row=DatasetVersion, name="dataset_versions", key=("workspace", "name", "version"), indexes=(("dataset",),)),
    Table(row=Model, name="models", key=("workspace", "name", "version"), indexes=(("run",),)),
    Table(row=Environment, name="environments", key=("workspace", "name", "version")),
    Table(row=Compute, name="computes", key=("workspace", "name")),
    Table(row=Secret, name="secrets", key=("workspace", "name")),
    Table(row=Counter, name="counters", key=("scope",), clustered=True),
    Table(row=Agent, name="agents", key=("id",)),
)

"""Runs: submitting, reading, changing, following."""

from typing import Literal

import msgspec

from stepworks.graph.document import Graph, ParameterDefault
from stepworks.reuse.decision import ReuseDecision
from stepworks.runs.values import Failure, Produced, Timings


class SubmitRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Run a graph. `id` is chosen by the client, so that a request sent twice starts one run.

    kind "script": the graph has one step, and the run is that step's run (contracts §12, ScriptRun).
    """

    id: str
    experiment: str
    graph: Graph
    kind: Literal["pipeline", "script"] = "pipeline"
    parameters: dict[str, ParameterDefault] = {}
    continue_on_step_failure: bool = False
    regenerate_outputs: bool = False
    timeout_seconds: float | None = None
    tags: dict[str, str] = {}
    properties: dict[str, str] = {}
    # step id → properties of that step's run (facts of git and the snapshot of its source directory)
    step_properties: dict[str, dict[str, str]] = {}
    name: str | None = None
    description: str | None = None
    parent: str | None = None
    source: str = "SDK"


class StartRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Begin a run that the client itself conducts: an interactive run, or a child of another run."""

    experiment: str
    id: str | None = None
    parent: str | None = None
    name: str | None = None
    tags: dict[str, str] = {}
    properties: dict[str, str] = {}
    snapshot: str | None = None
    status: Literal["NotStarted", "Running"] = "Running"


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it is now; see `stepworks.records.rows.Run` for the meaning of the fields."""

    id: str
    workspace: str
    experiment: str
    type: str
    parent: str | None
    root: str
    number: int
    name: str | None
    status: str
    created: float
    started: float | None
    ended: float | None
    target: str | None
    description: str | None
    tags: dict[str, str]
    properties: dict[str, str]
    graph: str | None
    cancel_requested: bool
    node: str | None
    snapshot: str | None
    decision: ReuseDecision | None
    outputs: tuple[Produced, ...]
    failure: Failure | None
    warnings: tuple[str, ...]
    timings: Timings
    attempts: int


class RunChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to change of a run; None keeps. `properties` may only be added, never changed."""

    tags: dict[str, str | None] | None = None
    remove_tags: tuple[str, ...] = ()
    properties: dict[str, str] | None = None
    name: str | None = None
    description: str | None = None
    # of runs that their client conducts
    status: Literal["Running", "Completed", "Failed", "Canceled"] | None = None
    failure: Failure | None = None


class RunQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which runs to list; newest first. `tag` is "key" or "key=value"."""

    experiment: str | None = None
    type: str | None = None
    status: str | None = None
    tag: str | None = None
    parent: str | None = None
    top_level: bool = False
    limit: int = 100
    offset: int = 0


class ChildrenQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which children: all descendants, or one status only."""

    recursive: bool = False
    status: str | None = None


class MetricsQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which metrics of a run."""

    name: str | None = None
    recursive: bool = False


class FollowQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the logs of the run and its steps are wanted, besides their states."""

    logs: bool = True


class LogQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where to begin reading a log, in bytes, and how much at most."""

    offset: int = 0
    limit: int = 1 << 20


class ArtifactRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A named file of a run."""

    name: str
    object: str
    size: int
    created: float


class MetricRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One logged value of a run."""

    run: str
    seq: int
    name: str
    kind: str
    value: float | None
    data: msgspec.Raw
    step: int | None
    time: float

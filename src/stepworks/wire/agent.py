"""Messages between server and node agents.

An agent registers, holds a stream of orders open (`GET /api/v1/agents/{id}/orders`, one JSON order a line), and
posts reports (`POST /api/v1/agents/{id}/reports`, a list). Each order carries a lease; a report with a lease that
is no longer current is answered with "stale" and changes nothing. An order may come twice, after a lost connection:
an attempt that is in hand already is not begun again.
"""

import msgspec

from stepworks.graph.document import Input, Output, Work
from stepworks.runs.values import Failure, Produced, Timings
from stepworks.tracking.metrics import MetricBatch


class RunningAttempt(msgspec.Struct, frozen=True):
    """An attempt that an agent still has in hand when it registers again."""

    attempt: str
    lease: str


class AgentHello(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent says of itself. `process` is "pid:start time in clock ticks" of the agent."""

    id: str
    name: str
    host: str
    process: str
    slots: int
    gpus: int = 0
    running: tuple[RunningAttempt, ...] = ()


class AgentWelcome(msgspec.Struct, frozen=True, kw_only=True):
    """The server's answer: attempts whose lease is no longer current must be ended."""

    stale: tuple[str, ...] = ()


class BoundDatastore(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the agent reaches a datastore: for the default ones a local folder."""

    name: str
    type: str
    root: str | None = None
    settings: dict[str, object] = {}


class BoundInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input with its data found.

    `files` is given for a step's output (from its manifest). `dataset` is the saved id, `plan` its encoded plan.
    """

    port: Input
    datastore: str | None = None
    path: str = ""
    is_file: bool = False
    dataset: str | None = None
    plan: bytes | None = None


class BoundOutput(msgspec.Struct, frozen=True, kw_only=True):
    """An output with its place decided."""

    port: Output
    datastore: str
    path: str


class EnvironmentOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The environment of an attempt: an interpreter that is ready (local agents share the server's).

    `path` are folders to put before PATH.
    """

    lock: str
    python: str
    variables: dict[str, str] = {}
    path: tuple[str, ...] = ()


class RunAttempt(msgspec.Struct, frozen=True, kw_only=True, tag="run", omit_defaults=True):
    """Run one attempt. `parameters` are the values of all pipeline parameters as text; `variables` what the
    script's environment gets on top (run identity, step variables, AML_PARAMETER_…)."""

    attempt: str
    lease: str
    run: str
    root: str
    name: str
    experiment: str
    workspace: str
    work: Work
    snapshot: str | None
    environment: EnvironmentOrder
    inputs: tuple[BoundInput, ...] = ()
    outputs: tuple[BoundOutput, ...] = ()
    datastores: tuple[BoundDatastore, ...] = ()
    parameters: dict[str, str] = {}
    variables: dict[str, str] = {}
    timeout_seconds: float | None = None
    queued: float = 0.0


class CancelAttempt(msgspec.Struct, frozen=True, kw_only=True, tag="cancel", omit_defaults=True):
    """End an attempt: SIGTERM to its process group, SIGKILL after the grace."""

    attempt: str
    grace_seconds: float = 5.0
    cause: str = "cancelled"


class StopAgent(msgspec.Struct, frozen=True, tag="stop"):
    """End everything in hand and leave."""


Order = RunAttempt | CancelAttempt | StopAgent


class AttemptStarted(msgspec.Struct, frozen=True, kw_only=True, tag="started"):
    """The user's code begins (or preparation does: `phase` is "preparing" or "running")."""

    attempt: str
    lease: str
    phase: str
    time: float


class LogChunk(msgspec.Struct, frozen=True, kw_only=True, tag="log"):
    """Bytes of a log as they come; `offset` is where they begin, so that a repeated chunk is known."""

    attempt: str
    lease: str
    name: str
    offset: int
    data: bytes


class MetricsShipped(msgspec.Struct, frozen=True, kw_only=True, tag="metrics"):
    """A batch from a metrics spool of an attempt."""

    attempt: str
    lease: str
    batch: MetricBatch


class ArtifactStored(msgspec.Struct, frozen=True, array_like=True):
    """A file of the run that the agent has put into the objects."""

    name: str
    object: str
    size: int


class AttemptEnded(msgspec.Struct, frozen=True, kw_only=True, tag="ended", omit_defaults=True):
    """The attempt is over and everything it leaves behind is in place.

    `failure` None means success. `log` is the rest of the driver log from `log_offset` on: of a short step, all of it.
    """

    attempt: str
    lease: str
    outputs: tuple[Produced, ...] = ()
    artifacts: tuple[ArtifactStored, ...] = ()
    failure: Failure | None = None
    timings: Timings = Timings()
    log: bytes = b""
    log_offset: int = 0
    metrics: tuple[MetricBatch, ...] = ()
    notes: tuple[str, ...] = ()
    imported: tuple[str, ...] = ()


Report = AttemptStarted | LogChunk | MetricsShipped | AttemptEnded


class ReportsTaken(msgspec.Struct, frozen=True):
    """The attempts of a batch of reports whose lease was no longer current: end them."""

    stale: tuple[str, ...] = ()

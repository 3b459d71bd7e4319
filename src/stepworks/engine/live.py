"""What the engine has in mind of runs that are not over. All of it can be made again from the records."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from stepworks.engine.bind import FoundInput, Surroundings
from stepworks.engine.machine import RunState
from stepworks.environments.base import EnvironmentHandle, EnvironmentLock
from stepworks.graph.document import Graph, Step
from stepworks.records.rows import Run
from stepworks.reuse.decision import ReuseDecision
from stepworks.reuse.key import Facts, InputFact
from stepworks.runs.values import Failure, Produced
from stepworks.wire.agent import AttemptEnded, BoundDatastore


@dataclass
class LiveAttempt:
    """An attempt from its place in a queue to its end. Without a lease it waits; with one, an agent has it."""

    id: str
    live: "LiveRun"
    step: str
    number: int
    run: str
    pool: str
    created: float
    lease: str | None = None
    agent: str | None = None
    leased: float | None = None


@dataclass
class Locked:
    """An environment of a run: its lock, the object with its package list, and where it is once it is made."""

    lock: EnvironmentLock
    pins: str | None = None
    handle: EnvironmentHandle | None = None


@dataclass
class ActiveStep:
    """A step that was decided on and is not over. `live` is the run it belongs to, `run` its own run's id."""

    live: "LiveRun"
    step: Step
    run: str
    # What is known of its inputs, by port, what is being asked for, and what could not be had.
    found: dict[str, FoundInput] = field(default_factory=dict[str, FoundInput])
    inputs: dict[str, InputFact] = field(default_factory=dict[str, InputFact])
    asked: set[str] = field(default_factory=set[str])
    error: Exception | None = None
    environment: Locked | None = None
    facts: Facts | None = None
    key: str = ""
    flight: str = ""
    family: str = ""
    decision: ReuseDecision | None = None
    # Nothing is to be decided (any more): the verdict is there, or an equal step or a storage is being waited for.
    is_settled: bool = False
    reused: "Hit | None" = None
    # The number of the attempt that is to be submitted as soon as all is known again.
    submit: int | None = None
    attempt: LiveAttempt | None = None
    ended: AttemptEnded | None = None
    failure: Failure | None = None
    warnings: tuple[str, ...] = ()
    started: float | None = None


@dataclass(frozen=True)
class Hit:
    """An earlier run whose results serve."""

    run: str
    node: str
    pipeline: str
    outputs: tuple[Produced, ...]


@dataclass
class LiveRun:
    """A pipeline run or script run that is not over."""

    row: Run
    graph: Graph
    around: Surroundings
    state: RunState
    steps: dict[str, Step]
    step_runs: dict[str, str]
    regenerate: bool = False
    deadline: float | None = None
    produced: dict[str, dict[str, Produced]] = field(default_factory=dict[str, dict[str, Produced]])
    active: dict[str, ActiveStep] = field(default_factory=dict[str, ActiveStep])
    # By the identity of what was declared: the lock, or why there is none.
    environments: dict[bytes, Locked | Exception] = field(default_factory=dict[bytes, Locked | Exception])
    # With the time until which they are taken as they are.
    datastores: dict[str, tuple[float, BoundDatastore]] = field(default_factory=dict[str, tuple[float, BoundDatastore]])
    # Step runs that had an attempt, by how they ended: runs that their scripts left open end with them.
    ran: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    first_failure: tuple[str, Failure] | None = None
    # Of a script run: as what its client said that it has failed. It is ended, and this is how.
    told_failure: Failure | None = None
    is_closed: bool = False
    # The records have refused something of this run: only what must be is written.
    is_careful: bool = False

    @property
    def id(self) -> str:
        """The run's id."""
        return self.row.id

    @property
    def is_script(self) -> bool:
        """Whether the run is its only step's run."""
        return self.row.type == SCRIPT_RUN


PIPELINE_RUN = "azureml.PipelineRun"
STEP_RUN = "azureml.StepRun"
SCRIPT_RUN = "azureml.scriptrun"


class Book:
    """All live runs and attempts, by id. Changed by the writer alone; single look-ups are safe from any thread."""

    def __init__(self) -> None:
        self.runs: dict[str, LiveRun] = {}
        self.steps: dict[str, tuple[LiveRun, str]] = {}
        self.attempts: dict[str, LiveAttempt] = {}

    def open(self, live: LiveRun) -> None:
        """Have a run in mind."""
        self.runs[live.id] = live
        for step, run in live.step_runs.items():
            self.steps[run] = (live, step)

    def close(self, live: LiveRun) -> None:
        """Forget a run and all that belongs to it."""
        live.is_closed = True
        if self.runs.get(live.id) is live:
            del self.runs[live.id]
        for run in live.step_runs.values():
            self.steps.pop(run, None)
        for attempt in list(self.attempts_of(live)):
            self.attempts.pop(attempt.id, None)

    def attempts_of(self, live: LiveRun) -> Iterator[LiveAttempt]:
        """The attempts of a run's steps."""
        return (work.attempt for work in live.active.values() if work.attempt is not None)

    def on_agent(self, agent: str) -> tuple[LiveAttempt, ...]:
        """The attempts that an agent has a lease for."""
        return tuple(a for a in self.attempts.values() if a.agent == agent)

    def current(self, attempt: str, lease: str) -> LiveAttempt | None:
        """The attempt, if this lease is the current one."""
        found = self.attempts.get(attempt)
        return found if found is not None and found.lease == lease else None

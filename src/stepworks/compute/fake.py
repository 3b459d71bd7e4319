"""An agent that runs nothing: it takes orders and says what a test wants it to say."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from stepworks.compute.pools import AgentPools, Stream
from stepworks.hashing import content_hash, hash_bytes
from stepworks.runs.values import Failure, Produced, ProducedFile, Timings
from stepworks.tracking.metrics import MetricBatch
from stepworks.wire.agent import (
    AgentHello,
    AgentWelcome,
    ArtifactStored,
    AttemptEnded,
    AttemptStarted,
    BoundOutput,
    CancelAttempt,
    LogChunk,
    Order,
    Report,
    ReportsTaken,
    RunAttempt,
    RunningAttempt,
)


class TakesReports(Protocol):
    """The part of an engine that an agent speaks to."""

    def agent_arrived(self, hello: AgentHello) -> AgentWelcome: ...

    def agent_gone(self, agent_id: str) -> None: ...

    def take_reports(self, agent_id: str, reports: Sequence[Report]) -> ReportsTaken: ...


class FakeAgent:
    """Holds the orders it was given in `in_hand`, by attempt, until a test ends them by the name of their step."""

    def __init__(
        self,
        engine: TakesReports,
        pools: AgentPools,
        *,
        id: str = "agent-1",
        slots: int = 2,
        process: str = "1:1",
        host: str = "here",
    ) -> None:
        self.id = id
        self._engine = engine
        self._pools = pools
        self._slots = slots
        self._process = process
        self._host = host
        self._stream: Stream | None = None
        self.orders: list[Order] = []
        self.arrived: deque[RunAttempt] = deque()
        self.in_hand: dict[str, RunAttempt] = {}
        self.canceled: dict[str, str] = {}

    # --- coming and going

    def join(self, *, having: Sequence[str] | None = None) -> AgentWelcome:
        """Register with what is in hand (or only the attempts in `having`), and open the stream."""
        running = tuple(
            RunningAttempt(o.attempt, o.lease) for o in self.in_hand.values() if having is None or o.attempt in having
        )
        welcome = self._engine.agent_arrived(
            AgentHello(
                id=self.id, name=self.id, host=self._host, process=self._process, slots=self._slots, running=running
            )
        )
        for attempt in welcome.stale:
            self.in_hand.pop(attempt, None)
        self.open_stream()
        return welcome

    def find(self, engine: TakesReports, pools: AgentPools) -> None:
        """Another server has taken the place of the one that was known; what is in hand stays."""
        self._engine, self._pools, self._stream = engine, pools, None

    def open_stream(self) -> None:
        """Hold the stream of orders open."""
        self._stream = self._pools.attach(self.id, self._take)

    def close_stream(self) -> None:
        """Lose the stream; what is in hand stays."""
        assert self._stream is not None
        self._pools.detach(self._stream)

    def leave(self) -> None:
        """Lose the stream, and let the engine notice."""
        self.close_stream()
        self._engine.agent_gone(self.id)

    def _take(self, order: Order) -> None:
        self.orders.append(order)
        if isinstance(order, RunAttempt):
            # An order may come twice: after a lost connection it is sent again.
            if order.attempt not in self.in_hand:
                self.in_hand[order.attempt] = order
                self.arrived.append(order)
        elif isinstance(order, CancelAttempt):
            self.canceled[order.attempt] = order.cause

    # --- what became of attempts

    @property
    def names(self) -> list[str]:
        """The steps in hand, in the order they came."""
        return [order.name for order in self.in_hand.values()]

    def order(self, name: str) -> RunAttempt:
        """The order in hand for the step of that name."""
        return next(order for order in self.in_hand.values() if order.name == name)

    def report(self, *reports: Report) -> ReportsTaken:
        """Report whatever."""
        return self._engine.take_reports(self.id, reports)

    def start(self, name: str, time: float = 0.0) -> ReportsTaken:
        """The script of a step begins."""
        return self.report(started(self.order(name), time))

    def log(self, name: str, data: bytes, offset: int = 0) -> ReportsTaken:
        """The script of a step says something."""
        order = self.order(name)
        return self.report(
            LogChunk(
                attempt=order.attempt,
                lease=order.lease,
                name="azureml-logs/70_driver_log.txt",
                offset=offset,
                data=data,
            )
        )

    def succeed(self, name: str, contents: Mapping[str, bytes] | None = None, **more: Any) -> ReportsTaken:
        """A step succeeds; an output has its own name as content, or what `contents` says."""
        return self.end(self.order(name), succeeded(self.order(name), contents, **more))

    def fail(self, name: str, failure: Failure | None = None) -> ReportsTaken:
        """A step fails."""
        order = self.order(name)
        failure = failure or Failure(cause="exception", message="It broke.", exception="ValueError")
        return self.end(order, AttemptEnded(attempt=order.attempt, lease=order.lease, failure=failure))

    def end(self, order: RunAttempt, report: AttemptEnded) -> ReportsTaken:
        """An attempt is over."""
        self.in_hand.pop(order.attempt, None)
        return self.report(report)

    def run_all(self, outcome: Callable[[RunAttempt], AttemptEnded] | None = None, limit: int = 1_000_000) -> list[str]:
        """End attempts as they come until none comes any more; the names of their steps."""
        done: list[str] = []
        while self.arrived and len(done) < limit:
            order = self.arrived.popleft()
            if order.attempt in self.in_hand:
                done.append(order.name)
                self.end(order, (outcome or succeeded)(order))
        return done


def started(order: RunAttempt, time: float = 0.0) -> AttemptStarted:
    """The report that an attempt's script begins."""
    return AttemptStarted(attempt=order.attempt, lease=order.lease, phase="running", time=time)


def succeeded(
    order: RunAttempt,
    contents: Mapping[str, bytes] | None = None,
    *,
    log: bytes = b"",
    log_offset: int = 0,
    artifacts: tuple[ArtifactStored, ...] = (),
    metrics: tuple[MetricBatch, ...] = (),
    notes: tuple[str, ...] = (),
    timings: Timings | None = None,
) -> AttemptEnded:
    """The report that an attempt has succeeded; an output has its own name as content, or what `contents` says."""
    outputs = tuple(produced(bound, (contents or {}).get(bound.port.name)) for bound in order.outputs)
    return AttemptEnded(
        attempt=order.attempt,
        lease=order.lease,
        outputs=outputs,
        log=log,
        log_offset=log_offset,
        artifacts=artifacts,
        metrics=metrics,
        notes=notes,
        timings=timings or Timings(),
    )


def produced(bound: BoundOutput, content: bytes | None = None) -> Produced:
    """What an output holds: one file."""
    data = bound.port.name.encode() if content is None else content
    file = ProducedFile("", len(data), hash_bytes(data))
    manifest = content_hash("fake-manifest", [(file.path, file.size, file.hash)])
    return Produced(
        name=bound.port.name, datastore=bound.datastore, path=bound.path, manifest=manifest, files=(file,), is_file=True
    )

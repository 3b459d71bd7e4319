"""Doubles of what the engine needs, small graphs, and a whole engine in memory that tests conduct."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from stepworks.clock import ManualClock
from stepworks.compute.fake import FakeAgent
from stepworks.compute.pools import AgentPools
from stepworks.engine.base import InputIdentity, RunAccess
from stepworks.engine.driver import Engine
from stepworks.engine.ports import Ports
from stepworks.engine.submit import SubmitRequest
from stepworks.environments.base import EnvironmentHandle, EnvironmentLock, Log, lock_id
from stepworks.errors import Conflict, DataMissing, EnvironmentFailed, NotFound
from stepworks.graph.document import (
    DataPathValue,
    DatasetValue,
    Graph,
    Input,
    InputPath,
    Output,
    OutputPath,
    Script,
    Step,
    StepOutput,
    Text,
)
from stepworks.graph.environment import EnvironmentSpec, packages_identity
from stepworks.hashing import ContentId, content_hash
from stepworks.objects.base import Objects
from stepworks.objects.livelogs import LiveLogs
from stepworks.objects.memory import MemoryObjects
from stepworks.records.base import Records, Transaction, View, eq
from stepworks.records.memory import MemoryRecords
from stepworks.records.rows import Agent, Artifact, Datastore, Run, Workspace
from stepworks.runs.events import RunChanged, RunEvent
from stepworks.runs.values import Produced
from stepworks.wire.agent import BoundDatastore
from stepworks.wire.runs import SubmitRun

T = TypeVar("T")

WORKSPACE = "w"
EXPERIMENT = "e"


# --- graphs


def step(
    id: str,
    *after: str,
    inputs: Iterable[Input] = (),
    outputs: Iterable[str | Output] = ("out",),
    arguments: tuple[tuple[Any, ...], ...] | None = None,
    **more: Any,
) -> Step:
    """A script step named as its id, with the output "out", that reads the outputs "out" of the steps `after`."""
    ports = (*(Input(name=f"from_{a}", source=StepOutput(step=a, port="out")) for a in after), *inputs)
    made = tuple(o if isinstance(o, Output) else Output(name=o) for o in outputs)
    if arguments is None:
        arguments = (*((InputPath(p.name),) for p in ports), *((OutputPath(o.name),) for o in made))
    work = Script(script=f"{id}.py", arguments=arguments)
    given: dict[str, Any] = {"name": id, "work": work, "inputs": ports, "outputs": made, "snapshot": "s" * 64}
    return Step(id=id, **(given | more))


def graph(*steps: Step, **more: Any) -> Graph:
    """A graph of these steps."""
    return Graph(steps=steps, **more)


def chain(*ids: str) -> Graph:
    """Steps that each read what the one before wrote."""
    return graph(*(step(id, *ids[max(0, i - 1) : i]) for i, id in enumerate(ids)))


def fan(many: int) -> Graph:
    """One step, many that read what it wrote, one that reads all of those."""
    middle = [f"m{i}" for i in range(many)]
    return graph(step("first"), *(step(m, "first") for m in middle), step("last", *middle))


def text(value: str) -> tuple[Text]:
    """An argument that is text."""
    return (Text(value),)


# --- doubles


class ManualExecutor(Executor):
    """Runs what it is given when it is told to, in the thread that tells it."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as e:
                future.set_exception(e)

        self._waiting.append(run)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if cancel_futures:
            self._waiting.clear()

    @property
    def waiting(self) -> int:
        """How much has not been run."""
        return len(self._waiting)

    def run_next(self) -> bool:
        """Run what was given first; False when there is nothing."""
        if not self._waiting:
            return False
        self._waiting.pop(0)()
        return True

    def run_all(self) -> None:
        """Run everything, what comes meanwhile too."""
        while self.run_next():
            pass


class FakeIdentities:
    """Data outside of runs: texts by place ("store/path") or dataset id."""

    def __init__(self) -> None:
        self.contents: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []

    def put(self, place: str, **files: str) -> None:
        """Have these files there now."""
        self.contents[place] = files

    def identity(self, workspace: str, source: DataPathValue | DatasetValue) -> InputIdentity:
        place = f"{source.datastore}/{source.path}" if isinstance(source, DataPathValue) else str(source.id)
        self.asked.append(place)
        if isinstance(source, DatasetValue) and place not in self.contents:
            raise DataMissing(f"Dataset {place} has no data.")
        files = self.contents.get(place, {})
        stores = (source.datastore,) if isinstance(source, DataPathValue) else ("workspaceblobstore",)
        return InputIdentity(content_hash("fake-data", files), f"{len(files)} files", stores)

    def files(self, workspace: str, identity: str) -> dict[str, str] | None:
        return None


class FakeProducedData:
    """Outputs that are all there, but for those whose manifests are in `gone`; places in `taken` have other things."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.taken: set[str] = set()
        self.delivered: list[str] = []
        self.is_slow = False

    def is_quick(self, workspace: str, produced: Produced) -> bool:
        return not self.is_slow

    def verify(self, view: View, workspace: str, produced: Produced) -> bool:
        return produced.manifest not in self.gone

    def deliver(self, workspace: str, produced: Produced, datastore: str, path: str) -> Produced:
        place = f"{datastore}/{path}"
        if place in self.taken:
            raise Conflict(f"At {place} is something else.")
        self.delivered.append(place)
        return replace(produced, datastore=datastore, path=path)


class ReadyEnvironments:
    """No specification is there at once; others are made when asked for. Projects in `missing` cannot be had."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.broken: set[str] = set()
        self.built: list[str] = []
        self._there: set[str] = set()

    def lock(self, spec: EnvironmentSpec | None) -> EnvironmentLock:
        spec = spec or EnvironmentSpec()
        for package in spec.pip:
            if package in self.missing:
                raise EnvironmentFailed(f"'{package}' can't be had.")
        contents = packages_identity(spec)
        pins = "".join(f"{package}\n" for package in spec.pip)
        return EnvironmentLock(
            id=lock_id(contents, spec.variables),
            kind="fake",
            contents=contents,
            python_version="3",
            platform="here",
            pins=pins,
        )

    def ready(self, lock: EnvironmentLock) -> EnvironmentHandle | None:
        if lock.pins and lock.contents not in self._there:
            return None
        return EnvironmentHandle(lock_id=lock.id, python="python", path=(), variables={}, notes=())

    def build(self, lock: EnvironmentLock, log: Log) -> EnvironmentHandle:
        for package in lock.pins.splitlines():
            log(f"installing {package}")
            if package in self.broken:
                raise EnvironmentFailed(f"'{package}' can't be built.")
        self.built.append(lock.contents)
        self._there.add(lock.contents)
        handle = self.ready(lock)
        assert handle is not None
        return handle

    def remove_unused(self, keep: Iterable[str]) -> tuple[str, ...]:
        return ()


def find_datastore(view: View, workspace: str, name: str) -> BoundDatastore:
    """The datastore's row as an agent gets it."""
    row = view.get(Datastore, workspace, name)
    if row is None:
        raise NotFound(f"Workspace {workspace!r} has no datastore {name!r}.", target=name)
    return BoundDatastore(name=row.name, type=row.type, root=f"/stores/{name}")


# --- a whole engine


class World:
    """An engine with everything in memory, its agents conducted by the test. `restart` is a crash and a new start."""

    def __init__(
        self,
        folder: Path,
        *,
        slots: int = 2,
        records: Records | None = None,
        executor: Executor | None = None,
        publish: Callable[[RunEvent], None] | None = None,
    ) -> None:
        self.records = records or MemoryRecords()
        self.objects: Objects = MemoryObjects()
        self.clock = ManualClock()
        self.inputs = FakeIdentities()
        self.produced = FakeProducedData()
        self.environments = ReadyEnvironments()
        self.events: list[RunEvent] = []
        self.registered: list[tuple[str, str]] = []
        self.dead: set[str] = set()
        self._folder = folder
        self._slots = slots
        self._given_executor = executor
        self._also_publish = publish
        self._ids = count(1)
        self.records.write(_make_workspace)
        self._begin()

    def _begin(self) -> None:
        self.executor = ManualExecutor()
        self.pools = AgentPools(self.clock)
        self.logs = LiveLogs(self._folder)
        ports = Ports(
            records=self.records,
            objects=self.objects,
            inputs=self.inputs,
            produced=self.produced,
            environments=self.environments,
            compute=self.pools,
            logs=self.logs,
            publish=self._publish,
            give_access=lambda run: RunAccess("http://server", f"token-of-{run}", 0.0),
            find_datastore=find_datastore,
            register_output=self._register,
            is_alive=lambda agent: agent.id not in self.dead,
            clock=self.clock,
            new_id=self.new_id,
        )
        self.engine = Engine(ports, executor=self._given_executor or self.executor)

    def restart(self) -> None:
        """The server dies and another takes its place: all that is in memory is gone."""
        self.engine.stop()
        self._begin()
        self.engine.recover()
        self.settle()

    def new_id(self) -> str:
        """Ids that tell when they were given."""
        return f"id-{next(self._ids)}"

    def agent(self, id: str = "agent-1", *, slots: int | None = None) -> FakeAgent:
        """An agent that has joined."""
        agent = FakeAgent(self.engine, self.pools, id=id, slots=slots or self._slots)
        agent.join()
        return agent

    def request(self, graph: Graph, *, id: str | None = None, **more: Any) -> SubmitRequest:
        """A request to run a graph."""
        lenient = bool(more.pop("lenient", False))
        submission = SubmitRun(id=id or self.new_id(), experiment=EXPERIMENT, graph=graph, **more)
        return SubmitRequest(workspace=WORKSPACE, submission=submission, lenient=lenient)

    def submit(self, graph: Graph, **more: Any) -> str:
        """Submit a graph, let all background work be done; the run's id."""
        run = self.engine.submit(self.request(graph, **more)).id
        self.settle()
        return run

    def settle(self) -> None:
        """Do all background work there is."""
        self.executor.run_all()

    # --- looking

    def run(self, id: str) -> Run:
        """A run's row."""
        with self.records.read() as view:
            found = view.get(Run, id)
        assert found is not None
        return found

    def steps(self, run: str) -> dict[str, Run]:
        """The step runs of a pipeline run, by step id."""
        with self.records.read() as view:
            rows = view.find(Run, eq("parent", run), eq("type", "azureml.StepRun"), order=("number",))
        return {row.node or "": row for row in rows}

    def statuses(self, run: str) -> dict[str, str]:
        """The status of a pipeline run (under "") and of its steps."""
        return {"": self.run(run).status} | {node: row.status for node, row in self.steps(run).items()}

    def artifact(self, run: str, name: str) -> bytes | None:
        """The bytes of a file of a run."""
        with self.records.read() as view:
            found = view.get(Artifact, run, name)
        return None if found is None else self.objects.get(ContentId(found.object))

    def told(self, run: str) -> list[str]:
        """The statuses of a run that were published, in order."""
        return [e.status for e in self.events if isinstance(e, RunChanged) and e.run == run]

    def agents(self) -> list[Agent]:
        """The agents that are known."""
        with self.records.read() as view:
            return view.find(Agent)

    def _publish(self, event: RunEvent) -> None:
        self.events.append(event)
        if self._also_publish is not None:
            self._also_publish(event)

    def _register(self, tx: Transaction, run: Run, port: Output, produced: Produced) -> None:
        assert port.register is not None
        self.registered.append((port.register.name, produced.manifest))


def _make_workspace(tx: Transaction) -> None:
    tx.insert(
        Workspace(
            name=WORKSPACE,
            id="workspace-id",
            subscription_id="sub",
            resource_group="group",
            location="local",
            default_datastore="workspaceblobstore",
            created=0.0,
        )
    )
    for name in ("workspaceblobstore", "other"):
        tx.insert(Datastore(workspace=WORKSPACE, name=name, type="AzureBlob", settings={}, created=0.0))

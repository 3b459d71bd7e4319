"""One attempt, from the order to the report of its end."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from stepworks.agent import artifacts, cold, leftovers, outputs, processes
from stepworks.agent.execution import NoProcess, Waker, start, wait_for_end
from stepworks.agent.finish import Exit, Stop, failure_of, judge
from stepworks.agent.folders import LOG, Folders
from stepworks.agent.logs import FOLDER, Folder, Tail
from stepworks.agent.outputs import Place
from stepworks.agent.prepare import Materials, Prepared, discard, prepare
from stepworks.agent.processes import Family
from stepworks.agent.running import Running
from stepworks.agent.spool import Spool
from stepworks.agent.variables import has_own_variables
from stepworks.agent.zygote import Untouched, Zygote, ZygoteGone
from stepworks.agent.zygotes import Zygotes
from stepworks.errors import Unavailable
from stepworks.objects.base import Objects
from stepworks.runs.values import Failure, Produced, Timings
from stepworks.wire.agent import ArtifactStored, AttemptEnded, RunAttempt

# No process has this id, group or session.
_NOBODY = -1
_LOST = "The process that the script was forked from has ended, and the script with it."


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all attempts of an agent share. `now` is the time in seconds since the epoch."""

    folders: Folders
    zygotes: Zygotes
    materials: Materials
    objects: Objects
    running: Running
    memory: "MemoryKills"
    # Whether an attempt still has its lease, as far as can be known: without a server this waits for one.
    confirm: "Callable[[Attempt], bool]"
    now: Callable[[], float] = time.time


class MemoryKills:
    """How many processes the kernel has killed for want of memory, looked at now and then."""

    def __init__(self, count: Callable[[], int] = processes.out_of_memory_kills) -> None:
        self._count = count
        self.known = count()

    def refresh(self) -> int:
        """Look again."""
        self.known = self._count()
        return self.known


class Attempt:
    """An attempt that the agent has in hand. Its slot works on it; other threads read, and may ask it to stop."""

    def __init__(self, order: RunAttempt, received: float, folder: str) -> None:
        self.order = order
        self.id = order.attempt
        self.lease = order.lease
        self.received = received
        self.folder = folder
        self.log = Tail(f"{folder}/{LOG}")
        self.files = Folder(f"{folder}/run/{FOLDER}")
        self.spool = Spool(order.attempt, f"{folder}/metrics.jsonl")
        self.phase = "preparing"
        self.phase_began = received
        self.announced = ""
        self.family: Family | None = None
        self.stop: Stop | None = None
        self.is_over = False
        self.waker: Waker | None = None

    def ask_to_stop(self, stop: Stop) -> None:
        """End it; the first reason counts."""
        if self.stop is None:
            self.stop = stop
        if self.waker is not None:
            self.waker.wake()

    def enter(self, phase: str, now: float) -> None:
        """Begin a phase, "preparing" or "running"."""
        self.phase, self.phase_began = phase, now


class Outcome:
    """What became of an attempt, in the making."""

    __slots__ = ("artifacts", "failure", "imported", "notes", "produced", "timings")

    def __init__(self, timings: Timings) -> None:
        self.timings = timings
        self.failure: Failure | None = None
        self.produced: tuple[Produced, ...] = ()
        self.artifacts: tuple[ArtifactStored, ...] = ()
        self.notes: list[str] = []
        self.imported: tuple[str, ...] = ()


def carry_out(attempt: Attempt, slot: int, waker: Waker, shop: Workshop) -> AttemptEnded:
    """Prepare, run and finish an attempt; the report, without what is left of log and metrics.

    Never raises: what goes wrong is the attempt's failure.
    """
    order = attempt.order
    attempt.waker = waker
    outcome = Outcome(Timings(queued=order.queued, leased=attempt.received, data_in=shop.now()))
    prepared: Prepared | None = None
    try:
        if attempt.stop is None:
            shop.folders.take(attempt.id, order.snapshot)
            prepared = prepare(order, attempt.folder, shop.folders, shop.materials)
        if attempt.stop is not None:
            outcome.failure = Failure(cause=attempt.stop.cause, message=attempt.stop.message)
        elif prepared is not None:
            _run(attempt, slot, waker, shop, prepared, outcome)
    except ZygoteGone:
        outcome.failure = Failure(cause="lost", message=_LOST)
    except Unavailable as e:
        # The server went while it was asked for something: not the step's fault.
        outcome.failure = Failure(cause="lost", message=str(e))
    except Exception as e:
        outcome.failure = failure_of(e)
    finally:
        attempt.waker = None
    if prepared is not None:
        _finish(attempt, shop, prepared, outcome)
    return AttemptEnded(
        attempt=attempt.id,
        lease=attempt.lease,
        outputs=outcome.produced,
        artifacts=outcome.artifacts,
        failure=outcome.failure,
        timings=replace(outcome.timings, ended=shop.now()),
        notes=tuple(outcome.notes),
        imported=outcome.imported,
    )


def _run(attempt: Attempt, slot: int, waker: Waker, shop: Workshop, prepared: Prepared, outcome: Outcome) -> None:
    order = attempt.order
    memory_kills = shop.memory.known
    zygote, leader, name = _start(attempt, slot, shop, prepared)
    began = shop.now()
    outcome.timings = replace(outcome.timings, code=began)
    attempt.enter("running", began)
    family = Family(leader, processes.start_of(leader), attempt.id, attempt.folder)
    attempt.family = family
    shop.running.note(slot, attempt.id, leader, family.since)
    seconds = order.timeout_seconds
    try:
        ended = wait_for_end(
            zygote,
            slot,
            family,
            attempt,
            waker,
            until=None if seconds is None else time.monotonic() + seconds,
            late=Stop("timeout", f"The step ran longer than its timeout of {seconds:g} seconds." if seconds else ""),
            own=shop.zygotes.pids,
        )
    finally:
        shop.zygotes.give_back(zygote, slot)
    left = leftovers.end(family, own=shop.zygotes.pids(), grace=leftovers.GRACE if attempt.stop is None else 0.0)
    shop.running.clear(slot)
    if left and attempt.stop is None:
        outcome.notes.append(f"The script left processes running, which were ended: {', '.join(sorted(set(left)))}.")
    if ended.status != 0 or attempt.stop is not None:
        outcome.failure = _failure(attempt, ended, shop.memory, memory_kills)
    if name is not None:
        imported = _read(f"{attempt.folder}/imported").decode("utf-8", "replace")
        outcome.imported = shop.zygotes.learn(order.environment, name, imported, bare=not zygote.names)


def _start(attempt: Attempt, slot: int, shop: Workshop, prepared: Prepared) -> tuple[Zygote, int, str | None]:
    """Start the attempt's process: what it is forked from, its id, and the script's name if it is a warm start."""
    order = attempt.order
    for is_last in (False, True):
        zygote: Zygote | None = None
        name: str | None = None
        if prepared.command is None:
            name = f"{order.snapshot} {prepared.request['script']}"
            zygote = shop.zygotes.take(order.environment, slot, name, bare=has_own_variables(order.variables))
            if zygote is not None and not zygote.taken.isdisjoint(prepared.modules):
                # A fresh interpreter would find the user's module, this one has another of that name.
                shop.zygotes.give_back(zygote, slot)
                zygote = None
        request = prepared.request
        if zygote is None:
            request, name = _cold_request(attempt, shop, prepared), None
            zygote = shop.zygotes.launcher(slot)
        try:
            return zygote, start(zygote, slot, request), name
        except Untouched:
            shop.zygotes.give_back(zygote, slot)
            if is_last:
                raise
        except NoProcess:
            shop.zygotes.give_back(zygote, slot)
            raise
        except ZygoteGone:
            # It may have forked, and the script may have begun: only another attempt starts anew.
            zygote.wait()
            shop.zygotes.give_back(zygote, slot)
            orphans = Family(_NOBODY, 0, attempt.id, attempt.folder)
            processes.kill_all(orphans.members, shop.zygotes.pids())
            raise
    raise AssertionError("unreachable")


def _cold_request(attempt: Attempt, shop: Workshop, prepared: Prepared) -> dict[str, object]:
    environment = attempt.order.environment
    request = prepared.request
    if prepared.command is not None:
        command = prepared.command(environment.python)
    else:
        command = cold.script_command(environment.python, attempt.folder, request["script"], request["arguments"])
    return {**request, "exec": command, "environment": shop.zygotes.variables(environment) | prepared.variables}


def _failure(attempt: Attempt, ended: Exit, memory: MemoryKills, known: int) -> Failure | None:
    was_killed = ended.status & 0x7F == 9 or ended.status >> 8 == 137
    kills = memory.refresh() - known if was_killed and attempt.stop is None else 0
    return judge(
        ended,
        stop=attempt.stop,
        cause=_read(f"{attempt.folder}/cause") or None,
        memory_kills=kills,
        memory_limit=processes.memory_limit() if kills else 0,
        last_lines=attempt.log.last_lines(),
    )


def _finish(attempt: Attempt, shop: Workshop, prepared: Prepared, outcome: Outcome) -> None:
    """Take what the attempt leaves: outputs if it has succeeded, files of the run in any case."""
    outcome.notes[:0] = prepared.notes
    outcome.timings = replace(outcome.timings, data_out=shop.now())
    try:
        if outcome.failure is None and not shop.confirm(attempt):
            outcome.failure = Failure(
                cause="lost", message="The server was lost before the step's outputs were in place."
            )
        if outcome.failure is None and attempt.order.outputs:
            outcome.produced = _commit(attempt.order, shop, prepared, outcome.notes)
        outcome.artifacts = artifacts.store(prepared.run, shop.objects, outcome.notes)
    except Exception as e:
        outcome.produced = ()
        outcome.failure = outcome.failure or failure_of(e)
    finally:
        discard(prepared)


def _commit(order: RunAttempt, shop: Workshop, prepared: Prepared, notes: list[str]) -> tuple[Produced, ...]:
    stores = {store.name: store for store in order.datastores}
    pairs: list[tuple[outputs.Found, Place]] = []
    for bound in order.outputs:
        store = stores[bound.datastore]
        place = Place(root=store.root) if store.root is not None else Place(store=shop.materials.open_store(store))
        found = outputs.examine(bound, prepared.staged[bound.port.name], notes)
        outputs.check(found, place)
        pairs.append((found, place))
    # Only now, as nothing of a step that fails may be seen.
    return tuple([outputs.commit(found, place) for found, place in pairs])


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""

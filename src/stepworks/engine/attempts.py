"""Attempts: from the wish that a step runs to what an agent says became of it."""

import threading
from collections.abc import Iterable

import msgspec

from stepworks.compute.base import DEFAULT_POOL, Queued, pool_name, pool_settings
from stepworks.engine import bind, news
from stepworks.engine.background import Background
from stepworks.engine.failures import failure_of, lost
from stepworks.engine.instructions import AttemptFailed, AttemptLost, AttemptStarted, AttemptSucceeded, StepFailed
from stepworks.engine.live import ActiveStep, Book, LiveAttempt, LiveRun, Locked
from stepworks.engine.machine import Phase
from stepworks.engine.ports import Ports
from stepworks.engine.turn import Turn
from stepworks.environments.base import EnvironmentHandle
from stepworks.records.base import View
from stepworks.records.rows import Artifact, Attempt, Compute
from stepworks.runs.events import LogAppended
from stepworks.runs.values import Failure, Timings
from stepworks.wire.agent import ArtifactStored, AttemptEnded, BoundDatastore, CancelAttempt, RunAttempt

BUILD_LOG = "azureml-logs/20_image_build_log.txt"
DRIVER_LOG = "azureml-logs/70_driver_log.txt"
_DATASTORE_SECONDS = 60.0


class Attempts:
    """Begins and ends attempts. Used by the writer alone."""

    def __init__(self, ports: Ports, background: Background, book: Book) -> None:
        self._ports = ports
        self._background = background
        self._book = book
        self._builds: dict[str, list[LiveAttempt]] = {}
        # Who waits for a build, against its log: one who comes later has the log from its beginning.
        self._building = threading.Lock()

    # --- beginning

    def submit(self, turn: Turn, work: ActiveStep, number: int) -> None:
        """Have a step run whose environment and inputs are known."""
        live, locked = work.live, work.environment
        assert locked is not None
        pool = self.pool(turn.tx, work)
        attempt = LiveAttempt(self._ports.new_id(), live, work.step.id, number, work.run, pool, turn.now)
        work.attempt = attempt
        self._book.attempts[attempt.id] = attempt
        turn.change_run(work.run, status="Queued", decision=work.decision, attempts=number, warnings=work.warnings)
        if locked.handle is None:
            self._build(turn, attempt, locked)
        else:
            self._enqueue(turn, attempt)

    def place(self, turn: Turn) -> None:
        """Give waiting attempts the room there is: leases, and orders that go out after the commit."""
        for placement in self._ports.compute.place():
            attempt = self._book.attempts.get(placement.attempt)
            if attempt is None:
                self._ports.compute.release(placement.attempt)
                continue
            turn.touch(attempt.live)
            work = attempt.live.active[attempt.step]
            attempt.lease, attempt.agent = self._ports.new_id(), placement.agent
            try:
                order = self._order(turn, work, attempt)
            except Exception as e:
                self._drop(attempt)
                work.failure = failure_of(e)
                turn.tell(attempt.live, StepFailed(attempt.step))
                continue
            attempt.leased = turn.now
            turn.put(_row(attempt, "leased"))
            turn.change_run(work.run, status="Preparing")
            turn.news(news.of_step(attempt.live, attempt.step, "Preparing", turn.now, note=why(work)))
            turn.afterwards(lambda a=placement.agent, o=order: self._ports.compute.hand_out(a, o))

    def tell_waiting(self, turn: Turn) -> None:
        """Let followers know of the attempts that were queued in this turn and have no place yet."""
        for attempt in turn.queued:
            if attempt.agent is None and self._book.attempts.get(attempt.id) is attempt:
                work = attempt.live.active[attempt.step]
                turn.news(news.of_step(attempt.live, attempt.step, "Queued", turn.now, note=why(work)))

    def _order(self, turn: Turn, work: ActiveStep, attempt: LiveAttempt) -> RunAttempt:
        live, locked = work.live, work.environment
        assert locked is not None
        assert locked.handle is not None
        assert attempt.lease is not None
        outputs = tuple(bind.bind_output(port, work.run, live.around) for port in work.step.outputs)
        names = bind.datastores_of(work.found.values(), outputs)
        return bind.order(
            work.step,
            work.run,
            live.around,
            attempt=attempt.id,
            lease=attempt.lease,
            queued=attempt.created,
            inputs=work.found,
            outputs=outputs,
            datastores=tuple(self._datastore(turn, live, name) for name in names),
            environment=locked.handle,
            access=self._ports.give_access(work.run),
        )

    def _datastore(self, turn: Turn, live: LiveRun, name: str) -> BoundDatastore:
        """A datastore as agents reach it; a change of its registration reaches runs after a minute at most."""
        known = live.datastores.get(name)
        if known is not None and known[0] > turn.now:
            return known[1]
        found = self._ports.find_datastore(turn.tx, live.row.workspace, name)
        live.datastores[name] = (turn.now + _DATASTORE_SECONDS, found)
        return found

    def pool(self, view: View, work: ActiveStep) -> str:
        """The pool of a step's compute target; without one, or with one that is not there, the machine itself."""
        compute = work.step.compute or work.live.graph.default_compute
        if compute is None or compute == DEFAULT_POOL:
            return DEFAULT_POOL
        workspace = work.live.row.workspace
        pool = pool_name(workspace, compute)
        if not self._ports.compute.is_configured(pool):
            row = view.get(Compute, workspace, compute)
            if row is None:
                return DEFAULT_POOL
            self._ports.compute.configure(workspace, compute, pool_settings(row))
        return pool

    def _enqueue(self, turn: Turn, attempt: LiveAttempt) -> None:
        self._ports.compute.enqueue(Queued(attempt.id, attempt.pool, attempt.live.id))
        turn.queued.append(attempt)

    # --- environments

    def _build(self, turn: Turn, attempt: LiveAttempt, locked: Locked) -> None:
        """Make the environment first; all attempts that want the same one wait for it together."""
        turn.change_run(attempt.run, status="Preparing")
        turn.news(news.of_step(attempt.live, attempt.step, "Preparing", turn.now, note="making the environment"))
        waiting = self._builds.get(locked.lock.id)
        if waiting is not None:
            with self._building:
                self._ports.logs.append(attempt.run, BUILD_LOG, 0, self._ports.logs.read(waiting[0].run, BUILD_LOG))
                waiting.append(attempt)
            return
        waiting = self._builds[locked.lock.id] = [attempt]
        lock = locked.lock

        def log(line: str) -> None:
            with self._building:
                self._log_build(waiting, f"{line}\n".encode())

        self._background.run(
            lambda: self._ports.environments.build(lock, log), lambda turn, found: self._built(turn, lock.id, found)
        )

    def _log_build(self, attempts: Iterable[LiveAttempt], data: bytes) -> None:
        for attempt in attempts:
            offset = self._ports.logs.add(attempt.run, BUILD_LOG, data)
            root = attempt.live.row.root
            self._ports.publish(LogAppended(run=attempt.run, root=root, name=BUILD_LOG, offset=offset, data=data))

    def _built(self, turn: Turn, lock: str, found: EnvironmentHandle | Exception) -> None:
        for attempt in self._builds.pop(lock):
            # Canceled meanwhile.
            if self._book.attempts.get(attempt.id) is not attempt:
                continue
            work = attempt.live.active[attempt.step]
            if isinstance(found, Exception):
                self._drop(attempt)
                work.failure = failure_of(found)
                turn.tell(attempt.live, StepFailed(attempt.step))
            else:
                assert work.environment is not None
                work.environment.handle = found
                self._enqueue(turn, attempt)
                turn.touch(attempt.live)

    # --- ending

    def cancel(self, turn: Turn, work: ActiveStep, number: int, cause: str) -> None:
        """End an attempt: at once while no agent has it, else by an order."""
        attempt = work.attempt
        if attempt is None or attempt.number != number:
            work.submit = None
            turn.tell(work.live, AttemptFailed(work.step.id, number))
        elif attempt.agent is None:
            self._ports.compute.withdraw(attempt.id)
            self._drop(attempt)
            turn.tell(work.live, AttemptFailed(work.step.id, number))
        else:
            agent, order = attempt.agent, CancelAttempt(attempt=attempt.id, cause=cause)
            turn.change_run(work.run, status="CancelRequested")
            turn.news(news.of_step(work.live, work.step.id, "CancelRequested", turn.now))
            turn.afterwards(lambda: self._ports.compute.hand_out(agent, order))

    def started(self, turn: Turn, attempt: LiveAttempt, phase: str, time: float) -> None:
        """An agent has begun with an attempt."""
        if phase == "running":
            attempt.live.active[attempt.step].started = time
            turn.tell(attempt.live, AttemptStarted(attempt.step, attempt.number))

    def ended(
        self, turn: Turn, attempt: LiveAttempt, report: AttemptEnded, artifacts: Iterable[ArtifactStored]
    ) -> None:
        """An agent has brought an attempt to its end, and everything it leaves is in place."""
        live, work = attempt.live, attempt.live.active[attempt.step]
        failure = report.failure
        if (
            failure is not None
            and failure.cause in ("lost", "cancelled")
            and live.state.phase(attempt.step) != Phase.ENDING
        ):
            # Nobody asked for it: the agent itself was ended.
            self.lost(turn, attempt, "its agent was ended")
            return
        self._drop(attempt)
        turn.put(_row(attempt, "ended", turn.now, failure))
        for stored in artifacts:
            turn.put(Artifact(run=work.run, name=stored.name, object=stored.object, size=stored.size, created=turn.now))
        work.ended = msgspec.structs.replace(report, timings=_completed(report.timings, attempt))
        work.warnings += report.notes
        if failure is None:
            turn.tell(live, AttemptSucceeded(attempt.step, attempt.number))
        else:
            work.failure = failure
            turn.tell(live, AttemptFailed(attempt.step, attempt.number))

    def lost(self, turn: Turn, attempt: LiveAttempt, why: str) -> None:
        """Whoever had an attempt is gone."""
        work = attempt.live.active[attempt.step]
        self._drop(attempt)
        failure = lost(attempt.number, why)
        turn.put(_row(attempt, "ended", turn.now, failure))
        work.failure = failure
        work.started = None
        work.warnings += (f"Attempt {attempt.number} was lost: {why}.",)
        turn.tell(attempt.live, AttemptLost(attempt.step, attempt.number))
        turn.afterwards(
            lambda: self._ports.logs.set_aside(attempt.run, DRIVER_LOG, f"logs/attempt-{attempt.number}.txt")
        )

    def adopt(self, attempt: LiveAttempt) -> None:
        """Have an attempt in mind that an agent may still have, after a restart."""
        assert attempt.agent is not None
        self._book.attempts[attempt.id] = attempt
        self._ports.compute.adopt(Queued(attempt.id, attempt.pool, attempt.live.id), attempt.agent)

    def forget(self, live: LiveRun) -> None:
        """Drop all attempts of a run that will be made again from its records."""
        for attempt in list(self._book.attempts_of(live)):
            self._ports.compute.withdraw(attempt.id)
            self._drop(attempt)

    def _drop(self, attempt: LiveAttempt) -> None:
        self._book.attempts.pop(attempt.id, None)
        self._ports.compute.release(attempt.id)
        work = attempt.live.active.get(attempt.step)
        if work is not None and work.attempt is attempt:
            work.attempt = None


def _row(attempt: LiveAttempt, state: str, ended: float | None = None, failure: Failure | None = None) -> Attempt:
    return Attempt(
        id=attempt.id,
        workspace=attempt.live.row.workspace,
        run=attempt.run,
        root=attempt.live.row.root,
        number=attempt.number,
        state=state,
        pool=attempt.pool,
        lease=attempt.lease,
        agent=attempt.agent,
        created=attempt.created,
        leased=attempt.leased,
        ended=ended,
        failure=failure,
    )


def _completed(timings: Timings, attempt: LiveAttempt) -> Timings:
    """The agent's times, with those that only the engine knows."""
    return msgspec.structs.replace(
        timings, queued=timings.queued or attempt.created, leased=timings.leased or attempt.leased or 0.0
    )


def why(work: ActiveStep) -> str:
    """The reasons of a step's reuse decision as one line."""
    return "; ".join(str(reason) for reason in work.decision.reasons) if work.decision is not None else ""

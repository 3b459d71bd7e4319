"""The engine: obeys the machine. Every change of state is a turn, run by the records' writer and durable as a whole;
orders, events and background work follow the commit, in the order of the turns.

What the engine has in mind (`live`) changes within turns only. Should a turn fail to commit, the runs it touched are
made again from the records, as after a crash.
"""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, TypeVar

from stepworks.compute.base import pool_settings
from stepworks.engine import metrics, news
from stepworks.engine.attempts import Attempts
from stepworks.engine.background import Background, DaemonThreads
from stepworks.engine.decide import Decisions
from stepworks.engine.endings import Endings
from stepworks.engine.failures import failure_of
from stepworks.engine.instructions import (
    AttemptFailed,
    CancelAsked,
    CancelAttempt,
    DecideReuse,
    Event,
    FinishRun,
    FinishStep,
    Instruction,
    MarkStarted,
    RunBegan,
    RunTimedOut,
    StepCancelAsked,
    StepFailed,
    SubmitAttempt,
)
from stepworks.engine.live import PIPELINE_RUN, SCRIPT_RUN, STEP_RUN, ActiveStep, Book, LiveRun
from stepworks.engine.machine import advance
from stepworks.engine.ports import Ports
from stepworks.engine.recover import open_runs, recover
from stepworks.engine.reports import Reports
from stepworks.engine.submit import SubmitRequest, checked, open_run
from stepworks.engine.surveys import Surveys, environment_key
from stepworks.engine.turn import Turn
from stepworks.errors import CorruptRecords, NotFound, StepworksError, Unavailable
from stepworks.records.base import Transaction, Where, among, eq
from stepworks.records.rows import Agent, Compute, Run
from stepworks.runs.status import TERMINAL, is_terminal
from stepworks.tracking.metrics import MetricBatch
from stepworks.wire.agent import AgentHello, AgentWelcome, Report, ReportsTaken, StopAgent

T = TypeVar("T")

REJOIN_SECONDS = 30.0
"""How long an agent may be out of reach before what it runs counts as lost."""

MOST_MENDINGS = 3
"""How often a run is made again after a failed turn, before it is given up."""

CHUNK = 256
"""How many events and decisions one turn takes up, so that other runs are served in between."""

_log = logging.getLogger("stepworks.engine")


@dataclass
class _Pending:
    """A turn that was begun; `error` once it is known that it failed, `is_resolved` once anything is known."""

    turn: Turn
    is_resolved: bool = False
    error: BaseException | None = None


class Engine:
    """Runs graphs. All methods may be called from any thread, but never from inside a work of the records."""

    def __init__(self, ports: Ports, *, executor: Executor | None = None) -> None:
        self._ports = ports
        # Environments take minutes: whoever looks at data does not wait behind them.
        self._executors = (executor,) if executor else (DaemonThreads(16, "look"), DaemonThreads(4, "build"))
        self._looking = Background(self._executors[0], self._settled_turn)
        self._building = Background(self._executors[-1], self._settled_turn)
        self._book = Book()
        self._surveys = Surveys(ports, self._looking)
        self._attempts = Attempts(ports, self._building, self._book)
        self._decisions = Decisions(ports, self._looking, self._surveys, self._attempts.submit)
        self._endings = Endings(ports, self._book, self._decisions, self._attempts)
        self._reports = Reports(ports, self._book, self._attempts)
        self._turns: deque[_Pending] = deque()
        self._effects = threading.Lock()
        self._is_acting = False
        # Runs that have to be made again from the records, and how often turns of a run have failed.
        self._to_mend: dict[str, None] = {}
        self._failures: Counter[str] = Counter()
        self._is_stopped = False
        ports.compute.when_there_is_room(self._place_soon)

    # --- runs

    def submit(self, request: SubmitRequest) -> Run:
        """Begin a run: from now on it and all its step runs exist. An id that exists gives the run of that id.

        Raises InvalidGraph with every problem of the graph at once, InvalidInput for parameters and names,
        NotFound for the workspace or parent run.
        """
        good = checked(request)
        # Steps without a specification, the usual ones, do not wait for a thread later.
        plain = any(step.environment is None for step in request.submission.graph.steps)
        locked = self._surveys.lock(None) if plain else None

        def act(turn: Turn) -> Run:
            known = turn.tx.get(Run, request.submission.id)
            if known is not None:
                return known
            live, runs = open_run(turn.tx, good, turn.now, self._ports.new_id)
            if locked is not None:
                live.environments[environment_key(None)] = locked
            for row in runs:
                turn.new_run(row)
            self._book.open(live)
            turn.news(news.of_run(live, live.row.status, turn.now))
            turn.tell(live, RunBegan())
            self._settle(turn)
            return turn.row_of(live.id)

        return self._turn(act).result()

    def cancel(self, run_id: str) -> Run:
        """Ask a run to end: a pipeline run with all its steps, one step run, or a run that its client conducts.

        Asking for the end of what has ended changes nothing. Raises NotFound.
        """
        return self._turn(lambda turn: self._cancel(turn, run_id)).result()

    def _cancel(self, turn: Turn, run_id: str) -> Run:
        row = turn.tx.get(Run, run_id)
        if row is None:
            raise NotFound(f"There is no run {run_id!r}.", target=run_id)
        if is_terminal(row.status):
            return row
        live = self._book.runs.get(run_id)
        if live is not None:
            turn.change_run(run_id, cancel_requested=True)
            if not live.is_script:
                turn.change_run(run_id, status="CancelRequested")
                turn.news(news.of_run(live, "CancelRequested", turn.now))
            turn.tell(live, CancelAsked())
        elif run_id in self._book.steps:
            live, step = self._book.steps[run_id]
            turn.tell(live, StepCancelAsked(step))
        elif row.type in (PIPELINE_RUN, SCRIPT_RUN):
            # Not taken up yet: it will be, as one that is to end.
            turn.change_run(run_id, cancel_requested=True)
        elif row.type == STEP_RUN:
            raise Unavailable(f"Run {run_id} is not taken up yet.", target=run_id, remedy="Try again in a second.")
        else:
            turn.change_run(run_id, status="Canceled", ended=turn.now)
        self._settle(turn)
        return turn.row_of(run_id)

    # --- agents

    def agent_arrived(self, hello: AgentHello) -> AgentWelcome:
        """An agent says what it is, and what it has in hand: leases that are not current any more must be given up,
        and what it was given but has not (any more) is lost. Its orders come once its stream is attached."""

        def act(turn: Turn) -> AgentWelcome:
            now = turn.now
            row = Agent(
                id=hello.id,
                name=hello.name,
                host=hello.host,
                process=hello.process,
                slots=hello.slots,
                registered=now,
                seen=now,
            )
            turn.put(row)
            self._ports.compute.register(hello.id, hello.slots)
            in_hand = {running.attempt: running.lease for running in hello.running}
            stale = tuple(a for a, lease in in_hand.items() if self._book.current(a, lease) is None)
            for attempt in self._book.on_agent(hello.id):
                if in_hand.get(attempt.id) == attempt.lease:
                    self._ports.compute.acknowledge(attempt.id)
                elif not self._ports.compute.is_to_be_sent(attempt.id):
                    self._attempts.lost(turn, attempt, "its agent does not have it")
            self._settle(turn)
            return AgentWelcome(stale=stale)

        return self._turn(act).result()

    def agent_gone(self, agent_id: str) -> None:
        """An agent's stream has ended. If its process is known to be gone, what it had is lost now; else it has some
        time to come back (`tick` looks after that)."""

        def act(turn: Turn) -> None:
            row = turn.tx.get(Agent, agent_id)
            if not self._ports.compute.is_connected(agent_id) and (row is None or not self._ports.is_alive(row)):
                self._give_up_agent(turn, agent_id, "its agent has ended")
            self._settle(turn)

        self._turn(act).result()

    def _give_up_agent(self, turn: Turn, agent_id: str, why: str) -> None:
        turn.tx.delete(Agent, eq("id", agent_id))
        for attempt in self._book.on_agent(agent_id):
            self._attempts.lost(turn, attempt, why)
        self._ports.compute.forget(agent_id)

    def take_reports(self, agent_id: str, reports: Sequence[Report]) -> ReportsTaken:
        """Take what an agent reports, and wait until it is durable. Attempts whose lease is not current are named:
        what was reported of them has changed nothing."""
        return self.begin_reports(agent_id, reports).result()

    def begin_reports(self, agent_id: str, reports: Sequence[Report]) -> "Future[ReportsTaken]":
        """As `take_reports`, without waiting: the future resolves when all is durable."""
        prepared = self._reports.prepare(reports)
        if not prepared.steps:
            done: Future[ReportsTaken] = Future()
            done.set_result(ReportsTaken(tuple(prepared.stale)))
            return done

        def act(turn: Turn) -> ReportsTaken:
            taken = self._reports.take(turn, prepared)
            self._settle(turn)
            return taken

        return self._turn(act)

    def take_metrics(self, batch: MetricBatch) -> None:
        """Take over a batch of a metrics spool, and wait until it is durable; lines taken before are passed over."""
        self._turn(lambda turn: metrics.take(turn, batch)).result()

    # --- the engine itself

    def recover(self) -> None:
        """Take up all runs that are not over, at the start of a server. Attempts of agents that are known to be gone
        are lost at once; for the others their agents have some time to come back."""
        with self._ports.records.read() as view:
            runs = open_runs(view)
            computes = view.find(Compute)
            agents = view.find(Agent)
        for row in computes:
            self._ports.compute.configure(row.workspace, row.name, pool_settings(row))
        for run in runs:
            self._turn(lambda turn, run=run: self._take_up(turn, run)).result()
        gone = [agent.id for agent in agents if not self._ports.is_alive(agent)]
        known = {agent.id for agent in agents}

        def act(turn: Turn) -> None:
            holders = {a.agent for a in self._book.attempts.values() if a.agent is not None}
            for agent in dict.fromkeys([*gone, *sorted(holders - known)]):
                self._give_up_agent(turn, agent, "its agent has ended")
            self._settle(turn)

        self._turn(act).result()

    def tick(self) -> None:
        """Look after what only time tells: runs that take too long, agents that do not come back, idle nodes. About
        once a second; nothing on the way of a run waits for it."""
        compute = self._ports.compute
        compute.scale_down()
        late = dict.fromkeys(self._dead_agents(), "its agent has ended")
        for agent in compute.apart_for(REJOIN_SECONDS):
            late.setdefault(agent, f"its agent was out of reach for {REJOIN_SECONDS:g} seconds")
        now = self._ports.clock.now()
        overdue = [
            live for live in list(self._book.runs.values()) if live.deadline is not None and live.deadline <= now
        ]
        mend = list(self._to_mend)
        if not (late or overdue or mend) or self._is_stopped:
            return

        def act(turn: Turn) -> None:
            for agent, why in late.items():
                if not compute.is_connected(agent):
                    self._give_up_agent(turn, agent, why)
            for live in overdue:
                live.deadline = None
                if not live.is_closed:
                    turn.tell(live, RunTimedOut())
            self._settle(turn)

        self._turn(act)
        for run in mend:
            self._mend(run, None)

    def _dead_agents(self) -> list[str]:
        """Agents out of reach whose processes are known to be gone."""
        apart = self._ports.compute.apart_for(0.0)
        if not apart:
            return []
        with self._ports.records.read() as view:
            rows = view.find(Agent, among("id", apart))
        return [row.id for row in rows if not self._ports.is_alive(row)]

    def is_idle(self) -> bool:
        """Whether no run is open and nothing is under way."""
        under_way = self._looking.pending or self._building.pending or self._turns or self._to_mend
        return not (self._book.runs or under_way)

    def stop(self) -> None:
        """Begin nothing more. What runs goes on, and is taken up by the next engine."""
        self._is_stopped = True
        for executor in self._executors:
            executor.shutdown(wait=False, cancel_futures=True)

    def stop_agents(self) -> None:
        """Have all agents end what they have in hand, and leave."""
        for agent in self._ports.compute.connected():
            self._ports.compute.hand_out(agent, StopAgent())

    # --- turns

    def _turn(self, act: Callable[[Turn], T]) -> "Future[T]":
        """Run `act` as a turn. The future resolves after the commit."""
        if self._is_stopped:
            raise Unavailable("The engine has stopped.")
        begun: list[_Pending] = []

        def work(tx: Transaction) -> T:
            pending = _Pending(Turn(tx, self._ports.clock.now()))
            begun.append(pending)
            self._turns.append(pending)
            result = act(pending.turn)
            pending.turn.finish(self._ports.publish)
            return result

        future = self._ports.records.submit(work)
        future.add_done_callback(lambda done: self._resolved(begun, done))
        return future

    def _settled_turn(self, act: Callable[[Turn], object]) -> None:
        """A turn for what background work has found, and for all that follows from it."""

        def work(turn: Turn) -> None:
            act(turn)
            self._settle(turn)

        self._turn(work)

    def _resolved(self, begun: list[_Pending], done: "Future[Any]") -> None:
        for pending in begun:
            pending.error = done.exception()
            pending.is_resolved = True
        # Several threads may come here; one acts, in the order of the turns, and sees to what the others bring.
        while True:
            with self._effects:
                if self._is_acting or not (self._turns and self._turns[0].is_resolved):
                    return
                self._is_acting = True
                pending = self._turns.popleft()
            try:
                self._act(pending)
            finally:
                with self._effects:
                    self._is_acting = False

    def _act(self, pending: _Pending) -> None:
        if pending.error is not None:
            self._undo(pending.turn, pending.error)
            return
        for effect in pending.turn.effects:
            try:
                effect()
            except Exception:
                _log.exception("An effect of a turn failed.")

    def _settle(self, turn: Turn) -> None:
        """Obey the machines until nothing is left to do, or this turn has done enough."""
        done = 0
        while True:
            while turn.agenda:
                if done >= CHUNK:
                    self._attempts.place(turn)
                    self._attempts.tell_waiting(turn)
                    self._go_on_later(turn)
                    return
                done += 1
                live, item = turn.agenda.popleft()
                if not live.is_closed:
                    self._take_up_item(turn, live, item)
            self._attempts.place(turn)
            if not turn.agenda:
                self._attempts.tell_waiting(turn)
                return

    def _go_on_later(self, turn: Turn) -> None:
        rest = list(turn.agenda)
        turn.agenda.clear()

        def act(following: Turn) -> None:
            for live, _ in rest:
                following.touch(live)
            following.agenda.extend(rest)
            self._settle(following)

        turn.afterwards(lambda: self._turn(act))

    def _take_up_item(self, turn: Turn, live: LiveRun, item: Event | str) -> None:
        try:
            if isinstance(item, str):
                self._decisions.decide(turn, live, item)
                return
            live.state, instructions = advance(live.state, item)
        except Exception as e:
            self._failed(turn, live, item, e)
            return
        for instruction in instructions:
            self._obey(turn, live, instruction)

    def _obey(self, turn: Turn, live: LiveRun, instruction: Instruction) -> None:
        match instruction:
            case DecideReuse(step=step):
                turn.decide(live, step)
            case SubmitAttempt(step=step, number=number):
                self._submit_attempt(turn, live, step, number)
            case MarkStarted(step=step):
                work = live.active[step]
                turn.change_run(work.run, status="Running", started=work.started)
                turn.news(news.of_step(live, step, "Running", work.started or turn.now))
            case CancelAttempt(step=step, number=number, cause=cause):
                self._attempts.cancel(turn, live.active[step], number, cause)
            case FinishStep(step=step, outcome=outcome):
                self._endings.finish_step(turn, live, step, outcome)
            case FinishRun(outcome=outcome):
                self._endings.finish_run(turn, live, outcome)

    def _submit_attempt(self, turn: Turn, live: LiveRun, step: str, number: int) -> None:
        work = live.active.get(step)
        if work is None:
            work = live.active[step] = ActiveStep(live, live.steps[step], live.step_runs[step])
        if work.environment is not None and work.facts is not None:
            self._attempts.submit(turn, work, number)
            return
        # After a restart what the step needs has to be found out again first.
        work.submit, work.is_settled = number, False
        turn.decide(live, step)

    def _failed(self, turn: Turn, live: LiveRun, item: Event | str, error: Exception) -> None:
        """A mistake of ours fails the step it was about, and nothing else."""
        _log.error("Step %r of run %s could not be brought on.", item, live.id, exc_info=error)
        step = item if isinstance(item, str) else getattr(item, "step", None)
        work = live.active.get(step) if isinstance(step, str) else None
        if not isinstance(step, str) or work is None:
            raise error
        work.failure = failure_of(error)
        attempt = work.attempt
        if attempt is not None and attempt.agent is not None:
            self._attempts.cancel(turn, work, attempt.number, "cancelled")
            turn.tell(live, AttemptFailed(step, attempt.number))
        else:
            turn.tell(live, StepFailed(step))

    def _place_soon(self) -> None:
        """There is room on an agent: let those start that wait."""
        if not self._is_stopped and self._ports.compute.waiting:
            self._turn(self._settle)

    # --- mending

    def _undo(self, turn: Turn, error: BaseException) -> None:
        """A turn was not kept: what was in mind of its runs is not true."""
        if turn.touched and not isinstance(error, StepworksError):
            _log.error("A turn failed; its runs are made again from the records.", exc_info=error)
        for run in turn.touched:
            is_first = run not in self._to_mend
            self._to_mend[run] = None
            if isinstance(error, Unavailable):
                # Nothing can be written just now: `tick` tries again.
                continue
            self._failures[run] += 1
            if self._failures[run] > MOST_MENDINGS:
                self._mend(run, error)
            elif is_first:
                self._mend(run, None)

    def _mend(self, run: str, hopeless: BaseException | None) -> None:
        if not self._is_stopped:
            self._turn(lambda turn: self._make_again(turn, run, hopeless))

    def _make_again(self, turn: Turn, run: str, hopeless: BaseException | None) -> None:
        turn.touched.add(run)
        live = self._book.runs.get(run)
        if live is not None:
            self._decisions.forget_hits()
            self._attempts.forget(live)
            for work in list(live.active.values()):
                self._decisions.left(turn, work)
            self._book.close(live)
        if hopeless is None:
            self._take_up(turn, run, careful=True)
        else:
            self._give_up_run(turn, run, hopeless)
        turn.afterwards(lambda: self._to_mend.pop(run, None))

    def _take_up(self, turn: Turn, run: str, *, careful: bool = False) -> None:
        """Have a run in mind as the records tell it, and go on with it."""
        try:
            recovered = recover(turn.tx, run, turn.now)
        except CorruptRecords as e:
            self._give_up_run(turn, run, e)
            return
        if recovered is None:
            return
        live = recovered.live
        live.is_careful = careful
        self._book.open(live)
        turn.touch(live)
        for attempt in recovered.attempts:
            self._attempts.adopt(attempt)
        for instruction in recovered.instructions:
            self._obey(turn, live, instruction)
        for attempt in recovered.attempts:
            turn.decide(live, attempt.step)
        self._settle(turn)

    def _give_up_run(self, turn: Turn, run: str, error: BaseException) -> None:
        """A run that cannot be brought on is over: it must not stay open for ever."""
        _log.error("Run %s cannot be brought on.", run, exc_info=error)
        failure = failure_of(error)
        unfinished = [Where("status", "!=", status) for status in sorted(TERMINAL)]
        turn.tx.update(Run, [eq("parent", run), *unfinished], status="Canceled", ended=turn.now)
        turn.tx.update(Run, [eq("id", run), *unfinished], status="Failed", ended=turn.now, failure=failure)
        row = turn.tx.get(Run, run)
        if row is not None:
            turn.news(news.of_row(row))

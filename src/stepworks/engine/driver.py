"""The engine: obeys the machine. Every change of state is a turn, run by the records' writer and durable as a whole;
orders, events and background work follow the commit, in the order of the turns.

What the engine has in mind (`live`) changes within turns only. Should a turn fail to commit, the runs it touched are
made again from the records, as after a crash.
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future, wait

from stepworks.compute.base import pool_settings
from stepworks.engine import metrics, news
from stepworks.engine.attempts import Attempts
from stepworks.engine.background import Background, DaemonThreads
from stepworks.engine.conduct import Conductor
from stepworks.engine.decide import Decisions
from stepworks.engine.endings import Endings
from stepworks.engine.instructions import CancelAsked, RunBegan, RunTimedOut, StepCancelAsked
from stepworks.engine.live import PIPELINE_RUN, SCRIPT_RUN, STEP_RUN, Book
from stepworks.engine.mending import Mending
from stepworks.engine.ports import Ports
from stepworks.engine.recover import open_runs
from stepworks.engine.reports import Reports
from stepworks.engine.submit import SubmitRequest, checked, open_run
from stepworks.engine.surveys import Surveys, environment_key
from stepworks.engine.turn import Turn
from stepworks.engine.turns import Turns
from stepworks.errors import Conflict, NotFound, Unavailable
from stepworks.records.base import among, eq
from stepworks.records.rows import Agent, Compute, Run
from stepworks.runs.status import is_terminal
from stepworks.runs.values import Failure
from stepworks.tracking.metrics import MetricBatch
from stepworks.wire.agent import AgentHello, AgentWelcome, Report, ReportsTaken, StopAgent

REJOIN_SECONDS = 30.0
"""How long an agent may be out of reach before what it runs counts as lost."""


class Engine:
    """Runs graphs. All methods may be called from any thread, but never from inside a work of the records."""

    def __init__(self, ports: Ports, *, executor: Executor | None = None) -> None:
        self._ports = ports
        # Environments take minutes: whoever looks at data does not wait behind them.
        self._executors = (executor,) if executor else (DaemonThreads(16, "look"), DaemonThreads(4, "build"))
        self._looking = Background(self._executors[0], self._settled_turn)
        self._building = Background(self._executors[-1], self._settled_turn)
        self._turns = Turns(ports.records, ports.clock, ports.publish)
        self._book = Book()
        self._surveys = Surveys(ports, self._looking)
        self._attempts = Attempts(ports, self._building, self._book)
        self._decisions = Decisions(ports, self._looking, self._surveys, self._attempts.submit)
        endings = Endings(ports, self._book, self._decisions, self._attempts)
        self._conductor = Conductor(self._turns, self._decisions, self._attempts, endings)
        self._mending = Mending(self._turns, self._book, self._decisions, self._attempts, self._conductor)
        self._reports = Reports(ports, self._book, self._attempts)
        self._turns.failed = self._mending.failed
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
            self._conductor.settle(turn)
            return turn.row_of(live.id)

        return self._turns.run(act).result()

    def cancel(self, run_id: str) -> Run:
        """Ask a run to end: a pipeline run with all its steps, one step run, or a run that its client conducts; and
        with it the pipelines that were submitted as its children.

        Asking for the end of what has ended changes nothing. Raises NotFound.
        """
        return self._turns.run(lambda turn: self._cancel(turn, run_id)).result()

    def fail(self, run_id: str, failure: Failure) -> Run:
        """A client says that a script run has failed: it is ended like a canceled one, and this is its failure.

        Raises NotFound, and Conflict for pipelines and their steps, whose outcome is that of their scripts.
        """
        return self._turns.run(lambda turn: self._fail(turn, run_id, failure)).result()

    def _fail(self, turn: Turn, run_id: str, failure: Failure) -> Run:
        row = turn.tx.get(Run, run_id)
        if row is None:
            raise NotFound(f"There is no run {run_id!r}.", target=run_id)
        if row.type != SCRIPT_RUN:
            raise Conflict(
                f"The status of run {run_id} follows from its execution.",
                target="status",
                remedy="Cancel it to end it.",
            )
        if not is_terminal(row.status):
            turn.change_run(run_id, failure=failure)
            live = self._book.runs.get(run_id)
            if live is not None:
                live.told_failure = failure
            return self._cancel(turn, run_id)
        return row

    def _cancel_children(self, turn: Turn, parents: Collection[str]) -> None:
        for child in [live.id for live in self._book.runs.values() if live.row.parent in parents]:
            self._cancel(turn, child)

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
            self._cancel_children(turn, {run_id, *live.step_runs.values()})
        elif run_id in self._book.steps:
            live, step = self._book.steps[run_id]
            turn.tell(live, StepCancelAsked(step))
            self._cancel_children(turn, {run_id})
        elif row.type in (PIPELINE_RUN, SCRIPT_RUN):
            # Not taken up yet: it will be, as one that is to end.
            turn.change_run(run_id, cancel_requested=True)
        elif row.type == STEP_RUN:
            raise Unavailable(f"Run {run_id} is not taken up yet.", target=run_id, remedy="Try again in a second.")
        else:
            turn.change_run(run_id, status="Canceled", ended=turn.now)
            self._cancel_children(turn, {run_id})
        self._conductor.settle(turn)
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
            self._conductor.settle(turn)
            return AgentWelcome(stale=stale)

        return self._turns.run(act).result()

    def agent_gone(self, agent_id: str) -> None:
        """An agent's stream has ended. If its process is known to be gone, what it had is lost now; else it has some
        time to come back (`tick` looks after that)."""

        def act(turn: Turn) -> None:
            row = turn.tx.get(Agent, agent_id)
            if not self._ports.compute.is_connected(agent_id) and (row is None or not self._ports.is_alive(row)):
                self._give_up_agent(turn, agent_id, "its agent has ended")
            self._conductor.settle(turn)

        self._turns.run(act).result()

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
            self._conductor.settle(turn)
            return taken

        return self._turns.run(act)

    def take_metrics(self, batch: MetricBatch) -> None:
        """Take over a batch of a metrics spool, and wait until it is durable; lines taken before are passed over."""
        self._turns.run(lambda turn: metrics.take(turn, batch)).result()

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
            # One that cannot be taken up keeps no other from it: it is tried again, and given up in the end.
            wait([self._turns.run(lambda turn, run=run: self._mending.take_up(turn, run))])
        gone = [agent.id for agent in agents if not self._ports.is_alive(agent)]
        known = {agent.id for agent in agents}

        def act(turn: Turn) -> None:
            holders = {a.agent for a in self._book.attempts.values() if a.agent is not None}
            for agent in dict.fromkeys([*gone, *sorted(holders - known)]):
                self._give_up_agent(turn, agent, "its agent has ended")
            self._conductor.settle(turn)

        self._turns.run(act).result()

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
        if self._turns.is_stopped:
            return
        self._mending.mend_all()
        if not (late or overdue):
            return

        def act(turn: Turn) -> None:
            for agent, why in late.items():
                if not compute.is_connected(agent):
                    self._give_up_agent(turn, agent, why)
            for live in overdue:
                live.deadline = None
                if not live.is_closed:
                    turn.tell(live, RunTimedOut())
            self._conductor.settle(turn)

        self._turns.run(act)

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
        under_way = self._looking.pending or self._building.pending or self._turns.under_way
        return not (self._book.runs or under_way or self._mending.waiting)

    def stop(self) -> None:
        """Begin nothing more. What runs goes on, and is taken up by the next engine."""
        self._turns.is_stopped = True
        for executor in self._executors:
            executor.shutdown(wait=False, cancel_futures=True)

    def stop_agents(self) -> None:
        """Have all agents end what they have in hand, and leave."""
        for agent in self._ports.compute.connected():
            self._ports.compute.hand_out(agent, StopAgent())

    def _settled_turn(self, act: Callable[[Turn], object]) -> None:
        """A turn for what background work has found, and for all that follows from it."""

        def work(turn: Turn) -> None:
            act(turn)
            self._conductor.settle(turn)

        self._turns.run(work)

    def _place_soon(self) -> None:
        """There is room on an agent: let those start that wait."""
        if not self._turns.is_stopped and self._ports.compute.waiting:
            self._turns.run(self._conductor.settle)

"""Whether a step runs or earlier results serve, and why."""

from collections.abc import Callable

import msgspec

from stepworks.engine.background import Background
from stepworks.engine.bind import bind_output, is_own_place
from stepworks.engine.explain import Explained, Explanations
from stepworks.engine.failures import failure_of
from stepworks.engine.flights import Flights
from stepworks.engine.hits import Hits
from stepworks.engine.instructions import ReuseFound, ReuseMissed, StepFailed
from stepworks.engine.live import ActiveStep, Hit, LiveRun
from stepworks.engine.machine import Phase
from stepworks.engine.ports import Ports
from stepworks.engine.surveys import Surveys
from stepworks.engine.turn import Turn
from stepworks.errors import InvalidInput
from stepworks.records.base import View
from stepworks.records.rows import ReuseEntry
from stepworks.reuse.decision import Reason, ReuseDecision
from stepworks.reuse.key import facts, family, reuse_key
from stepworks.runs.values import Produced

Submit = Callable[[Turn, ActiveStep, int], None]


class Decisions:
    """Decides, one step after the other. Used by the writer alone."""

    def __init__(self, ports: Ports, background: Background, surveys: Surveys, submit: Submit) -> None:
        self._ports = ports
        self._background = background
        self._surveys = surveys
        self._submit = submit
        self._flights: Flights[ActiveStep] = Flights()
        self._hits = Hits()
        self._explanations = Explanations(ports)

    def decide(self, turn: Turn, live: LiveRun, step: str) -> None:
        """Take a step as far as it can be taken now; called again whenever something was found out."""
        phase = live.state.phase(step)
        work = live.active.get(step)
        if work is None:
            if phase != Phase.DECIDING:
                return
            work = live.active[step] = ActiveStep(live, live.steps[step], live.step_runs[step])
        if phase not in (Phase.DECIDING, Phase.SUBMITTED, Phase.RUNNING) or work.is_settled:
            return
        try:
            if not self._surveys.is_complete(turn, work):
                return
        except Exception as e:
            self._cannot(turn, work, e)
            return
        self._know(work)
        if phase == Phase.DECIDING:
            self._look_up(turn, work)
            return
        # After a restart: the step has run already, or has to run again; equal ones wait for it.
        if work.facts is not None:
            self._flights.lead(work.flight, work)
        if work.submit is not None:
            number, work.submit = work.submit, None
            self._submit(turn, work, number)

    def landed(self, turn: Turn, work: ActiveStep, outputs: tuple[Produced, ...]) -> None:
        """A step has results: they serve the equal ones that waited, and later ones."""
        if work.facts is None:
            return
        hit = Hit(work.run, work.step.id, work.live.id, outputs)
        self._hits.remember(work, hit)
        turn.put(
            ReuseEntry(
                run=work.run,
                workspace=work.live.row.workspace,
                key=work.key,
                family=work.family,
                facts=msgspec.to_builtins(work.facts),
                created=turn.now,
            )
        )
        for waiting in self._flights.land(work.flight, work):
            self._serve(turn, waiting, hit)

    def left(self, turn: Turn, work: ActiveStep) -> None:
        """A step ended without results: of the equal ones that wait, the next runs."""
        following = self._flights.leave(work.flight, work) if work.flight else None
        if following is not None:
            following.is_settled = False
            turn.decide(following.live, following.step.id)

    def forget_hits(self) -> None:
        """Look everything up in the records again."""
        self._hits.clear()

    # --- knowing

    def _cannot(self, turn: Turn, work: ActiveStep, error: Exception) -> None:
        if work.attempt is not None:
            return
        work.is_settled = True
        work.failure = failure_of(error)
        turn.tell(work.live, StepFailed(work.step.id))

    def _know(self, work: ActiveStep) -> None:
        """Work out facts and key. Of an attempt that was begun by an earlier server they count only if it ran on
        the same: data may have changed since."""
        if work.facts is not None or work.environment is None:
            return
        live, environment = work.live, work.environment
        found = facts(
            work.step,
            parameters=live.around.parameters,
            environment=environment.lock.id,
            pins=environment.pins,
            inputs=work.inputs,
        )
        key = reuse_key(found)
        if work.attempt is None or (work.decision is not None and work.decision.key == key):
            work.facts, work.key = found, key
            work.flight = f"{live.around.workspace.id}/{key}"
            work.family = family(work.step)

    # --- hits

    def _look_up(self, turn: Turn, work: ActiveStep) -> None:
        if work.live.regenerate:
            self._run(turn, work, Explained((Reason("regenerate"),)))
        elif not work.step.allow_reuse:
            self._run(turn, work, Explained((Reason("not_allowed"),)))
        elif not self._waits(work):
            self._try(turn, work, self._hits.remembered(work), frozenset(), None)

    def _waits(self, work: ActiveStep) -> bool:
        """Whether an equal step runs, which this one waits for from now on."""
        work.is_settled = self._flights.join(work.flight, work)
        return work.is_settled

    def _try(self, turn: Turn, work: ActiveStep, hits: list[Hit], tried: frozenset[str], gone: str | None) -> None:
        """Take the first hit whose bytes are all there; slow storages are looked at in the background.

        `tried` are the runs that do not serve, `gone` the output that one of them has lost.
        """
        workspace, produced = work.live.row.workspace, self._ports.produced
        while hits := hits or [hit for hit in self._hits.stored(turn.tx, work) if hit.run not in tried]:
            hit, hits = hits[0], hits[1:]
            if not all(produced.is_quick(workspace, output) for output in hit.outputs):
                self._try_later(work, hit, hits, tried)
                return
            missing = self._missing(turn.tx, workspace, hit)
            if missing is None:
                self._hits.remember(work, hit)
                self._serve(turn, work, hit)
                return
            self._hits.forget(work)
            tried, gone = tried | {hit.run}, missing
        # Another equal step may have begun while a slow storage was looked at.
        if not self._waits(work):
            self._run(turn, work, None if gone is None else Explained((Reason("bytes_gone", gone),)))

    def _try_later(self, work: ActiveStep, hit: Hit, others: list[Hit], tried: frozenset[str]) -> None:
        work.is_settled = True
        workspace = work.live.row.workspace

        def look() -> str | None:
            with self._ports.records.read() as view:
                return self._missing(view, workspace, hit)

        def seen(turn: Turn, missing: str | Exception | None) -> None:
            if work.live.is_closed or work.live.state.phase(work.step.id) != Phase.DECIDING:
                return
            if missing is None:
                self._hits.remember(work, hit)
                self._serve(turn, work, hit)
                return
            self._hits.forget(work)
            gone = missing if isinstance(missing, str) else ""
            self._try(turn, work, others, tried | {hit.run}, gone)

        self._background.run(look, seen)

    def _missing(self, view: View, workspace: str, hit: Hit) -> str | None:
        """The first output whose bytes are not there any more."""
        return next((p.name for p in hit.outputs if not self._ports.produced.verify(view, workspace, p)), None)

    def _serve(self, turn: Turn, work: ActiveStep, hit: Hit) -> None:
        """Take a hit, once its outputs are where this step's destinations say."""
        if work.live.is_closed:
            return
        try:
            elsewhere = _elsewhere(work, hit)
        except InvalidInput as e:
            self._cannot(turn, work, e)
            return
        if not elsewhere:
            self._reuse(turn, work, hit)
            return
        work.is_settled = True
        workspace, produced = work.live.row.workspace, self._ports.produced

        def bring() -> tuple[Produced, ...]:
            return tuple(
                produced.deliver(workspace, p, *elsewhere[p.name]) if p.name in elsewhere else p for p in hit.outputs
            )

        def brought(turn: Turn, outputs: tuple[Produced, ...] | Exception) -> None:
            if work.live.is_closed or work.live.state.phase(work.step.id) != Phase.DECIDING:
                return
            if not isinstance(outputs, Exception):
                self._reuse(turn, work, Hit(hit.run, hit.node, hit.pipeline, outputs))
            elif not self._waits(work):
                # Something is in the way, or it is no folder of this machine: the step itself finds out.
                reasons = tuple(
                    Reason("outputs", p.name, p.path, elsewhere[p.name][1]) for p in hit.outputs if p.name in elsewhere
                )
                self._run(turn, work, Explained(reasons, hit.run))

        self._background.run(bring, brought)

    def _reuse(self, turn: Turn, work: ActiveStep, hit: Hit) -> None:
        work.is_settled = True
        work.reused = hit
        work.decision = ReuseDecision(work.key, hit.run, (Reason("same", before=hit.run),), hit.run)
        turn.tell(work.live, ReuseFound(work.step.id))

    # --- misses

    def _run(self, turn: Turn, work: ActiveStep, explained: Explained | None) -> None:
        """The step runs; equal ones that come meanwhile wait for it."""
        assert work.facts is not None
        work.is_settled = True
        self._flights.lead(work.flight, work)
        explained = explained or self._explanations.at_once(turn.tx, work, work.facts)
        work.decision = ReuseDecision(work.key, None, explained.reasons, explained.nearest)
        if explained.has_more is not None:
            self._explain_later(work, explained)
        turn.tell(work.live, ReuseMissed(work.step.id))

    def _explain_later(self, work: ActiveStep, explained: Explained) -> None:
        """Name files and packages, which takes reading: the step does not wait for it."""
        before, now, workspace = explained.has_more, work.facts, work.live.row.workspace
        assert before is not None
        assert now is not None

        def seen(turn: Turn, reasons: tuple[Reason, ...] | Exception) -> None:
            if not isinstance(reasons, Exception):
                work.decision = ReuseDecision(work.key, None, reasons, explained.nearest)
                turn.change_run(work.run, decision=work.decision)

        self._background.run(lambda: self._explanations.in_full(workspace, before, now), seen)


def _elsewhere(work: ActiveStep, hit: Hit) -> dict[str, tuple[str, str]]:
    """Outputs of a hit that this step wants at another place than where they are: datastore and path by name."""
    there = {p.name: (p.datastore, p.path) for p in hit.outputs}
    wanted = [bind_output(port, work.run, work.live.around) for port in work.step.outputs if not is_own_place(port)]
    return {
        bound.port.name: (bound.datastore, bound.path)
        for bound in wanted
        if there.get(bound.port.name, (bound.datastore, bound.path)) != (bound.datastore, bound.path)
    }

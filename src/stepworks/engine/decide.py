"""Whether a step runs or earlier results serve, and why."""

from collections import OrderedDict
from collections.abc import Callable
from typing import cast

import msgspec

from stepworks.engine.background import Background
from stepworks.engine.failures import failure_of
from stepworks.engine.flights import Flights
from stepworks.engine.instructions import ReuseFound, ReuseMissed, StepFailed
from stepworks.engine.live import ActiveStep, Hit, LiveRun
from stepworks.engine.machine import Phase
from stepworks.engine.ports import Ports
from stepworks.engine.surveys import Surveys
from stepworks.engine.turn import Turn
from stepworks.errors import StepworksError
from stepworks.hashing import ContentId
from stepworks.records.base import View, eq
from stepworks.records.rows import ReuseEntry, Run
from stepworks.reuse.compare import Files, differences, explain
from stepworks.reuse.decision import Reason, ReuseDecision
from stepworks.reuse.key import Facts, InputFact, facts, family, reuse_key
from stepworks.runs.values import Produced
from stepworks.snapshots.tree import File, Tree

_MOST_REMEMBERED = 200_000  # outputs and files of hits, a few hundred bytes each
_NEAREST_OF = 5
_CANDIDATES = 3

Submit = Callable[[Turn, ActiveStep, int], None]


class Decisions:
    """Decides, one step after the other. Used by the writer alone."""

    def __init__(self, ports: Ports, background: Background, surveys: Surveys, submit: Submit) -> None:
        self._ports = ports
        self._background = background
        self._surveys = surveys
        self._submit = submit
        self._flights: Flights[ActiveStep] = Flights()
        self._hits: OrderedDict[str, Hit] = OrderedDict()
        self._remembered = 0

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
        self._remember(work, hit)
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
            self._reuse(turn, waiting, hit)

    def left(self, turn: Turn, work: ActiveStep) -> None:
        """A step ended without results: of the equal ones that wait, the next runs."""
        following = self._flights.leave(work.flight, work) if work.flight else None
        if following is not None:
            following.is_settled = False
            turn.decide(following.live, following.step.id)

    def forget_hits(self) -> None:
        """Look everything up in the records again."""
        self._hits.clear()
        self._remembered = 0

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
        live = work.live
        found = facts(
            work.step,
            parameters=live.around.parameters,
            environment=work.environment.lock.id,
            pins=work.environment.pins,
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
            self._run(turn, work, (Reason("regenerate"),))
        elif not work.step.allow_reuse:
            self._run(turn, work, (Reason("not_allowed"),))
        elif self._flights.join(work.flight, work):
            work.is_settled = True
        else:
            self._try(turn, work, self._candidates(turn.tx, work), None)

    def _candidates(self, view: View, work: ActiveStep) -> list[Hit]:
        """Earlier runs of this very work, newest first."""
        known = self._hits.get(work.flight)
        if known is not None:
            return [known]
        where = (eq("workspace", work.live.row.workspace), eq("key", work.key))
        entries = view.find(ReuseEntry, *where, order=("-created",), limit=_CANDIDATES)
        found = (_hit(view, entry.run) for entry in entries)
        return [hit for hit in found if hit is not None]

    def _try(self, turn: Turn, work: ActiveStep, candidates: list[Hit], gone: str | None) -> None:
        """Take the first candidate whose bytes are all there; slow storages are looked at in the background."""
        workspace = work.live.row.workspace
        verifier = self._ports.produced
        while candidates:
            hit = candidates.pop(0)
            if all(verifier.is_quick(workspace, p) for p in hit.outputs):
                missing = self._missing(turn.tx, workspace, hit)
            else:
                work.is_settled = True

                def verified(turn: Turn, found: str | Exception | None, hit: Hit = hit) -> None:
                    work.is_settled = False
                    if work.live.is_closed or work.live.state.phase(work.step.id) != Phase.DECIDING:
                        return
                    if found is None:
                        self._found(turn, work, hit)
                    else:
                        self._forget(work)
                        self._try(turn, work, candidates, found if isinstance(found, str) else "")

                self._background.run(lambda hit=hit: self._look_whether_missing(workspace, hit), verified)
                return
            if missing is None:
                self._found(turn, work, hit)
                return
            self._forget(work)
            gone = missing
        if gone is None:
            self._run(turn, work, None)
        else:
            self._run(turn, work, (Reason("bytes_gone", gone),))

    def _look_whether_missing(self, workspace: str, hit: Hit) -> str | None:
        with self._ports.records.read() as view:
            return self._missing(view, workspace, hit)

    def _missing(self, view: View, workspace: str, hit: Hit) -> str | None:
        """The first output whose bytes are not there any more."""
        return next((p.name for p in hit.outputs if not self._ports.produced.verify(view, workspace, p)), None)

    def _found(self, turn: Turn, work: ActiveStep, hit: Hit) -> None:
        self._remember(work, hit)
        self._reuse(turn, work, hit)

    def _reuse(self, turn: Turn, work: ActiveStep, hit: Hit) -> None:
        if work.live.is_closed:
            return
        work.is_settled = True
        work.reused = hit
        work.decision = ReuseDecision(work.key, hit.run, (Reason("same", before=hit.run),), hit.run)
        turn.tell(work.live, ReuseFound(work.step.id))

    def _remember(self, work: ActiveStep, hit: Hit) -> None:
        if self._hits.get(work.flight) is hit:
            self._hits.move_to_end(work.flight)
            return
        self._forget(work)
        self._hits[work.flight] = hit
        self._remembered += _weight(hit)
        while self._remembered > _MOST_REMEMBERED:
            self._remembered -= _weight(self._hits.popitem(last=False)[1])

    def _forget(self, work: ActiveStep) -> None:
        forgotten = self._hits.pop(work.flight, None)
        if forgotten is not None:
            self._remembered -= _weight(forgotten)

    # --- misses

    def _run(self, turn: Turn, work: ActiveStep, reasons: tuple[Reason, ...] | None) -> None:
        """The step runs; equal ones that come meanwhile wait for it."""
        work.is_settled = True
        self._flights.lead(work.flight, work)
        nearest = None
        if reasons is None:
            nearest, before = self._nearest(turn.tx, work)
            changes = differences(before, cast(Facts, work.facts)) if before is not None else ()
            reasons = changes or (Reason("first_run"),)
            if before is not None and any(r.kind in ("snapshot", "input", "environment") for r in reasons):
                self._explain(work, nearest, before)
        work.decision = ReuseDecision(work.key, None, reasons, nearest)
        turn.tell(work.live, ReuseMissed(work.step.id))

    def _nearest(self, view: View, work: ActiveStep) -> tuple[str | None, Facts | None]:
        """Of the last runs of the same declared work the one with the fewest differences, the newest of several."""
        where = (eq("workspace", work.live.row.workspace), eq("family", work.family))
        entries = view.find(ReuseEntry, *where, order=("-created",), limit=_NEAREST_OF)
        now = cast(Facts, work.facts)
        known = [(entry.run, msgspec.convert(entry.facts, Facts)) for entry in entries]
        if not known:
            return None, None
        return min(known, key=lambda k: len(differences(k[1], now)))

    def _explain(self, work: ActiveStep, nearest: str | None, before: Facts) -> None:
        """Name files and packages too, which takes reading: in the background, the step does not wait for it."""
        now = cast(Facts, work.facts)
        workspace = work.live.row.workspace

        def look() -> tuple[Reason, ...]:
            return explain(
                before,
                now,
                snapshot_files=self._snapshot_files,
                input_files=lambda fact: self._input_files(workspace, fact),
                packages=self._packages,
            )

        def seen(turn: Turn, reasons: tuple[Reason, ...] | Exception) -> None:
            if not isinstance(reasons, Exception):
                work.decision = ReuseDecision(work.key, None, reasons, nearest)
                turn.change_run(work.run, decision=work.decision)

        self._background.run(look, seen)

    def _snapshot_files(self, snapshot: str) -> Files | None:
        try:
            tree = Tree.decode(self._ports.objects.get(ContentId(snapshot)))
        except StepworksError:
            return None
        return {e.path: f"{e.id} {e.executable}" if isinstance(e, File) else f"→ {e.target}" for e in tree.entries}

    def _input_files(self, workspace: str, fact: InputFact) -> Files | None:
        if fact.run is None:
            return self._ports.inputs.files(workspace, fact.id)
        with self._ports.records.read() as view:
            hit = _hit(view, fact.run)
        outputs = hit.outputs if hit is not None else ()
        return next(
            ({f.path: f.hash for f in o.files} for o in outputs if o.name == fact.output and o.manifest == fact.id),
            None,
        )

    def _packages(self, pins: str) -> str | None:
        try:
            return self._ports.objects.get(ContentId(pins)).decode(errors="replace")
        except StepworksError:
            return None


def _weight(hit: Hit) -> int:
    return 4 + sum(1 + len(output.files) for output in hit.outputs)


def _hit(view: View, run: str) -> Hit | None:
    found = view.values(Run, ("node", "parent", "outputs"), eq("id", run))
    if not found:
        return None
    node, parent, outputs = cast("tuple[str | None, str | None, tuple[Produced, ...]]", found[0])
    return Hit(run, node or "", parent or run, outputs)

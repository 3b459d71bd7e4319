"""The ends of steps and runs, as their rows tell them."""

from typing import Any

from stepworks.engine import failures, news
from stepworks.engine.attempts import Attempts, why
from stepworks.engine.decide import Decisions
from stepworks.engine.instructions import RunOutcome, StepOutcome
from stepworks.engine.live import ActiveStep, Book, LiveRun
from stepworks.engine.ports import Ports
from stepworks.engine.turn import Turn
from stepworks.errors import InvalidInput
from stepworks.records.base import Where, among, eq
from stepworks.records.rows import Artifact, Run
from stepworks.runs.status import TERMINAL
from stepworks.runs.values import Failure, Produced, Timings

_READ_TOGETHER = 100
_OPEN = tuple(Where("status", "!=", status) for status in sorted(TERMINAL))
Changes = dict[str, Any]


class Endings:
    """Ends steps and runs. Used by the writer alone."""

    def __init__(self, ports: Ports, book: Book, decisions: Decisions, attempts: Attempts) -> None:
        self._ports = ports
        self._book = book
        self._decisions = decisions
        self._attempts = attempts

    def finish_step(self, turn: Turn, live: LiveRun, step: str, outcome: StepOutcome) -> None:
        """Write down how a step ended, and let those go on who waited for it."""
        work = live.active.pop(step, None)
        if work is None:
            self._never_decided(turn, live, step)
            return
        stopped = _stopped_by(live)
        if outcome == "Canceled" and stopped is not None:
            outcome, work.failure = "Failed", stopped
        if outcome == "Reused":
            changes = self._reused(turn, work)
        elif outcome == "Completed":
            changes = self._completed(turn, work)
        else:
            changes = self._without_results(turn, work, outcome)
        status = "Completed" if outcome == "Reused" else outcome
        if live.told_failure is not None:
            # It was written down when it was told, and does not hold for a script that ended before.
            changes.setdefault("failure", None)
        turn.change_run(work.run, status=status, ended=turn.now, **changes)
        turn.news(
            news.of_step(
                live,
                step,
                status,
                turn.now,
                reused_from=work.reused.run if work.reused is not None else None,
                failure=changes.get("failure"),
                note=why(work) if outcome == "Reused" else "; ".join(changes.get("warnings", ())),
            )
        )

    def finish_run(self, turn: Turn, live: LiveRun, outcome: RunOutcome) -> None:
        """Write down how a run ended, and forget it."""
        self._book.close(live)
        self._end_children(turn, live)
        if live.is_script:
            return
        failure = None
        if outcome == "Failed":
            failure = failures.of_run(*live.first_failure) if live.first_failure is not None else _timed_out(live)
            turn.change_run(live.id, status=outcome, ended=turn.now, failure=failure)
        else:
            turn.change_run(live.id, status=outcome, ended=turn.now)
        turn.news(news.of_run(live, outcome, turn.now, failure))

    def _never_decided(self, turn: Turn, live: LiveRun, step: str) -> None:
        run = live.step_runs[step]
        failure = _stopped_by(live)
        if failure is not None:
            turn.change_run(run, status="Failed", ended=turn.now, failure=failure)
            turn.news(news.of_step(live, step, "Failed", turn.now, failure=failure))
            return
        warnings = _why_not(live)
        turn.change_run(run, status="Canceled", ended=turn.now, warnings=warnings)
        turn.news(news.of_step(live, step, "Canceled", turn.now, note=warnings[0]))

    def _reused(self, turn: Turn, work: ActiveStep) -> Changes:
        hit = work.reused
        assert hit is not None
        work.live.produced[work.step.id] = {p.name: p for p in hit.outputs}
        warnings = self._register(turn, work, hit.outputs)
        properties = turn.properties_of(work.run, lambda: _following(work)) | {
            "azureml.reusedrunid": hit.run,
            "azureml.reusednodeid": hit.node,
            "azureml.reusedpipeline": hit.pipeline,
        }
        changes: Changes = {
            "started": turn.now,
            "decision": work.decision,
            "outputs": hit.outputs,
            "properties": properties,
        }
        if warnings:
            changes["warnings"] = warnings
        return changes

    def _completed(self, turn: Turn, work: ActiveStep) -> Changes:
        report = work.ended
        assert report is not None
        work.live.produced[work.step.id] = {p.name: p for p in report.outputs}
        self._decisions.landed(turn, work, report.outputs)
        warnings = work.warnings + self._register(turn, work, report.outputs)
        work.live.ran.setdefault("Completed", []).append(work.run)
        self._discard_logs(turn, work)
        changes: Changes = {
            "started": work.started or _began(report.timings) or turn.now,
            "outputs": report.outputs,
            "timings": report.timings,
        }
        if warnings:
            changes["warnings"] = warnings
        return changes

    def _without_results(self, turn: Turn, work: ActiveStep, outcome: StepOutcome) -> Changes:
        self._decisions.left(turn, work)
        changes: Changes = {}
        report = work.ended
        if report is not None:
            work.live.ran.setdefault(outcome, []).append(work.run)
            changes = {
                "started": work.started or _began(report.timings),
                "timings": report.timings,
                "outputs": report.outputs,
            }
            self._discard_logs(turn, work)
        else:
            self._keep_logs(turn, work)
        if work.decision is not None:
            changes["decision"] = work.decision
        if outcome == "Failed":
            failure = work.failure or Failure(cause="internal", message="The step failed, and nothing is known of why.")
            changes["failure"] = failure
            if work.live.first_failure is None:
                work.live.first_failure = (work.step.name, failure)
        elif report is None:
            work.warnings += _why_not(work.live)
        if work.warnings:
            changes["warnings"] = work.warnings
        return changes

    def _register(self, turn: Turn, work: ActiveStep, outputs: tuple[Produced, ...]) -> tuple[str, ...]:
        """Register outputs as datasets where that was wished; what fails of that is told, the step stays good."""
        wished = [
            (port, p) for port in work.step.outputs if port.register is not None for p in outputs if p.name == port.name
        ]
        if not wished:
            return ()
        troubles: list[str] = []
        row = turn.row_of(work.run)
        for port, produced in wished:
            try:
                if work.live.is_careful:
                    raise InvalidInput("the records refused it.")
                self._ports.register_output(turn.tx, row, port, produced)
            except Exception as e:
                troubles.append(f"Output '{port.name}' could not be registered as a dataset: {e}")
        return tuple(troubles)

    def _end_children(self, turn: Turn, live: LiveRun) -> None:
        """Runs that scripts began and never ended are over with the run at the latest."""
        for outcome, runs in live.ran.items():
            left_open = (among("parent", runs), eq("type", ""), *_OPEN)
            turn.tx.update(Run, left_open, status=outcome, ended=turn.now)

    def _discard_logs(self, turn: Turn, work: ActiveStep) -> None:
        turn.afterwards(lambda: self._ports.logs.discard(work.run))

    def _keep_logs(self, turn: Turn, work: ActiveStep) -> None:
        """Logs of a step that ended without an agent's report, such as that of its environment, become artifacts."""
        logs = self._ports.logs
        for name in logs.names(work.run):
            path = logs.finish(work.run, name)
            if path is not None:
                size = path.stat().st_size
                stored = self._ports.objects.put_file(path)
                turn.put(Artifact(run=work.run, name=name, object=stored, size=size, created=turn.now))
        self._discard_logs(turn, work)


def _following(work: ActiveStep) -> list[str]:
    """The step runs that are likely to end next: those declared after this one."""
    plan, step_runs = work.live.state.plan, work.live.step_runs
    at = plan.positions[work.step.id]
    return [step_runs[step] for step in plan.ids[at + 1 : at + 1 + _READ_TOGETHER]]


def _began(timings: Timings) -> float | None:
    return timings.code or timings.data_in or timings.environment or timings.leased or None


def _why_not(live: LiveRun) -> tuple[str, ...]:
    match live.state.stopping:
        case "failed" if live.first_failure is not None:
            return (f"Not run, because step '{live.first_failure[0]}' failed.",)
        case "canceled":
            return ("Not run, because the run was canceled.",)
        case "timed_out":
            return ("Not run, because the run took too long.",)
        case _:
            return ("Not run, because a step before it did not complete.",)


def _stopped_by(live: LiveRun) -> Failure | None:
    """For a script run that was ended: the failure that this is; None when it is none, or a pipeline run's."""
    if not live.is_script:
        return None
    return _timed_out(live) if live.state.stopping == "timed_out" else live.told_failure


def _timed_out(live: LiveRun) -> Failure:
    seconds = live.row.submission.timeout_seconds if live.row.submission is not None else None
    return Failure(cause="timeout", message=f"The run took longer than the {seconds or 0:g} seconds it was given.")

"""The life of one pipeline run, decided and never acted: `advance(run, event)` is what it becomes and what to do.

Knows steps by id and attempts by number; nothing of records, agents, time or data. States are values. They are kept as
packed bytes, one entry a step, so that a new state costs microseconds whatever the size of the graph.

What holds:

- A step is decided on only when all steps it waits for were reused or completed.
- A failed step is not tried again; a lost attempt is, up to `LOST_RETRIES` times.
- After a failure, unless `continue_on_failure`, nothing new starts and what runs is ended. With it, only the steps that
  wait for the failed one, directly or not, are given up. Steps that never ran end as "Canceled" (contracts §11).
- A step canceled by itself takes the steps that wait for it with it; all others go on.
- A run ends once, after all its steps: Canceled or Failed if it was asked to end or ran out of time, else Failed if any
  step failed, else Canceled if any step was canceled, else Completed.
- Events that come too late (of an ended step, of an earlier attempt) change nothing.
"""

from array import array
from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Literal

import msgspec

from stepworks.engine.instructions import (
    AttemptFailed,
    AttemptLost,
    AttemptStarted,
    AttemptSucceeded,
    CancelAsked,
    CancelAttempt,
    DecideReuse,
    Event,
    FinishRun,
    FinishStep,
    Instruction,
    MarkStarted,
    ReuseFound,
    ReuseMissed,
    RunBegan,
    RunOutcome,
    RunTimedOut,
    StepCancelAsked,
    StepFailed,
    StepOutcome,
    SubmitAttempt,
)
from stepworks.engine.plan import Plan

LOST_RETRIES = 3
"""How often a lost attempt is tried again by itself (contracts §20)."""


class Phase(IntEnum):
    """Where a step is. From `REUSED` on it is over."""

    WAITING = 0
    DECIDING = 1
    SUBMITTED = 2
    RUNNING = 3
    ENDING = 4  # asked to end, its attempt still there
    REUSED = 5
    COMPLETED = 6
    FAILED = 7
    CANCELED = 8


_OUTCOMES: Mapping[Phase, StepOutcome] = {
    Phase.REUSED: "Reused",
    Phase.COMPLETED: "Completed",
    Phase.FAILED: "Failed",
    Phase.CANCELED: "Canceled",
}
_WITH_ATTEMPT = frozenset({Phase.SUBMITTED, Phase.RUNNING, Phase.ENDING})

Stopping = Literal["", "failed", "canceled", "timed_out"]


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline run between two events.

    `phases` and `tries` (attempts begun) have a byte a step, `waits` four: how many steps it still waits for.
    """

    plan: Plan
    continue_on_failure: bool
    phases: bytes
    tries: bytes
    waits: bytes
    open: int
    stopping: Stopping = ""
    any_failed: bool = False
    any_canceled: bool = False
    began: bool = False
    ended: bool = False

    def phase(self, step: str) -> Phase:
        """Where a step is."""
        return Phase(self.phases[self.plan.positions[step]])

    def attempts(self, step: str) -> int:
        """How many attempts of a step were begun."""
        return self.tries[self.plan.positions[step]]


def new_run(plan: Plan, *, continue_on_failure: bool = False) -> RunState:
    """A run that has not begun."""
    return RunState(
        plan=plan,
        continue_on_failure=continue_on_failure,
        phases=bytes(len(plan)),
        tries=bytes(len(plan)),
        waits=array("I", [len(b) for b in plan.before]).tobytes(),
        open=len(plan),
    )


def advance(run: RunState, *events: Event) -> tuple[RunState, tuple[Instruction, ...]]:
    """What the run becomes after `events`, and what must now be done, in that order."""
    if run.ended:
        return run, ()
    draft = _Draft(run)
    for event in events:
        draft.take(event)
    return draft.state(), tuple(draft.instructions)


class Known(msgspec.Struct, frozen=True):
    """What is left of a step after a crash: its phase as far as it is known for sure, and its attempts."""

    phase: Phase = Phase.WAITING
    attempts: int = 0


def resume(
    plan: Plan,
    known: Mapping[str, Known],
    *,
    continue_on_failure: bool = False,
    canceled: bool = False,
    timed_out: bool = False,
) -> tuple[RunState, tuple[Instruction, ...]]:
    """The run after a crash, from what its records say, and what must now be done.

    Steps whose attempts are still out are SUBMITTED or RUNNING in `known`; those in between start over.
    """
    draft = _Draft(new_run(plan, continue_on_failure=continue_on_failure))
    draft.restore(known, "canceled" if canceled else "timed_out" if timed_out else "")
    return draft.state(), tuple(draft.instructions)


class _Draft:
    """A state being changed; nobody else sees it until `state` is taken."""

    def __init__(self, run: RunState) -> None:
        self._run = run
        self._plan = run.plan
        self._phases = bytearray(run.phases)
        self._tries = bytearray(run.tries)
        self._waits = array("I", run.waits)
        self._open = run.open
        self._stopping: Stopping = run.stopping
        self._any_failed = run.any_failed
        self._any_canceled = run.any_canceled
        self._began = run.began
        self._ended = run.ended
        self.instructions: list[Instruction] = []

    def state(self) -> RunState:
        return RunState(
            plan=self._plan,
            continue_on_failure=self._run.continue_on_failure,
            phases=bytes(self._phases),
            tries=bytes(self._tries),
            waits=self._waits.tobytes(),
            open=self._open,
            stopping=self._stopping,
            any_failed=self._any_failed,
            any_canceled=self._any_canceled,
            began=self._began,
            ended=self._ended,
        )

    def take(self, event: Event) -> None:
        match event:
            case ReuseFound(step=step):
                self._if(step, Phase.DECIDING, Phase.REUSED)
            case ReuseMissed(step=step):
                at = self._plan.positions[step]
                if self._phases[at] == Phase.DECIDING:
                    self._submit(at)
            case AttemptStarted(step=step, number=number):
                at = self._plan.positions[step]
                if self._phases[at] == Phase.SUBMITTED and self._tries[at] == number:
                    self._phases[at] = Phase.RUNNING
                    self.instructions.append(MarkStarted(step))
            case AttemptSucceeded(step=step, number=number):
                self._attempt_ended(step, number, Phase.COMPLETED)
            case AttemptFailed(step=step, number=number):
                self._attempt_ended(step, number, Phase.FAILED)
            case AttemptLost(step=step, number=number):
                self._attempt_lost(step, number)
            case StepFailed(step=step):
                self._step_failed(step)
            case RunBegan():
                if not self._began:
                    self._began = True
                    self._decide(at for at, waits in enumerate(self._waits) if not waits)
            case CancelAsked():
                self._stop("canceled")
            case RunTimedOut():
                self._stop("timed_out")
            case StepCancelAsked(step=step):
                self._end(self._plan.positions[step], "cancelled")
        self.settle()

    def restore(self, known: Mapping[str, Known], stop: Stopping) -> None:
        """Put every step where it was, and go on from there."""
        self._began = True
        over = [Phase.WAITING] * len(self._plan)
        for step, was in known.items():
            at = self._plan.positions[step]
            self._tries[at] = was.attempts
            over[at] = was.phase
            if was.phase in _OUTCOMES or was.phase in _WITH_ATTEMPT:
                self._phases[at] = was.phase
        for at, phase in enumerate(over):
            if phase in (Phase.REUSED, Phase.COMPLETED):
                for after in self._plan.after[at]:
                    self._waits[after] -= 1
        self._open = sum(phase not in _OUTCOMES for phase in over)
        self._any_failed = Phase.FAILED in over
        self._any_canceled = Phase.CANCELED in over
        if stop:
            self._stop(stop)
        elif self._any_failed and not self._run.continue_on_failure:
            self._stop("failed")
        for at, phase in enumerate(over):
            if phase in (Phase.FAILED, Phase.CANCELED):
                self._give_up_after(at)
            elif phase == Phase.ENDING:
                self.instructions.append(CancelAttempt(self._plan.ids[at], self._tries[at]))
        self._decide(at for at, waits in enumerate(self._waits) if not waits)
        self.settle()

    def settle(self) -> None:
        """End the run once nothing is open."""
        if self._began and not self._open and not self._ended:
            self._ended = True
            self.instructions.append(FinishRun(self._run_outcome()))

    def _run_outcome(self) -> RunOutcome:
        if self._stopping == "canceled":
            return "Canceled"
        if self._stopping or self._any_failed:
            return "Failed"
        return "Canceled" if self._any_canceled else "Completed"

    def _if(self, step: str, phase: Phase, then: Phase) -> None:
        at = self._plan.positions[step]
        if self._phases[at] == phase:
            self._finish(at, then)

    def _attempt_ended(self, step: str, number: int, outcome: Phase) -> None:
        at = self._plan.positions[step]
        if self._phases[at] not in _WITH_ATTEMPT or self._tries[at] != number:
            return
        # A success that overtakes the order to end is a success: its outputs are in place.
        if outcome == Phase.FAILED and self._phases[at] == Phase.ENDING:
            outcome = Phase.CANCELED
        self._finish(at, outcome)

    def _attempt_lost(self, step: str, number: int) -> None:
        at = self._plan.positions[step]
        if self._phases[at] not in _WITH_ATTEMPT or self._tries[at] != number:
            return
        if self._phases[at] == Phase.ENDING:
            self._finish(at, Phase.CANCELED)
        elif number > LOST_RETRIES:
            self._finish(at, Phase.FAILED)
        else:
            self._submit(at)

    def _step_failed(self, step: str) -> None:
        at = self._plan.positions[step]
        if self._phases[at] == Phase.ENDING:
            self._finish(at, Phase.CANCELED)
        elif self._phases[at] in (Phase.DECIDING, Phase.SUBMITTED):
            self._finish(at, Phase.FAILED)

    def _submit(self, at: int) -> None:
        self._tries[at] += 1
        self._phases[at] = Phase.SUBMITTED
        self.instructions.append(SubmitAttempt(self._plan.ids[at], self._tries[at]))

    def _decide(self, ready: Iterable[int]) -> None:
        for at in ready:
            if self._phases[at] == Phase.WAITING:
                self._phases[at] = Phase.DECIDING
                self.instructions.append(DecideReuse(self._plan.ids[at]))

    def _finish(self, at: int, phase: Phase) -> None:
        self._phases[at] = phase
        self._open -= 1
        self.instructions.append(FinishStep(self._plan.ids[at], _OUTCOMES[phase]))
        if phase in (Phase.REUSED, Phase.COMPLETED):
            self._release(at)
        elif phase == Phase.FAILED:
            self._any_failed = True
            if self._run.continue_on_failure:
                self._give_up_after(at)
            else:
                self._stop("failed")
        else:
            self._any_canceled = True
            self._give_up_after(at)

    def _release(self, at: int) -> None:
        """Count down the steps that wait for one that is done, and decide on those that wait no longer."""
        for after in self._plan.after[at]:
            self._waits[after] -= 1
        self._decide(after for after in self._plan.after[at] if not self._waits[after])

    def _give_up_after(self, at: int) -> None:
        """Cancel the steps that wait for one that will never be done, and those that wait for these."""
        pending = list(reversed(self._plan.after[at]))
        while pending:
            step = pending.pop()
            if self._phases[step] == Phase.WAITING:
                self._cancel(step)
                pending += reversed(self._plan.after[step])

    def _stop(self, why: Stopping) -> None:
        """Start nothing more and end what runs; the first cause gives the verdict."""
        if self._stopping:
            return
        self._stopping = why
        for at in range(len(self._phases)):
            self._end(at, "timeout" if why == "timed_out" else "cancelled", alone=False)

    def _end(self, at: int, cause: Literal["cancelled", "timeout"], *, alone: bool = True) -> None:
        phase = self._phases[at]
        if phase in (Phase.WAITING, Phase.DECIDING):
            self._cancel(at)
            if alone:
                self._give_up_after(at)
        elif phase in (Phase.SUBMITTED, Phase.RUNNING):
            self._phases[at] = Phase.ENDING
            self.instructions.append(CancelAttempt(self._plan.ids[at], self._tries[at], cause))

    def _cancel(self, at: int) -> None:
        """The end of a step that never had an attempt."""
        self._phases[at] = Phase.CANCELED
        self._open -= 1
        self._any_canceled = True
        self.instructions.append(FinishStep(self._plan.ids[at], "Canceled"))

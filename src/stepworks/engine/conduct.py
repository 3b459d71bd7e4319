"""Obeys the machines: takes up events and decisions until nothing is left to do."""

import logging

from stepworks.engine import news
from stepworks.engine.attempts import Attempts
from stepworks.engine.decide import Decisions
from stepworks.engine.endings import Endings
from stepworks.engine.failures import failure_of
from stepworks.engine.instructions import (
    AttemptFailed,
    CancelAttempt,
    DecideReuse,
    Event,
    FinishRun,
    FinishStep,
    Instruction,
    MarkStarted,
    StepFailed,
    SubmitAttempt,
)
from stepworks.engine.live import ActiveStep, LiveRun
from stepworks.engine.machine import advance
from stepworks.engine.turn import Turn
from stepworks.engine.turns import Turns

CHUNK = 256
"""How many events and decisions one turn takes up, so that other runs are served in between."""

_log = logging.getLogger("stepworks.engine")


class Conductor:
    """Brings runs on within turns. Used by the writer alone."""

    def __init__(self, turns: Turns, decisions: Decisions, attempts: Attempts, endings: Endings) -> None:
        self._turns = turns
        self._decisions = decisions
        self._attempts = attempts
        self._endings = endings

    def settle(self, turn: Turn) -> None:
        """Obey the machines until nothing is left to do, or this turn has done enough: then another goes on."""
        for _ in range(CHUNK):
            if not turn.agenda:
                # An attempt that cannot start after all is an event again.
                self._attempts.place(turn)
                if not turn.agenda:
                    break
            live, item = turn.agenda.popleft()
            if not live.is_closed:
                self._take_up(turn, live, item)
        else:
            self._attempts.place(turn)
            self._go_on_later(turn)
        self._attempts.tell_waiting(turn)

    def obey(self, turn: Turn, live: LiveRun, instruction: Instruction) -> None:
        """Do what a machine says, or put it on the agenda."""
        match instruction:
            case DecideReuse(step=step):
                turn.decide(live, step)
            case SubmitAttempt(step=step, number=number):
                self._submit(turn, live, step, number)
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

    def _go_on_later(self, turn: Turn) -> None:
        rest = list(turn.agenda)
        turn.agenda.clear()

        def act(following: Turn) -> None:
            for live, _ in rest:
                following.touch(live)
            following.agenda.extend(rest)
            self.settle(following)

        turn.afterwards(lambda: self._turns.run(act))

    def _take_up(self, turn: Turn, live: LiveRun, item: Event | str) -> None:
        try:
            if isinstance(item, str):
                self._decisions.decide(turn, live, item)
                return
            live.state, instructions = advance(live.state, item)
        except Exception as e:
            self._failed(turn, live, item, e)
            return
        for instruction in instructions:
            self.obey(turn, live, instruction)

    def _submit(self, turn: Turn, live: LiveRun, step: str, number: int) -> None:
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

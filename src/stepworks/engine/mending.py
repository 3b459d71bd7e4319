"""Takes up runs from the records: after a crash, and when a turn was not kept and what is in mind is not true."""

import logging
from collections import Counter

from stepworks.engine import news
from stepworks.engine.attempts import Attempts
from stepworks.engine.conduct import Conductor
from stepworks.engine.decide import Decisions
from stepworks.engine.failures import failure_of
from stepworks.engine.live import Book
from stepworks.engine.recover import recover
from stepworks.engine.turn import Turn
from stepworks.engine.turns import Turns
from stepworks.errors import CorruptRecords, StepworksError, Unavailable
from stepworks.records.base import Where, eq
from stepworks.records.rows import Run
from stepworks.runs.status import TERMINAL

MOST_MENDINGS = 3
"""How often a run is made again after a failed turn, before it is given up."""

_log = logging.getLogger("stepworks.engine")


class Mending:
    """Makes runs again. A run of which turn after turn fails is given up: it must not stay open for ever."""

    def __init__(
        self, turns: Turns, book: Book, decisions: Decisions, attempts: Attempts, conductor: Conductor
    ) -> None:
        self._turns = turns
        self._book = book
        self._decisions = decisions
        self._attempts = attempts
        self._conductor = conductor
        # Runs that have to be made again, and how often turns of a run have failed.
        self._waiting: dict[str, None] = {}
        self._failures: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many runs have to be made again."""
        return len(self._waiting)

    def failed(self, turn: Turn, error: BaseException) -> None:
        """A turn was not kept: have its runs made again."""
        if turn.touched and not isinstance(error, StepworksError):
            _log.error("A turn failed; its runs are made again from the records.", exc_info=error)
        for run in turn.touched:
            is_first = run not in self._waiting
            self._waiting[run] = None
            if isinstance(error, Unavailable):
                # Nothing can be written just now: `mend_all` tries again.
                continue
            self._failures[run] += 1
            if self._failures[run] > MOST_MENDINGS:
                self._mend(run, error)
            elif is_first:
                self._mend(run, None)

    def mend_all(self) -> None:
        """Try again to make the runs that are still waiting for it."""
        for run in list(self._waiting):
            self._mend(run, None)

    def take_up(self, turn: Turn, run: str, *, careful: bool = False) -> None:
        """Have a run in mind as the records tell it, and go on with it. One that is over or not there is left alone."""
        turn.touched.add(run)
        try:
            recovered = recover(turn.tx, run, turn.now)
        except CorruptRecords as e:
            self._give_up(turn, run, e)
            return
        if recovered is None:
            return
        live = recovered.live
        live.is_careful = careful
        self._book.open(live)
        for attempt in recovered.attempts:
            self._attempts.adopt(attempt)
        for instruction in recovered.instructions:
            self._conductor.obey(turn, live, instruction)
        for attempt in recovered.attempts:
            turn.decide(live, attempt.step)
        self._conductor.settle(turn)

    def _mend(self, run: str, hopeless: BaseException | None) -> None:
        if not self._turns.is_stopped:
            self._turns.run(lambda turn: self._make_again(turn, run, hopeless))

    def _make_again(self, turn: Turn, run: str, hopeless: BaseException | None) -> None:
        live = self._book.runs.get(run)
        if live is not None:
            self._decisions.forget_hits()
            self._attempts.forget(live)
            for work in list(live.active.values()):
                self._decisions.left(turn, work)
            self._book.close(live)
        if hopeless is None:
            self.take_up(turn, run, careful=True)
        else:
            self._give_up(turn, run, hopeless)
            self._conductor.settle(turn)
        turn.afterwards(lambda: self._waiting.pop(run, None))

    def _give_up(self, turn: Turn, run: str, error: BaseException) -> None:
        _log.error("Run %s cannot be brought on.", run, exc_info=error)
        unfinished = [Where("status", "!=", status) for status in sorted(TERMINAL)]
        turn.tx.update(Run, [eq("parent", run), *unfinished], status="Canceled", ended=turn.now)
        turn.tx.update(Run, [eq("id", run), *unfinished], status="Failed", ended=turn.now, failure=failure_of(error))
        row = turn.tx.get(Run, run)
        if row is not None:
            turn.news(news.of_row(row))

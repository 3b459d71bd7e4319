"""Turns: what follows a commit comes in the order of the turns, and never when there was none."""

import pytest

from stepworks.clock import ManualClock
from stepworks.engine.turn import Turn
from stepworks.engine.turns import Turns
from stepworks.errors import Unavailable
from stepworks.records.memory import MemoryRecords


@pytest.fixture
def turns() -> Turns:
    return Turns(MemoryRecords(), ManualClock(), lambda event: None)


def test_the_effects_of_a_turn_come_before_those_of_the_turns_they_begin(turns: Turns) -> None:
    done: list[str] = []

    def second(turn: Turn) -> None:
        turn.afterwards(lambda: done.append("second"))

    def first(turn: Turn) -> None:
        turn.afterwards(lambda: done.append("first") or turns.run(second))
        turn.afterwards(lambda: done.append("still first"))

    turns.run(first)
    assert done == ["first", "still first", "second"]
    assert turns.under_way == 0


def test_a_failed_turn_has_no_effects_and_is_told(turns: Turns) -> None:
    done: list[object] = []
    turns.failed = lambda turn, error: done.append(error)

    def broken(turn: Turn) -> None:
        turn.afterwards(lambda: done.append("effect"))
        raise ValueError("no")

    future = turns.run(broken)
    error = future.exception()
    assert done == [error]
    assert isinstance(error, ValueError)


def test_an_effect_that_fails_keeps_no_other_from_coming(turns: Turns) -> None:
    done: list[str] = []

    def act(turn: Turn) -> None:
        turn.afterwards(lambda: 1 / 0)
        turn.afterwards(lambda: done.append("next"))

    turns.run(act)
    assert done == ["next"]


def test_after_the_end_no_turn_begins(turns: Turns) -> None:
    turns.is_stopped = True
    with pytest.raises(Unavailable):
        turns.run(lambda turn: None)

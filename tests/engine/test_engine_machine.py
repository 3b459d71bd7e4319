"""The life of a run, decided: every kind of event on the smallest graph that shows it."""

import pytest

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
    RunTimedOut,
    StepCancelAsked,
    StepFailed,
    SubmitAttempt,
)
from stepworks.engine.machine import LOST_RETRIES, Known, Phase, RunState, advance, new_run, resume
from stepworks.engine.plan import Plan, plan_of
from stepworks.graph.document import Graph
from stepworks.testing.engine import chain, graph, step

SEQUENCE = chain("a", "b", "c")
DIAMOND = graph(step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"))
PAIR = graph(step("a"), step("b"))


def begun(g: Graph, *events: Event, continue_on_failure: bool = False) -> RunState:
    run, _ = advance(new_run(plan_of(g), continue_on_failure=continue_on_failure), RunBegan(), *events)
    return run


def then(run: RunState, *events: Event) -> list[Instruction]:
    return list(advance(run, *events)[1])


def ran(*steps: str) -> list[Event]:
    return [e for s in steps for e in (ReuseMissed(s), AttemptStarted(s, 1), AttemptSucceeded(s, 1))]


def test_an_empty_graph_completes_at_once() -> None:
    assert then(new_run(plan_of(Graph())), RunBegan()) == [FinishRun("Completed")]


def test_only_steps_that_wait_for_nothing_are_decided_on_first() -> None:
    assert then(new_run(plan_of(DIAMOND)), RunBegan()) == [DecideReuse("a")]
    assert then(new_run(plan_of(PAIR)), RunBegan()) == [DecideReuse("a"), DecideReuse("b")]


def test_a_run_begins_once() -> None:
    assert then(begun(PAIR), RunBegan()) == []


def test_a_reused_step_is_finished_without_an_attempt() -> None:
    assert then(begun(SEQUENCE), ReuseFound("a")) == [FinishStep("a", "Reused"), DecideReuse("b")]


def test_a_step_that_is_not_reused_is_submitted_started_and_completed() -> None:
    run = begun(SEQUENCE)
    run, one = advance(run, ReuseMissed("a"))
    run, two = advance(run, AttemptStarted("a", 1))
    run, three = advance(run, AttemptSucceeded("a", 1))
    assert [*one, *two, *three] == [
        SubmitAttempt("a", 1),
        MarkStarted("a"),
        FinishStep("a", "Completed"),
        DecideReuse("b"),
    ]


def test_a_success_without_a_start_is_a_success() -> None:
    assert then(begun(SEQUENCE, ReuseMissed("a")), AttemptSucceeded("a", 1))[0] == FinishStep("a", "Completed")


def test_a_step_waits_for_all_before_it() -> None:
    run = begun(DIAMOND, *ran("a"), ReuseFound("b"))
    assert run.phase("d") == Phase.WAITING
    assert then(run, ReuseFound("c")) == [FinishStep("c", "Reused"), DecideReuse("d")]


def test_the_run_ends_after_its_last_step() -> None:
    assert then(begun(DIAMOND, *ran("a", "b", "c", "d")[:-1]), AttemptSucceeded("d", 1)) == [
        FinishStep("d", "Completed"),
        FinishRun("Completed"),
    ]


def test_a_failure_stops_everything_that_is_not_over() -> None:
    run = begun(DIAMOND, *ran("a"), ReuseMissed("b"), ReuseMissed("c"), AttemptStarted("c", 1))
    run, instructions = advance(run, AttemptFailed("b", 1))
    assert instructions == (FinishStep("b", "Failed"), CancelAttempt("c", 1), FinishStep("d", "Canceled"))
    assert then(run, AttemptFailed("c", 1)) == [FinishStep("c", "Canceled"), FinishRun("Failed")]


def test_a_failed_step_is_not_tried_again() -> None:
    assert then(begun(chain("a"), ReuseMissed("a")), AttemptFailed("a", 1)) == [
        FinishStep("a", "Failed"),
        FinishRun("Failed"),
    ]


def test_with_continue_only_what_waits_for_the_failed_step_is_given_up() -> None:
    g = graph(step("a"), step("b", "a"), step("c", "b"), step("x"), step("y", "x"))
    run = begun(g, ReuseMissed("a"), ReuseMissed("x"), continue_on_failure=True)
    run, instructions = advance(run, AttemptFailed("a", 1))
    assert instructions == (FinishStep("a", "Failed"), FinishStep("b", "Canceled"), FinishStep("c", "Canceled"))
    run, instructions = advance(run, AttemptSucceeded("x", 1), ReuseFound("y"))
    assert instructions[-1] == FinishRun("Failed")


def test_a_step_that_fails_before_its_attempt_fails() -> None:
    assert then(begun(chain("a")), StepFailed("a")) == [FinishStep("a", "Failed"), FinishRun("Failed")]
    assert then(begun(chain("a"), ReuseMissed("a")), StepFailed("a")) == [
        FinishStep("a", "Failed"),
        FinishRun("Failed"),
    ]


def test_a_lost_attempt_is_tried_again_a_few_times_only() -> None:
    run = begun(chain("a"), ReuseMissed("a"))
    for number in range(1, LOST_RETRIES + 1):
        run, instructions = advance(run, AttemptStarted("a", number), AttemptLost("a", number))
        assert instructions[-1] == SubmitAttempt("a", number + 1)
    assert then(run, AttemptLost("a", LOST_RETRIES + 1)) == [FinishStep("a", "Failed"), FinishRun("Failed")]


@pytest.mark.parametrize(
    "late", [AttemptStarted("a", 1), AttemptSucceeded("a", 1), AttemptFailed("a", 1), AttemptLost("a", 1)]
)
def test_what_an_earlier_attempt_reports_changes_nothing(late: Event) -> None:
    run = begun(chain("a"), ReuseMissed("a"), AttemptLost("a", 1))
    assert advance(run, late) == (run, ())


@pytest.mark.parametrize(
    "late", [ReuseFound("a"), ReuseMissed("a"), AttemptFailed("a", 1), StepFailed("a"), StepCancelAsked("a")]
)
def test_an_ended_step_stays_as_it_is(late: Event) -> None:
    run = begun(SEQUENCE, *ran("a"))
    assert advance(run, late) == (run, ())


def test_cancelling_ends_what_runs_and_never_begins_the_rest() -> None:
    run = begun(SEQUENCE, *ran("a"), ReuseMissed("b"), AttemptStarted("b", 1))
    run, instructions = advance(run, CancelAsked())
    assert instructions == (CancelAttempt("b", 1), FinishStep("c", "Canceled"))
    assert then(run, AttemptFailed("b", 1)) == [FinishStep("b", "Canceled"), FinishRun("Canceled")]


def test_cancelling_before_anything_was_decided_ends_the_run_at_once() -> None:
    assert then(begun(PAIR), CancelAsked()) == [
        FinishStep("a", "Canceled"),
        FinishStep("b", "Canceled"),
        FinishRun("Canceled"),
    ]


def test_a_success_that_overtakes_the_order_to_end_counts() -> None:
    run = begun(SEQUENCE, ReuseMissed("a"), CancelAsked())
    assert then(run, AttemptSucceeded("a", 1)) == [FinishStep("a", "Completed"), FinishRun("Canceled")]


def test_an_attempt_lost_while_it_is_being_ended_is_not_tried_again() -> None:
    run = begun(chain("a"), ReuseMissed("a"), CancelAsked())
    assert then(run, AttemptLost("a", 1)) == [FinishStep("a", "Canceled"), FinishRun("Canceled")]


def test_cancelling_twice_is_cancelling_once() -> None:
    run = begun(SEQUENCE, ReuseMissed("a"), CancelAsked())
    assert advance(run, CancelAsked()) == (run, ())


def test_cancelling_one_step_takes_those_that_wait_for_it_and_no_others() -> None:
    g = graph(step("a"), step("b", "a"), step("x"))
    run = begun(g, ReuseMissed("a"), ReuseMissed("x"))
    run, instructions = advance(run, StepCancelAsked("a"))
    assert instructions == (CancelAttempt("a", 1),)
    run, instructions = advance(run, AttemptFailed("a", 1))
    assert instructions == (FinishStep("a", "Canceled"), FinishStep("b", "Canceled"))
    assert then(run, AttemptSucceeded("x", 1)) == [FinishStep("x", "Completed"), FinishRun("Canceled")]


def test_a_step_may_be_cancelled_before_its_turn_comes() -> None:
    assert then(begun(SEQUENCE), StepCancelAsked("b")) == [FinishStep("b", "Canceled"), FinishStep("c", "Canceled")]


def test_a_run_that_takes_too_long_fails() -> None:
    run = begun(SEQUENCE, ReuseMissed("a"))
    run, instructions = advance(run, RunTimedOut())
    assert instructions[0] == CancelAttempt("a", 1, "timeout")
    assert then(run, AttemptFailed("a", 1))[-1] == FinishRun("Failed")


def test_a_failure_that_came_before_the_wish_to_end_is_the_verdict() -> None:
    run = begun(PAIR, ReuseMissed("a"), ReuseMissed("b"), AttemptFailed("a", 1), CancelAsked())
    assert then(run, AttemptFailed("b", 1))[-1] == FinishRun("Failed")


def test_an_ended_run_stays_as_it_is() -> None:
    run = begun(chain("a"), ReuseFound("a"))
    assert advance(run, CancelAsked()) == (run, ())


def taken_up(g: Graph, **more: object) -> tuple[RunState, list[Instruction]]:
    known = more.pop("known", {})
    run, instructions = resume(plan_of(g), known, **more)  # type: ignore[arg-type]
    return run, list(instructions)


def test_after_a_crash_completed_steps_count_and_ready_ones_are_decided_on() -> None:
    run, instructions = taken_up(DIAMOND, known={"a": Known(Phase.COMPLETED), "b": Known(Phase.REUSED)})
    assert instructions == [DecideReuse("c")]
    assert then(run, ReuseFound("c")) == [FinishStep("c", "Reused"), DecideReuse("d")]


def test_after_a_crash_attempts_that_are_out_are_waited_for() -> None:
    run, instructions = taken_up(chain("a", "b"), known={"a": Known(Phase.RUNNING, 2)})
    assert instructions == []
    assert then(run, AttemptSucceeded("a", 2)) == [FinishStep("a", "Completed"), DecideReuse("b")]


def test_after_a_crash_the_count_of_attempts_goes_on() -> None:
    run, instructions = taken_up(chain("a"), known={"a": Known(Phase.WAITING, 2)})
    assert instructions == [DecideReuse("a")]
    assert then(run, ReuseMissed("a")) == [SubmitAttempt("a", 3)]


def test_after_a_crash_a_failure_still_stops_the_others() -> None:
    _, instructions = taken_up(PAIR, known={"a": Known(Phase.FAILED, 1), "b": Known(Phase.RUNNING, 1)})
    assert instructions == [CancelAttempt("b", 1)]


def test_after_a_crash_steps_behind_a_failed_one_are_given_up() -> None:
    _, instructions = taken_up(SEQUENCE, known={"a": Known(Phase.FAILED, 1)}, continue_on_failure=True)
    assert instructions == [FinishStep("b", "Canceled"), FinishStep("c", "Canceled"), FinishRun("Failed")]


def test_after_a_crash_a_wish_to_end_is_still_known() -> None:
    _, instructions = taken_up(SEQUENCE, known={"a": Known(Phase.RUNNING, 1)}, canceled=True)
    assert instructions == [CancelAttempt("a", 1), FinishStep("b", "Canceled"), FinishStep("c", "Canceled")]


def test_after_a_crash_a_step_that_was_to_end_is_told_so_again() -> None:
    _, instructions = taken_up(SEQUENCE, known={"a": Known(Phase.ENDING, 1)})
    assert instructions == [CancelAttempt("a", 1)]


def test_a_run_whose_steps_are_all_over_ends() -> None:
    assert taken_up(chain("a"), known={"a": Known(Phase.COMPLETED, 1)})[1] == [FinishRun("Completed")]


def test_a_plan_knows_both_directions() -> None:
    assert plan_of(chain("a", "b")) == Plan(("a", "b"), {"a": 0, "b": 1}, ((), (0,)), ((1,), ()))

"""Laws of the machine, for any graph and any order of events."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

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
from stepworks.graph.order import predecessors
from stepworks.testing.engine import graph, step


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs without cycles: each step may wait for any of those before it."""
    many = draw(st.integers(0, 8))
    steps = []
    for i in range(many):
        before = draw(st.lists(st.integers(0, i - 1), unique=True, max_size=3)) if i else []
        steps.append(step(f"s{i}", *(f"s{b}" for b in before)))
    return graph(*draw(st.permutations(steps)))


@dataclass
class Conductor:
    """Obeys the machine as the driver does, with outcomes drawn at random, and notes everything that happens."""

    draw: st.DrawFn
    run: RunState
    waits: dict[str, tuple[str, ...]]
    deciding: set[str] = field(default_factory=set)
    out: dict[str, int] = field(default_factory=dict)
    ends: list[tuple[str, str]] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    submitted: Counter = field(default_factory=Counter)
    events: list[Event] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        self.events.append(event)
        self.run, instructions = advance(self.run, event)
        for instruction in instructions:
            self.obey(instruction)

    def obey(self, instruction: Instruction) -> None:
        match instruction:
            case DecideReuse(step=s):
                done = {name for name, outcome in self.ends if outcome in ("Reused", "Completed")}
                assert set(self.waits[s]) <= done, "decided on before its predecessors were done"
                assert s not in self.deciding
                self.deciding.add(s)
            case SubmitAttempt(step=s, number=n):
                assert s not in self.out, "two attempts of one step at once"
                self.deciding.discard(s)
                self.submitted[s] += 1
                assert n == self.submitted[s] <= 1 + LOST_RETRIES
                self.out[s] = n
            case MarkStarted(step=s):
                assert s in self.out
            case CancelAttempt(step=s, number=n):
                assert self.out[s] == n
            case FinishStep(step=s, outcome=outcome):
                assert s not in dict(self.ends), "ended twice"
                assert s not in self.out, "ended while an attempt was out"
                assert not self.verdicts, "ended after its run"
                self.deciding.discard(s)
                self.ends.append((s, outcome))
            case FinishRun(outcome=outcome):
                assert not self.out
                self.verdicts.append(outcome)

    def choices(self) -> list[Event]:
        found: list[Event] = []
        for s in sorted(self.deciding):
            found += [ReuseFound(s), ReuseMissed(s), StepFailed(s)]
        for s, n in sorted(self.out.items()):
            found += [AttemptStarted(s, n), AttemptSucceeded(s, n), AttemptFailed(s, n), AttemptLost(s, n)]
        return found

    def take(self, event: Event) -> None:
        if isinstance(event, AttemptSucceeded | AttemptFailed | AttemptLost):
            del self.out[event.step]
        if isinstance(event, ReuseFound | ReuseMissed | StepFailed):
            self.deciding.discard(event.step)
        self.tell(event)


def conducted(draw: st.DrawFn, g: Graph, most: int) -> Conductor:
    run = new_run(plan_of(g), continue_on_failure=draw(st.booleans()))
    conductor = Conductor(draw, run, {s.id: predecessors(s) for s in g.steps})
    conductor.tell(RunBegan())
    for _ in range(most):
        choices = conductor.choices()
        if not choices:
            break
        noise: list[Event] = [CancelAsked(), RunTimedOut()] + [StepCancelAsked(s.id) for s in g.steps]
        noise += [AttemptSucceeded(s.id, 9) for s in g.steps]
        if draw(st.integers(0, 19)) == 0:
            conductor.tell(draw(st.sampled_from(noise)))
        else:
            conductor.take(draw(st.sampled_from(choices)))
    return conductor


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_every_step_ends_exactly_once_and_then_the_run(data: st.DataObject) -> None:
    g = data.draw(graphs())
    conductor = conducted(data.draw, g, 10_000)
    assert sorted(dict(conductor.ends)) == sorted(s.id for s in g.steps)
    assert len(conductor.ends) == len(g.steps)
    assert len(conductor.verdicts) == 1
    outcomes = {outcome for _, outcome in conductor.ends}
    if conductor.verdicts == ["Completed"]:
        assert outcomes <= {"Reused", "Completed"}


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_an_ended_run_changes_no_more(data: st.DataObject) -> None:
    g = data.draw(graphs())
    run = conducted(data.draw, g, 10_000).run
    for s in g.steps:
        for late in (
            ReuseFound(s.id),
            AttemptSucceeded(s.id, 1),
            AttemptLost(s.id, 1),
            StepCancelAsked(s.id),
            CancelAsked(),
        ):
            assert advance(run, late) == (run, ())


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_the_same_events_give_the_same_state(data: st.DataObject) -> None:
    g = data.draw(graphs())
    conductor = conducted(data.draw, g, 12)
    start = new_run(plan_of(g), continue_on_failure=conductor.run.continue_on_failure)
    one_by_one, together = start, advance(start, *conductor.events)
    instructions: list[Instruction] = []
    for event in conductor.events:
        one_by_one, more = advance(one_by_one, event)
        instructions += more
    assert one_by_one == conductor.run == together[0]
    assert tuple(instructions) == together[1]


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_a_crash_at_any_point_loses_and_doubles_nothing(data: st.DataObject) -> None:
    g = data.draw(graphs())
    before = conducted(data.draw, g, data.draw(st.integers(0, 12)))
    if before.verdicts:
        return
    known = {s.id: _known(before, s.id) for s in g.steps}
    canceled = before.run.stopping == "canceled"
    timed_out = before.run.stopping == "timed_out"
    plan: Plan = plan_of(g)
    run, instructions = resume(
        plan, known, continue_on_failure=before.run.continue_on_failure, canceled=canceled, timed_out=timed_out
    )
    after = Conductor(data.draw, run, before.waits, out=dict(before.out), ends=list(before.ends))
    after.submitted = Counter({s: k.attempts for s, k in known.items()})
    for instruction in instructions:
        after.obey(instruction)
    for _ in range(10_000):
        choices = after.choices()
        if not choices:
            break
        after.take(data.draw(st.sampled_from(choices)))
    assert sorted(dict(after.ends)) == sorted(s.id for s in g.steps)
    assert len(after.ends) == len(g.steps)
    assert len(after.verdicts) == 1


def _known(conductor: Conductor, s: str) -> Known:
    """What the records would say of a step."""
    phase, attempts = conductor.run.phase(s), conductor.run.attempts(s)
    return Known(Phase.WAITING if phase == Phase.DECIDING else phase, attempts)

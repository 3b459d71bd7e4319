"""Logs, artifacts and metrics on their way from an agent to where they are read."""

import pytest

from stepworks.records.base import eq
from stepworks.records.rows import Metric, Spool
from stepworks.runs.events import LogAppended
from stepworks.runs.values import Failure
from stepworks.testing.engine import World, chain
from stepworks.tracking.metrics import MetricBatch, MetricPoint
from stepworks.wire.agent import ArtifactStored, AttemptEnded, LogChunk, MetricsShipped

DRIVER_LOG = "azureml-logs/70_driver_log.txt"


def heard(world: World, run: str) -> bytes:
    """The driver log as followers got it."""
    data = bytearray()
    for event in world.events:
        if isinstance(event, LogAppended) and event.run == run and event.name == DRIVER_LOG:
            data[event.offset : event.offset + len(event.data)] = event.data
    return bytes(data)


def points(world: World, run: str) -> list[tuple[int, str, float | None]]:
    with world.records.read() as view:
        return [(m.seq, m.name, m.value) for m in view.find(Metric, eq("run", run), order=("seq",))]


def test_a_log_that_comes_with_the_end_becomes_an_artifact(world: World) -> None:
    agent = world.agent()
    a = world.steps(world.submit(chain("a")))["a"].id
    agent.succeed("a", log=b"hello\n")
    assert world.artifact(a, DRIVER_LOG) == b"hello\n"
    assert heard(world, a) == b"hello\n"


def test_a_log_is_there_although_nothing_was_said(world: World) -> None:
    agent = world.agent()
    a = world.steps(world.submit(chain("a")))["a"].id
    agent.succeed("a")
    assert world.artifact(a, DRIVER_LOG) == b""


def test_a_log_that_comes_in_pieces_is_read_while_it_grows(world: World) -> None:
    agent = world.agent()
    a = world.steps(world.submit(chain("a")))["a"].id
    agent.log("a", b"one\n")
    agent.log("a", b"two\n", offset=4)
    agent.log("a", b"two\n", offset=4)
    assert world.logs.read(a, DRIVER_LOG) == b"one\ntwo\n"
    agent.succeed("a", log=b"three\n", log_offset=8)
    assert world.artifact(a, DRIVER_LOG) == heard(world, a) == b"one\ntwo\nthree\n"
    assert world.logs.read(a, DRIVER_LOG) == b""


def test_other_logs_become_artifacts_too(world: World) -> None:
    agent = world.agent()
    a = world.steps(world.submit(chain("a")))["a"].id
    order = agent.order("a")
    agent.report(LogChunk(attempt=order.attempt, lease=order.lease, name="user_logs/more.txt", offset=0, data=b"x"))
    agent.succeed("a", log=b"y")
    assert (world.artifact(a, "user_logs/more.txt"), world.artifact(a, DRIVER_LOG)) == (b"x", b"y")


def test_a_log_that_leads_out_of_its_folder_is_left_out(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    order = agent.order("a")
    agent.report(LogChunk(attempt=order.attempt, lease=order.lease, name="../../x", offset=0, data=b"x"))
    agent.succeed("a")
    assert world.statuses(run)["a"] == "Completed"


def test_a_failed_step_keeps_its_log_and_files(world: World) -> None:
    agent = world.agent()
    a = world.steps(world.submit(chain("a")))["a"].id
    order = agent.order("a")
    stored = ArtifactStored("outputs/partial.csv", world.objects.put(b"1"), 1)
    failure = Failure(cause="exit_code", message="Exit code 1.", exit_code=1)
    agent.end(
        order,
        AttemptEnded(attempt=order.attempt, lease=order.lease, failure=failure, log=b"bad\n", artifacts=(stored,)),
    )
    assert world.artifact(a, DRIVER_LOG) == b"bad\n"
    assert world.artifact(a, "outputs/partial.csv") == b"1"


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", ""])
def test_a_file_that_leads_out_of_its_run_is_left_out(world: World, name: str) -> None:
    agent = world.agent()
    a = world.steps(world.submit(chain("a")))["a"].id
    agent.succeed("a", artifacts=(ArtifactStored(name, world.objects.put(b"1"), 1),))
    assert world.artifact(a, name) is None
    assert world.run(a).status == "Completed"


def test_the_log_of_a_lost_attempt_is_kept_apart(world: World) -> None:
    agent = world.agent()
    a = world.steps(world.submit(chain("a")))["a"].id
    agent.log("a", b"first try\n")
    world.dead.add(agent.id)
    agent.leave()
    other = world.agent("other")
    other.log("a", b"second\n")
    assert world.logs.read(a, DRIVER_LOG) == b"second\n"
    other.succeed("a", log=b"try\n", log_offset=7)
    assert world.artifact(a, DRIVER_LOG) == b"second\ntry\n"
    assert world.artifact(a, "logs/attempt-1.txt") == b"first try\n"


def test_log_chunks_need_no_writer(world: World) -> None:
    agent = world.agent()
    a = world.steps(world.submit(chain("a")))["a"].id

    def blocked(tx: object) -> None:
        agent.log("a", b"said while the writer is busy")

    world.records.write(blocked)
    assert world.logs.read(a, DRIVER_LOG) == b"said while the writer is busy"


def test_metrics_come_once_and_in_order(world: World) -> None:
    agent = world.agent()
    a = world.steps(world.submit(chain("a")))["a"].id
    order = agent.order("a")

    def batch(first: int, *values: float) -> MetricBatch:
        return MetricBatch(spool="s", first=first, points=tuple(MetricPoint(a, "loss", "scalar", v) for v in values))

    for shipped in (batch(0, 1.0, 2.0), batch(0, 1.0, 2.0), batch(1, 2.0, 3.0)):
        agent.report(MetricsShipped(attempt=order.attempt, lease=order.lease, batch=shipped))
    agent.succeed("a", metrics=(batch(3, 4.0),))
    assert points(world, a) == [(1, "loss", 1.0), (2, "loss", 2.0), (3, "loss", 3.0), (4, "loss", 4.0)]
    with world.records.read() as view:
        assert view.find(Spool) == [Spool(id="s", last=3)]


def test_metrics_of_an_interactive_run_are_taken_over(world: World) -> None:
    row = world.run(world.submit(chain("a")))
    own = type(row)(
        id="own", workspace="w", experiment="e", type="", root="own", number=9, status="Running", created=0.0
    )
    world.records.write(lambda tx: tx.insert(own))
    given = MetricBatch(spool="x", first=0, points=(MetricPoint("own", "t", "table", data={"a": [1]}, step=3),))
    world.engine.take_metrics(given)
    world.engine.take_metrics(given)
    with world.records.read() as view:
        found = view.find(Metric, eq("run", "own"))
    assert [(m.kind, m.value, m.data, m.step) for m in found] == [("table", None, b'{"a":[1]}', 3)]


def test_a_step_may_log_to_its_parent(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.succeed("a", metrics=(MetricBatch(spool="s", first=0, points=(MetricPoint(run, "auc", "scalar", 0.5),)),))
    assert points(world, run) == [(1, "auc", 0.5)]


def test_metrics_that_cannot_be_kept_never_hold_up_a_step(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    a = world.steps(run)["a"].id
    odd = (
        MetricPoint("nobody", "x", "scalar", 1.0),
        MetricPoint(a, "n\0ul", "scalar", float("nan"), step=2**70),
    )
    agent.succeed("a", metrics=(MetricBatch(spool="s", first=0, points=odd),))
    assert world.statuses(run)["a"] == "Completed"
    assert [name for _, name, _ in points(world, a)] == ["nul"]

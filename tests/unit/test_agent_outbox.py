import os
import threading

import pytest

from stepworks.agent import processes
from stepworks.agent.kept import KeptReports, load
from stepworks.agent.outbox import Outbox
from stepworks.errors import InvalidInput, Unavailable
from stepworks.runs.values import Failure
from stepworks.wire.agent import AttemptEnded, AttemptStarted, LogChunk, ReportsTaken


class Server:
    """Takes reports, unless told otherwise; `told` is what the outbox says has arrived."""

    def __init__(self):
        self.batches = []
        self.told = []
        self.is_there = True
        self.is_readable = lambda report: True

    def send(self, reports):
        if not self.is_there:
            raise Unavailable("gone")
        if not all(map(self.is_readable, reports)):
            raise InvalidInput("cannot be read")
        self.batches.append(list(reports))
        return ReportsTaken()

    def taken(self, batch, answer):
        self.told.extend(batch)

    @property
    def reports(self):
        return [report for batch in self.batches for report in batch]


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def outbox(server):
    return Outbox(server.send, server.taken)


def started(name):
    return AttemptStarted(attempt=name, lease="l", phase="running", time=1.0)


def ended(name, **facts):
    return AttemptEnded(attempt=name, lease="l", **facts)


def test_what_is_put_is_sent_at_once(server, outbox):
    outbox.put(ended("a"))
    assert (server.batches, server.told, outbox.is_empty()) == ([[ended("a")]], [ended("a")], True)


def test_without_a_server_reports_wait_in_order(server, outbox):
    server.is_there = False
    outbox.put(started("a"))
    number = outbox.put(ended("a"))
    assert (server.told, outbox.is_empty(), outbox.wait(number, 0)) == ([], False, False)
    server.is_there = True
    outbox.flush()
    assert server.batches == [[started("a"), ended("a")]]
    assert outbox.wait(number, 0)


def test_what_is_put_while_another_sends_goes_with_the_next_batch(server, outbox):
    sending, go_on = threading.Event(), threading.Event()
    send = server.send

    def slowly(reports):
        if not server.batches:
            sending.set()
            go_on.wait(10)
        return send(reports)

    outbox._send = slowly
    first = threading.Thread(target=outbox.put, args=(ended("a"),))
    first.start()
    sending.wait(10)
    outbox.put(ended("b"))
    outbox.put(ended("c"))
    assert server.batches == []
    go_on.set()
    first.join(10)
    assert server.batches == [[ended("a")], [ended("b"), ended("c")]]


def test_nothing_is_lost_between_threads(server, outbox):
    def work(name):
        for i in range(200):
            outbox.put(ended(f"{name}{i}"))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(r.attempt for r in server.reports) == sorted(f"{n}{i}" for n in "abcd" for i in range(200))
    for name in "abcd":
        mine = [r.attempt for r in server.reports if r.attempt.startswith(name)]
        assert mine == [f"{name}{i}" for i in range(200)]


def test_one_unreadable_report_does_not_hold_up_the_others(server, outbox):
    server.is_there = False
    outbox.put(
        ended("a"),
        LogChunk(attempt="b", lease="l", name="x", offset=0, data=b"bad"),
        ended("b", log=b"bad"),
        ended("c"),
    )
    server.is_there = True
    server.is_readable = lambda report: b"bad" not in (getattr(report, "data", b""), getattr(report, "log", b""))
    outbox.flush()
    instead = ended("b", failure=Failure(cause="internal", message=server.reports[1].failure.message))
    assert server.reports == [ended("a"), instead, ended("c")]
    assert "cannot be read" in instead.failure.message
    assert [r.attempt for r in server.told] == ["a", "b", "b", "c"]


def test_large_reports_travel_in_several_requests(server, outbox):
    server.is_there = False
    chunks = [LogChunk(attempt="a", lease="l", name="x", offset=i << 20, data=bytes(1 << 20)) for i in range(9)]
    outbox.put(*chunks, LogChunk(attempt="a", lease="l", name="x", offset=9 << 20, data=bytes(9 << 20)))
    server.is_there = True
    outbox.flush()
    assert [len(batch) for batch in server.batches] == [4, 4, 1, 1]


def test_ends_of_attempts_are_on_disk_while_they_wait(server, outbox, tmp_path):
    kept = KeptReports(str(tmp_path), "1-1")
    server.is_there = False
    outbox.put(started("a"), ended("a", log=b"\xff\n\0"), ended("b"))
    kept.keep(outbox)
    (path,) = tmp_path.iterdir()
    assert load(str(path)) == [ended("a", log=b"\xff\n\0"), ended("b")]
    server.is_there = True
    outbox.flush()
    kept.keep(outbox)
    assert list(tmp_path.iterdir()) == []


def test_reports_of_a_dead_agent_are_taken_over_and_those_of_a_live_one_are_not(server, outbox, tmp_path):
    me = f"{os.getpid()}-{processes.start_of(os.getpid())}"
    for owner in (me, "1-1"):
        other = Server()
        other.is_there = False
        waiting = Outbox(other.send, other.taken)
        waiting.put(ended(owner))
        KeptReports(str(tmp_path), owner).keep(waiting)
    with open(tmp_path / "1-1.jsonl", "ab") as f:
        f.write(b'{"torn')
    server.is_there = False
    assert KeptReports(str(tmp_path), "2-2").take_over(outbox) == (ended("1-1"),)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["2-2.jsonl", f"{me}.jsonl"])
    server.is_there = True
    outbox.flush()
    assert server.reports == [ended("1-1")]


def test_an_unforeseen_error_leaves_the_outbox_usable(server, outbox):
    send, outbox._send = outbox._send, lambda reports: 1 / 0
    with pytest.raises(ZeroDivisionError):
        outbox.put(ended("a"))
    outbox._send = send
    outbox.put(ended("b"))
    assert [r.attempt for r in server.reports] == ["a", "b"]

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepworks.agent.logs import Tail, last_lines
from stepworks.agent.spool import LINES, Spool
from stepworks.tracking.metrics import MetricPoint, encode_line


def test_a_tail_reads_what_was_added_since(tmp_path):
    path = tmp_path / "log"
    tail = Tail(str(path))
    assert tail.read() == (0, b"")
    path.write_bytes(b"one")
    assert tail.read() == (0, b"one")
    assert tail.read() == (3, b"")
    with path.open("ab") as f:
        f.write(b"two-three")
    assert (tail.read(3), tail.left(), tail.read(), tail.left()) == ((3, b"two"), 6, (6, b"-three"), 0)


def test_a_closed_tail_reads_nothing_more(tmp_path):
    (tmp_path / "log").write_bytes(b"one")
    tail = Tail(str(tmp_path / "log"))
    tail.close()
    assert (tail.read(), tail.left(), tail.last_lines()) == ((0, b""), 0, ())


def test_the_last_lines_are_those_of_the_whole_log(tmp_path):
    (tmp_path / "log").write_bytes(b"".join(b"line %d\n" % i for i in range(20_000)))
    tail = Tail(str(tmp_path / "log"))
    tail.read()
    assert tail.last_lines(2) == ("line 19998", "line 19999")


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", ()),
        (b"a\n\nb", ("a", "", "b")),
        (b"\xff\xfeok\n", ("��ok",)),
        (b"10%\r20%\r100%\r\n", ("100%",)),
        (b"x" * 5000, ("…" + "x" * 4096,)),
    ],
)
def test_last_lines_of_any_bytes(data, lines):
    assert last_lines(data) == lines


@given(st.binary(max_size=300), st.integers(1, 5))
def test_last_lines_never_fail_and_are_never_too_many(data, count):
    found = last_lines(data, count, cut=True)
    assert len(found) <= count
    assert not any("\n" in line for line in found)


def point(name, value=1.0):
    return MetricPoint("run", name, "scalar", value)


def test_a_spool_is_read_in_numbered_batches(tmp_path):
    path = tmp_path / "metrics"
    spool = Spool("s", str(path))
    assert spool.read() is None
    path.write_bytes(encode_line(point("a")) + encode_line(point("b")) + b'["torn')
    batch = spool.read()
    assert (batch.spool, batch.first, [p.name for p in batch.points]) == ("s", 0, ["a", "b"])
    assert spool.read() is None
    with path.open("ab") as f:
        f.write(b'"]\n' + encode_line(point("c")))
    batch = spool.read()
    assert (batch.first, [p.name for p in batch.points], spool.unreadable) == (2, ["c"], 1)


def test_a_large_spool_comes_in_several_batches(tmp_path):
    path = tmp_path / "metrics"
    path.write_bytes(b"".join(encode_line(point("m", float(i))) for i in range(2 * LINES + 1)))
    spool = Spool("s", str(path))
    batches = []
    while (batch := spool.read()) is not None:
        batches.append((batch.first, len(batch.points), batch.points[0].value))
    assert batches == [(0, LINES, 0.0), (LINES, LINES, float(LINES)), (2 * LINES, 1, float(2 * LINES))]


def test_lines_that_are_no_metrics_are_passed_over(tmp_path):
    path = tmp_path / "metrics"
    path.write_bytes(b"nonsense\n{}\n\xff\n" + json.dumps(["run", "a", "scalar", 2]).encode() + b"\n")
    spool = Spool("s", str(path))
    assert [(p.name, p.value) for p in spool.read().points] == [("a", 2.0)]
    assert spool.unreadable == 3


def test_a_metric_longer_than_a_read_is_whole(tmp_path):
    path = tmp_path / "metrics"
    table = MetricPoint("run", "t", "table", None, {"x": list(range(400_000))})
    path.write_bytes(encode_line(table) + encode_line(point("a")))
    assert [p.name for p in Spool("s", str(path)).read().points] == ["t", "a"]

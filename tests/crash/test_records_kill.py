"""A process that is killed while it writes leaves complete groups, and everything that it was told is kept."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stepworks.records.rows import Counter, Metric, Run
from stepworks.records.sql import SqlRecords

WRITE = """
import sys
from stepworks.records.sql import SqlRecords
from stepworks.testing.rows import a_run, metrics

records = SqlRecords(sys.argv[1])

def work(transaction):
    id = str(transaction.next_number("runs"))
    transaction.insert(a_run(id, description="x" * 3000))
    transaction.insert(metrics(40, id))
    return id

def told(future):
    sys.stdout.write(future.result() + "\\n")
    sys.stdout.flush()

while True:
    futures = [records.submit(work) for _ in range(7)]
    for future in futures:
        future.add_done_callback(told)
    futures[-1].result()
"""


@pytest.mark.parametrize("after", [1, 150, 400])
def test_a_killed_writer_leaves_complete_writes_only(tmp_path: Path, after: int) -> None:
    url = f"sqlite:///{tmp_path / 'r.db'}"
    process = subprocess.Popen([sys.executable, "-c", WRITE, url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    told += process.stdout.readlines()
    process.wait(30)
    process.stdout.close()
    confirmed = {line.strip() for line in told if line.endswith("\n")}
    assert len(confirmed) >= after

    records = SqlRecords(url)
    with records.read() as view:
        ids = {id for (id,) in view.values(Run, ["id"])}
        assert confirmed <= ids
        assert ids == {str(number) for number in range(1, len(ids) + 1)}
        assert view.find(Counter) == [Counter(scope="runs", last=len(ids))]
        assert view.count(Metric) == 40 * len(ids)
    records.close()

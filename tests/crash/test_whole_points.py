"""kill -9 of server, agent, script and client at points that matter, forced by gates and by stopping processes."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.graphs import COUNT, chain, finish, script_step, snapshot, submit
from tests.support.homes import (
    ENVIRON,
    WORKSPACE,
    agent_pids,
    client_of,
    kill,
    processes_of,
    running_home,
    server_pid,
)
from tests.support.waiting import REACH, Gate, is_gone, until

from stepworks.graph import document as g
from stepworks.ids import new_uuid
from stepworks.wire.runs import RunQuery

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with running_home(tmp_path_factory.mktemp("home é x")) as (home, _):
        yield home


@pytest.fixture
def client(home):
    found = client_of(home)
    until(lambda: len(agent_pids(home)) == 1 and found.status().agents == 1, "an agent that is connected")
    return found


@pytest.fixture
def gate(tmp_path):
    return Gate(tmp_path / "gate")


def gated_step(client, folder, gate, **facts):
    """A step that writes an output, then waits at a gate."""
    text = f"{REACH}\nopen(sys.argv[1], 'w').write('whole')\nreach(sys.argv[2])\n"
    code = snapshot(client, folder, script=text)
    work = g.Script("script.py", ((g.OutputPath("out"),), (g.Text(gate.path),)))
    return g.Step(id="00000001", name="gated", work=work, snapshot=code, outputs=(g.Output("out"),), **facts)


def gated(client, folder, gate, **facts):
    """A run of such a step."""
    return submit(client, g.Graph(steps=(gated_step(client, folder, gate, **facts),)))


def attempts_of(home, step):
    """Of each attempt: its state, and whether it has succeeded."""
    with closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True)) as records:
        found = records.execute("SELECT state, failure FROM attempts WHERE run = ? ORDER BY number", (step,)).fetchall()
    return [(state, failure is None) for state, failure in found]


def output_of(home, step):
    (produced,) = step.outputs
    return home.datastore(WORKSPACE, produced.datastore) / produced.path


def place_of(home, step):
    return home.datastore(WORKSPACE, "workspaceblobstore") / f"azureml/{step.id}/out"


def check_completed(home, run, *, attempts):
    """The run has completed, with one good attempt out of `attempts`, and its output is whole."""
    client = client_of(home)
    run = finish(client, run)
    (step,) = client.children(run.id)
    assert step.failure is None, step.failure.message
    assert (run.status, step.attempts) == ("Completed", attempts)
    assert attempts_of(home, step.id) == [("ended", False)] * (attempts - 1) + [("ended", True)]
    assert output_of(home, step).read_text() == "whole"


# --- the server


def test_the_server_is_killed_right_after_its_answer(home, client, tmp_path):
    run = submit(client, chain(snapshot(client, tmp_path / "src", count=COUNT), 4))
    kill(server_pid(home))
    client = client_of(home)
    run = finish(client, run)
    assert (run.status, run.failure) == ("Completed", None)
    assert [attempts_of(home, s.id) for s in client.children(run.id)] == [[("ended", True)]] * 4


def test_the_server_is_killed_between_the_order_and_its_start(home, client, gate, tmp_path):
    (agent,) = agent_pids(home)
    os.kill(agent, signal.SIGSTOP)
    run = gated(client, tmp_path / "src", gate)
    (step,) = client.children(run.id)
    until(lambda: attempts_of(home, step.id), "an order on its way")
    kill(server_pid(home))
    os.kill(agent, signal.SIGCONT)
    gate.open()
    check_completed(home, run, attempts=1)


def test_the_server_is_killed_while_a_script_runs(home, client, gate, tmp_path):
    run = gated(client, tmp_path / "src", gate)
    script = gate.reached()
    kill(server_pid(home))
    client_of(home)
    assert not is_gone(script)
    gate.open()
    check_completed(home, run, attempts=1)


def test_the_server_is_killed_before_it_takes_the_report_of_the_end(home, client, gate, tmp_path):
    run = gated(client, tmp_path / "src", gate)
    (step,) = client.children(run.id)
    gate.reached()
    server = server_pid(home)
    os.kill(server, signal.SIGSTOP)
    gate.open()
    # The output is in place: the report is on its way, and nobody reads it.
    until(place_of(home, step).exists, "the output at its place")
    kill(server)
    check_completed(home, run, attempts=1)


def test_the_server_is_killed_while_the_agent_sends_its_report(home, client, gate, tmp_path):
    run = gated(client, tmp_path / "src", gate)
    (step,) = client.children(run.id)
    gate.reached()
    gate.open()
    (agent,) = agent_pids(home)
    until(place_of(home, step).exists, "the output at its place")
    os.kill(agent, signal.SIGSTOP)
    kill(server_pid(home))
    os.kill(agent, signal.SIGCONT)
    check_completed(home, run, attempts=1)


def test_a_run_that_was_asked_to_end_ends_though_the_server_is_killed(home, client, gate, tmp_path):
    run = gated(client, tmp_path / "src", gate)
    script = gate.reached()
    (agent,) = agent_pids(home)
    os.kill(agent, signal.SIGSTOP)
    client.cancel(run.id)
    kill(server_pid(home))
    os.kill(agent, signal.SIGCONT)
    client = client_of(home)
    assert finish(client, run).status == "Canceled"
    (step,) = client.children(run.id)
    assert step.status == "Canceled"
    assert is_gone(script)
    assert not place_of(home, step).exists()


def test_a_server_that_stands_still_for_a_while_loses_nothing(home, client, gate, tmp_path):
    run = gated(client, tmp_path / "src", gate)
    gate.reached()
    server = server_pid(home)
    os.kill(server, signal.SIGSTOP)
    gate.open()
    (step,) = _children(home, run.id)
    until(lambda: (home.datastore(WORKSPACE, "workspaceblobstore") / f"azureml/{step}/out").exists(), "an output")
    os.kill(server, signal.SIGCONT)
    check_completed(home, run, attempts=1)


def _children(home, run):
    with closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True)) as records:
        return [id for (id,) in records.execute("SELECT id FROM runs WHERE parent = ?", (run,))]


# --- the agent


def test_the_agent_is_killed_with_an_order_that_it_has_not_read(home, client, gate, tmp_path):
    (agent,) = agent_pids(home)
    os.kill(agent, signal.SIGSTOP)
    run = gated(client, tmp_path / "src", gate)
    (step,) = client.children(run.id)
    until(lambda: attempts_of(home, step.id), "an order on its way")
    kill(agent)
    gate.open()
    check_completed(home, run, attempts=2)


def test_the_agent_is_killed_while_a_script_runs(home, client, gate, tmp_path):
    run = gated(client, tmp_path / "src", gate)
    script = gate.reached()
    gate.reset()
    (agent,) = agent_pids(home)
    kill(agent)
    assert gate.reached() != script
    assert is_gone(script)
    gate.open()
    check_completed(home, run, attempts=2)
    (step,) = client.children(run.id)
    assert "lost" in " ".join(step.warnings)


def test_agent_and_server_are_killed_while_a_script_runs(home, client, gate, tmp_path):
    run = gated(client, tmp_path / "src", gate)
    script = gate.reached()
    gate.reset()
    kill(server_pid(home))
    kill(*agent_pids(home))
    client_of(home)
    assert gate.reached() != script
    assert is_gone(script)
    gate.open()
    check_completed(home, run, attempts=2)


def test_the_agent_is_killed_while_it_moves_outputs(home, client, tmp_path):
    text = (
        "import os, sys\n"
        "os.makedirs(sys.argv[1], exist_ok=True)\n"
        "for i in range(1500): open(f'{sys.argv[1]}/{i}', 'w').write('x' * 100)\n"
    )
    # Among the files of others, so that they are moved one by one.
    destination = f"shared/{new_uuid()}"
    there = home.datastore(WORKSPACE, "workspaceblobstore") / destination
    there.mkdir(parents=True)
    (there / "of another").write_text("kept")
    code = snapshot(client, tmp_path / "src", script=text)
    output = g.Output("out", path=destination, style="dataset", is_directory=True)
    work = g.Script("script.py", ((g.OutputPath("out"),),))
    step = g.Step(id="00000001", name="many", work=work, snapshot=code, outputs=(output,))
    run = submit(client, g.Graph(steps=(step,)))
    until(lambda: len(os.listdir(there)) > 1, "files being moved")
    kill(*agent_pids(home))
    assert finish(client, run).status == "Completed"
    found = {f.name: f.read_text() for f in there.iterdir()}
    assert found == {"of another": "kept"} | {str(i): "x" * 100 for i in range(1500)}


def test_what_a_dead_agent_has_left_running_is_ended_by_the_next(home, client, gate, tmp_path):
    text = (
        f"{REACH}\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        open(sys.argv[1] + '.daemon', 'w').write(str(os.getpid()))\n"
        "        time.sleep(1000)\n    os._exit(0)\n"
        "while not os.path.exists(sys.argv[1] + '.daemon') or not open(sys.argv[1] + '.daemon').read():\n"
        "    time.sleep(0.005)\n"
        "reach(sys.argv[1])\n"
    )
    step = script_step(snapshot(client, tmp_path / "src", script=text), "script", gate.path)
    run = submit(client, g.Graph(steps=(step,)))
    gate.reached()
    daemon = int(Path(f"{gate.path}.daemon").read_text())
    kill(*agent_pids(home))
    gate.open()
    assert finish(client, run).status == "Completed"
    assert is_gone(daemon)


def test_an_agent_that_dies_again_and_again_does_not_keep_a_run_open(home, client, tmp_path):
    text = (
        "import os, signal\n"
        "def parent(pid): return int(open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[1])\n"
        "pid = os.getpid()\n"
        "while b'stepworks.agent' not in open(f'/proc/{pid}/cmdline', 'rb').read(): pid = parent(pid)\n"
        "os.kill(pid, signal.SIGKILL)\n"
        "import time; time.sleep(100)\n"
    )
    step = script_step(snapshot(client, tmp_path / "src", script=text), "script")
    run = finish(client, submit(client, g.Graph(steps=(step,))))
    (child,) = client.children(run.id)
    assert (run.status, child.status, child.failure.cause, child.attempts) == ("Failed", "Failed", "lost", 4)


# --- scripts and clients


def test_a_killed_script_fails_its_run_and_no_other(home, client, gate, tmp_path):
    run = gated(client, tmp_path / "src", gate)
    other = Gate(tmp_path / "other")
    unharmed = gated(client, tmp_path / "other src", other)
    other.reached()
    kill(gate.reached())
    assert finish(client, run).status == "Failed"
    (step,) = client.children(run.id)
    assert (step.failure.cause, step.failure.signal, step.attempts) == ("signal", "SIGKILL", 1)
    assert not place_of(home, step).exists()
    other.open()
    check_completed(home, unharmed, attempts=1)


SUBMIT = """
import sys
from pathlib import Path
from stepworks.home import Home
from tests.support.graphs import COUNT, chain, finish, snapshot, submit
from tests.support.homes import client_of
home, folder, count = sys.argv[1:]
client = client_of(Home(Path(home)))
graph = chain(snapshot(client, Path(folder), count=COUNT + "# " + folder), 3)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(count)):
    print(submit(client, graph).id, flush=True)
"""


def submitter(home, folder, count):
    return subprocess.Popen(
        [sys.executable, "-c", SUBMIT, str(home.root), str(folder), str(count)],
        cwd=ROOT,
        env=ENVIRON,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_runs_of_a_killed_client_go_on(home, client, tmp_path):
    process = submitter(home, tmp_path / "src", 1000)
    process.stdin.write("go\n")
    process.stdin.flush()
    assert process.stdout.readline() == "ready\n"
    acknowledged = [process.stdout.readline().strip() for _ in range(3)]
    process.kill()
    acknowledged += [line.strip() for line in process.communicate()[0].splitlines()]
    for run in acknowledged:
        assert finish(client, client.run(run)).status == "Completed"
    for run in client.runs(WORKSPACE, RunQuery(top_level=True, limit=1000)):
        assert finish(client, run).status in ("Completed", "Failed", "Canceled")


def test_eight_processes_submit_at_the_same_time(home, client, tmp_path):
    first = {r.id for r in client.runs(WORKSPACE, RunQuery(top_level=True, limit=10_000))}
    processes = [submitter(home, tmp_path / f"src{i}", 5) for i in range(8)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    submitted = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        submitted += out.split()
    assert len(set(submitted)) == 40
    runs = [finish(client, client.run(id)) for id in submitted]
    assert {r.status for r in runs} == {"Completed"}
    assert len({r.number for r in runs}) == 40
    there = [r.id for r in client.runs(WORKSPACE, RunQuery(top_level=True, limit=10_000)) if r.id not in first]
    assert sorted(there) == sorted(submitted)


def test_nothing_is_left_running_at_the_end(home, client):
    for status in ("Running", "Preparing", "Queued", "CancelRequested"):
        assert client.runs(WORKSPACE, RunQuery(status=status)) == []
    until(lambda: len(processes_of(home)) <= 6, "leftovers being ended")

"""The server of a home: found or started, alone, detached, ended when idle, started again."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.support.graphs import COUNT, chain, finish, run_graph, script_step, snapshot, submit
from tests.support.homes import ENVIRON, agent_pids, client_of, end, kill, processes_of, server_pid
from tests.support.waiting import REACH, Gate, is_gone, until

from stepworks import connect
from stepworks.errors import StepworksError, Unavailable
from stepworks.graph import document as g
from stepworks.home import Home

FIND = """
import sys
from pathlib import Path
from stepworks import connect
from stepworks.home import Home
home = Home(Path(sys.argv[1]))
sys.stdin.readline()
client = connect.local_client(home)
print(connect.server_facts(home)["pid"], client.status().workspaces, flush=True)
"""


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home ü x")
    yield home
    end(home)


def start_python(code, *arguments, **environ):
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRON | environ,
        text=True,
    )


def outputs_of(processes):
    found = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        found.append(out.strip())
    return found


def begin_together(processes):
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()


def test_eight_processes_that_begin_at_once_share_one_server(home):
    for _ in range(2):
        processes = [start_python(FIND, str(home.root)) for _ in range(8)]
        begin_together(processes)
        assert len(set(outputs_of(processes))) == 1
        kill(server_pid(home))
    log = (home.logs / "server.log").read_text()
    assert "runs in" not in log


def test_eight_processes_that_find_a_killed_server_share_the_next(home):
    client_of(home)
    first = server_pid(home)
    processes = [start_python(FIND, str(home.root)) for _ in range(8)]
    os.kill(first, signal.SIGKILL)
    begin_together(processes)
    (answer,) = set(outputs_of(processes))
    assert answer.split()[0] != str(first)


def test_the_server_outlives_the_script_that_started_it(home):
    (answer,) = outputs_of(_one(home))
    pid = int(answer.split()[0])
    assert not is_gone(pid)
    assert os.getsid(pid) == pid
    assert os.readlink(f"/proc/{pid}/cwd") == str(home.root)
    assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"


def _one(home):
    process = start_python(FIND, str(home.root))
    begin_together([process])
    return [process]


def test_nothing_of_the_script_stays_open_in_the_server(home, tmp_path):
    with open(tmp_path / "held", "w") as held:
        os.set_inheritable(held.fileno(), True)
        client_of(home)
    for pid in processes_of(home):
        links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        assert str(tmp_path / "held") not in links


def test_a_killed_starter_does_not_keep_others_from_starting(home):
    (started,) = _one(home)
    until(home.server_lock.exists, "a server being started")
    started.kill()
    started.wait()
    started.communicate()
    client = client_of(home)
    assert client.health().status
    assert len({p for p in processes_of(home) if b"stepworks.embedded" in _command(p)}) == 1


def _command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read()
    except OSError:
        return b""


def test_an_idle_server_ends_itself_with_its_agent(home):
    client_of(home, STEPWORKS_IDLE_SECONDS="0.2")
    pids = processes_of(home)
    assert len(pids) >= 2
    until(lambda: all(map(is_gone, pids)), "server and agent ending")
    assert connect.find(home) is None
    assert not home.server_file.exists()


def test_a_server_with_a_run_is_not_idle(home, tmp_path):
    client = client_of(home, STEPWORKS_IDLE_SECONDS="0.2")
    gate = Gate(tmp_path / "gate")
    step = script_step(snapshot(client, tmp_path / "src", script=REACH + "reach(sys.argv[1])"), "script", gate.path)
    run = submit(client, g.Graph(steps=(step,)))
    gate.reached()
    pid = server_pid(home)
    # It looks once a second whether it is idle.
    began = time.monotonic()
    until(lambda: is_gone(pid) or time.monotonic() > began + 1.5, "the server looking")
    assert not is_gone(pid)
    gate.open()
    until(lambda: is_gone(pid), "the server ending after its run")
    assert client.run(run.id).status == "Completed"
    assert server_pid(home) != pid


def test_a_client_does_not_notice_that_the_server_ended_and_another_began(home):
    client = client_of(home, STEPWORKS_IDLE_SECONDS="0.2")
    first = server_pid(home)
    until(lambda: is_gone(first), "an idle server ending")
    assert [w.name for w in client.workspaces()] == ["tests"]
    assert server_pid(home) != first


def test_asking_while_the_server_ends_is_answered_by_the_next(home):
    client = client_of(home)
    first = server_pid(home)
    client.shut_down()
    while not is_gone(first):
        assert [w.name for w in client.workspaces()] == ["tests"]
    assert client.workspaces()
    assert server_pid(home) != first
    until(lambda: len(agent_pids(home)) == 1, "one agent")


def test_a_killed_server_and_agent_are_replaced_and_the_run_goes_on(home, tmp_path):
    client = client_of(home)
    gate = Gate(tmp_path / "gate")
    count = f"{REACH}\nif 'out1' in sys.argv[1]: reach({gate.path!r})\n{COUNT}"
    run = submit(client, chain(snapshot(client, tmp_path / "src", count=count), 3))
    gate.reached()
    for pid in (server_pid(home), *agent_pids(home)):
        kill(pid)
    gate.open()
    run = finish(client_of(home), run)
    assert run.status == "Completed"
    assert [s.status for s in client.children(run.id)] == ["Completed"] * 3


def test_a_port_that_is_taken_is_named(home):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"cannot listen on 127\.0\.0\.1:{port}"):
            client_of(home, STEPWORKS_PORT=str(port))
    assert processes_of(home) == []
    client_of(home)


def test_the_last_port_being_taken_is_no_obstacle(home):
    client_of(home)
    pid = server_pid(home)
    port = int(connect.server_facts(home)["url"].rpartition(":")[2])
    kill(pid)

    def takes_port() -> bool:
        with suppress(OSError):
            other.bind(("127.0.0.1", port))
            other.listen()
            return True
        return False

    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        until(takes_port, "the port of the killed server being free")
        assert client_of(home).workspaces()


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StepworksError, match="STEPWORKS_HOME"):
            client_of(Home(root))


def test_an_unwritable_home_is_named():
    with pytest.raises(StepworksError, match="STEPWORKS_HOME") as caught:
        client_of(Home(Path("/proc/self/stepworks")))
    assert "/proc/self/stepworks" in str(caught.value)


def test_a_database_that_is_none_is_named(home):
    home.root.mkdir(parents=True)
    home.database.write_bytes(b"this is no database, but long enough to be taken for one" * 100)
    with pytest.raises(Unavailable, match=r"stepworks\.db") as caught:
        client_of(home)
    assert "backup" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    until(lambda: not processes_of(home), "agent and server ending")
    assert home.database.read_bytes().startswith(b"this is no database")


def test_a_database_of_somebody_else_is_left_alone(home):
    home.root.mkdir(parents=True)
    with sqlite3.connect(home.database) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(Unavailable, match="not stepworks"):
        client_of(home)


def test_a_database_of_a_newer_version_is_left_alone(home):
    client_of(home)
    end(home)
    with sqlite3.connect(home.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(Unavailable, match="newer version"):
        client_of(home)


def test_a_damaged_announcement_is_no_obstacle(home):
    client_of(home)
    end(home)
    home.root.joinpath("server.json").write_text("{")
    assert client_of(home).workspaces()
    end(home)
    home.root.joinpath("server.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": 1}))
    assert client_of(home).workspaces()


def test_an_empty_token_file_is_no_obstacle(home):
    home.root.mkdir(parents=True)
    home.token_file.write_text("")
    client = client_of(home)
    assert client.workspaces()
    assert len(home.token_file.read_text()) >= 32


def test_a_run_survives_the_upgrade_of_the_server(home, tmp_path):
    client = client_of(home)
    run = run_graph(client, chain(snapshot(client, tmp_path / "src", count=COUNT), 2))
    client.shut_down()
    again = client_of(home)
    assert again.run(run.id) == run
    reused = run_graph(again, chain(snapshot(again, tmp_path / "src", count=COUNT), 2))
    assert all(s.decision.is_reused for s in again.children(reused.id))


def run_command(home, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "stepworks.cli.main", *arguments, "--home", str(home.root)],
        capture_output=True,
        text=True,
        env=ENVIRON,
        check=False,
    )


def test_runs_can_be_looked_at_after_the_server_has_ended(home, tmp_path):
    client = client_of(home)
    run = run_graph(client, chain(snapshot(client, tmp_path / "src", count=COUNT), 1))
    end(home)
    shown = run_command(home, "runs", run.id)
    assert (shown.returncode, run.id in shown.stdout) == (0, True), shown.stderr
    end(home)
    assert "no earlier run" in run_command(home, "explain", "last").stdout


def test_looking_at_a_home_where_nothing_ran_makes_none(home):
    shown = run_command(home, "runs")
    assert shown.returncode != 0
    assert f"Nothing has run in {home.root} yet." in shown.stderr
    assert not home.root.exists()


SLOW_AGENT = """
import sys, time
if "stepworks.agent" in " ".join(sys.orig_argv):
    open(sys.orig_argv[sys.orig_argv.index("--home") + 1] + "/slow." + str(__import__("os").getpid()), "w").close()
    time.sleep(2)
"""


def test_an_agent_that_is_just_starting_is_not_missed_by_the_next_server(home, tmp_path):
    # The agent takes its time before it can say anything of itself, and its server is killed meanwhile.
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SLOW_AGENT)
    client_of(home, PYTHONPATH=str(site))
    until(lambda: list(home.root.glob("slow.*")), "an agent that starts")
    kill(server_pid(home))
    client = client_of(home, PYTHONPATH=str(site))
    run = run_graph(client, chain(snapshot(client, tmp_path / "src", count=COUNT), 1))
    assert run.status == "Completed"
    assert len(agent_pids(home)) == 1
    assert len(list(home.root.glob("slow.*"))) == 1


def test_an_agent_whose_home_was_removed_ends_whatever_it_runs(home, tmp_path):
    client = client_of(home)
    gate = Gate(tmp_path / "gate")
    code = snapshot(client, tmp_path / "src", wait=f"{REACH}\nreach({gate.path!r})")
    submit(client, g.Graph(steps=(script_step(code, "wait"),)))
    script = gate.reached()
    (agent,) = agent_pids(home)
    kill(server_pid(home))
    shutil.rmtree(home.root, ignore_errors=True)
    until(lambda: is_gone(agent) and is_gone(script), "an agent without a home ending")

"""Attempts of a real agent, whose server is in this process."""

import os
import signal
import subprocess
import sys

import pytest
from tests.support.waiting import until

from stepworks.graph.document import (
    DataPathValue,
    Input,
    InputPath,
    Output,
    OutputPath,
    ParameterValue,
    Script,
    StepOutput,
    Text,
)
from stepworks.home import Home
from stepworks.objects.local import LocalObjects
from stepworks.runs.values import ProducedFile
from stepworks.testing.agent import STORE, FakeServer, Orders, command
from stepworks.tracking.metrics import MetricPoint, encode_line
from stepworks.wire.agent import (
    AttemptEnded,
    AttemptStarted,
    BoundInput,
    BoundOutput,
    CancelAttempt,
    EnvironmentOrder,
    LogChunk,
    MetricsShipped,
)

# Says that it is there by a line in its log, and waits to be ended.
WAIT = "import signal, sys\nprint('here', flush=True)\nsignal.pause()\n"


class Agent:
    """An agent's process and its server."""

    def __init__(self, root, slots=2):
        self.home = Home(root)
        self.server = FakeServer(self.home)
        self.objects = LocalObjects(self.home.objects)
        self.orders = Orders(self.server, self.objects)
        self.begun = []
        command = [sys.executable, "-m", "stepworks.agent", "--home", str(root), "--url", self.server.url]
        self.process = subprocess.Popen([*command, "--slots", str(slots)])

    def run(self, files, *arguments, **facts):
        """The end of an attempt and its log."""
        files = {"main.py": files} if isinstance(files, str) else files
        order = self.orders.order(files, *arguments, **facts)
        self.server.send(order)
        return self.server.ended(order.attempt), self.server.log(order.attempt).decode(errors="replace")

    def begin(self, files, *arguments, **facts):
        """An attempt that has said that it is there; it is ended with the test, at the latest."""
        files = {"main.py": files} if isinstance(files, str) else files
        order = self.orders.order(files, *arguments, **facts)
        self.begun.append(order)
        self.server.send(order)
        self.server.wait_for(lambda: b"here" in self.server.log(order.attempt))
        return order

    def end_all(self):
        for order in self.begun:
            self.server.send(CancelAttempt(attempt=order.attempt, grace_seconds=0))
        for order in self.begun:
            self.server.ended(order.attempt)
        self.begun.clear()

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.server.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    found = Agent(tmp_path_factory.mktemp("home é x"))
    yield found
    found.close()


@pytest.fixture
def agent(running):
    yield running
    running.end_all()


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(") ")[2][0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_script_runs_with_its_arguments_in_its_snapshot(agent):
    text = "import sys, os\nprint(sys.argv[1:], open('data/x').read(), sorted(os.listdir('.')))"
    ended, log = agent.run({"main.py": text, "data/x": "there"}, "main.py", "--a", "b c")
    assert ended.failure is None
    assert log == "['--a', 'b c'] there ['data', 'logs', 'main.py', 'outputs']\n"
    assert 0 < ended.timings.leased <= ended.timings.data_in <= ended.timings.code <= ended.timings.data_out
    assert ended.timings.data_out <= ended.timings.ended


def test_parts_of_arguments_and_variables_are_filled_in(agent):
    (agent.orders.store / "raw.txt").write_text("raw")
    work = Script(
        "main.py",
        ((Text("--rate="), ParameterValue("rate")), (InputPath("raw"),), (OutputPath("made"), Text("/deep"))),
    )
    text = (
        "import sys, os\n"
        "rate, raw, made = sys.argv[1:]\n"
        "assert rate == '--rate=0.5' and os.environ['AML_PARAMETER_rate'] == '0.5'\n"
        "assert raw == os.environ['AZUREML_DATAREFERENCE_raw']\n"
        "assert made == os.environ['AZUREML_DATAREFERENCE_made'] + '/deep'\n"
        "assert not os.path.exists(os.path.dirname(made))\n"
        "os.makedirs(made)\n"
        "open(made + '/f', 'w').write(open(raw).read())\n"
    )
    ended, log = agent.run(
        text,
        work,
        inputs=(BoundInput(port=Input("raw", DataPathValue(STORE, "raw.txt")), datastore=STORE, path="raw.txt"),),
        outputs=(BoundOutput(port=Output("made"), datastore=STORE, path="azureml/run-x/made"),),
        parameters={"rate": "0.5"},
        variables={"AML_PARAMETER_rate": "0.5"},
    )
    assert (ended.failure, log) == (None, "")
    (produced,) = ended.outputs
    assert [f.path for f in produced.files] == ["deep/f"]
    assert (agent.orders.store / "azureml/run-x/made/deep/f").read_text() == "raw"


def test_missing_data_are_named(agent):
    port = Input("raw", StepOutput("00000001", "out"))
    ended, _ = agent.run("", inputs=(BoundInput(port=port, datastore=STORE, path="no/such"),))
    assert ended.failure.cause == "data_missing"
    assert f"'raw' of step 'step': there is nothing at 'no/such' in datastore '{STORE}'" in ended.failure.message


def test_a_failed_step_keeps_its_files_but_commits_no_output(agent):
    text = (
        "import sys\nopen(sys.argv[1], 'w').write('x')\nopen('outputs/f', 'w').write('kept')\nraise ValueError('bad')"
    )
    ended, log = agent.run(
        text,
        Script("main.py", ((OutputPath("made"),),)),
        outputs=(BoundOutput(port=Output("made"), datastore=STORE, path="azureml/run-failed/made"),),
    )
    assert (ended.outputs, ended.failure.exception, ended.failure.message) == ((), "ValueError", "ValueError: bad")
    assert ended.failure.last_lines[-1] == "ValueError: bad" == log.splitlines()[-1]
    assert [agent.objects.get(a.object) for a in ended.artifacts] == [b"kept"]
    assert not (agent.orders.store / "azureml/run-failed").exists()


def test_nothing_is_committed_when_one_output_cannot_be_taken(agent):
    text = "import sys, os\nopen(sys.argv[1], 'w').write('x')\nos.symlink('/etc', sys.argv[2])"
    ended, _ = agent.run(
        text,
        Script("main.py", ((OutputPath("a"),), (OutputPath("b"),))),
        outputs=tuple(BoundOutput(port=Output(n), datastore=STORE, path=f"azureml/run-half/{n}") for n in "ab"),
    )
    assert (ended.outputs, ended.failure.cause) == ((), "internal")
    assert "'b'" in ended.failure.message
    assert not (agent.orders.store / "azureml/run-half").exists()


def test_a_command_is_run_by_the_shell(agent):
    ended, log = agent.run(
        {"x.txt": "1"}, command("cat x.txt | tr 1 2; echo $MODE; exit 4"), variables={"MODE": "fast"}
    )
    assert (log, ended.failure.cause, ended.failure.exit_code) == ("2fast\n", "exit_code", 4)


@pytest.mark.parametrize("variables", [{"OMP_NUM_THREADS": "1"}, {"STEPWORKS_COLD": "1"}])
def test_a_cold_start_does_the_same(agent, variables):
    text = "import os, sys\nprint(sys.argv, os.environ.get('OMP_NUM_THREADS'), os.path.basename(os.getcwd()))\n1 / 0"
    ended, log = agent.run(text, "main.py", "a", variables=variables)
    assert log.startswith(f"['main.py', 'a'] {variables.get('OMP_NUM_THREADS')} run\n")
    assert (ended.failure.cause, ended.failure.exception) == ("exception", "ZeroDivisionError")


def test_a_module_of_the_users_is_found_before_one_that_is_loaded(agent):
    text = "import select, other\nprint(select.mine, other.select is select)"
    ended, log = agent.run({"main.py": text, "select.py": "mine = 1", "other.py": "import select"})
    assert (ended.failure, log) == (None, "1 True\n")


def test_an_interpreter_that_is_not_there_is_named(agent):
    ended, _ = agent.run("", environment=EnvironmentOrder(lock="x", python="/no/such/python"))
    assert ended.failure.cause == "environment"
    assert "/no/such/python" in ended.failure.message


def test_something_that_is_no_interpreter_still_says_what_it_says(agent, tmp_path):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho no python\nexit 5\n")
    fake.chmod(0o755)
    ended, log = agent.run("", environment=EnvironmentOrder(lock="x", python=str(fake)))
    assert (log, ended.failure.exit_code) == ("no python\n", 5)


def test_variables_of_the_environment_are_there_from_the_start(agent):
    environment = EnvironmentOrder(
        lock="x", python=sys.executable, variables={"PYTHONHASHSEED": "1"}, path=("/my/bin",)
    )
    text = "import os\nprint(hash('a'), os.environ['PYTHONHASHSEED'], os.environ['PATH'].split(':')[0])"
    first, second = (agent.run(text, environment=environment)[1] for _ in range(2))
    assert first == second
    assert first.endswith(" 1 /my/bin\n")


def test_a_log_comes_while_the_script_runs(agent):
    order = agent.begin(WAIT)
    assert any(isinstance(r, LogChunk) and r.attempt == order.attempt for r in agent.server.reports)
    phases = [r.phase for r in agent.server.reports if isinstance(r, AttemptStarted) and r.attempt == order.attempt]
    assert phases[-1] == "running"
    agent.server.send(CancelAttempt(attempt=order.attempt))
    assert agent.server.ended(order.attempt).failure.cause == "cancelled"


def test_files_in_logs_come_while_the_script_runs_and_are_kept_whole(agent):
    text = (
        "import os\nos.mkdir('logs/tb')\nos.symlink('/etc/passwd', 'logs/link')\n"
        "with open('logs/tb/events', 'w') as f: f.write('first')\n"
    )
    order = agent.begin(text + WAIT.replace("signal.pause()", "signal.sigwait({signal.SIGTERM})"))

    def chunks():
        return [r for r in agent.server.reports if isinstance(r, LogChunk) and r.name.startswith("logs/")]

    agent.server.wait_for(chunks)
    assert [(c.name, c.offset, c.data) for c in chunks()] == [("logs/tb/events", 0, b"first")]
    agent.server.send(CancelAttempt(attempt=order.attempt))
    kept = {a.name: agent.objects.get(a.object) for a in agent.server.ended(order.attempt).artifacts}
    assert kept["logs/tb/events"] == b"first"


def test_metrics_come_while_the_script_runs_and_each_once(agent):
    line = encode_line(MetricPoint("run", "loss", "scalar", 0.5))
    text = f"import os\nspool = open(os.environ['STEPWORKS_SPOOL'], 'ab', 0)\nspool.write({line!r} * 3)\n"
    order = agent.begin(text + WAIT + "spool.write(b'torn')")
    agent.server.wait_for(lambda: any(isinstance(r, MetricsShipped) for r in agent.server.reports))
    agent.server.send(CancelAttempt(attempt=order.attempt))
    agent.server.ended(order.attempt)
    assert agent.server.metrics(order.attempt) == [(i, "loss", 0.5) for i in range(3)]


def test_metrics_of_a_short_step_are_in_its_report(agent):
    line = encode_line(MetricPoint("run", "loss", "scalar", 0.5))
    text = (
        f"import os\nwith open(os.environ['STEPWORKS_SPOOL'], 'ab') as f: f.write({line!r} * 12_000 + b'no metric\\n')"
    )
    ended, _ = agent.run(text)
    assert len(agent.server.metrics(ended.attempt)) == 12_000
    assert ended.notes == ("1 lines of the metrics could not be read.",)


def test_a_large_log_without_a_line_end_is_whole(agent):
    text = "import sys\nfor i in range(8):\n    sys.stdout.write(str(i) * (1 << 20))"
    ended, log = agent.run(text)
    assert len(ended.log) <= 1 << 20
    assert log == "".join(str(i) * (1 << 20) for i in range(8))


STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
FAMILY = """
import os, subprocess, sys
stay = "import signal; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
pids = []
def start(**how):
    p = subprocess.Popen([sys.executable, "-c", stay], stdout=subprocess.PIPE, **how)
    p.stdout.readline()
    pids.append(p.pid)
start()
start(start_new_session=True)
r, w = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(w, str(os.getpid()).encode())
        import signal; signal.pause()
    os._exit(0)
pids.append(int(os.read(r, 20)))
print(*pids, flush=True)
"""


def test_cancel_ends_whatever_the_script_has_started(agent):
    order = agent.begin(FAMILY + STUBBORN + WAIT)
    agent.server.send(CancelAttempt(attempt=order.attempt, grace_seconds=0.1))
    ended = agent.server.ended(order.attempt)
    assert (ended.failure.cause, ended.failure.signal) == ("cancelled", "SIGKILL")
    pids = agent.server.log(order.attempt).split(b"\n")[0].split()
    assert len(pids) == 3
    assert [p for p in pids if is_alive(int(p))] == []


def test_what_a_script_leaves_behind_is_ended_and_told(agent):
    ended, log = agent.run(FAMILY)
    assert ended.failure is None
    assert "left processes running" in ended.notes[0]
    assert [p for p in log.split() if is_alive(int(p))] == []


def test_a_process_that_ends_in_time_is_no_matter(agent):
    ended, log = agent.run("import subprocess\nsubprocess.Popen(['sh', '-c', 'sleep 0.1; echo late'])")
    assert (ended.failure, ended.notes, log) == (None, (), "late\n")


def test_a_step_may_end_in_peace_when_it_is_cancelled(agent):
    order = agent.begin("import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit('saved'))\n" + WAIT)
    agent.server.send(CancelAttempt(attempt=order.attempt))
    ended = agent.server.ended(order.attempt)
    assert (ended.failure.cause, ended.failure.exit_code) == ("cancelled", 1)
    assert agent.server.log(order.attempt) == b"here\nsaved\n"


def test_a_step_that_runs_too_long_is_ended(agent):
    ended, _ = agent.run(WAIT, timeout_seconds=0.2)
    assert ended.failure.cause == "timeout"
    assert "timeout of 0.2 seconds" in ended.failure.message


def test_an_attempt_that_waits_for_a_slot_can_be_cancelled(agent):
    for _ in range(2):
        agent.begin(WAIT)
    waiting = agent.orders.order({"main.py": "print('ran')"})
    agent.server.send(waiting, CancelAttempt(attempt=waiting.attempt))
    agent.end_all()
    ended = agent.server.ended(waiting.attempt)
    assert (ended.failure.cause, ended.log) == ("cancelled", b"")


def test_an_order_that_comes_twice_is_run_once(agent):
    order = agent.orders.order({"main.py": "print('once')"})
    agent.server.send(order, order)
    agent.server.ended(order.attempt)
    agent.server.send(order)
    agent.run("")
    assert sum(isinstance(r, AttemptEnded) and r.attempt == order.attempt for r in agent.server.reports) == 1


def test_a_report_that_the_server_refuses_still_ends_the_attempt(agent):
    def refuse(reports):
        return 400 if any(isinstance(r, AttemptEnded) and r.failure is None for r in reports) else None

    agent.server.refuse = refuse
    try:
        ended, _ = agent.run("print('unreadable')")
    finally:
        agent.server.refuse = lambda reports: None
    assert ended.failure.cause == "internal"
    assert "refused" in ended.failure.message


def test_an_attempt_whose_lease_is_lost_is_ended_and_commits_nothing(agent):
    output = BoundOutput(port=Output("made"), datastore=STORE, path="azureml/run-stale/made")
    text = "import sys\nopen(sys.argv[1], 'w').write('x')\n"
    order = agent.orders.order({"main.py": text + WAIT}, Script("main.py", ((OutputPath("made"),),)), outputs=(output,))
    agent.server.stale.add(order.attempt)
    agent.server.send(order)
    ended = agent.server.ended(order.attempt)
    assert (ended.failure.cause, ended.outputs) == ("lost", ())
    assert not (agent.orders.store / "azureml/run-stale").exists()


def test_a_script_that_kills_what_it_was_forked_from_is_lost_and_others_run(agent):
    ended, _ = agent.run("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nsignal.pause()")
    assert ended.failure.cause == "lost"
    assert agent.run("print('fine')")[1] == "fine\n"


def test_the_working_folder_goes_when_the_report_was_taken(agent):
    ended, _ = agent.run("open('left', 'w').write('x')")
    until(lambda: not (agent.home.work / ended.attempt).exists(), "the folder is gone")


def test_what_scripts_import_is_there_beforehand_in_time(agent, tmp_path):
    log = agent.home.cache / "preload"
    script = "import sys\nprint('argparse' in sys.modules)\nimport argparse"
    logs = []
    while "True\n" not in logs:
        logs.append(agent.run(script)[1])
        assert len(logs) < 2000
    assert logs[0] == "False\n" or (agent.home.cache / "preload").exists()
    assert any("argparse" in p.read_text() for p in log.iterdir())
    assert agent.run(script, variables={"MODE": "own"})[1] == "False\n"


def test_a_step_does_not_see_the_agents_own_variables(agent):
    text = (
        "import os\nprint(sorted(n for n in os.environ if n.startswith('STEPWORKS_')))\n"
        "print('PYTHONDONTWRITEBYTECODE' in os.environ)"
    )
    assert agent.run(text)[1] == "['STEPWORKS_ATTEMPT', 'STEPWORKS_SPOOL']\nFalse\n"


def test_an_absolute_place_is_made_and_goes_again(agent, tmp_path):
    (agent.orders.store / "raw.txt").write_text("raw")
    place, out = tmp_path / "mnt/raw", tmp_path / "mnt/out"
    port = Input("raw", DataPathValue(STORE, "raw.txt"), path_on_compute=str(place))
    text = f"open({str(out)!r} + '/f', 'w').write(open({str(place)!r}).read())"
    facts = {
        "inputs": (BoundInput(port=port, datastore=STORE, path="raw.txt"),),
        "outputs": (
            BoundOutput(
                port=Output("made", path_on_compute=str(out), style="dataset"),
                datastore=STORE,
                path="azureml/run-abs/made",
            ),
        ),
    }
    ended, _ = agent.run(text, **facts)
    assert [f.path for f in ended.outputs[0].files] == ["f"]
    assert not os.path.lexists(place)
    assert not out.exists()
    place.write_text("mine")
    ended, _ = agent.run(text, **facts)
    assert (ended.failure.cause, place.read_text()) == ("internal", "mine")
    assert "is taken" in ended.failure.message


def test_a_file_output_is_one_file(agent):
    output = BoundOutput(port=Output("made"), datastore=STORE, path="azureml/run-file/made")
    ended, _ = agent.run(
        "import sys\nopen(sys.argv[1], 'w').write('x')", Script("main.py", ((OutputPath("made"),),)), outputs=(output,)
    )
    (produced,) = ended.outputs
    assert produced.is_file
    assert produced.files == (ProducedFile("", 1, produced.files[0].hash),)

"""What a step sees, and how it fails: real scripts on a real server."""

import os
import signal
from contextlib import suppress

import pytest
from tests.support.graphs import COUNT, chain, finish, run_graph, run_script, script_step, snapshot, submit
from tests.support.waiting import REACH, Gate, is_gone, read

from stepworks.graph import document as g
from stepworks.runs.values import Failure
from stepworks.wire.runs import RunChanges

LOG = "azureml-logs/70_driver_log.txt"


def log_of(client, run) -> bytes:
    return client.log_read(run.id, LOG)


def output(step, name="out"):
    return next(p for p in step.outputs if p.name == name)


def place_of(home, produced):
    return home.datastore("tests", produced.datastore) / produced.path


def run_with_output(client, folder, text, *arguments, **facts):
    """Run a script that gets the path of an output first."""
    output = g.Output("out")
    code = snapshot(client, folder, script=text)
    work = g.Script("script.py", ((g.OutputPath(output.name),), *((g.Text(a),) for a in arguments)))
    step = g.Step(id="00000001", name="script", work=work, snapshot=code, outputs=(output,), **facts)
    run = run_graph(client, g.Graph(steps=(step,)))
    (child,) = client.children(run.id)
    return run, child


# --- how a script fails


@pytest.mark.parametrize(
    ("script", "cause", "facts"),
    [
        ("import sys; print('bye'); sys.exit(3)", "exit_code", {"exit_code": 3}),
        ("import sys; sys.exit('no good')", "exit_code", {"exit_code": 1}),
        ("import os; print('bye', flush=True); os._exit(7)", "exit_code", {"exit_code": 7}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "signal", {"signal": "SIGTERM"}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal", {"signal": "SIGKILL"}),
        ("import ctypes; ctypes.string_at(0)", "signal", {"signal": "SIGSEGV"}),
        ("import os; os.abort()", "signal", {"signal": "SIGABRT"}),
        ("raise KeyError('who')", "exception", {"exception": "KeyError", "exit_code": 1}),
        ("def f(:\n  pass", "exception", {"exception": "SyntaxError"}),
        ("import nothing_of_this_name", "exception", {"exception": "ModuleNotFoundError"}),
        ("def f(n): return f(n + 1)\nf(0)", "exception", {"exception": "RecursionError"}),
        (
            "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\nbytearray(2 << 30)",
            "exception",
            {"exception": "MemoryError"},
        ),
        (
            "import threading, os\nthreading.Thread(target=lambda: os._exit(9)).start()\nwhile True: pass",
            "exit_code",
            {"exit_code": 9},
        ),
        ("import os, signal; os.killpg(0, signal.SIGKILL)", "signal", {"signal": "SIGKILL"}),
    ],
)
def test_a_failure_says_what_happened(client, tmp_path, script, cause, facts):
    run, step = run_script(client, tmp_path / "src", script)
    assert (run.status, step.status, step.failure.cause) == ("Failed", "Failed", cause)
    assert {name: getattr(step.failure, name) for name in facts} == facts
    assert step.failure.message
    assert run.failure is not None
    assert "script" in run.failure.message


def test_an_exception_comes_with_its_traceback_and_the_last_lines(client, tmp_path):
    text = "print('before')\ndef inner():\n    raise ValueError('zürich')\ninner()\n"
    _, step = run_script(client, tmp_path / "src", text)
    failure = step.failure
    assert (failure.exception, failure.message) == ("ValueError", "ValueError: zürich")
    assert "line 3, in inner" in failure.traceback
    assert failure.last_lines[0] == "before"
    assert failure.last_lines[-1] == "ValueError: zürich"
    assert b"stepworks/agent" not in log_of(client, step)


def test_a_script_that_closes_everything_harms_nobody(client, tmp_path):
    _, step = run_script(
        client, tmp_path / "src", "import os; print('hello', flush=True); os.closerange(0, 4096); os._exit(0)"
    )
    assert step.status == "Completed"
    assert log_of(client, step) == b"hello\n"


def test_a_script_that_is_not_there_is_named(client, tmp_path):
    step = script_step(snapshot(client, tmp_path / "src", other="pass"), "script")
    run = run_graph(client, g.Graph(steps=(step,)))
    (child,) = client.children(run.id)
    assert child.status == "Failed"
    assert "script.py" in child.failure.message


def test_input_data_that_is_not_there_is_named(client, tmp_path):
    code = snapshot(client, tmp_path / "src", script="pass")
    data = g.Input("raw", g.DataPathValue("workspaceblobstore", "never/made.csv"), mode="download")
    step = script_step(code, "script", inputs=(data,))
    run = run_graph(client, g.Graph(steps=(step,)))
    (child,) = client.children(run.id)
    assert (run.status, child.status, child.failure.cause) == ("Failed", "Failed", "data_missing")
    assert "raw" in child.failure.message
    assert "never/made.csv" in child.failure.message


def test_a_step_that_takes_too_long_is_ended(client, tmp_path):
    gate = Gate(tmp_path / "gate")
    run, step = run_script(client, tmp_path / "src", REACH + "reach(sys.argv[1])", gate.path, timeout_seconds=0.3)
    assert (run.status, step.status, step.failure.cause) == ("Failed", "Failed", "timeout")
    assert is_gone(gate.reached())


def test_a_run_that_takes_too_long_is_ended(client, tmp_path):
    gate = Gate(tmp_path / "gate")
    step = script_step(snapshot(client, tmp_path / "src", script=REACH + "reach(sys.argv[1])"), "script", gate.path)
    run = run_graph(client, g.Graph(steps=(step,)), timeout_seconds=0.5)
    assert run.status == "Failed"
    assert is_gone(gate.reached())


# --- ending what a script has started

CHILDREN = (
    REACH
    + """
import subprocess
gate = sys.argv[1]
sleep = "import sys, os, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(1000)"
def start(name, **how):
    subprocess.Popen([sys.executable, "-c", sleep, gate + name], **how)
start(".group")
start(".session", start_new_session=True)
start(".bare", start_new_session=True, env={}, cwd="/")
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(gate + ".daemon", "w").write(str(os.getpid()))
        time.sleep(1000)
    os._exit(0)
names = (".group", ".session", ".bare", ".daemon")
while not all(os.path.exists(gate + n) and open(gate + n).read() for n in names):
    time.sleep(0.005)
"""
)
NAMES = (".group", ".session", ".bare", ".daemon")


def test_a_script_run_that_is_said_to_have_failed_is_ended(client, tmp_path):
    gate = Gate(tmp_path / "gate")
    code = snapshot(client, tmp_path / "src", script=f"{REACH}\nreach({gate.path!r})")
    run = submit(client, g.Graph(steps=(script_step(code, "script"),)), kind="script")
    pid = gate.reached()
    failure = Failure(cause="exception", message="no good")
    client.run_change(run.id, RunChanges(status="Failed", failure=failure, tags={"seen": "yes"}))
    ended = finish(client, run)
    assert (ended.status, ended.failure, ended.tags) == ("Failed", failure, {"seen": "yes"})
    assert is_gone(pid)


def test_cancel_ends_all_processes_of_a_step_in_whatever_session(client, tmp_path):
    gate = Gate(tmp_path / "gate")
    step = script_step(snapshot(client, tmp_path / "src", script=CHILDREN + "reach(gate)"), "script", gate.path)
    run = submit(client, g.Graph(steps=(step,)))
    leader = gate.reached()
    client.cancel(run.id)
    run = finish(client, run)
    (child,) = client.children(run.id)
    assert (run.status, child.status) == ("Canceled", "Canceled")
    assert [n for n in NAMES if not is_gone(int(read(gate.path + n)))] == []
    assert is_gone(leader)


def test_what_a_script_leaves_running_is_ended_and_told(client, tmp_path):
    gate = Gate(tmp_path / "gate")
    run, step = run_script(client, tmp_path / "src", CHILDREN, gate.path)
    assert run.status == "Completed"
    assert "processes" in " ".join(step.warnings)
    assert [n for n in NAMES if not is_gone(int(read(gate.path + n)))] == []


BOMB = (
    REACH
    + """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
# Whatever becomes of this test: the bomb goes out by itself.
deadline = time.monotonic() + 30

def flee(generation):
    # Never the same process for longer than a moment, every other one in a session of its own.
    while time.monotonic() < deadline:
        if os.fork():
            os._exit(0)
        generation += 1
        if generation % 2:
            os.setsid()
        if generation == 20:
            open(sys.argv[1] + ".burning", "w").close()
        time.sleep(0.005)
    os._exit(0)

def breed():
    while time.monotonic() < deadline:
        if os.fork() == 0:
            time.sleep(0.5)
            os._exit(0)
        time.sleep(0.02)
    os._exit(0)

for act in (lambda: flee(0), lambda: flee(1), lambda: flee(0), breed, breed):
    if os.fork() == 0:
        act()
while not os.path.exists(sys.argv[1] + ".burning"):
    time.sleep(0.005)
reach(sys.argv[1])
"""
)


def test_a_fork_bomb_that_ignores_signals_is_cut_off_by_cancel(home, client, tmp_path):
    gate = Gate(tmp_path / "gate")
    step = script_step(snapshot(client, tmp_path / "src", script=BOMB), "script", gate.path)
    run = submit(client, g.Graph(steps=(step,)))
    leader = gate.reached()
    folder = os.path.dirname(os.readlink(f"/proc/{leader}/cwd"))
    assert at_work_in(folder)
    client.cancel(run.id)
    assert finish(client, run).status == "Canceled"
    assert at_work_in(folder) == []


def at_work_in(folder: str) -> list[int]:
    """Processes that work in a folder, or write to a file in it."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        for link in ("cwd", "fd/1"):
            with suppress(OSError):
                if os.readlink(f"/proc/{name}/{link}").startswith(folder) and not is_gone(int(name)):
                    found.append(int(name))
    return found


def test_a_script_that_kills_the_interpreter_it_was_forked_from_fails_alone(client, tmp_path):
    text = "import os, signal\nos.killpg(os.getpgid(os.getppid()), signal.SIGKILL)\nos.kill(os.getpid(), 9)"
    run, step = run_script(client, tmp_path / "src", text)
    assert (run.status, step.status, step.failure.cause) == ("Failed", "Failed", "lost")
    assert step.attempts > 1
    run, _ = run_script(client, tmp_path / "good", "print('good')")
    assert run.status == "Completed"


# --- what a script writes


def test_a_hundred_megabytes_without_a_newline(client, tmp_path):
    text = "import sys\nfor _ in range(100):\n    sys.stdout.write('-' * (1 << 20))\n"
    run, step = run_script(client, tmp_path / "src", text)
    assert run.status == "Completed"
    sizes = {a.name: a.size for a in client.artifacts(step.id)}
    assert sizes[LOG] == 100 << 20
    assert client.log_read(step.id, LOG, offset=(100 << 20) - 3) == b"---"


def test_output_that_is_no_text_is_kept_as_it_is(client, tmp_path):
    text = (
        "import os\nos.write(1, bytes(range(256)) + b'\\n')\nos.write(2, b'\\xff\\xfe\\n')\nraise ValueError('\\udcff')"
    )
    _, step = run_script(client, tmp_path / "src", text)
    assert log_of(client, step).startswith(bytes(range(256)) + b"\n\xff\xfe\n")
    assert step.failure.exception == "ValueError"
    assert step.failure.last_lines


def test_standard_input_is_empty(client, tmp_path):
    text = "import sys\nassert sys.stdin.read() == ''\ntry:\n    input()\nexcept EOFError:\n    print('end')"
    _, step = run_script(client, tmp_path / "src", text)
    assert step.status == "Completed"
    assert log_of(client, step) == b"end\n"


def test_what_a_script_does_to_its_own_files_stays_with_it(client, tmp_path):
    text = (
        "import os, pathlib\n"
        "assert not os.path.exists('made.txt')\n"
        "print(pathlib.Path('data.py').read_text())\n"
        "pathlib.Path('made.txt').write_text('x')\n"
        "os.chmod('data.py', 0o600)\n"
        "with open('data.py', 'r+') as f: f.write('now')\n"
        "os.unlink('script.py')\n"
        "for k in list(os.environ): del os.environ[k]\n"
        "os.chmod('.', 0)\n"
    )
    code = snapshot(client, tmp_path / "src", script=text, data="as it was")
    for _ in range(3):
        run = run_graph(client, g.Graph(steps=(script_step(code, "script", allow_reuse=False),)))
        (step,) = client.children(run.id)
        assert (step.status, step.failure) == ("Completed", None)
        assert log_of(client, step) == b"as it was\n"


def test_files_in_outputs_and_logs_belong_to_the_run_even_of_a_failed_step(client, tmp_path):
    text = "open('outputs/m.txt', 'w').write('1')\nopen('logs/a b.txt', 'w').write('22')\nraise SystemExit(1)"
    _, step = run_script(client, tmp_path / "src", text)
    sizes = {a.name: a.size for a in client.artifacts(step.id)}
    assert (sizes["outputs/m.txt"], sizes["logs/a b.txt"]) == (1, 2)


# --- outputs


def test_a_big_output_folder_arrives_whole(home, client, tmp_path):
    text = (
        "import os, sys\n"
        "for i in range(2000):\n"
        "    folder = f'{sys.argv[1]}/{i % 20}/ü'\n"
        "    os.makedirs(folder, exist_ok=True)\n"
        "    open(f'{folder}/{i}.txt', 'w').write(str(i))\n"
    )
    _, step = run_with_output(client, tmp_path / "src", text)
    produced = output(step)
    assert len(produced.files) == 2000
    root = place_of(home, produced)
    found = {f.relative_to(root).as_posix(): f.read_text() for f in root.rglob("*.txt")}
    assert found == {f"{i % 20}/ü/{i}.txt": str(i) for i in range(2000)}
    assert set(found) == {f.path for f in produced.files}


def test_links_in_an_output(home, client, tmp_path):
    (tmp_path / "outside.txt").write_text("outside")
    text = (
        "import os, sys\n"
        "out, outside = sys.argv[1:]\n"
        "os.mkdir(out)\n"
        "open(out + '/real', 'w').write('inside')\n"
        "os.symlink('real', out + '/inner')\n"
        "os.symlink(outside, out + '/outer')\n"
    )
    _, step = run_with_output(client, tmp_path / "src", text, str(tmp_path / "outside.txt"))
    assert step.status == "Completed"
    root = place_of(home, output(step))
    assert {f.name: f.read_text() for f in root.iterdir()} == {"real": "inside", "inner": "inside", "outer": "outside"}
    assert not (root / "outer").is_symlink()


@pytest.mark.parametrize(
    "text",
    [
        "import os, sys; os.symlink('/etc', sys.argv[1])",
        "import os, sys; os.mkdir(sys.argv[1]); os.symlink('/etc', sys.argv[1] + '/etc')",
        "import os, sys; os.mkfifo(sys.argv[1])",
        "import os, sys; os.mkdir(sys.argv[1]); open(os.fsencode(sys.argv[1]) + b'/\\xff', 'w')",
    ],
    ids=["link to a folder", "link to a folder inside", "pipe", "name that is no text"],
)
def test_an_output_that_cannot_be_taken_fails_the_step_and_leaves_nothing(home, client, tmp_path, text):
    run, step = run_with_output(client, tmp_path / "src", text)
    assert (run.status, step.status) == ("Failed", "Failed")
    assert "out" in step.failure.message
    assert not (home.datastore("tests", "workspaceblobstore") / f"azureml/{step.id}").exists()


def test_a_failed_step_leaves_no_output(home, client, tmp_path):
    text = "import os, sys; os.mkdir(sys.argv[1]); open(sys.argv[1] + '/half', 'w').write('x'); raise SystemExit(1)"
    _, step = run_with_output(client, tmp_path / "src", text)
    assert step.outputs == ()
    assert not (home.datastore("tests", "workspaceblobstore") / f"azureml/{step.id}").exists()


def test_a_file_that_grew_large_and_sparse(home, client, tmp_path):
    text = "import sys\nwith open(sys.argv[1], 'wb') as f:\n    f.truncate(200 << 20)\n    f.write(b'x')"
    _, step = run_with_output(client, tmp_path / "src", text)
    (file,) = output(step).files
    assert file.size == 200 << 20
    assert os.stat(place_of(home, output(step))).st_size == 200 << 20


def test_outputs_of_a_chain_reach_the_next_step(home, client, tmp_path):
    run = run_graph(client, chain(snapshot(client, tmp_path / "src", count=COUNT), 4))
    steps = client.children(run.id)
    assert [place_of(home, s.outputs[0]).read_text() for s in steps] == ["1", "2", "3", "4"]


def test_signals_are_as_a_fresh_process_has_them(client, tmp_path):
    text = (
        "import signal\n"
        "for s in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP): assert signal.getsignal(s) == signal.SIG_DFL, s\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
        "assert not signal.pthread_sigmask(signal.SIG_BLOCK, [])\n"
        "import os\nassert os.getpid() == os.getpgid(0) == os.getsid(0)\n"
        "fds = {int(n) for n in os.listdir('/proc/self/fd')}\nassert fds <= {0, 1, 2, 3}, fds\n"
    )
    _, step = run_script(client, tmp_path / "src", text)
    assert step.status == "Completed", step.failure
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL

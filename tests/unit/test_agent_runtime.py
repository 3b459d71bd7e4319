"""Scripts in real warm interpreters, against what `python script.py` does."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stepworks.agent.preload import HELD, NEVER
from stepworks.agent.variables import base_environment
from stepworks.agent.zygote import RUNTIME, Dirty, Untouched, Zygote, ZygoteGone
from stepworks.environments.interpreters import find_interpreters

# One of each version that this machine has.
PYTHONS = {i.series: i.path for i in find_interpreters(os.environ) if i.minor >= (3, 6)} | {"own": sys.executable}


class Interpreter:
    """A warm interpreter and a folder to run scripts in."""

    def __init__(self, folder, python=sys.executable, preload=(), variables=None):
        self.folder = folder
        held = dict.fromkeys(HELD) if preload else {}
        environment = base_environment(dict(os.environ), python, is_own=False, is_virtual=False) | (variables or {})
        self.zygote = Zygote(python, environment | (HELD if preload else {}), 1)
        self.zygote.prepare(
            {
                "preload": list(preload),
                "deny": sorted(NEVER),
                "restore": held,
                "threads": dict.fromkeys(("openblas", "openmp", "mkl", "blis"), 2),
            },
            60,
        )

    def run(self, script, *arguments, name="main.py", variables=None, **files):
        """Wait status and log of a script; `files` are more files, "." written as "__"."""
        run = self.folder / "run"
        for path, text in {name: script, **{k.replace("__", "."): v for k, v in files.items()}}.items():
            (run / path).parent.mkdir(parents=True, exist_ok=True)
            (run / path).write_text(text)
        log = self.folder / "log.txt"
        log.unlink(missing_ok=True)
        self.zygote.ask(
            0,
            {
                "folder": str(self.folder),
                "log": str(log),
                "cwd": str(run),
                "script": name,
                "place": str((run / name).parent),
                "arguments": list(arguments),
                "variables": variables or {},
            },
        )
        assert self.zygote.next_line(0)[0] == b"started"
        word, _, status, _ = self.zygote.next_line(0)
        assert word == b"ended"
        return int(status), log.read_text(errors="replace")

    def imported(self):
        """What the last script is said to have imported."""
        try:
            return (self.folder / "imported").read_text().split("\n")
        except FileNotFoundError:
            return []


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    found = Interpreter(tmp_path_factory.mktemp("warm"))
    yield found
    found.zygote.close()


@pytest.fixture
def interpreter(warm, tmp_path):
    warm.folder = tmp_path
    return warm


def as_in_a_terminal():
    """Who runs these tests in the background passes on ignored signals."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def cold(folder, script, *arguments, name="main.py"):
    """Exit status and output of `python script.py`."""
    folder.mkdir()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(script)
    done = subprocess.run(
        [sys.executable, "-u", name, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        preexec_fn=as_in_a_terminal,
    )
    return done.returncode, plain(done.stdout.decode(errors="replace"), folder)


def plain(log, folder):
    """A log without what differs from one process to another."""
    return re.sub("0x[0-9a-f]+", "0x", log.replace(str(folder), "HERE"))


SAME = {
    "names": "print(__name__, __spec__, __package__, __doc__, __file__, type(__loader__).__name__, __builtins__)",
    "doc": '"""A doc."""\nprint(__doc__, sorted(globals()))',
    "main": "import __main__\nx = 1\nprint(__main__.x, __main__.__dict__ is globals())",
    "arguments": "import sys\nprint(sys.argv, sys.executable, sys.flags.unbuffered)",
    "path": "import sys\nprint(sys.path[0])",
    "exit": "import sys\nsys.exit(300)",
    "exit text": "raise SystemExit('bad\\nluck')",
    "exit list": "raise SystemExit([1])",
    "exit none": "raise SystemExit",
    "exit true": "raise SystemExit(True)",
    "quit": "quit(4)",
    "exception": "def f():\n    raise ValueError('bad')\nf()",
    "chained": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('x') from e",
    "syntax": "x = 1\nif x:\nprint(x)",
    "encoding": "# -*- coding: latin-1 -*-\nprint('ok')",
    "tabs": "if True:\n\tprint('tab')\n",
    "recursion": "def f():\n    f()\ntry:\n    f()\nexcept RecursionError:\n    print('deep')",
    "order": "import sys\nprint('a', end='')\nsys.stderr.write('b\\n')\nprint('c')\nsys.stderr.write('d')",
    "atexit": "import atexit\natexit.register(print, 'one')\natexit.register(print, 'two')\nprint('end')",
    "atexit raises": "import atexit\n@atexit.register\ndef f():\n    raise ValueError\nprint('end')",
    "hook": "import sys\nsys.excepthook = lambda *a: print('mine', a[0].__name__)\nraise ValueError",
    "threads": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()\nprint('end')",
    "daemon": "import threading, time, atexit\natexit.register(print, 'bye')\n"
    "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nprint('end')",
    "pool": "from concurrent.futures import ThreadPoolExecutor\np = ThreadPoolExecutor(2)\np.submit(print, 'late')",
    "generator": "def g():\n    try:\n        yield 1\n    finally:\n        print('finally')\nx = g()\nnext(x)",
    "finalizer": "import os\nclass A:\n    def __del__(self):\n        print('gone', os.sep, A)\n"
    "a = A()\ndef f(): return a",
    "slots": "class A:\n    __slots__ = ()\n    def __del__(self):\n        print('gone')\na = A()\ndef f(): return a",
    "weakref": "import weakref\nclass A: pass\na = A()\nweakref.finalize(a, print, 'finalized')",
    "stdin": "import sys\nprint(repr(sys.stdin.read()))",
    "native": "import ctypes\nctypes.CDLL(None).printf(b'from C\\n')\nprint('from Python')",
    "closed": "import sys\nprint('out')\nsys.stdout.close()",
    "interrupt": "raise KeyboardInterrupt",
    "killed": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
    "signals": "import signal\nprint([signal.getsignal(n) for n in signal.valid_signals()])\n"
    "print(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.set_wakeup_fd(-1))",
    "umask": "import os\nu = os.umask(0)\nprint(u)",
    "limits": "import resource as r\nprint(r.getrlimit(r.RLIMIT_NOFILE), r.getrlimit(r.RLIMIT_CORE))",
    "gc": "import gc\nprint(gc.isenabled(), gc.get_threshold())",
    "files": "import os\nprint(sorted(int(n) for n in os.listdir('/proc/self/fd')))",
    "warning": "import warnings\nwarnings.warn('careful')",
    "spawned": "import multiprocessing as m\ndef f(x):\n    return x + 1\n"
    "if __name__ == '__main__':\n    with m.get_context('spawn').Pool(1) as p:\n        print(p.map(f, [1, 2]))",
    "forked": "import multiprocessing as m\ndef f(x):\n    return x + 1\n"
    "with m.get_context('fork').Pool(2) as p:\n    print(p.map(f, [1, 2]))",
    "fork": "import os, sys\nprint('once')\nif os.fork():\n    os.wait()\nelse:\n    print('child')\n    sys.exit(3)",
    "pickle": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)",
    "source": "import inspect\ndef f():\n    return 1\nprint(inspect.getsource(f))",
    "dataclass": "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int = 1\nprint(A())",
    "environ": "import os, subprocess\nos.environ['A'] = '1'\nprint(subprocess.check_output('echo $A', shell=True))",
}


@pytest.mark.parametrize("name", SAME)
def test_a_script_does_what_it_does_when_started_alone(interpreter, tmp_path, name):
    wanted, said = cold(tmp_path / "alone", SAME[name], "a", "b c")
    status, log = interpreter.run(SAME[name], "a", "b c")
    code = -(status & 0x7F) if status & 0x7F else status >> 8
    assert (code, plain(log, tmp_path / "run")) == (wanted, said)


def test_files_that_nobody_closed_are_written_out(interpreter, tmp_path):
    script = (
        "import gzip, zipfile, csv, util\n"
        "a = open('a', 'w'); a.write('1')\n"
        "b = gzip.open('b.gz', 'wt'); b.write('2')\n"
        "c = zipfile.ZipFile('c.zip', 'w'); c.writestr('x', '3')\n"
        "def f(): return a, b, c\n"
        "class Holder: pass\n"
        "h = Holder(); h.me = h; h.file = open('d', 'w'); h.file.write('4')\n"
    )
    status, log = interpreter.run(script, util__py="f = open('e', 'w'); f.write('5')\ndef g(): return f\n")
    assert (status, log) == (0, "")
    import gzip
    import zipfile

    run = tmp_path / "run"
    assert (run / "a").read_text() == "1"
    assert gzip.decompress((run / "b.gz").read_bytes()) == b"2"
    assert zipfile.ZipFile(run / "c.zip").read("x") == b"3"
    assert ((run / "d").read_text(), (run / "e").read_text()) == ("4", "5")


def test_the_folder_of_a_script_and_the_root_are_both_searched(interpreter):
    status, log = interpreter.run(
        "import near, sys\nfrom util.far import x\nprint(near.y, x, len(sys.path[0]) > len(sys.path[1]))",
        name="training/main.py",
        **{"training/near__py": "y = 1", "util/far__py": "x = 2"},
    )
    assert (status, log) == (0, "1 2 True\n")


def test_a_folder_called_azureml_hides_nothing(interpreter):
    status, log = interpreter.run(
        "import azureml, stepworks\nprint(azureml.__file__, stepworks.__file__)",
        **{"azureml/__init____py": "raise ValueError", "stepworks__py": "raise ValueError"},
    )
    assert status == 0, log
    assert "/run/" not in log


def test_a_module_of_the_users_may_be_called_as_one_of_ours(interpreter):
    status, log = interpreter.run(
        "import start, child, native, ending\nprint(start.x, child.x, native.x, ending.x)",
        **{f"{name}__py": f"x = '{name}'" for name in ("start", "child", "native", "ending")},
    )
    assert (status, log) == (0, "start child native ending\n")


def test_an_attempts_variables_are_its_own(interpreter):
    show = (
        "import os, subprocess\n"
        "print(os.environ.get('A'), os.environb[b'B'], subprocess.check_output('echo $B', shell=True))"
    )
    assert interpreter.run(show, variables={"A": "1", "B": "é\udcff"})[1] == (
        "1 b'\\xc3\\xa9\\xff' b'\\xc3\\xa9\\xff\\n'\n"
    )
    assert interpreter.run(show, variables={"B": "x y"}) == (0, "None b'x y' b'x y\\n'\n")


def test_each_process_has_its_own_chance_and_time_zone(interpreter):
    show = "import random, time\nprint(random.random(), time.strftime('%Z', time.gmtime(0)) and time.tzname[0])"
    first, second = (interpreter.run(show, variables={"TZ": "EST5"})[1] for _ in range(2))
    assert first != second
    assert first.endswith(" EST\n")


def test_a_crash_in_native_code_says_where(interpreter):
    status, log = interpreter.run("import ctypes\ndef inner():\n    ctypes.string_at(0)\ninner()")
    assert status & 0x7F == 11
    assert "line 3 in inner" in log


def test_what_was_imported_is_told_without_the_users_own(interpreter):
    interpreter.run("import argparse, mine, numpy.linalg", mine__py="")
    found = interpreter.imported()
    assert {"argparse", "+numpy", "+numpy.linalg"} <= set(found)
    assert "mine" not in "".join(found)


def test_a_script_that_imports_nothing_tells_nothing(interpreter):
    interpreter.run("import sys, os")
    assert interpreter.imported() == []


def test_an_exception_is_described(interpreter, tmp_path):
    interpreter.run("import json\njson.loads('{')")
    name, message, trace = (tmp_path / "cause").read_text().split("\0")
    assert (name, message) == ("json.decoder.JSONDecodeError", message)
    assert trace.startswith("Traceback (most recent call last):\n")
    assert RUNTIME not in trace


def test_a_preloaded_library_works_with_all_threads(tmp_path):
    interpreter = Interpreter(tmp_path, preload=["numpy", "numpy.linalg", "sklearn.linear_model", "random"])
    assert "numpy" in interpreter.zygote.taken
    script = (
        "import sys\n"
        "assert 'sklearn.linear_model' in sys.modules\n"
        "import os, numpy as np, random\n"
        "assert not [n for n in os.environ if n.endswith('_NUM_THREADS')]\n"
        "from sklearn.linear_model import LinearRegression\n"
        "a = np.random.rand(300, 300)\n"
        "a @ a\n"
        "from threadpoolctl import threadpool_info\n"
        "print({p['num_threads'] for p in threadpool_info()}, random.random(), np.random.rand())\n"
        "with open('left open', 'w') as f:\n"
        "    f.write('x')\n"
    )
    try:
        first, second = interpreter.run(script), interpreter.run(script)
    finally:
        interpreter.zygote.close()
    assert (first[0], first[1][:4]) == (0, "{2} "), first
    assert len({*first[1].split()[1:], *second[1].split()[1:]}) == 4


@pytest.mark.parametrize(
    "source",
    [
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
        "f = open('/dev/null')",
        "import os\nos._exit(3)",
        "import os\nos.abort()",
    ],
    ids=["thread", "file", "exit", "crash"],
)
def test_a_package_that_a_fork_would_break_is_found_out(tmp_path, source):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/dirty.py").write_text(source)
    with pytest.raises(Dirty) as caught:
        Interpreter(tmp_path, preload=["argparse", "dirty"], variables={"PYTHONPATH": str(tmp_path / "lib")})
    assert caught.value.target == "dirty"


def test_a_package_that_cannot_be_imported_is_left_to_who_needs_it(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/broken.py").write_text("raise SystemExit('broken')")
    interpreter = Interpreter(tmp_path, preload=["broken"], variables={"PYTHONPATH": str(tmp_path / "lib")})
    status, log = interpreter.run("import broken")
    interpreter.zygote.close()
    assert (status >> 8, log) == (1, "broken\n")


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_any_python_can_be_warm(tmp_path, python):
    interpreter = Interpreter(tmp_path, python)
    script = (
        "import sys, argparse, atexit, threading\nprint(sys.version_info[:2])\n"
        "g = open('g', 'w')\ng.write('y')\ndef f(): return g\n"
        "atexit.register(print, 'bye')\nthreading.Thread(target=print, args=('thread',)).start()\n"
        "1 / 0"
    )
    status, log = interpreter.run(script)
    interpreter.zygote.close()
    version = subprocess.run([python, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True)
    assert status >> 8 == 1
    assert log.startswith(version.stdout)
    # The thread writes when it comes to it.
    assert "thread" in log
    assert log.replace("thread", "").replace("\n", "").endswith("ZeroDivisionError: division by zerobye")
    assert (tmp_path / "cause").read_text().startswith("ZeroDivisionError\0division by zero\0Traceback")
    assert (tmp_path / "run/g").read_text() == "y"


def test_a_cold_start_is_the_same(tmp_path):
    (tmp_path / "run/sub").mkdir(parents=True)
    (tmp_path / "run/sub/main.py").write_text(
        "import sys, json, near\nprint(sys.argv, near.x, json.x)\nraise KeyError('k')"
    )
    (tmp_path / "run/sub/near.py").write_text("x = 1")
    (tmp_path / "run/json.py").write_text("x = 2")
    done = subprocess.run(
        [sys.executable, "-u", f"{RUNTIME}/start.py", str(tmp_path), "sub/main.py", "a"],
        cwd=tmp_path / "run",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "['sub/main.py', 'a'] 1 2\n")
    assert done.stderr.endswith("KeyError: 'k'\n")
    assert RUNTIME not in done.stderr
    assert Path(tmp_path, "cause").read_text().startswith("KeyError\0'k'\0")


# --- its end, as the agent sees it


@pytest.fixture
def zygote(tmp_path):
    found = Interpreter(tmp_path).zygote
    yield found
    found.close()


def test_a_request_that_was_not_read_is_known_to_have_run_nothing(zygote):
    os.kill(zygote.pid, signal.SIGSTOP)
    zygote.ask(0, {"a": "request"})
    os.kill(zygote.pid, signal.SIGKILL)
    with pytest.raises(Untouched):
        zygote.next_line(0)
    with pytest.raises(Untouched):
        zygote.ask(0, {"another": "request"})
    zygote.wait()
    assert zygote.reap()


def test_of_a_request_that_was_read_it_is_not_known(zygote):
    mine, theirs = socket.socketpair()
    os.dup2(mine.fileno(), zygote.fileno(0))
    zygote.ask(0, {"a": "request"})
    theirs.recv(4096)
    theirs.close()
    with pytest.raises(ZygoteGone) as gone:
        zygote.next_line(0)
    assert not isinstance(gone.value, Untouched)
    mine.close()

"""Threads for what takes its time."""

import subprocess
import sys
import threading
from concurrent.futures import CancelledError

import pytest

from stepworks.engine.background import DaemonThreads


def test_results_and_errors_come_back() -> None:
    threads = DaemonThreads(2, "t")
    assert [threads.submit(pow, 2, n).result(20) for n in range(5)] == [1, 2, 4, 8, 16]
    with pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 / 0).result(20)
    threads.shutdown()


def test_as_many_run_at_once_as_there_may_be_threads() -> None:
    threads = DaemonThreads(3, "t")
    together = threading.Barrier(3, timeout=20)
    waiting = [threads.submit(together.wait) for _ in range(3)]
    assert sorted(w.result(20) for w in waiting) == [0, 1, 2]
    threads.shutdown()


def test_a_thread_that_is_busy_again_is_not_counted_as_idle() -> None:
    threads = DaemonThreads(2, "t")
    go = threading.Event()
    slow = [threads.submit(go.wait, 20) for _ in range(2)]
    queued = threads.submit(pow, 2, 3)
    go.set()
    assert [s.result(20) for s in slow] == [True, True]
    assert queued.result(20) == 8
    together = threading.Barrier(2, timeout=20)
    assert sorted(f.result(20) for f in [threads.submit(together.wait) for _ in range(2)]) == [0, 1]
    threads.shutdown()


def test_after_the_end_nothing_is_taken_and_what_waits_is_cancelled() -> None:
    threads = DaemonThreads(1, "t")
    go = threading.Event()
    threads.submit(go.wait, 20)
    waiting = threads.submit(pow, 2, 2)
    threads.shutdown(cancel_futures=True)
    go.set()
    with pytest.raises(CancelledError):
        waiting.result(20)
    with pytest.raises(RuntimeError):
        threads.submit(pow, 2, 2)


def test_what_runs_does_not_keep_the_process_from_ending() -> None:
    code = "import time; from stepworks.engine.background import DaemonThreads as D; D(1, 't').submit(time.sleep, 600)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0

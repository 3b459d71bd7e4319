import os
import subprocess
import sys
import threading

import pytest
from tests.support.waiting import until

from stepworks.agent import processes
from stepworks.agent.zygotes import Zygotes
from stepworks.wire.agent import EnvironmentOrder


@pytest.fixture
def room():
    """Whether a core is free."""
    found = threading.Event()
    found.set()
    return found


@pytest.fixture
def said():
    return []


@pytest.fixture
def zygotes(tmp_path, room, said):
    found = Zygotes(1, str(tmp_path / "preload"), own=dict(os.environ), has_room=room.is_set, say=said.append)
    yield found
    found.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An environment of its own: its interpreter, and where its packages are."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    return str(folder / "bin/python"), packages


@pytest.fixture
def order(site):
    return EnvironmentOrder(lock="x", python=site[0])


def take(zygotes, order, *, script="s", bare=False):
    found = zygotes.take(order, 0, script, bare=bare)
    if found is not None:
        zygotes.give_back(found, 0)
    return found


def until_preloaded(zygotes, order, *names):
    """The interpreter with these modules, once there is one."""
    return until(lambda: (z := take(zygotes, order)) is not None and z.names == names and z, f"{names} are preloaded")


def is_gone(zygote):
    found = processes.look_at(zygote.pid)
    return found is None or found.state in "ZX"


def test_an_environment_keeps_its_interpreter(zygotes, order):
    first = take(zygotes, order)
    assert (take(zygotes, order) is first, first.names) == (True, ())
    other = EnvironmentOrder(lock="x", python=order.python, variables={"A": "1"})
    assert take(zygotes, other) is not first


def test_what_was_imported_is_imported_beforehand_next_time(zygotes, order):
    bare = take(zygotes, order)
    assert zygotes.learn(order, "s", "argparse\n+pkg", bare=True) == ("pkg",)
    found = until_preloaded(zygotes, order, "argparse", "pkg")
    assert "argparse" in found.taken
    assert take(zygotes, order, bare=True) is bare


def test_what_was_learned_outlives_the_agent(zygotes, order, tmp_path, said):
    zygotes.learn(order, "s", "argparse", bare=True)
    until_preloaded(zygotes, order, "argparse")
    zygotes.close()
    again = Zygotes(1, str(tmp_path / "preload"), own=dict(os.environ), has_room=lambda: True, say=said.append)
    try:
        until_preloaded(again, order, "argparse")
    finally:
        again.close()


def test_a_package_that_a_fork_would_break_is_left_out(zygotes, order, site, said):
    (site[1] / "dirty.py").write_text("f = open('/dev/null')")
    zygotes.learn(order, "s", "argparse\n+dirty\n+dirty.x\njson", bare=True)
    until_preloaded(zygotes, order, "argparse", "json")
    assert any("'dirty'" in message for message in said)
    zygotes.learn(order, "s", "+dirty\ncsv", bare=False)
    until_preloaded(zygotes, order, "argparse", "json", "csv")


def test_nothing_is_imported_while_every_core_is_busy(zygotes, order, room):
    room.clear()
    take(zygotes, order)
    zygotes.learn(order, "s", "argparse", bare=True)
    assert {take(zygotes, order).names for _ in range(50)} == {()}
    room.set()
    until_preloaded(zygotes, order, "argparse")


def test_an_installed_package_needs_new_interpreters(zygotes, order, site):
    zygotes.learn(order, "s", "argparse", bare=True)
    old = [take(zygotes, order, bare=True), until_preloaded(zygotes, order, "argparse")]
    (site[1] / "new_package.py").write_text("")
    new = take(zygotes, order, bare=True)
    assert new not in old
    until_preloaded(zygotes, order, "argparse")
    until(lambda: all(map(is_gone, old)), "the old ones end")


def test_one_that_is_in_use_goes_when_it_is_given_back(zygotes, order, site):
    used = zygotes.take(order, 0, "s", bare=True)
    (site[1] / "another_package.py").write_text("")
    take(zygotes, order)
    assert not is_gone(used)
    zygotes.give_back(used, 0)
    until(lambda: is_gone(used), "it ends")


def test_one_that_has_ended_is_replaced(zygotes, order):
    old = take(zygotes, order)
    os.kill(old.pid, 9)
    old.is_gone = True
    assert take(zygotes, order) is not old


def test_what_is_no_interpreter_has_no_warm_one(zygotes, said, tmp_path):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nexit 0\n")
    fake.chmod(0o755)
    order = EnvironmentOrder(lock="x", python=str(fake))
    assert [take(zygotes, order) for _ in range(2)] == [None, None]
    assert len(said) == 1


def test_all_end_when_the_agent_does(zygotes, order):
    zygotes.learn(order, "s", "argparse", bare=True)
    found = [take(zygotes, order, bare=True), until_preloaded(zygotes, order, "argparse")]
    zygotes.close()
    until(lambda: all(map(is_gone, found)), "they end")
    assert take(zygotes, order) is None

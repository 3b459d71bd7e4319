"""Agents and servers that end at the worst moment."""

import os
import signal
import subprocess
import sys

import pytest
from tests.support.waiting import REACH, Gate, is_gone, read, until

from stepworks.graph.document import Output, OutputPath, Script, Text
from stepworks.home import Home
from stepworks.objects.local import LocalObjects
from stepworks.testing.agent import STORE, FakeServer, Orders
from stepworks.wire.agent import BoundOutput, StopAgent

WAIT = REACH + "reach(sys.argv[1])\n"


class Site:
    """A home with a server, and the agents that were started in it."""

    def __init__(self, root):
        self.home = Home(root)
        self.server = FakeServer(self.home)
        self.objects = LocalObjects(self.home.objects)
        self.orders = Orders(self.server, self.objects)
        self.agents = []

    def start_agent(self, **variables):
        agent = subprocess.Popen(
            [sys.executable, "-m", "stepworks.agent", "--home", str(self.home.root), "--slots", "2"],
            env=os.environ | variables,
            start_new_session=True,
        )
        self.agents.append(agent)
        self.server.wait_for(lambda: any(h.process.startswith(f"{agent.pid}:") for h in self.server.hellos))
        return agent

    def hello_of(self, agent):
        return next(h for h in reversed(self.server.hellos) if h.process.startswith(f"{agent.pid}:"))

    def lose_server(self):
        self.server.stop()

    def new_server(self, *, stale=()):
        """Another server, at another address of the same home."""
        old, self.server = self.server, FakeServer(self.home)
        self.server.snapshots.update(old.snapshots)
        self.server.stale.update(stale)
        self.orders.server = self.server

    def begin(self, gate, text, work=None, **facts):
        order = self.orders.order({"main.py": text}, *([work] if work else ["main.py", gate.path]), **facts)
        self.server.send(order)
        return order, gate.reached()

    def close(self):
        for agent in self.agents:
            if agent.poll() is None:
                agent.send_signal(signal.SIGTERM)
                agent.wait(30)
        self.server.stop()


@pytest.fixture
def site(tmp_path):
    found = Site(tmp_path / "home")
    yield found
    found.close()


@pytest.fixture
def gate(tmp_path):
    return Gate(tmp_path / "gate")


FAMILY = (
    REACH
    + """
import subprocess
stay = "import os, sys, signal; open(sys.argv[1], 'w').write(str(os.getpid())); signal.pause()"
for name, own in ((".group", False), (".session", True)):
    subprocess.Popen([sys.executable, "-c", stay, sys.argv[1] + name], start_new_session=own)
    while not (os.path.exists(sys.argv[1] + name) and open(sys.argv[1] + name).read()):
        time.sleep(0.005)
reach(sys.argv[1])
"""
)


def test_what_a_killed_agent_left_is_ended_before_the_next_one_says_hello(site, gate):
    agent = site.start_agent()
    order, leader = site.begin(gate, FAMILY)
    agent.kill()
    agent.wait()
    # The script ends with its group and what it was forked from; what has a session of its own does not.
    until(lambda: is_gone(leader), "the script ends with its agent")
    other = int(read(gate.path + ".session"))
    assert not is_gone(other)
    following = site.start_agent()
    assert is_gone(other)
    assert is_gone(int(read(gate.path + ".group")))
    assert site.hello_of(following).running == ()
    assert not (site.home.work / order.attempt).exists()


def test_no_warm_interpreter_outlives_its_agent(site, gate):
    agent = site.start_agent()
    site.begin(gate, WAIT)
    children = read(f"/proc/{agent.pid}/task/{agent.pid}/children").split()
    for task in os.listdir(f"/proc/{agent.pid}/task"):
        children += read(f"/proc/{agent.pid}/task/{task}/children").split()
    agent.kill()
    agent.wait()
    assert children
    for child in children:
        until(lambda child=child: is_gone(int(child)), "a warm interpreter ends")


def test_a_script_goes_on_while_the_server_is_away(site, gate):
    agent = site.start_agent()
    order, leader = site.begin(gate, WAIT + "print('went on')")
    site.lose_server()
    site.new_server()
    site.server.wait_for(lambda: site.server.hellos)
    assert [(r.attempt, r.lease) for r in site.hello_of(agent).running] == [(order.attempt, order.lease)]
    assert not is_gone(leader)
    gate.open()
    assert site.server.ended(order.attempt).failure is None
    assert site.server.log(order.attempt) == b"went on\n"


def test_a_step_that_ended_while_the_server_was_away_is_reported(site, gate):
    site.start_agent()
    order, leader = site.begin(gate, WAIT + "print('went on')")
    site.lose_server()
    gate.open()
    until(lambda: is_gone(leader), "the script ends")
    site.new_server()
    assert site.server.ended(order.attempt).log == b"went on\n"


def test_a_report_outlives_server_and_agent(site, gate):
    agent = site.start_agent()
    order, _ = site.begin(gate, WAIT + "print('went on')\nraise ValueError")
    site.lose_server()
    gate.open()
    spool = site.home.spool / "agents"
    until(lambda: any(p.stat().st_size for p in spool.iterdir()), "the report is on disk")
    agent.kill()
    agent.wait()
    site.new_server()
    following = site.start_agent()
    ended = site.server.ended(order.attempt)
    assert (ended.log.splitlines()[0], ended.failure.exception) == (b"went on", "ValueError")
    assert [r.attempt for r in site.hello_of(following).running] == [order.attempt]
    until(lambda: not list(spool.iterdir()), "nothing is left on disk")


@pytest.fixture
def made(site, gate):
    text = "import sys\nopen(sys.argv[2], 'w').write('made')\n" + WAIT
    work = Script("main.py", ((Text(gate.path),), (OutputPath("made"),)))
    port = BoundOutput(port=Output("made"), datastore=STORE, path="azureml/run/made")
    site.start_agent()
    return site.begin(gate, text, work, outputs=(port,))


@pytest.mark.parametrize("is_stale", [False, True])
def test_without_a_server_no_output_is_committed_until_the_lease_is_known(site, gate, made, is_stale):
    order, leader = made
    place = site.orders.store / "azureml/run/made"
    site.lose_server()
    gate.open()
    until(lambda: is_gone(leader), "the script ends")
    site.new_server(stale=[order.attempt] if is_stale else [])
    ended = site.server.ended(order.attempt)
    assert (ended.failure is None, place.exists()) == (not is_stale, not is_stale)


@pytest.mark.parametrize("how", ["signal", "order"])
def test_an_agent_that_is_told_to_stop_ends_everything_and_leaves(site, gate, how):
    agent = site.start_agent()
    order, leader = site.begin(gate, FAMILY)
    if how == "signal":
        agent.send_signal(signal.SIGTERM)
    else:
        site.server.send(StopAgent())
    assert agent.wait(30) == 0
    assert all(map(is_gone, [leader, *(int(read(gate.path + name)) for name in (".group", ".session"))]))
    assert site.server.ended(order.attempt).failure.cause == "lost"
    assert [list(folder.iterdir()) for folder in (site.home.work, site.home.root / "running")] == [[], []]


def test_an_agent_without_work_and_server_ends(site):
    agent = site.start_agent(STEPWORKS_AGENT_ALONE="0.2")
    site.lose_server()
    assert agent.wait(30) == 0


def test_an_agent_with_work_waits_for_a_server(site, gate):
    agent = site.start_agent(STEPWORKS_AGENT_ALONE="0.2")
    order, _ = site.begin(gate, WAIT)
    site.lose_server()
    with pytest.raises(subprocess.TimeoutExpired):
        agent.wait(1.5)
    site.new_server()
    gate.open()
    assert site.server.ended(order.attempt).failure is None

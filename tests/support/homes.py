"""Servers for tests: one in a folder of its own, ended by process id whatever happens."""

import os
import signal
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from stepworks import connect
from stepworks.client.api import Client
from stepworks.home import Home
from stepworks.wire.workspaces import NewWorkspace

ENVIRON = {k: v for k, v in os.environ.items() if not k.startswith(("AZUREML_", "STEPWORKS_"))} | {
    "STEPWORKS_IDLE_SECONDS": "120"
}
WORKSPACE = "tests"


@contextmanager
def running_home(root: Path, **settings: str):
    """A home with a server in it; everything that was started there is ended afterwards."""
    home = Home(root)
    try:
        yield home, client_of(home, **settings)
    finally:
        end(home)


def client_of(home: Home, **settings: str) -> Client:
    """A client that finds or starts the server, as the SDK's does, in a workspace that exists."""
    environ = ENVIRON | settings

    def locate():
        return connect.find_or_start(home, environ=environ)

    client = Client(locate(), locate)
    client.workspace_ensure(NewWorkspace(name=WORKSPACE))
    return client


def server_pid(home: Home) -> int:
    """The process of the running server."""
    facts = connect.server_facts(home)
    assert facts is not None
    return int(facts["pid"])


def agent_pids(home: Home) -> list[int]:
    """Processes of agents of this home, by their command lines."""
    return [p for p in processes_of(home) if b"stepworks.agent" in command_line(p)]


def processes_of(home: Home) -> list[int]:
    """All processes whose command line or environment names this home, or that work in it or write to it."""
    mark = os.fsencode(str(home.root))
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdecimal() or int(entry) == os.getpid():
            continue
        with suppress(OSError):
            named = mark in command_line(int(entry)) or mark in Path(f"/proc/{entry}/environ").read_bytes()
            if named or any(link_of(int(entry), name).startswith(str(home.root)) for name in ("cwd", "fd/1", "fd/2")):
                found.append(int(entry))
    return found


def link_of(pid: int, name: str) -> str:
    """Where a link of a process leads, such as "cwd"; nothing when it is gone."""
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return ""


def command_line(pid: int) -> bytes:
    """The command line of a process; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def kill(pid: int) -> None:
    """Kill -9."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def end(home: Home) -> None:
    """End all processes of a home, and wait until they are gone."""
    deadline = time.monotonic() + 20
    while pids := [p for p in processes_of(home) if not is_zombie(p)]:
        for pid in pids:
            kill(pid)
        assert time.monotonic() < deadline, f"processes of {home.root} do not end: {pids}"
        time.sleep(0.05)


def is_zombie(pid: int) -> bool:
    """Whether a process is over and only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True

"""`python -m stepworks.agent`: an agent of the server of a STEPWORKS_HOME, or of one elsewhere."""

import argparse
import json
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from stepworks.agent import processes
from stepworks.agent.node import ALONE, Node, Settings, stop_on_signals
from stepworks.agent.prepare import Materials
from stepworks.agent.session import Address
from stepworks.agent.snapshots import Snapshots
from stepworks.datastores.base import Datastore
from stepworks.errors import DataMissing
from stepworks.home import Home
from stepworks.ids import new_uuid
from stepworks.objects.local import LocalObjects
from stepworks.wire.agent import BoundDatastore


def main(argv: Sequence[str] | None = None) -> int:
    """Run an agent until it is told to stop, or has nothing to do and no server."""
    parser = argparse.ArgumentParser(prog="python -m stepworks.agent")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--url")
    parser.add_argument("--slots", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--name")
    parser.add_argument("--lock", type=int, help="a descriptor that is held until the end, and inherited by nobody")
    given = parser.parse_args(argv)
    if given.lock is not None:
        os.set_inheritable(given.lock, False)
    # Slots give the interpreter up at every call into the kernel, and want it back soon.
    sys.setswitchinterval(0.0005)
    home = Home(Path(os.path.abspath(given.home)))
    host = socket.gethostname()
    settings = Settings(
        home=home,
        id=new_uuid(),
        name=given.name or host,
        host=host,
        slots=max(given.slots, 1),
        gpus=count_gpus(),
        keep_work=bool(os.environ.get("STEPWORKS_KEEP_WORK")),
        alone=float(os.environ.get("STEPWORKS_AGENT_ALONE", ALONE)),
    )
    processes.become_subreaper()
    objects = LocalObjects(home.objects)

    def materials_of(get: Callable[[str], bytes]) -> Materials:
        return Materials(Snapshots(objects, get), open_store, str(home.cache / "web"))

    node = Node(
        settings, find_server(home, given.url, os.environ), objects, materials_of, environ=dict(os.environ), say=say
    )
    stop_on_signals(node)
    node.run()
    return 0


def find_server(home: Home, url: str | None, environ: Mapping[str, str]) -> Callable[[], Iterable[Address]]:
    """Where the server may be: at the address given, then at the one that the home's server says it has."""

    def addresses() -> Iterable[Address]:
        token = (
            environ.get("STEPWORKS_SERVER_TOKEN") or environ.get("STEPWORKS_TOKEN") or _read(home.token_file).strip()
        )
        try:
            announced = str(json.loads(_read(home.server_file))["url"])
        except (ValueError, KeyError, TypeError):
            announced = None
        return [Address(place, token) for place in dict.fromkeys((url, announced)) if place]

    return addresses


def open_store(bound: BoundDatastore) -> Datastore:
    """A datastore that is no folder of this machine."""
    raise DataMissing(
        f"Datastore '{bound.name}' ({bound.type}) cannot be reached from here: it is not a folder of this machine.",
        target=bound.name,
        remedy="Use one of the workspace's own datastores, or copy the data there first.",
    )


def count_gpus() -> int:
    """How many graphics processors this machine has."""
    return sum(re.fullmatch(r"nvidia\d+", name) is not None for name in os.listdir("/dev"))


def say(message: str) -> None:
    """A line of the agent's own log."""
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} agent {os.getpid()}: {message}\n")
    sys.stderr.flush()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())

"""What commands share: how a command line is described, and which server it is about."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from stepworks.errors import InvalidInput, Unavailable
from stepworks.home import Home

if TYPE_CHECKING:
    from stepworks.client.api import Client
    from stepworks.wire.runs import RunRecord


def parser(name: str, what: str) -> argparse.ArgumentParser:
    """A parser for one command, with --home."""
    made = argparse.ArgumentParser(prog=f"stepworks {name}", description=what)
    made.add_argument(
        "--home", type=Path, help="where the server keeps its things (default: STEPWORKS_HOME, or ~/.stepworks)"
    )
    return made


def home_of(given: argparse.Namespace) -> Home:
    """The home that --home or the environment says."""
    return Home(given.home.absolute()) if given.home else Home.default(os.environ)


def running_client(home: Home) -> "Client":
    """A client of the server that runs in this home. Raises Unavailable when none runs."""
    from stepworks import connect
    from stepworks.client.api import Client

    found = connect.find(home)
    if found is None:
        raise Unavailable(f"No server runs in {home.root}.", target=str(home.root), remedy="`stepworks up` starts one.")
    return Client(found)


def started_client(home: Home) -> "Client":
    """A client of this home's server, which is started again if it has ended.

    Raises Unavailable when there never was one: whoever only looks gets no new home.
    """
    from stepworks import connect

    if not home.token_file.exists():
        raise Unavailable(
            f"Nothing has run in {home.root} yet.",
            target=str(home.root),
            remedy="Run a pipeline, or say with --home or STEPWORKS_HOME where one has run.",
        )
    return connect.local_client(home)


def find_run(client: "Client", text: str) -> "RunRecord":
    """The run that an id, the beginning of one, or "last" means. Raises InvalidInput when that is not exactly one."""
    from stepworks.errors import NotFound
    from stepworks.wire.runs import RunQuery

    try:
        return client.run(text)
    except NotFound:
        pass
    recent = [r for w in client.workspaces() for r in client.runs(w.name, RunQuery(top_level=True, limit=1000))]
    recent.sort(key=lambda r: r.created, reverse=True)
    if text == "last" and recent:
        return recent[0]
    found = [r for r in recent if r.id.startswith(text)]
    if len(found) == 1:
        return found[0]
    what = "no run" if not found else f"{len(found)} runs"
    raise InvalidInput(
        f"There is {what} whose id begins with {text!r}.",
        target=text,
        remedy="`stepworks runs` lists them; 'last' is the newest.",
    )


def find_step(client: "Client", run: "RunRecord", text: str) -> "RunRecord":
    """The step of a run that a name, a step run's id, or the beginning of one means."""
    children = client.children(run.id)
    found = [c for c in children if text in (c.id, c.node)] or [
        c for c in children if c.name == text or c.id.startswith(text)
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(dict.fromkeys(c.name or c.id for c in children)) or "none"
    what = "no step" if not found else f"{len(found)} steps"
    raise InvalidInput(
        f"Run {run.id} has {what} called {text!r}.",
        target=text,
        remedy=f"Its steps: {names}. A step run's id is exact.",
    )

"""`python -m stepworks.agent.debug ORDER.json`: runs an attempt's order again, in the foreground.

The snapshot, the environment, the inputs and the variables are those of the order; outputs stay in a scratch folder,
logged values in a file there, and nothing is reported. `stepworks debug` is how people come here.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from stepworks.agent.__main__ import open_store
from stepworks.agent.cold import script_command
from stepworks.agent.folders import Folders
from stepworks.agent.prepare import Materials, Prepared, prepare
from stepworks.agent.snapshots import Snapshots
from stepworks.agent.variables import environment_of
from stepworks.errors import StepworksError
from stepworks.hashing import ContentId
from stepworks.home import Home
from stepworks.objects.local import LocalObjects
from stepworks.wire.agent import RunAttempt


def main(argv: Sequence[str] | None = None) -> int:
    """Run the order; the exit status of the script."""
    parser = argparse.ArgumentParser(prog="python -m stepworks.agent.debug")
    parser.add_argument("order", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--pdb", action="store_true")
    given = parser.parse_args(argv)
    order = msgspec.json.decode(given.order.read_bytes(), type=RunAttempt)
    home = Home(given.home)
    objects = LocalObjects(home.objects)
    # A snapshot's tree is an object under its own id.
    snapshots = Snapshots(objects, lambda path: objects.get(ContentId(path.rpartition("/")[2])))
    scratch = tempfile.mkdtemp(prefix="stepworks-debug-")
    folders = Folders(scratch, "debug")
    folder = folders.take(order.attempt, order.snapshot)
    try:
        prepared = prepare(order, folder, folders, Materials(snapshots, open_store, str(home.cache / "web")))
    except StepworksError as e:
        sys.stderr.write(f"stepworks debug: {e}\n")
        return 1
    command = command_of(order, prepared, folder, pdb=given.pdb)
    variables = environment_of(order.environment, os.environ) | prepared.variables
    sys.stderr.write(f"Step '{order.name}' in {prepared.run}\n")
    status = subprocess.run(command, cwd=prepared.run, env=variables, check=False).returncode
    sys.stderr.write(f"Ended with status {status}. Outputs and the working directory stay in {folder}.\n")
    return status


def command_of(order: RunAttempt, prepared: Prepared, folder: str, *, pdb: bool) -> list[str]:
    """What to start: as the agent would in a fresh interpreter, or under the debugger, stopped where it fails."""
    python = order.environment.python
    script: str | None = prepared.request.get("script")
    if script is None:
        assert prepared.command is not None
        return prepared.command(python)
    arguments: list[str] = prepared.request["arguments"]
    if not pdb:
        return script_command(python, folder, script, arguments)
    # The debugger puts the script's own folder first on the path; the snapshot's root comes with PYTHONPATH.
    prepared.variables["PYTHONPATH"] = os.pathsep.join(
        filter(None, (prepared.run, prepared.variables.get("PYTHONPATH")))
    )
    return [python, "-u", "-m", "pdb", "-c", "continue", script, *arguments]


if __name__ == "__main__":
    sys.exit(main())

"""`stepworks debug`"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from stepworks.cli.arguments import find_run, find_step, home_of, parser, started_client


def main(arguments: list[str]) -> int:
    """Run one step again here: its exact snapshot, environment and inputs, in the foreground.

    Outputs go to a scratch folder that is named at the end; nothing is recorded.
    """
    p = parser("debug", main.__doc__ or "")
    p.add_argument("run", help="a run's id, the beginning of one, or 'last'")
    p.add_argument("step", nargs="?", help="a step's name or the id of its step run (default: the first that failed)")
    p.add_argument("--pdb", action="store_true", help="stop in the debugger where an exception is not caught")
    given = p.parse_args(arguments)
    home = home_of(given)
    client = started_client(home)
    run = find_run(client, given.run)
    if given.step:
        run = find_step(client, run, given.step)
    elif run.type == "azureml.PipelineRun":
        run = next((c for c in client.children(run.id) if c.status == "Failed"), run)
    order = client.order(run.id)
    with tempfile.NamedTemporaryFile("wb", suffix=".json", delete=False) as f:
        f.write(msgspec.json.encode(order))
    command = [sys.executable, "-m", "stepworks.agent.debug", f.name, "--home", str(home.root)]
    try:
        return subprocess.run(
            [*command, "--pdb"] if given.pdb else command, check=False, env=dict(os.environ)
        ).returncode
    finally:
        Path(f.name).unlink()

"""`stepworks logs`"""

import sys

from stepworks.cli.arguments import find_run, find_step, home_of, parser, started_client
from stepworks.runs.events import LogAppended


def main(arguments: list[str]) -> int:
    """Print the logs of a run; with STEP only that step's. Follows what runs until it ends."""
    p = parser("logs", main.__doc__ or "")
    p.add_argument("run", help="a run's id, the beginning of one, or 'last'")
    p.add_argument("step", nargs="?", help="a step's name or the id of its step run")
    given = p.parse_args(arguments)
    client = started_client(home_of(given))
    run = find_run(client, given.run)
    if given.step:
        run = find_step(client, run, given.step)
    names = {c.id: c.name or c.id for c in client.children(run.id)}
    shown = ""
    for event in client.follow(run.id):
        if not isinstance(event, LogAppended):
            continue
        if event.run != shown and event.run in names:
            sys.stdout.write(f"--- {names[event.run]}\n")
        shown = event.run
        sys.stdout.write(event.data.decode(errors="replace"))
        sys.stdout.flush()
    return 0

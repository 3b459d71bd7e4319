"""`stepworks runs`"""

import sys
import time

from stepworks.cli.arguments import find_run, home_of, parser, started_client
from stepworks.cli.text import aligned, duration, moment, reasons, state, styled
from stepworks.client.api import Client
from stepworks.wire.runs import RunQuery


def main(arguments: list[str]) -> int:
    """List runs, newest first; with RUN, show that run and its steps."""
    p = parser("runs", main.__doc__ or "")
    p.add_argument("run", nargs="?", help="a run's id, the beginning of one, or 'last'")
    p.add_argument("-n", "--limit", type=int, default=20, help="how many runs (default 20)")
    p.add_argument("--experiment", help="only runs of this experiment")
    p.add_argument("--status", help="only runs in this state")
    given = p.parse_args(arguments)
    client = started_client(home_of(given))
    if given.run:
        _show(client, given.run)
    else:
        _list(client, RunQuery(top_level=True, experiment=given.experiment, status=given.status, limit=given.limit))
    return 0


def _list(client: Client, query: RunQuery) -> None:
    found = [(w.name, r) for w in client.workspaces() for r in client.runs(w.name, query)]
    found.sort(key=lambda pair: pair[1].created, reverse=True)
    if not found:
        sys.stdout.write("No runs yet.\n")
        return
    rows = [("run", "experiment", "state", "began", "took", "workspace")]
    for workspace, run in found[: query.limit]:
        took = duration(run, time.time())
        rows.append((run.id, run.experiment, styled(state(run)), moment(run.created), took, workspace))
    sys.stdout.write(aligned(rows))


def _show(client: Client, text: str) -> None:
    run = find_run(client, text)
    now = time.time()
    sys.stdout.write(f"{run.id}  {run.experiment} #{run.number}  {styled(state(run))}  {duration(run, now)}\n")
    if run.failure:
        sys.stdout.write(f"{run.failure.message}\n")
    rows = [("step", "state", "took", "step run", "why")]
    for child in client.children(run.id):
        rows.append((child.name or child.id, styled(state(child)), duration(child, now), child.id[:8], reasons(child)))
    sys.stdout.write(aligned(rows))

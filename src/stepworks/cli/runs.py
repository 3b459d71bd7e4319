"""`stepworks runs`"""

import time

from stepworks.cli.arguments import find_run, home_of, parser, running_client
from stepworks.cli.text import duration, moment, reasons, state, styled
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
    client = running_client(home_of(given))
    if given.run:
        _show(client, given.run)
    else:
        _list(client, RunQuery(top_level=True, experiment=given.experiment, status=given.status, limit=given.limit))
    return 0


def _list(client: Client, query: RunQuery) -> None:
    from rich.console import Console
    from rich.table import Table

    found = [(w.name, r) for w in client.workspaces() for r in client.runs(w.name, query)]
    found.sort(key=lambda pair: pair[1].created, reverse=True)
    table = Table("run", "experiment", "state", "began", "took", "workspace", box=None, pad_edge=False)
    for workspace, run in found[: query.limit]:
        table.add_row(
            run.id, run.experiment, styled(state(run)), moment(run.created), duration(run, time.time()), workspace
        )
    Console().print(table if found else "No runs yet.")


def _show(client: Client, text: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    run = find_run(client, text)
    console.print(f"{run.id}  {run.experiment} #{run.number}  {styled(state(run))}  {duration(run, time.time())}")
    if run.failure:
        console.print(run.failure.message, style="red", markup=False)
    table = Table("step", "state", "took", "why", "step run", box=None, pad_edge=False)
    for child in client.children(run.id):
        table.add_row(child.name, styled(state(child)), duration(child, time.time()), reasons(child), child.id)
    console.print(table)

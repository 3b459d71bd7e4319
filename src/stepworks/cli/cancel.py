"""`stepworks cancel`"""

import sys

from stepworks.cli.arguments import find_run, home_of, parser, started_client


def main(arguments: list[str]) -> int:
    """Ask a run to end: all processes of its steps are ended."""
    p = parser("cancel", main.__doc__ or "")
    p.add_argument("run", help="a run's id, the beginning of one, or 'last'")
    given = p.parse_args(arguments)
    client = started_client(home_of(given))
    run = client.cancel(find_run(client, given.run).id)
    sys.stdout.write(f"Run {run.id} is {run.status}.\n")
    return 0

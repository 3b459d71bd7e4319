"""`stepworks up`"""

import sys

from stepworks import connect
from stepworks.cli.arguments import home_of, parser


def main(arguments: list[str]) -> int:
    """Start the local server, or say where it runs."""
    given = parser("up", main.__doc__ or "").parse_args(arguments)
    home = home_of(given)
    was_running = connect.is_running(home)
    address = connect.find_or_start(home)
    sys.stdout.write(f"{'A server runs' if was_running else 'Started a server'} at {address.url} (home {home.root}).\n")
    return 0

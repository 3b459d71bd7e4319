"""`stepworks down`"""

import fcntl
import sys

from stepworks import connect
from stepworks.cli.arguments import home_of, parser, running_client


def main(arguments: list[str]) -> int:
    """End the local server; what runs is taken up by the next one."""
    given = parser("down", main.__doc__ or "").parse_args(arguments)
    home = home_of(given)
    if not connect.is_running(home):
        sys.stdout.write(f"No server runs in {home.root}.\n")
        return 0
    running_client(home).shut_down()
    # The server holds this lock until it has ended.
    with open(home.server_lock, "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    sys.stdout.write("The server has ended.\n")
    return 0

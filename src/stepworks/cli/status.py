"""`stepworks status`"""

import sys
import time

from stepworks import connect
from stepworks.cli.arguments import home_of, parser, running_client
from stepworks.cli.text import seconds


def main(arguments: list[str]) -> int:
    """What the server does right now. Exit status 3 when none runs."""
    given = parser("status", main.__doc__ or "").parse_args(arguments)
    home = home_of(given)
    if not connect.is_running(home):
        sys.stdout.write(f"No server runs in {home.root}. `stepworks up` starts one; scripts do so by themselves.\n")
        return 3
    s = running_client(home).status()
    sys.stdout.write(
        f"server      {s.url} (version {s.version}, process {s.pid}, up {seconds(time.time() - s.started)})\n"
        f"home        {s.home}\n"
        f"database    {s.database}\n"
        f"workspaces  {', '.join(s.workspaces) or 'none yet'}\n"
        f"runs        {s.active_runs} not ended\n"
        f"agents      {s.agents}, {s.busy} of {s.slots} slots busy\n"
    )
    return 0

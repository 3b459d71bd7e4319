"""Attempts that do not start from a warm interpreter of their environment: how they are started. Pure.

They are started by one all the same, that of the agent, which becomes the other program: so whoever waits for an
attempt waits in one way, and all are ended with the agent.
"""

import os
from collections.abc import Sequence

from stepworks.agent.zygote import RUNTIME

SHELL = "/bin/sh"


def script_command(python: str, folder: str, script: str, arguments: Sequence[str]) -> list[str]:
    """Run a script in a fresh interpreter; `folder` is the attempt's."""
    return [python, "-u", os.path.join(RUNTIME, "start.py"), folder, script, *arguments]


def shell_command(line: str) -> list[str]:
    """Run a command line."""
    return [SHELL, "-c", line]

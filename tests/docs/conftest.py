import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.homes import ENVIRON, running_home


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """One home, with a server, for all that documents and examples do."""
    with running_home(tmp_path_factory.mktemp("home")) as (found, _):
        yield found


@pytest.fixture(scope="session")
def run(home):
    """Runs a command in a folder as a reader would; its exit status and all that it printed."""
    python = Path(sys.executable).parent
    environ = ENVIRON | {
        "STEPWORKS_HOME": str(home.root),
        "PATH": f"{python}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "200",
    }

    def run(command: list[str], folder: Path) -> tuple[int, str]:
        done = subprocess.run(
            command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return done.returncode, done.stdout

    return run

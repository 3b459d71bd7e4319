"""The published surface: names, parameters, positions, defaults, base classes.

The list of what was published is not part of this project: STEPWORKS_SURFACE names the folder that holds it and its
checker.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "api"
FOLDER = Path(os.environ.get("STEPWORKS_SURFACE") or BESIDE)

pytestmark = pytest.mark.skipif(
    not (FOLDER / "check_surface.py").exists(),
    reason="the published surface is not here: set STEPWORKS_SURFACE to its folder",
)


def test_all_that_the_documents_name_is_there_and_nearly_all_else():
    command = [
        sys.executable,
        str(FOLDER / "check_surface.py"),
        "--python",
        sys.executable,
        "--tier",
        "3",
        "--extensions",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = {int(t): float(p) for t, p in re.findall(r"tier (\d) ([\d.]+)%", done.stdout.splitlines()[-1])}
    assert found[1] == 100.0, done.stdout
    assert found[2] >= 99.0, done.stdout
    assert found[3] >= 90.0, done.stdout
    assert re.search(r"seed extensions: (\d+) of \1$", done.stdout, re.MULTILINE), done.stdout

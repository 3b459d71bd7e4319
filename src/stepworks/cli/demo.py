"""`stepworks demo`"""

import importlib.util
import os
import runpy
import sys
from pathlib import Path

from stepworks.cli.arguments import home_of, parser
from stepworks.errors import InvalidInput

_NEEDED = ("pandas", "sklearn")
_AS_INSTALLED = {"sklearn": "scikit-learn"}


def main(arguments: list[str]) -> int:
    """Run a real pipeline: prepare, train and compare on iris. The second time, every step is reused."""
    given = parser("demo", main.__doc__ or "").parse_args(arguments)
    lacking = [_AS_INSTALLED.get(m, m) for m in _NEEDED if importlib.util.find_spec(m) is None]
    if lacking:
        raise InvalidInput(
            f"The demo's steps import {' and '.join(lacking)}, which this Python lacks.",
            remedy=f"pip install {' '.join(lacking)}",
        )
    home = home_of(given)
    os.environ["STEPWORKS_HOME"] = str(home.root)
    folder = demo_folder()
    run = runpy.run_path(str(folder / "pipeline.py"))["main"]()
    sys.stdout.write(
        f"\nThe pipeline is {folder / 'pipeline.py'}: plain code for the Azure ML SDK v1.\n"
        f"Results      {home.datastore(run.experiment.workspace.name, 'workspaceblobstore')}\n"
        f"Look closer  stepworks runs {run.id}\n"
        f"             stepworks explain {run.id}\n"
        "Run it again: what did not change is not run again.\n"
    )
    return 0 if run.get_status() == "Finished" else 1


def demo_folder() -> Path:
    """Where the demo's files are: in the package, or in a checkout beside it."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "demo"
    return installed if installed.is_dir() else package.parent.parent / "examples" / "iris"

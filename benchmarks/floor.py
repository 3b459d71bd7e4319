"""The floor: no pipeline system at all, a shell loop of `python step.py`."""

import shlex
from pathlib import Path

from workloads import Workload


def write_loop(workload: Workload, folder: Path, python: str, steps: Path) -> list[str]:
    """Write the loop; the command that runs it. Steps that may run at once go through xargs."""
    (folder / "out").mkdir(parents=True, exist_ok=True)
    lines = [
        shlex.join([python, str(steps / t.script), *(f"out/{a.name}" for a in t.arguments)]) for t in workload.tasks
    ]
    if workload.parallel > 1:
        (folder / "leaves.txt").write_text("\n".join(lines[:-1]) + "\n")
        body = [f"xargs -P{workload.parallel} -L1 env < leaves.txt", lines[-1]]
    else:
        body = lines
    (folder / "loop.sh").write_text("set -e\n" + "\n".join(body) + "\n")
    return ["/bin/sh", "loop.sh"]

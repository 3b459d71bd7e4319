"""How long imports take in a fresh interpreter, beside that interpreter's own start; the best of several, by turns.

python benchmarks/imports.py [--rounds 15]
"""

import argparse
import subprocess
import sys
import time

STATEMENTS = (
    "pass",
    "import azureml.core",
    "from azureml.core import Workspace, Experiment, Run",
    "from azureml.pipeline.core import Pipeline; from azureml.pipeline.steps import PythonScriptStep",
)


def seconds(statement: str) -> float:
    """One fresh interpreter that runs a statement."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    found: dict[str, list[float]] = {s: [] for s in STATEMENTS}
    for _ in range(given.rounds):
        for statement in STATEMENTS:
            found[statement].append(seconds(statement))
    floor = min(found["pass"])
    for statement, times in found.items():
        print(f"{(min(times) - floor) * 1000:6.1f} ms  {statement}")


if __name__ == "__main__":
    main()

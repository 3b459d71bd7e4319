"""What an environment costs: deciding its lock, making it from a warm cache, finding it again, and the ambient lock.

Prints medians, and what `python -m venv` with `pip install` of the same packages takes when asked for with --pip.

    python benchmarks/environment.py [--rounds 5] [--pip]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stepworks.environments.ambient import AmbientEnvironments
from stepworks.environments.base import EnvironmentLock
from stepworks.environments.uv import UvEnvironments
from stepworks.graph.environment import EnvironmentSpec

SPEC = EnvironmentSpec(conda=("numpy", "pandas", "scikit-learn"), pip=("azureml-defaults",))


def main() -> None:
    """Run the rounds and print a line for each measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pip", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        warm = UvEnvironments(scratch / "warm")
        lock = warm.lock(SPEC)
        warm.build(lock, _ignore)
        measure("lock, decided anew", arguments.rounds, lambda i: UvEnvironments(scratch / f"lock{i}").lock(SPEC))
        measure("lock, read from disk", arguments.rounds, lambda i: UvEnvironments(scratch / "warm").lock(SPEC))
        measure("lock, known", arguments.rounds, lambda i: warm.lock(SPEC))
        measure("build, warm cache", arguments.rounds, lambda i: build(scratch / f"build{i}", lock))
        measure("ready", arguments.rounds, lambda i: warm.ready(lock))
        measure("ambient lock, first", arguments.rounds, lambda i: AmbientEnvironments().lock(None))
        ambient = AmbientEnvironments()
        ambient.lock(None)
        measure("ambient lock, known", arguments.rounds, lambda i: ambient.lock(None))
        if arguments.pip:
            measure("venv + pip install", 1, lambda i: install_with_pip(scratch / f"pip{i}", lock))


def build(home: Path, lock: EnvironmentLock) -> None:
    UvEnvironments(home).build(lock, _ignore)


def install_with_pip(folder: Path, lock: EnvironmentLock) -> None:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pins = folder / "pins.txt"
    pins.write_text(lock.pins, encoding="utf-8")
    subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", "--no-deps", "-r", pins], check=True)


def measure(name: str, rounds: int, work: Callable[[int], object]) -> None:
    taken: list[float] = []
    for i in range(rounds):
        started = time.perf_counter()
        work(i)
        taken.append(time.perf_counter() - started)
    print(f"{name:22} {statistics.median(taken) * 1000:10.2f} ms")


def _ignore(line: str) -> None:
    """The build's log is not a part of the measure."""


if __name__ == "__main__":
    main()

"""What logging 10,000 values one by one costs a script: `python benchmarks/metrics.py [--rounds 5]`.

The floor writes the same values as lines of JSON to a file. `logged` is the time in the loop, `kept` the time until the
run is complete and the server has every value; they are counted afterwards.
"""

import argparse
import json
import statistics
import subprocess

from run import Bench, a_bench

_FLOOR = """
import json, sys, time
begin = time.perf_counter()
with open("metrics.jsonl", "w") as f:
    for i in range(10_000):
        f.write(json.dumps({"name": "loss", "value": i * 0.5, "time": time.time()}) + "\\n")
print(json.dumps({"logged": time.perf_counter() - begin}))
"""
_OURS = """
import json, time
from azureml.core import Experiment, Workspace
run = Experiment(Workspace.from_config(), "metrics").start_logging(outputs=None, snapshot_directory=None)
begin = time.perf_counter()
for i in range(10_000):
    run.log("loss", i * 0.5)
logged = time.perf_counter() - begin
run.complete()
kept = time.perf_counter() - begin
assert len(run.get_metrics()["loss"]) == 10_000
print(json.dumps({"logged": logged, "kept": kept}))
"""


def main() -> None:
    """Measure by turns and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with a_bench() as bench:
        measured(bench, _OURS)
        pairs = [(measured(bench, _FLOOR), measured(bench, _OURS)) for _ in range(rounds)]
    for what, values in (
        ("floor, logged", [f["logged"] for f, _ in pairs]),
        ("ours, logged", [o["logged"] for _, o in pairs]),
        ("ours, kept", [o["kept"] for _, o in pairs]),
    ):
        print(f"{what:14} {statistics.median(values) * 1e3:7.1f} ms   best {min(values) * 1e3:.1f} ms")
    print(f"ratio          {statistics.median(o['logged'] / f['logged'] for f, o in pairs):7.1f}")


def measured(bench: Bench, script: str) -> dict[str, float]:
    """What a script prints of itself."""
    done = subprocess.run(
        [bench.python, "-c", script], cwd=bench.work, env=bench.env, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()

"""What the agent adds to a step: N steps that do nothing through an agent with a server in memory, against
`python step.py` N times.

    python benchmarks/warm_start.py [--steps 300] [--slots 2] [--profile]

"share" is the time from an order's arrival to its report that is not the script's own process; "wall" is per step with
all slots busy, "cpu" is the processor time of the agent and all its processes per step.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stepworks.graph.document import Output
from stepworks.home import Home
from stepworks.objects.local import LocalObjects
from stepworks.testing.agent import STORE, FakeServer, Orders
from stepworks.wire.agent import AttemptEnded, BoundOutput, RunAttempt

SCRIPT = """import sys
with open(sys.argv[1], "w") as f:
    f.write("1")
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--profile", action="store_true", help="run the agent under cProfile, one slot")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warm-start-") as folder:
        print(f"python step.py            {cold(Path(folder), given.steps):7.2f} ms a step")
        with Bench(Path(folder) / "home", given.slots, profile=given.profile) as bench:
            bench.run(20, 1)
            bench.report("one after the other", given.steps, 1)
            bench.report(f"{given.slots} at a time", given.steps, given.slots)
            bench.report("with one output", given.steps, given.slots, outputs=True)


def cold(folder: Path, steps: int) -> float:
    """Milliseconds for each start of an interpreter."""
    script = folder / "step.py"
    script.write_text(SCRIPT)
    began = time.perf_counter()
    for _ in range(steps):
        subprocess.run([sys.executable, str(script), str(folder / "out")], check=True)
    return (time.perf_counter() - began) / steps * 1000


class Bench:
    """An agent in a process of its own, and the server that it talks to."""

    def __init__(self, root: Path, slots: int, *, profile: bool) -> None:
        home = Home(root)
        self.server = FakeServer(home)
        self.orders = Orders(self.server, LocalObjects(home.objects))
        command = [sys.executable, "-m", "stepworks.agent", "--home", str(root), "--url", self.server.url]
        if profile:
            command[1:1] = ["-m", "cProfile", "-o", "agent.prof"]
        self.agent = subprocess.Popen([*command, "--slots", str(slots)], stderr=subprocess.DEVNULL)

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self.agent.send_signal(signal.SIGTERM)
        self.agent.wait(20)
        self.server.stop()

    def run(self, steps: int, at_once: int, *, outputs: bool = False) -> list[AttemptEnded]:
        """Run steps, so many at a time; their reports."""
        pending = [self._order(outputs) for _ in range(steps)]
        wanted = {order.attempt for order in pending}
        first = len(self.server.reports)
        for order in pending[:at_once]:
            self.server.send(order)
        sent = at_once
        seen = first
        found: list[AttemptEnded] = []
        while len(found) < steps:
            self.server.wait_for(lambda seen=seen: len(self.server.reports) > seen)
            for report in self.server.reports[seen:]:
                seen += 1
                if isinstance(report, AttemptEnded) and report.attempt in wanted:
                    assert report.failure is None, report.failure
                    found.append(report)
                    if sent < steps:
                        self.server.send(pending[sent])
                        sent += 1
        return found

    def report(self, title: str, steps: int, at_once: int, *, outputs: bool = False) -> None:
        """Run steps and print what they cost."""
        cpu = _cpu(self.agent.pid)
        began = time.perf_counter()
        reports = self.run(steps, at_once, outputs=outputs)
        wall = (time.perf_counter() - began) / steps * 1000
        cpu = (_cpu(self.agent.pid) - cpu) / steps * 1000
        shares = [(r.timings.code - r.timings.leased) + (r.timings.ended - r.timings.data_out) for r in reports]
        runs = [r.timings.data_out - r.timings.code for r in reports]
        print(
            f"{title:25} {wall:7.2f} ms wall, {cpu:5.2f} ms cpu, share {statistics.median(shares) * 1000:5.2f} ms, "
            f"process {statistics.median(runs) * 1000:5.2f} ms; agent {_memory(self.agent.pid):.0f} MB"
        )

    def _order(self, outputs: bool) -> RunAttempt:
        if not outputs:
            return self.orders.order({"step.py": SCRIPT}, "step.py", "result")
        order = self.orders.order({"step.py": SCRIPT}, "step.py", "../out/made")
        return RunAttempt(
            **{f: getattr(order, f) for f in order.__struct_fields__}
            | {"outputs": (BoundOutput(port=Output("made"), datastore=STORE, path=f"azureml/{order.run}/made"),)}
        )


def _cpu(pid: int) -> float:
    """Seconds of processor time of a process and all below it, those that have ended too."""
    ticks = 0
    pending = [pid]
    while pending:
        current = pending.pop()
        try:
            fields = Path(f"/proc/{current}/stat").read_text().rpartition(") ")[2].split()
            ticks += sum(int(fields[i]) for i in (11, 12, 13, 14))
            for task in os.listdir(f"/proc/{current}/task"):
                pending += [int(c) for c in Path(f"/proc/{current}/task/{task}/children").read_text().split()]
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()

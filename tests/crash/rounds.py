"""Random rounds: runs are submitted by several processes, something is killed, and everything must still be right.

    python -m tests.crash.rounds --rounds 300 --seed 1

A round finds or starts the server of its home, has one to three processes submit a graph each, kills -9 one or two of
server, agent, warm interpreter, user process and submitting client at random moments, and then follows all runs to
their ends with a client of its own. What must hold is in `check_runs` and the functions below it.
"""

import argparse
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.support.graphs import finish, snapshot
from tests.support.homes import (
    ENVIRON,
    WORKSPACE,
    agent_pids,
    client_of,
    command_line,
    end,
    kill,
    link_of,
    processes_of,
)
from tests.support.waiting import LONG, is_gone, until

from stepworks import connect
from stepworks.agent.outputs import Found
from stepworks.client.api import Client
from stepworks.errors import NotFound
from stepworks.graph import document as g
from stepworks.hashing import hash_file
from stepworks.home import Home
from stepworks.runs.status import is_terminal
from stepworks.runs.values import Produced, ProducedFile
from stepworks.wire.runs import RunRecord

KINDS = ("server", "agent", "zygote", "user", "client")
ROOT = Path(__file__).parents[2]

# A step: reads the numbers of those before it, and is in the middle of writing for a while.
SCRIPT = """
import sys, time
target, pause, _salt, *sources = sys.argv[1:]
total = 1 + sum(int(open(source).readline()) for source in sources)
print("total", total, flush=True)
with open(target, "w") as f:
    f.write(f"{total}\\n")
    f.flush()
    time.sleep(float(pause))
    f.write("x" * 1000)
"""

# A client: says which run it is going to submit, submits it, says so, and follows it if it is asked to.
SUBMITTER = """
import json, sys
from pathlib import Path
from tests.crash.rounds import Plan, say
from stepworks.home import Home
from tests.support.graphs import finish, submit
from tests.support.homes import client_of
home, folder, plan, follows = sys.argv[1:]
plan = Plan(**json.loads(plan))
say("trying", plan.id)
client = client_of(Home(Path(home)))
graph = plan.graph(client, Path(folder))
run = submit(client, graph, id=plan.id)
say("acknowledged", run.id)
if follows == "follows":
    say("ended", finish(client, run).status)
"""


def say(*words: str) -> None:
    """Print a line at once."""
    print(*words, flush=True)


@dataclass(frozen=True)
class Plan:
    """A run to submit: for each step the steps it reads from, and how long it takes."""

    id: str
    salt: str
    before: tuple[tuple[int, ...], ...]
    pauses: tuple[float, ...]

    def graph(self, client: Client, folder: Path) -> g.Graph:
        """The graph, its script uploaded."""
        code = snapshot(client, folder, script=SCRIPT)
        return g.Graph(steps=tuple(self._step(code, at) for at in range(len(self.before))))

    def totals(self) -> list[int]:
        """What each step has to find."""
        found: list[int] = []
        for before in self.before:
            found.append(1 + sum(found[b] for b in before))
        return found

    def content(self, at: int) -> str:
        """What the output of a step has to hold."""
        return f"{self.totals()[at]}\n" + "x" * 1000

    def _step(self, code: str, at: int) -> g.Step:
        inputs = tuple(g.Input(f"in{b}", g.StepOutput(f"{b:08x}", "out")) for b in self.before[at])
        arguments = [(g.OutputPath("out"),), (g.Text(str(self.pauses[at])),), (g.Text(self.salt),)]
        work = g.Script("script.py", (*arguments, *((g.InputPath(i.name),) for i in inputs)))
        return g.Step(
            id=f"{at:08x}", name=f"step{at}", work=work, snapshot=code, inputs=inputs, outputs=(g.Output("out"),)
        )


@dataclass
class Summary:
    """What happened in all rounds."""

    rounds: int = 0
    kills: Counter[str] = field(default_factory=Counter[str])
    missed: int = 0
    runs: Counter[str] = field(default_factory=Counter[str])
    unacknowledged: Counter[str] = field(default_factory=Counter[str])
    steps: Counter[str] = field(default_factory=Counter[str])
    attempts: Counter[str] = field(default_factory=Counter[str])
    checks: Counter[str] = field(default_factory=Counter[str])
    problems: list[str] = field(default_factory=list[str])
    longest: float = 0.0

    def check(self, holds: bool, what: str, detail: object = "") -> None:
        """Count an invariant that was looked at, and remember it if it does not hold."""
        self.checks[what] += 1
        if not holds:
            self.problems.append(f"round {self.rounds}: not so: {what}{f' ({detail})' if detail != '' else ''}")

    def __str__(self) -> str:
        lines = [f"{self.rounds} rounds, {sum(self.kills.values())} kills, {len(self.problems)} problems"]
        for name in ("kills", "runs", "unacknowledged", "steps", "attempts", "checks"):
            counted = sorted(getattr(self, name).items())
            lines.append(f"  {name}: " + (", ".join(f"{k} {v}" for k, v in counted) or "none"))
        lines.append(f"  moments at which there was nothing of the kind to kill: {self.missed}")
        lines.append(f"  longest round: {self.longest:.1f} s")
        return "\n".join([*lines, *self.problems])


# --- a round


def play(home: Home, folder: Path, chance: random.Random, summary: Summary, within: float) -> None:
    """One round; what is killed is killed `within` that many seconds, most often counted from when scripts run."""
    began = time.monotonic()
    summary.rounds += 1
    if chance.random() < 0.8:
        client_of(home)
    plans = [a_plan(chance, f"r{summary.rounds}-{chance.getrandbits(40):x}") for _ in range(chance.randint(1, 3))]
    follows = [chance.random() < 0.5 for _ in plans]
    submitters = [start(home, folder / p.id, p, f) for p, f in zip(plans, follows, strict=True)]
    victims = [chance.choice(KINDS) for _ in range(1 if chance.random() < 0.6 else 2)]
    moments = sorted(within * chance.triangular(0.0, 1.0, 0.3) for _ in victims)
    if chance.random() < 0.75:
        with suppress(AssertionError):
            until(lambda: is_at_work(home), "a script that runs", 20.0)
    since = time.monotonic()
    killed = Counter[str]()
    for kind, moment in zip(victims, moments, strict=True):
        time.sleep(max(since + moment - time.monotonic(), 0))
        if strike(kind, home, submitters, chance):
            killed[kind] += 1
        else:
            summary.missed += 1
    summary.kills += killed
    acknowledged = [collect(s, summary, killed) for s in submitters]
    check_runs(home, plans, acknowledged, killed, summary)
    check_processes(home, summary)
    summary.longest = max(summary.longest, time.monotonic() - began)


def a_plan(chance: random.Random, id: str) -> Plan:
    """A chain or a fan, of steps that take a moment or a blink."""
    if chance.random() < 0.5:
        before = [(), *((i,) for i in range(chance.randint(1, 5)))]
    else:
        width = chance.randint(2, 5)
        before = [(), *[(0,)] * width, tuple(range(1, 1 + width))]
    pauses = tuple(round(chance.choice((0.0, 0.02, 0.1, 0.3, 0.6)), 3) for _ in before)
    # Equal work at the same time runs once: some runs of a round share theirs.
    salt = chance.choice((id, id.partition("-")[0]))
    return Plan(id, salt, tuple(before), pauses)


def start(home: Home, folder: Path, plan: Plan, follows: bool) -> "subprocess.Popen[str]":
    """Begin a client of its own."""
    arguments = [str(home.root), str(folder), json.dumps(asdict(plan)), "follows" if follows else "leaves"]
    return subprocess.Popen(
        [sys.executable, "-c", SUBMITTER, *arguments],
        cwd=ROOT,
        env=ENVIRON,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def strike(kind: str, home: Home, submitters: "list[subprocess.Popen[str]]", chance: random.Random) -> bool:
    """Kill one process of a kind; False when there was none for a while."""
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        found = [s.pid for s in submitters if s.poll() is None] if kind == "client" else victims_of(kind, home)
        if found:
            kill(chance.choice(found))
            return True
        time.sleep(0.005)
    return False


def victims_of(kind: str, home: Home) -> list[int]:
    """The processes of a kind that live."""
    if kind == "server":
        facts = connect.server_facts(home)
        pid = int(facts["pid"]) if facts is not None else 0
        return [pid] if pid and b"stepworks.embedded" in command_line(pid) else []
    agents = agent_pids(home)
    if kind == "agent":
        return [p for p in agents if not is_gone(p)]
    zygotes = [p for a in agents for p in children(a) if b"zygote.py" in command_line(p)]
    if kind == "zygote":
        return zygotes
    inside = str(home.work)
    return [p for z in zygotes for p in children(z) if link_of(p, "cwd").startswith(inside)]


def is_at_work(home: Home) -> bool:
    """Whether an attempt has its folder."""
    with suppress(FileNotFoundError):
        return any(not name.startswith(".") for name in os.listdir(home.work))
    return False


def children(pid: int) -> list[int]:
    """The children of all threads of a process."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            found += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
    return [p for p in found if not is_gone(p)]


def collect(submitter: "subprocess.Popen[str]", summary: Summary, killed: Counter[str]) -> bool:
    """Wait for a client; whether the server acknowledged its run. One that was not killed must have succeeded."""
    try:
        out, err = submitter.communicate(timeout=2 * LONG)
    except subprocess.TimeoutExpired:
        submitter.kill()
        out, err = submitter.communicate()
        summary.check(False, "a client is answered", f"{out} {err}")
    if submitter.returncode != -9:
        summary.check(submitter.returncode == 0, "clients notice nothing", err[-2000:])
    return "acknowledged" in out


# --- what must hold


def check_runs(home: Home, plans: list[Plan], acknowledged: list[bool], killed: Counter[str], summary: Summary) -> None:
    """Every run that was acknowledged is there and ends; what it says is so; everything is there once."""
    client = client_of(home)
    spoilt = 0
    for plan, is_known in zip(plans, acknowledged, strict=True):
        try:
            run = client.run(plan.id)
        except NotFound:
            summary.check(not is_known, "no run is lost", plan.id)
            summary.unacknowledged["never arrived"] += 1
            continue
        if not is_known:
            summary.unacknowledged["arrived all the same"] += 1
        run = ended(client, run, summary)
        summary.runs[run.status] += 1
        spoilt += run.status != "Completed"
        if run.status != "Completed":
            broken = [s for s in client.children(run.id) if s.status == "Failed"]
            causes = [(s.failure.cause, s.failure.signal) if s.failure else None for s in broken]
            summary.check(causes == [("signal", "SIGKILL")], "a run fails only as its script was killed", causes)
        check_steps(home, client, plan, run, summary)
    summary.check(spoilt <= killed["user"], "a killed server, agent or client spoils no run", f"{spoilt} {killed}")
    check_records(home, plans, summary)


def ended(client: Client, run: RunRecord, summary: Summary) -> RunRecord:
    """A run at its end, which must come."""
    began = time.monotonic()
    with suppress(Exception):
        finish(client, run)
    try:
        run = until(lambda: _if_terminal(client.run(run.id)), f"the end of run {run.id}")
    except AssertionError:
        run = client.run(run.id)
    summary.check(is_terminal(run.status), "every run ends", f"{run.id} {run.status}")
    summary.check(time.monotonic() - began < LONG, "runs end soon", run.id)
    return run


def _if_terminal(run: RunRecord) -> RunRecord | None:
    return run if is_terminal(run.status) else None


def check_steps(home: Home, client: Client, plan: Plan, run: RunRecord, summary: Summary) -> None:
    """Steps of a completed run are completed, with the right bytes; what is in a datastore is complete."""
    steps = {s.node: s for s in client.children(run.id)}
    summary.check(len(steps) == len(plan.before), "every step run is there once", run.id)
    for at in range(len(plan.before)):
        step = steps[f"{at:08x}"]
        summary.steps[step.status + (" (reused)" if step.decision and step.decision.is_reused else "")] += 1
        summary.check(is_terminal(step.status), "every step run ends", f"{step.id} {step.status}")
        if run.status == "Completed":
            summary.check(step.status == "Completed", "a completed run has completed steps", step.status)
        own = home.datastore(WORKSPACE, "workspaceblobstore") / f"azureml/{step.id}/out"
        if step.status == "Completed":
            (produced,) = step.outputs
            file = home.datastore(WORKSPACE, produced.datastore) / produced.path
            summary.check(file.is_file(), "an output is at its place", produced.path)
            if file.is_file():
                summary.check(file.read_text() == plan.content(at), "an output has the right bytes", produced.path)
                summary.check(manifest_of(produced, file) == produced.manifest, "a manifest tells the truth")
            log = client.log_read(step.id, "azureml-logs/70_driver_log.txt") if own.exists() else None
            if log is not None:
                summary.check(log == f"total {plan.totals()[at]}\n".encode(), "a log is of one attempt", log)
        elif own.exists():
            summary.check(own.read_text() == plan.content(at), "no output is there in part", step.id)


def manifest_of(produced: Produced, file: Path) -> str:
    """The manifest of the file as it is on disk."""
    found = (ProducedFile("", file.stat().st_size, hash_file(file)),)
    return Found(None, str(file), True, found).manifest  # type: ignore[arg-type]


def check_records(home: Home, plans: list[Plan], summary: Summary) -> None:
    """What clients do not see: attempts, and whether the database is whole."""
    with closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True)) as records:
        records.row_factory = sqlite3.Row
        for plan in plans:
            count = records.execute("SELECT count(*) FROM runs WHERE root = ?", (plan.id,)).fetchone()[0]
            summary.check(count in (0, 1 + len(plan.before)), "no run is there twice", f"{plan.id}: {count} rows")
            for step in records.execute("SELECT * FROM runs WHERE parent = ?", (plan.id,)).fetchall():
                tries = records.execute(
                    "SELECT * FROM attempts WHERE run = ? ORDER BY number", (step["id"],)
                ).fetchall()
                _check_attempts(step, tries, summary)
        found = records.execute("PRAGMA integrity_check").fetchall()
        summary.check([tuple(row) for row in found] == [("ok",)], "the database is whole", found)


def _check_attempts(step: sqlite3.Row, tries: list[sqlite3.Row], summary: Summary) -> None:
    summary.check(all(t["state"] == "ended" for t in tries), "no attempt is left open", step["id"])
    numbers = [t["number"] for t in tries]
    summary.check(len(set(numbers)) == len(numbers), "attempts are numbered once", numbers)
    good = [t for t in tries if t["failure"] is None]
    for t in tries:
        summary.attempts["succeeded" if t["failure"] is None else _cause(t["failure"])] += 1
    is_reused = step["decision"] is not None and '"reused_from"' in _text(step["decision"])
    wanted = 1 if step["status"] == "Completed" and not is_reused else 0
    summary.check(len(good) == wanted, "a step succeeds exactly once", f"{step['id']}: {len(good)} of {len(tries)}")


def _cause(failure: object) -> str:
    return str(json.loads(_text(failure))["cause"])


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def check_processes(home: Home, summary: Summary) -> None:
    """No process is left but one server, one agent and its warm interpreters."""
    with suppress(AssertionError):
        until(lambda: not strangers(home) and len(agent_pids(home)) == 1, "only server, agent and interpreters", 20.0)
    left = [(p, command_line(p)[:200]) for p in strangers(home)]
    summary.check(not left, "no process is left behind", left)
    agents = [p for p in agent_pids(home) if not is_gone(p)]
    summary.check(len(agents) == 1, "there is one agent", agents)


def strangers(home: Home) -> list[int]:
    """Processes of a home that are neither its server nor its agent nor a warm interpreter (which may have a child
    that waits for work)."""
    zygotes = victims_of("zygote", home)
    waiting = [p for z in zygotes for p in children(z) if not link_of(p, "cwd").startswith(str(home.work))]
    known = {*victims_of("server", home), *agent_pids(home), *zygotes, *waiting}
    return [p for p in processes_of(home) if p not in known and not is_gone(p)]


# --- many rounds


@contextmanager
def a_home() -> Iterator[tuple[Home, Path]]:
    """A new home, and a folder for sources; all of its processes are ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="rounds ü ") as folder:
        home = Home(Path(folder) / "home")
        try:
            yield home, Path(folder) / "sources"
        finally:
            end(home)


def play_many(
    rounds: int, seed: int, *, first: int = 0, within: float = 1.5, per_home: int = 25, tell: bool = False
) -> Summary:
    """Rounds `first` to `first + rounds` of a seed, a new home after every few."""
    summary = Summary(rounds=first)
    while summary.rounds < first + rounds:
        with a_home() as (home, folder):
            for _ in range(min(per_home, first + rounds - summary.rounds)):
                number, known = summary.rounds + 1, len(summary.problems)
                play(home, folder, random.Random(f"{seed}/{number}"), summary, within)
                if tell:
                    new = summary.problems[known:]
                    say(f"round {number}: {'; '.join(new) or 'ok'}")
    summary.rounds -= first
    return summary


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="how many rounds of the seed to leave out")
    given = parser.parse_args()
    summary = play_many(given.rounds, given.seed, first=given.first, tell=True)
    say(str(summary))
    return 1 if summary.problems else 0


if __name__ == "__main__":
    sys.exit(main())

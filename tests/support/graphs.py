"""Small graphs of real scripts, and how to run them through a client."""

from pathlib import Path

from stepworks.client.api import Client
from stepworks.filehashes import FileHashes
from stepworks.graph import document as g
from stepworks.ids import new_uuid
from stepworks.snapshots.take import take
from stepworks.wire.runs import RunRecord, SubmitRun
from tests.support.homes import WORKSPACE

COUNT = """
import sys
target, *sources = sys.argv[1:]
total = 1 + sum(int(open(s).read()) for s in sources)
open(target, "w").write(str(total))
print("total", total)
"""


def snapshot(client: Client, folder: Path, **scripts: str) -> str:
    """A snapshot of scripts, given by name without ending."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in scripts.items():
        (folder / f"{name}.py").write_text(text)
    taken = take(folder, FileHashes(None))
    client.snapshot_ensure(taken.tree, taken.files)
    return taken.tree.id


def script_step(
    snapshot_id: str, script: str, *arguments: str, id: str = "00000001", name: str | None = None, **facts
) -> g.Step:
    """A step that runs a script with literal arguments."""
    work = g.Script(f"{script}.py", tuple((g.Text(a),) for a in arguments))
    return g.Step(id=id, name=name or script, work=work, snapshot=snapshot_id, **facts)


def chain(snapshot_id: str, length: int, **facts) -> g.Graph:
    """Steps that each add one to what the one before wrote."""
    steps = []
    for i in range(length):
        arguments: list[g.Argument] = [(g.OutputPath(f"out{i}"),)]
        inputs: tuple[g.Input, ...] = ()
        if i:
            arguments.append((g.InputPath("previous"),))
            inputs = (g.Input("previous", g.StepOutput(f"{i - 1:08x}", f"out{i - 1}")),)
        work = g.Script("count.py", tuple(arguments))
        steps.append(
            g.Step(
                id=f"{i:08x}",
                name=f"step{i}",
                work=work,
                snapshot=snapshot_id,
                inputs=inputs,
                outputs=(g.Output(f"out{i}"),),
                **facts,
            )
        )
    return g.Graph(steps=tuple(steps))


def submit(client: Client, graph: g.Graph, **options) -> RunRecord:
    """Submit a graph; the run as it stands."""
    submission = SubmitRun(id=options.pop("id", None) or new_uuid(), experiment="tests", graph=graph, **options)
    return client.submit(WORKSPACE, submission)


def finish(client: Client, run: RunRecord) -> RunRecord:
    """Wait for a run; the run as it ended."""
    for _ in client.follow(run.id, logs=False):
        pass
    return client.run(run.id)


def run_graph(client: Client, graph: g.Graph, **options) -> RunRecord:
    """Submit a graph and wait for it."""
    return finish(client, submit(client, graph, **options))


def run_script(client: Client, folder: Path, text: str, *arguments: str, **facts) -> tuple[RunRecord, RunRecord]:
    """Run one script as a pipeline of one step: the pipeline run and the step run, both ended."""
    step = script_step(snapshot(client, folder, script=text), "script", *arguments, **facts)
    run = run_graph(client, g.Graph(steps=(step,)))
    (child,) = client.children(run.id)
    return run, child

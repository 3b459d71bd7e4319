"""`stepworks debug`: a step once more, with what it had."""

import os
import subprocess
import sys

from tests.support.graphs import run_graph, script_step, snapshot

from stepworks.graph import document as g

SOURCE = """
import os, sys
open(sys.argv[1], "w").write("made by " + os.environ["AZUREML_RUN_ID"])
print("given", open(sys.argv[2]).read(), os.environ["WISH"])
raise RuntimeError("as expected")
"""


def debug(home, *arguments, typed=""):
    command = [sys.executable, "-m", "stepworks.cli.main", "debug", *arguments, "--home", str(home.root)]
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=False, timeout=60)


def test_a_failed_step_runs_again_with_its_snapshot_inputs_and_variables(home, client, tmp_path):
    folder = tmp_path / "src"
    code = snapshot(client, folder, make="import sys; open(sys.argv[1], 'w').write('input')", fail=SOURCE)
    make = g.Step(
        id="00000001",
        name="make",
        work=g.Script("make.py", ((g.OutputPath("made"),),)),
        snapshot=code,
        outputs=(g.Output("made"),),
    )
    fail = script_step(code, "fail", id="00000002", variables={"WISH": "granted"})
    work = g.Script("fail.py", ((g.OutputPath("result"),), (g.InputPath("made"),)))
    inputs = (g.Input("made", g.StepOutput("00000001", "made")),)
    fail = g.Step(
        **{f: getattr(fail, f) for f in ("id", "name", "snapshot", "variables")},
        work=work,
        inputs=inputs,
        outputs=(g.Output("result"),),
    )
    run = run_graph(client, g.Graph(steps=(make, fail)))
    assert [c.status for c in client.children(run.id)] == ["Completed", "Failed"], client.children(run.id)
    # What is changed on the disk since does not matter.
    (folder / "fail.py").write_text("print('another')")
    before = len(client.children(run.id))

    done = debug(home, run.id)

    assert done.returncode == 1, done
    assert "given input granted" in done.stdout
    assert "RuntimeError: as expected" in done.stderr
    assert len(client.children(run.id)) == before
    kept = done.stderr.rsplit("stay in ", 1)[1].strip().rstrip(".")
    with open(os.path.join(kept, "out", "result")) as f:
        assert f.read().startswith("made by ")


def test_the_debugger_stops_where_it_failed(home, client, tmp_path):
    code = snapshot(client, tmp_path / "src", fail="value = 41\nraise RuntimeError('stop here')")
    run = run_graph(client, g.Graph(steps=(script_step(code, "fail"),)))
    done = debug(home, run.id, "fail", "--pdb", typed="p value + 1\nq\nq\n")
    assert "42" in done.stdout


def test_a_run_that_is_not_there_is_told(home, client):
    done = debug(home, "nothing")
    assert done.returncode == 1
    assert "no run whose id begins with 'nothing'" in done.stderr

"""Where the outputs of reused steps are: at the destination that the step has now, byte for byte."""

import os

from tests.support.graphs import run_graph, snapshot

from stepworks.graph import document as g

WRITE = """
import os, sys
os.makedirs(os.path.join(sys.argv[1], "deep"), exist_ok=True)
open(os.path.join(sys.argv[1], "a.txt"), "w").write("a")
open(os.path.join(sys.argv[1], "deep", "b.txt"), "w").write("b")
"""
ONE = "import sys\nopen(sys.argv[1], 'w').write('one')"


def run_to(client, folder, path, text=WRITE, style="dataset"):
    code = snapshot(client, folder, script=text)
    step = g.Step(
        id="00000001",
        name="script",
        work=g.Script("script.py", ((g.OutputPath("out"),),)),
        snapshot=code,
        outputs=(g.Output("out", path=path, style=style),),
    )
    run = run_graph(client, g.Graph(steps=(step,)))
    (child,) = client.children(run.id)
    assert child.status == "Completed", child.failure
    return child


def listing(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_folder_is_copied_to_its_new_place_and_the_old_one_stays(client, home, tmp_path):
    store = home.datastore("tests", "workspaceblobstore")
    first = run_to(client, tmp_path / "src", "first/place")
    second = run_to(client, tmp_path / "src", "second/place")
    assert second.decision.is_reused
    assert second.outputs[0].path == "second/place"
    assert second.outputs[0].files == first.outputs[0].files
    for place in ("first/place", "second/place"):
        assert listing(store / place) == {"a.txt": "a", "deep/b.txt": "b"}
    third = run_to(client, tmp_path / "src", "second/place")
    assert third.decision.is_reused


def test_it_comes_among_what_is_there_and_only_its_own_files_come(client, home, tmp_path):
    store = home.datastore("tests", "workspaceblobstore")
    run_to(client, tmp_path / "src", "shared/one")
    (store / "shared/one/foreign.txt").write_text("not of the step")
    (store / "shared/two/deep").mkdir(parents=True)
    (store / "shared/two/a.txt").write_text("old")
    (store / "shared/two/kept.txt").write_text("kept")
    assert run_to(client, tmp_path / "src", "shared/two").decision.is_reused
    assert listing(store / "shared/two") == {"a.txt": "a", "deep/b.txt": "b", "kept.txt": "kept"}
    assert not [name for name in os.listdir(store / "shared") if name.startswith(".")]


def test_a_single_file_is_copied_as_one(client, home, tmp_path):
    store = home.datastore("tests", "workspaceblobstore")
    run_to(client, tmp_path / "src", "files/x.txt", ONE, "port")
    assert run_to(client, tmp_path / "src", "files/y.txt", ONE, "port").decision.is_reused
    assert listing(store / "files") == {"x.txt": "one", "y.txt": "one"}


def test_with_a_folder_in_the_way_of_a_file_the_step_itself_runs_and_says_so(client, home, tmp_path):
    store = home.datastore("tests", "workspaceblobstore")
    other = ONE.replace("one", "other")
    run_to(client, tmp_path / "src", "way/x.txt", other, "port")
    (store / "way/y.txt").mkdir()
    code = snapshot(client, tmp_path / "src", script=other)
    step = g.Step(
        id="00000001",
        name="script",
        work=g.Script("script.py", ((g.OutputPath("out"),),)),
        snapshot=code,
        outputs=(g.Output("out", path="way/y.txt"),),
    )
    run = run_graph(client, g.Graph(steps=(step,)))
    (child,) = client.children(run.id)
    assert child.status == "Failed"
    assert "way/y.txt" in child.failure.message
    assert str(child.decision) == "ran: outputs out changed: way/x.txt → way/y.txt"
    assert sorted(os.listdir(store / "way")) == ["x.txt", "y.txt"]

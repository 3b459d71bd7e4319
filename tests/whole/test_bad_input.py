"""What is given wrongly, over HTTP and in graphs: answered with what is wrong, and never with harm."""

import hashlib
import http.client
import json
import os
from urllib.parse import quote, urlsplit

import msgspec
import pytest
from tests.support.graphs import COUNT, chain, run_graph, snapshot, submit
from tests.support.homes import WORKSPACE

from stepworks import connect
from stepworks.errors import InvalidInput, StepworksError
from stepworks.graph import document as g
from stepworks.hashing import hash_bytes
from stepworks.wire.assets import NewCompute, NewModel
from stepworks.wire.data import NewDataset
from stepworks.wire.runs import RunChanges, StartRun, SubmitRun
from stepworks.wire.workspaces import NewWorkspace

STORE = "workspaceblobstore"
LONG_PATH, DEEP_PATH = "x" * 5000, "../" * 50 + "tmp/x"
OUTSIDE = ["../x", "a/../../../x", "/etc/passwd", "..", "a\\..\\..\\..\\x", "\0", "a\0b", LONG_PATH, DEEP_PATH]
ODD = [
    "",
    " ",
    ".",
    "-",
    "a b",
    "a/b",
    "ü",
    "é" * 300,
    "%2e%2e",
    "\n",
    "\x1b[31m",
    "💥",
    "'; drop table runs; --",
    "{id}",
]


def ask(home, method, path, body=None, headers=None):
    """A request as it is; status and body of its answer."""
    address = urlsplit(connect.server_facts(home)["url"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    given = {"Authorization": f"Bearer {connect.local_token(home)}"} | (headers or {})
    connection.request(method, path, body, given)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text


def segment(value: str) -> str:
    return quote(value.encode(errors="surrogateescape"), safe="")


@pytest.fixture(autouse=True)
def nothing_outside(home, client):
    """Whatever a test does: nothing appears next to the home, and the server has nothing unforeseen to say."""
    parent = home.root.parent
    before, log = set(os.listdir(parent)), home.logs / "server.log"
    said = log.stat().st_size
    yield
    assert set(os.listdir(parent)) <= before | {p for p in os.listdir(parent) if p.startswith("test_")}
    assert not os.path.exists("/tmp/x")
    with open(log, "rb") as f:
        f.seek(said)
        assert f.read() == b""


def refusal(act):
    """The error that a call is answered with, if it is: one of the caller's mistakes, with a message."""
    try:
        act()
    except StepworksError as error:
        return checked(error)
    return None


def checked(error):
    assert error.http_status < 500, error
    assert error.message
    return error


def told(status: int, text: bytes) -> str:
    """The message of an answer that refuses; it must be one of the caller's mistakes."""
    assert 400 <= status < 500, (status, text)
    return json.loads(text)["error"]["message"]


# --- paths


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leads_out_of_its_folder(home, client, path):
    run = client.run_start(WORKSPACE, StartRun(experiment="bad-input"))
    files = f"/api/v1/workspaces/{WORKSPACE}/datastores/{STORE}/files"
    for method, where in [
        ("GET", f"{files}/{segment(path)}"),
        ("GET", f"/api/v1/runs/{run.id}/artifacts/{segment(path)}"),
        ("PUT", f"/api/v1/runs/{run.id}/artifacts/{segment(path)}"),
        ("GET", f"/api/v1/runs/{segment(path)}"),
        ("GET", f"/api/v1/objects/{segment(path)}"),
        ("GET", f"/api/v1/snapshots/{segment(path)}"),
        ("PUT", f"/api/v1/snapshots/{segment(path)}"),
    ]:
        status, text = ask(home, method, where, b"content" if method == "PUT" else None)
        assert told(status, text)
    # Of targets that the SDK gives, what leads upwards at the beginning is dropped; never does it lead out.
    status, text = ask(home, "PUT", f"{files}/{segment(path)}", b"content")
    if status != 200:
        assert told(status, text)
    status, text = ask(home, "GET", f"{files}?prefix={segment(path)}")
    if status != 200:
        assert told(status, text)
    status, text = ask(home, "GET", f"{files}?glob={segment(path)}")
    if status != 200:
        assert told(status, text)
    status, text = ask(home, "GET", f"/api/v1/runs/{run.id}/logs/{segment(path)}")
    assert told(status, text)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", ".", "", "a//b", "x/", "a\0b", "a/./b"])
def test_no_snapshot_writes_out_of_its_folder(home, client, path):
    data = b"slipped"
    client.objects_ensure({hash_bytes(data): data})
    for entry in (["file", path, hash_bytes(data), len(data)], ["link", path, "target"]):
        tree = msgspec.msgpack.encode(("snapshot/1", ((entry,),)))
        status, text = ask(home, "PUT", f"/api/v1/snapshots/{hash_bytes(tree)}", tree)
        assert path in told(status, text) or "plain path" in told(status, text)


def test_no_snapshot_writes_through_its_own_links(home, client):
    data = b"slipped"
    client.objects_ensure({hash_bytes(data): data})
    entries = (["link", "a", "/tmp"], ["file", "a/x", hash_bytes(data), len(data)])
    tree = msgspec.msgpack.encode(("snapshot/1", (entries,)))
    status, text = ask(home, "PUT", f"/api/v1/snapshots/{hash_bytes(tree)}", tree)
    assert "a/x" in told(status, text)


def graphs_with(path):
    """Graphs that have a path in every place where one can be."""
    script = g.Script("count.py", ((g.OutputPath("out"),),))

    def step(**facts):
        return {"id": "00000001", "name": "one", "work": script, "outputs": (g.Output("out"),)} | facts

    yield "script", step(work=g.Script(path, ()))
    yield "data", step(inputs=(g.Input("raw", g.DataPathValue(STORE, path)),))
    yield "destination", step(outputs=(g.Output("out", path=path),))
    yield "input on compute", step(inputs=(g.Input("raw", g.DataPathValue(STORE, "a"), path_on_compute=path),))
    yield "output on compute", step(outputs=(g.Output("out", path_on_compute=path),))
    yield "input", step(inputs=(g.Input(path, g.DataPathValue(STORE, "a")),))
    yield "output", step(outputs=(g.Output(path),), work=g.Script("count.py", ((g.OutputPath(path),),)))
    yield "step", step(id=path)
    yield "globs", step(outputs=(g.Output("out", style="dataset", source_globs=(path,)),))
    yield "datastore", step(outputs=(g.Output("out", datastore=path),))


@pytest.mark.parametrize("path", ["../../../x", "a/../../../../x", "a\0b"])
def test_no_path_of_a_graph_leads_out_of_its_folder(home, client, tmp_path, path):
    code = snapshot(client, tmp_path / "src", count=COUNT)
    for place, facts in graphs_with(path):
        graph = g.Graph(steps=(g.Step(snapshot=code, allow_reuse=False, **facts),))
        runs = []
        if refusal(lambda graph=graph, runs=runs: runs.append(run_graph(client, graph))) is not None:
            continue
        (run,) = runs
        for step in client.children(run.id):
            if step.status == "Failed":
                assert step.failure.message, place
                continue
            for produced in step.outputs:
                root = os.path.realpath(home.datastore(WORKSPACE, produced.datastore))
                assert os.path.realpath(f"{root}/{produced.path}").startswith(root + "/"), place


# --- names

NAMES = {
    "workspace": (lambda c, n: c.workspace_ensure(NewWorkspace(name=n)), ["abc", "a" + "b" * 32], ["ab", "a" * 34]),
    "experiment": (lambda c, n: c.experiment_ensure(WORKSPACE, n), ["e", "e" * 255], ["e" * 256, "_e", "e.e"]),
    "run": (
        lambda c, n: c.run_start(WORKSPACE, StartRun(experiment="names", id=n)),
        ["r", "r" * 255],
        ["r" * 256, ".r"],
    ),
    "model": (lambda c, n: c.model_register(WORKSPACE, NewModel(name=n)), ["m", "m" * 255], ["m" * 256, "m/m"]),
    "compute": (
        lambda c, n: c.compute_create(WORKSPACE, NewCompute(name=n, type="AmlCompute")),
        ["cpu", "c" * 16],
        ["c" * 65, "c c", ".c"],
    ),
}


@pytest.mark.parametrize("kind", NAMES)
def test_names_at_the_rules_are_taken_and_beyond_refused(client, kind):
    make, good, bad = NAMES[kind]
    for name in good:
        make(client, name)
    for name in (*bad, *OUTSIDE):
        assert refusal(lambda name=name: make(client, name)) is not None, name


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_answered(client, kind, name):
    refusal(lambda: NAMES[kind][0](client, name))
    assert client.health().status


def test_files_of_models_have_safe_names(client):
    data = b"model"
    client.objects_ensure({hash_bytes(data): data})
    for name in ("../x", "/x", "a/../../x", "a\0b"):
        with pytest.raises(InvalidInput):
            client.model_register(WORKSPACE, NewModel(name="safe", files={name: hash_bytes(data)}))


def test_datasets_that_make_no_sense_are_refused(home, client):
    plans = (b"3", b"{}", b"[]", b'{"source": {"type": "files", "paths": ["../x"]}}', b'{"source": 1}')
    for number, plan in enumerate(plans):
        new = NewDataset(kind="file", plan=msgspec.Raw(plan), definition=f"bad {number}")
        assert refusal(lambda new=new: client.dataset_save(WORKSPACE, new)) is not None, plan


# --- values


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{" * 100_000,
        b'{"id": ' + b"9" * 5000 + b"}",
        b'{"id": NaN}',
        b'{"id": "\\ud800"}',
        b"\x00",
        b"\xef\xbb\xbf{}",
        b'{"id": "a", "experiment": "e", "graph": {"version": 99, "steps": []}}',
        b'{"id": "a", "experiment": "e", "graph": {"steps": [{"id": "1"}]}}',
        b'{"id": "a", "experiment": "e", "graph": {"steps": "none"}}',
        b'{"id": "a", "experiment": "e", "graph": {"unknown": 1}}',
        b'{"id": "../a", "experiment": "e", "graph": {"steps": []}}',
        b'{"id": "a", "experiment": "../e", "graph": {"steps": []}}',
        b'{"id": "a", "experiment": "e", "graph": {"steps": []}, "timeout_seconds": "soon"}',
        b'{"id": "a", "experiment": "e", "graph": {"steps": []}, "parameters": {"none": 1}}',
        b'{"id": "a", "experiment": "e", "graph": {"steps": []}, "parent": "nobody"}',
    ],
)
def test_submissions_that_cannot_be_are_refused(home, client, body):
    status, text = ask(home, "POST", f"/api/v1/workspaces/{WORKSPACE}/submissions", body)
    assert told(status, text)


@pytest.mark.parametrize(
    "values",
    [
        {"tags": {"": ""}},
        {"tags": {"k" * 10_000: "v" * 100_000}},
        {"name": "n" * 100_000},
        {"name": "\0"},
        {"description": "\ud800".encode(errors="surrogatepass").decode(errors="replace")},
        {"timeout_seconds": -1.0},
        {"timeout_seconds": 1e300},
        {"timeout_seconds": 0.0},
    ],
    ids=str,
)
def test_odd_values_of_a_submission_do_no_harm(client, tmp_path, values):
    graph = chain(snapshot(client, tmp_path / "src", count=COUNT), 1)
    refusal(lambda: client.cancel(submit(client, graph, **values).id))
    assert client.health().status


@pytest.mark.parametrize("query", ["limit=-1", "limit=0", f"limit={10**21}", "offset=-5", "limit=1e3", "tag=%00"])
def test_odd_queries_are_answered(home, client, query):
    status, text = ask(home, "GET", f"/api/v1/workspaces/{WORKSPACE}/runs?{query}")
    assert status == 200 or told(status, text)


def test_reports_of_strangers_change_nothing(home, client, tmp_path):
    run = run_graph(client, chain(snapshot(client, tmp_path / "src", count=COUNT), 1))
    reports = [{"type": "ended", "attempt": "nobody", "lease": "none"}, {"type": "log", "attempt": run.id, "lease": ""}]
    for body in (b"[]", b"{}", json.dumps(reports).encode(), b'[{"type": "unheard of"}]'):
        status, text = ask(home, "POST", "/api/v1/agents/stranger/reports", body)
        assert status == 200 or told(status, text)
    status, text = ask(home, "GET", "/api/v1/agents/stranger/orders")
    assert told(status, text)
    assert client.run(run.id).status == "Completed"


def test_a_run_of_the_engine_is_not_ended_by_anybody_else(client, tmp_path):
    run = run_graph(client, chain(snapshot(client, tmp_path / "src", count=COUNT), 1))
    (step,) = client.children(run.id)
    for id in (run.id, step.id):
        with pytest.raises(StepworksError):
            client.run_change(id, RunChanges(status="Canceled"))
    assert client.run(run.id).status == "Completed"


def test_a_body_that_stops_in_the_middle_leaves_nothing(home, client):
    address = urlsplit(connect.server_facts(home)["url"])
    for path in (f"/api/v1/workspaces/{WORKSPACE}/datastores/{STORE}/files/cut.bin", "/api/v1/objects"):
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        method = "PUT" if path.endswith("cut.bin") else "POST"
        connection.putrequest(method, path)
        connection.putheader("Authorization", f"Bearer {connect.local_token(home)}")
        connection.putheader("Content-Length", "1000000")
        connection.endheaders(b"only this much")
        connection.close()
    assert client.health().status
    assert [f.path for f in client.files(WORKSPACE, STORE, prefix="cut")] == []


def test_a_graph_of_no_steps_is_over_at_once(client):
    assert run_graph(client, g.Graph()).status == "Completed"


def test_a_snapshot_that_is_not_there_is_named(client):
    missing = hashlib.sha256(b"nothing").hexdigest()
    step = g.Step(id="00000001", name="one", work=g.Script("x.py"), snapshot=missing)
    run = run_graph(client, g.Graph(steps=(step,)))
    (child,) = client.children(run.id)
    assert (run.status, child.status) == ("Failed", "Failed")
    assert missing[:8] in child.failure.message


def test_a_submission_without_a_workspace_is_refused(client):
    with pytest.raises(StepworksError, match="workspace"):
        client.submit("nowhere", SubmitRun(id="lost", experiment="e", graph=g.Graph()))

"""The REST API of a real server, asked over HTTP."""

import http.client
import json
import stat
from urllib.parse import urlsplit

import pytest
from tests.support.graphs import COUNT, chain, run_graph, script_step, snapshot, submit
from tests.support.homes import WORKSPACE, running_home

from stepworks import connect
from stepworks.errors import Conflict, InvalidGraph, InvalidInput, NotFound
from stepworks.graph import document as g
from stepworks.wire.assets import NewCompute, NewModel
from stepworks.wire.data import DatasetQuery, NewDataset, RegisterDataset
from stepworks.wire.runs import RunChanges, StartRun
from stepworks.wire.workspaces import NewWorkspace


def ask(home, method, path, headers=None, body=None):
    address = urlsplit(connect.server_facts(home)["url"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def authorised(home, **more):
    return {"Authorization": f"Bearer {connect.local_token(home)}"} | more


def test_a_request_without_a_token_gets_401(home, client):
    for path in ("/api/v1/workspaces", "/api/v1/status", "/api/v1/openapi.json", "/nothing"):
        answer, text = ask(home, "GET", path)
        assert answer.status == 401
        assert json.loads(text)["error"]["remedy"]
    answer, _ = ask(home, "GET", "/api/v1/status", {"Authorization": "Bearer wrong"})
    assert answer.status == 401


def test_health_is_public_and_tells_nothing_else(home, client):
    answer, text = ask(home, "GET", "/api/v1/health")
    assert answer.status == 200
    assert set(json.loads(text)) == {"version", "status"}


def test_another_origin_gets_nothing(home, client):
    answer, _ = ask(home, "GET", "/api/v1/workspaces", authorised(home, Origin="https://elsewhere.example"))
    assert answer.status == 403
    assert not [h for h in answer.headers if h.lower().startswith("access-control")]


def test_another_host_name_gets_nothing(home, client):
    answer, _ = ask(home, "GET", "/api/v1/health", {"Host": "rebound.example"})
    assert answer.status == 403


def test_the_links_that_the_sdk_prints_lead_somewhere(home, client):
    answer, text = ask(home, "GET", "/studio/runs/abc")
    assert answer.status == 200
    assert b"stepworks runs abc" in text


def test_the_token_is_readable_by_its_owner_only(home, client):
    assert stat.S_IMODE(home.token_file.stat().st_mode) == 0o600


def test_openapi_names_every_route(home, client):
    answer, text = ask(home, "GET", "/api/v1/openapi.json", authorised(home))
    assert answer.status == 200
    paths = json.loads(text)["paths"]
    assert "post" in paths["/api/v1/workspaces/{workspace}/submissions"]
    assert "get" in paths["/api/v1/runs/{run}/events"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/nothing", None, 404),
        ("DELETE", "/api/v1/health", None, 405),
        ("GET", "/api/v1/runs/unknown", None, 404),
        ("POST", "/api/v1/workspaces", b"{", 400),
        ("POST", "/api/v1/workspaces", b'{"name": 3}', 400),
        ("POST", "/api/v1/workspaces", b'{"name": "x"}', 400),
        ("POST", "/api/v1/workspaces", b"\xff\xfe", 400),
        ("GET", f"/api/v1/workspaces/{WORKSPACE}/runs?limit=many", None, 400),
        ("GET", f"/api/v1/workspaces/{WORKSPACE}/runs?unknown=1", None, 400),
        ("GET", f"/api/v1/workspaces/{WORKSPACE}/datastores/workspaceblobstore/files/a/../../../x", None, 400),
        ("PUT", "/api/v1/runs/unknown/artifacts/x", b"x", 404),
        ("PUT", "/api/v1/snapshots/" + "0" * 64, b"not a tree", 400),
        ("GET", "/api/v1/objects/short", None, 400),
        ("POST", "/api/v1/objects", b"no pack", 400),
    ],
)
def test_bad_requests_are_answered_with_what_is_wrong(home, client, method, path, body, status):
    answer, text = ask(home, method, path, authorised(home), body)
    assert answer.status == status, text
    if method != "HEAD":
        assert json.loads(text)["error"]["message"]


def test_workspaces_are_made_once(client):
    first = client.workspace_ensure(NewWorkspace(name="twice"))
    assert client.workspace_ensure(NewWorkspace(name="twice")) == first
    with pytest.raises(Conflict):
        client.workspace_ensure(NewWorkspace(name="twice", exist_ok=False))
    assert {d.name for d in client.datastores("twice")} == {"workspaceblobstore", "workspacefilestore"}


def test_every_problem_of_a_graph_is_told_at_once(client, tmp_path):
    code = snapshot(client, tmp_path / "src", count=COUNT)
    lost = g.Input("x", g.StepOutput("ffffffff", "out"))
    steps = (
        script_step(code, "count", id="00000001", name="one", inputs=(lost,)),
        script_step(code, "count", id="00000002", name="two", run_after=("00000003",)),
        script_step(code, "count", id="00000003", name="three", run_after=("00000002",)),
    )
    with pytest.raises(InvalidGraph) as caught:
        submit(client, g.Graph(steps=steps))
    text = str(caught.value)
    assert "one" in text
    assert "cycle" in text
    assert len(caught.value.problems) >= 2


def test_a_submission_sent_twice_is_one_run(client, tmp_path):
    graph = chain(snapshot(client, tmp_path / "src", count=COUNT), 1)
    first = submit(client, graph, id="the-same")
    assert submit(client, graph, id="the-same").id == first.id
    assert len(client.children("the-same")) == 1


def test_steps_exist_from_the_answer_on(client, tmp_path):
    run = submit(client, chain(snapshot(client, tmp_path / "src", count=COUNT), 5))
    assert [c.name for c in client.children(run.id)] == [f"step{i}" for i in range(5)]


def test_interactive_runs_are_conducted_by_their_client(client):
    run = client.run_start(WORKSPACE, StartRun(experiment="by-hand", tags={"a": "b"}))
    child = client.run_start(WORKSPACE, StartRun(experiment="by-hand", parent=run.id, name="child"))
    assert [c.id for c in client.children(run.id)] == [child.id]
    client.run_change(run.id, RunChanges(tags={"c": "d"}, properties={"p": "1"}))
    with pytest.raises(InvalidInput):
        client.run_change(run.id, RunChanges(properties={"p": "2"}))
    ended = client.run_change(run.id, RunChanges(status="Completed"))
    assert (ended.status, ended.tags, ended.properties["p"]) == ("Completed", {"a": "b", "c": "d"}, "1")
    with pytest.raises(Conflict):
        client.run_change(run.id, RunChanges(status="Failed"))


def test_the_status_of_a_pipeline_run_is_not_the_clients(client, tmp_path):
    run = run_graph(client, chain(snapshot(client, tmp_path / "src", count=COUNT), 1))
    assert run.status == "Completed", run.failure
    with pytest.raises(Conflict):
        client.run_change(run.id, RunChanges(status="Failed"))


def test_artifacts_come_back_as_they_were(client, tmp_path):
    run = client.run_start(WORKSPACE, StartRun(experiment="by-hand"))
    client.artifact_write(run.id, "outputs/ü b.bin", iter([b"one", b"two"]))
    client.artifact_read(run.id, "outputs/ü b.bin", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"onetwo"
    for bad in ("../x", "a/../../x", "/x"):
        with pytest.raises(InvalidInput):
            client.artifact_write(run.id, bad, iter([b"x"]))


def test_files_of_a_datastore(client, tmp_path):
    store = "workspaceblobstore"
    assert not client.file_write(WORKSPACE, store, "api/a.txt", iter([b"first"])).skipped
    assert client.file_write(WORKSPACE, store, "api/a.txt", iter([b"second"])).skipped
    client.file_write(WORKSPACE, store, "api/a.txt", iter([b"third"]), overwrite=True)
    client.file_read(WORKSPACE, store, "api/a.txt", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"third"
    assert [f.path for f in client.files(WORKSPACE, store, prefix="api/")] == ["api/a.txt"]
    with pytest.raises(NotFound):
        client.file_read(WORKSPACE, store, "api/none", tmp_path / "none")


def test_datasets_have_versions(client):
    def save(definition):
        plan = json.dumps({"source": {"type": "files", "paths": []}, "definition": definition}).encode()
        import msgspec

        return client.dataset_save(WORKSPACE, NewDataset(kind="file", plan=msgspec.Raw(plan), definition=definition))

    one, two = save("d1"), save("d2")
    assert save("d1").id == one.id
    assert client.dataset_register(WORKSPACE, RegisterDataset(name="n", dataset=one.id)).version == 1
    assert client.dataset_register(WORKSPACE, RegisterDataset(name="n", dataset=one.id)).version == 1
    with pytest.raises(Conflict):
        client.dataset_register(WORKSPACE, RegisterDataset(name="n", dataset=two.id))
    with pytest.raises(Conflict):
        client.dataset_register(WORKSPACE, RegisterDataset(name="other", dataset=one.id))
    assert (
        client.dataset_register(WORKSPACE, RegisterDataset(name="n", dataset=two.id, create_new_version=True)).version
        == 2
    )
    assert [d.version for d in client.dataset_versions(WORKSPACE, DatasetQuery(name="n", all_versions=True))] == [2, 1]


def test_models_from_a_run_keep_their_files(client, tmp_path):
    run = client.run_start(WORKSPACE, StartRun(experiment="by-hand"))
    client.artifact_write(run.id, "outputs/model/a.bin", iter([b"weights"]))
    model = client.model_register(WORKSPACE, NewModel(name="m", run=run.id, path="outputs/model"))
    assert (model.version, set(model.files)) == (1, {"model/a.bin"})
    assert client.model_register(WORKSPACE, NewModel(name="m", run=run.id, path="outputs/model/a.bin")).version == 2
    with pytest.raises(NotFound):
        client.model_register(WORKSPACE, NewModel(name="m", run=run.id, path="outputs/nothing"))


def test_secrets_are_encrypted_where_they_lie(client, home):
    client.secret_set(WORKSPACE, "password", "planted-secret-4711")
    assert client.secret(WORKSPACE, "password") == "planted-secret-4711"
    assert [s.value for s in client.secrets(WORKSPACE)] == [None]
    kept = b"".join(p.read_bytes() for p in home.root.rglob("*") if p.is_file() and p.stat().st_size < 1 << 24)
    assert b"planted-secret-4711" not in kept
    client.secret_delete(WORKSPACE, "password")
    with pytest.raises(NotFound):
        client.secret(WORKSPACE, "password")


def test_compute_targets_count_their_nodes(client):
    made = client.compute_create(
        WORKSPACE, NewCompute(name="small", type="AmlCompute", settings={"min_nodes": 0, "max_nodes": 1})
    )
    assert (made.current_nodes, made.provisioning_state) == (0, "Succeeded")
    for settings in ({"min_nodes": 2, "max_nodes": 1}, {"max_nodes": "many"}, {"min_nodes": -1}):
        with pytest.raises(InvalidInput):
            client.compute_create(WORKSPACE, NewCompute(name="bad", type="AmlCompute", settings=settings))
    with pytest.raises(InvalidInput):
        client.compute_create(WORKSPACE, NewCompute(name="local", type="AmlCompute"))
    client.compute_delete(WORKSPACE, "small")
    with pytest.raises(NotFound):
        client.compute(WORKSPACE, "small")


def test_a_home_can_be_moved(tmp_path):
    with running_home(tmp_path / "before") as (_, client):
        client.file_write(WORKSPACE, "workspaceblobstore", "a.txt", iter([b"kept"]))
        root = client.datastore(WORKSPACE, "workspaceblobstore").root
        assert root == str(tmp_path / "before" / "workspaces" / WORKSPACE / "workspaceblobstore")
    (tmp_path / "before").rename(tmp_path / "after")
    with running_home(tmp_path / "after") as (_, client):
        client.file_read(WORKSPACE, "workspaceblobstore", "a.txt", tmp_path / "a.txt")
        assert (tmp_path / "a.txt").read_text() == "kept"

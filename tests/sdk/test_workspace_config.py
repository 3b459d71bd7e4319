"""Configuration files as they are found: what is wrong with one is said with its path, and nothing is started."""

import json

import pytest

from azureml.core import Workspace
from azureml.exceptions import UserErrorException
from stepworks.errors import Unavailable


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEPWORKS_HOME", str(tmp_path / "home"))
    path = tmp_path / ".azureml/config.json"
    path.parent.mkdir()
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not valid JSON"),
        (b"{", "is not valid JSON"),
        (b'{"workspace_name": "w",}', "is not valid JSON"),
        (b"\xff\xfe\x00{", "is not valid JSON"),
        (b"[]", "holds a list"),
        (b'"text"', "holds a str"),
        (b"{}", "has no workspace_name"),
        (b'{"workspace_name": ""}', "has no workspace_name"),
        (b'{"workspace_name": 3}', "has no workspace_name"),
        (b'{"Scope": "/nonsense"}', "has no workspace_name"),
        (b'{"workspace_name": "ok-name", "subscription_id": 7}', "subscription_id in .* must be text, not int"),
        (b'{"workspace_name": "ok-name", "url": ["x"]}', "url in .* must be text, not list"),
        (b'{"workspace_name": "ok-name", "url": "ftp://x"}', "'ftp://x' is not the address of a server"),
        (b'{"workspace_name": "ok-name", "url": "http://"}', "'http://' is not the address of a server"),
        (b'{"workspace_name": "ok-name", "url": "http://[::1"}', "is not the address of a server"),
        (b'{"workspace_name": "ok-name", "url": "http://h:99999"}', "is not the address of a server"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_path(config, tmp_path, content, said):
    config.write_bytes(content)
    with pytest.raises(UserErrorException, match=said) as refused:
        Workspace.from_config()
    assert str(config) in refused.value.message
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["../../etc", "a/b", "x" * 40, "-x", "a b"])
def test_a_workspace_has_a_name_that_is_one(config, tmp_path, name):
    config.write_text(json.dumps({"workspace_name": name}))
    with pytest.raises(UserErrorException, match=r"name"):
        Workspace.from_config()
    assert not (tmp_path / "home").exists()


def test_a_server_that_is_not_there_is_named_with_what_to_look_at(config):
    config.write_text(json.dumps({"workspace_name": "ok-name", "url": "http://127.0.0.1:1"}))
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:1 does not answer") as refused:
        Workspace.from_config()
    assert "address is right" in str(refused.value)


def test_a_folder_of_that_name_is_no_file(config, tmp_path, monkeypatch):
    config.mkdir()
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UserErrorException, match="is not valid JSON") as refused:
        Workspace.from_config()
    assert str(tmp_path / "config.json") in refused.value.message

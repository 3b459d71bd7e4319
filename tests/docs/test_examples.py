"""The examples run as they are."""

import json
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT

EXAMPLES = ROOT / "examples"


@pytest.fixture
def desk(tmp_path):
    """A folder whose scripts use a workspace of its own."""
    (tmp_path / "config.json").write_text(json.dumps({"workspace_name": "examples"}))
    return tmp_path


def test_the_script_run_registers_the_better_model(run, desk):
    status, told = run([sys.executable, str(EXAMPLES / "script_run" / "submit.py")], desk)
    assert status == 0, told
    assert "registered line version 1 of the run with rate 0.5" in told


def test_edges_order_and_an_environment_of_its_own(run, desk):
    if not has_package_index():
        pytest.skip("the example's environment needs a package index")
    status, told = run([sys.executable, str(EXAMPLES / "edges_and_environments" / "pipeline.py")], desk)
    assert status == 0, told
    assert "|        3 |        9 |" in told
    assert told.index("the table is printed") > told.index("|        3 |        9 |")


def has_package_index() -> bool:
    """Whether packages can be had here."""
    from uv import find_uv_bin

    done = subprocess.run(
        [find_uv_bin(), "pip", "compile", "--quiet", "-"], input="tabulate==0.9.0", text=True, capture_output=True
    )
    return done.returncode == 0

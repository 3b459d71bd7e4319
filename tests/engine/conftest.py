"""An engine in memory for every test."""

from pathlib import Path

import pytest

from stepworks.testing.engine import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)

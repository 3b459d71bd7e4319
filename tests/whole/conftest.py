import pytest
from tests.support.homes import running_home


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """One real server for a file of tests: (home, client)."""
    with running_home(tmp_path_factory.mktemp("home é x")) as found:
        yield found


@pytest.fixture
def client(served):
    return served[1]


@pytest.fixture
def home(served):
    return served[0]

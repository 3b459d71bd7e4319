"""Where a server keeps its things: the layout of STEPWORKS_HOME."""

import os
from collections.abc import Mapping
from pathlib import Path


class Home:
    """Paths below one folder; nothing is made by asking for them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def default(cls, environ: Mapping[str, str]) -> "Home":
        """STEPWORKS_HOME, or `.stepworks` in the user's home."""
        given = environ.get("STEPWORKS_HOME")
        return cls(Path(os.path.abspath(os.path.expanduser(given or "~/.stepworks"))))

    @property
    def server_file(self) -> Path:
        """Where the running server is: JSON, written once it listens."""
        return self.root / "server.json"

    @property
    def last_port(self) -> Path:
        """The port of the last server: the next one takes it again if it is free."""
        return self.root / "port"

    @property
    def server_lock(self) -> Path:
        """Held by the running server for as long as it lives."""
        return self.root / "server.lock"

    @property
    def start_lock(self) -> Path:
        """Held by whoever is starting a server."""
        return self.root / "start.lock"

    @property
    def agent_lock(self) -> Path:
        """Held by the agent that a server of this home has started, for as long as it lives."""
        return self.root / "agent.lock"

    @property
    def token_file(self) -> Path:
        """The owner's token, readable by the owner only."""
        return self.root / "token"

    @property
    def key_file(self) -> Path:
        """The key that secrets are encrypted with, readable by the owner only."""
        return self.root / "secrets.key"

    @property
    def database(self) -> Path:
        """The records, when they are in SQLite."""
        return self.root / "stepworks.db"

    @property
    def objects(self) -> Path:
        """Content-addressed bytes."""
        return self.root / "objects"

    @property
    def environments(self) -> Path:
        """Interpreters with packages, by lock."""
        return self.root / "environments"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.root / "cache"

    @property
    def work(self) -> Path:
        """Folders of attempts that run."""
        return self.root / "work"

    @property
    def running(self) -> Path:
        """Which processes agents have: a file for each agent, named by its process."""
        return self.root / "running"

    @property
    def logs(self) -> Path:
        """The server's and agents' own logs."""
        return self.root / "logs"

    @property
    def live_logs(self) -> Path:
        """Logs of attempts that run, until they are objects."""
        return self.root / "live"

    @property
    def spool(self) -> Path:
        """Metrics of interactive runs, until they are taken over."""
        return self.root / "spool"

    def datastore(self, workspace: str, name: str) -> Path:
        """The folder of a workspace's own datastore."""
        return self.placed(self.own_datastore(workspace, name))

    @staticmethod
    def own_datastore(workspace: str, name: str) -> str:
        """The same as the records have it: relative to the home, so that a home can be moved."""
        return f"workspaces/{workspace}/{name}"

    def placed(self, folder: str) -> Path:
        """A folder as the records have it: relative to the home, or absolute."""
        return self.root / folder

"""A server for agents alone, in memory, and what tests need to give them work."""

import json
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from stepworks.agent.logs import DRIVER_LOG
from stepworks.graph.document import Argument, Command, Script, Text, Work
from stepworks.home import Home
from stepworks.objects.base import Objects
from stepworks.snapshots.tree import File, Tree
from stepworks.wire.agent import (
    AgentHello,
    AgentWelcome,
    AttemptEnded,
    BoundDatastore,
    EnvironmentOrder,
    LogChunk,
    MetricsShipped,
    Order,
    Report,
    ReportsTaken,
    RunAttempt,
)

STORE = "workspaceblobstore"
TOKEN = "secret-of-the-tests"


class FakeServer:
    """Speaks the agents' protocol on a free loopback port, takes what it is told and sends what it is given.

    `stale` names attempts whose leases are no longer current. `refuse` says with which status a batch of reports is
    refused, None to take it.
    """

    def __init__(self, home: Home, *, port: int = 0) -> None:
        self.home = home
        self.hellos: list[AgentHello] = []
        self.reports: list[Report] = []
        self.snapshots: dict[str, bytes] = {}
        self.stale: set[str] = set()
        self.refuse: Callable[[Sequence[Report]], int | None] = lambda reports: None
        self._changed = threading.Condition()
        self._outgoing: list[bytes] = []
        self._connections: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        home.root.mkdir(parents=True, exist_ok=True)
        home.token_file.write_text(TOKEN)
        home.server_file.write_text(json.dumps({"url": self.url}))
        threading.Thread(target=self._accept, daemon=True).start()

    def send(self, *orders: Order) -> None:
        """Give orders to the agent, now or when it connects."""
        data = b"".join(msgspec.json.encode(order) + b"\n" for order in orders)
        with self._changed:
            self._outgoing.append(data)
            self._changed.notify_all()

    def wait_for(self, is_so: Callable[[], Any], timeout: float = 20.0) -> Any:
        """Wait until something holds that reports or hellos change; its value. Raises TimeoutError."""
        with self._changed:
            found = self._changed.wait_for(is_so, timeout)
        if not found:
            raise TimeoutError(f"Waited for {timeout} s; reports so far: {self.reports!r}")
        return found

    def ended(self, attempt: str, timeout: float = 20.0) -> AttemptEnded:
        """The report of an attempt's end, once it has come."""

        def find() -> AttemptEnded | None:
            return next((r for r in self.reports if isinstance(r, AttemptEnded) and r.attempt == attempt), None)

        return self.wait_for(find, timeout)

    def log(self, attempt: str) -> bytes:
        """The log of an attempt as far as it has come, put together from all reports."""
        data = bytearray()
        for report in list(self.reports):
            if report.attempt != attempt:
                continue
            if isinstance(report, LogChunk) and report.name == DRIVER_LOG:
                data[report.offset : report.offset + len(report.data)] = report.data
            elif isinstance(report, AttemptEnded):
                data[report.log_offset : report.log_offset + len(report.log)] = report.log
        return bytes(data)

    def metrics(self, attempt: str) -> list[tuple[int, str, float | None]]:
        """Number, name and value of each metric of an attempt that has come, each once."""
        found: dict[int, tuple[int, str, float | None]] = {}
        for report in list(self.reports):
            if report.attempt != attempt:
                continue
            batches = (report.batch,) if isinstance(report, MetricsShipped) else ()
            batches = report.metrics if isinstance(report, AttemptEnded) else batches
            for batch in batches:
                for i, point in enumerate(batch.points, batch.first):
                    found[i] = (i, point.name, point.value)
        return [found[i] for i in sorted(found)]

    def stop(self) -> None:
        """Hang up on everybody and stop listening, as a server that was killed."""
        with suppress(OSError):  # stopped before
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._changed:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._outgoing.append(b"")
            self._changed.notify_all()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        rest = b""
        try:
            with connection:
                while True:
                    while (end := rest.find(b"\r\n\r\n")) < 0:
                        piece = connection.recv(1 << 16)
                        if not piece:
                            return
                        rest += piece
                    head, rest = rest[:end].decode(), rest[end + 4 :]
                    size = 0
                    for line in head.split("\r\n")[1:]:
                        name, _, value = line.partition(":")
                        if name.lower() == "content-length":
                            size = int(value)
                    while len(rest) < size:
                        rest += connection.recv(1 << 16)
                    body, rest = rest[:size], rest[size:]
                    method, path, _ = head.split(" ", 2)
                    if f"Bearer {TOKEN}" not in head:
                        _answer(connection, 401, b"{}")
                    elif path.endswith("/orders"):
                        self._stream(connection)
                        return
                    else:
                        _answer(connection, *self._handle(method, path, body))
        except OSError:
            return

    def _handle(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if method == "POST" and path == "/api/v1/agents":
            with self._changed:
                hello = msgspec.json.decode(body, type=AgentHello)
                self.hellos.append(hello)
                self._changed.notify_all()
            stale = tuple(r.attempt for r in hello.running if r.attempt in self.stale)
            return 200, msgspec.json.encode(AgentWelcome(stale=stale))
        if method == "POST" and path.endswith("/reports"):
            reports = msgspec.json.decode(body, type=list[Report])
            if (refusal := self.refuse(reports)) is not None:
                return refusal, b'{"message": "refused"}'
            with self._changed:
                self.reports.extend(reports)
                self._changed.notify_all()
            stale = tuple(r.attempt for r in reports if r.attempt in self.stale)
            return 200, msgspec.json.encode(ReportsTaken(stale=stale))
        if path.startswith("/api/v1/snapshots/") and path.rpartition("/")[2] in self.snapshots:
            return 200, self.snapshots[path.rpartition("/")[2]]
        return 404, b'{"message": "no such thing"}'

    def _stream(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n\n\r\n")
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._outgoing)
                data = self._outgoing.pop(0)
            if not data:
                return
            connection.sendall(b"%x\r\n%s\r\n" % (len(data), data))


def _answer(connection: socket.socket, status: int, body: bytes) -> None:
    connection.sendall(b"HTTP/1.1 %d x\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body))


class Orders:
    """Makes orders that differ in what matters to a test."""

    def __init__(self, server: FakeServer, objects: Objects, *, python: str = sys.executable) -> None:
        self.server = server
        self.objects = objects
        self.python = python
        self.store = server.home.datastore("ws", STORE)
        self.store.mkdir(parents=True, exist_ok=True)
        self._count = 0

    def snapshot(self, files: Mapping[str, str | bytes]) -> str:
        """Put a snapshot where the agent finds it; its id."""
        entries: list[File] = []
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entries.append(File(path, self.objects.put(data), len(data)))
        tree = Tree.of(entries)
        self.server.snapshots[tree.id] = tree.encode()
        return tree.id

    def order(
        self, files: Mapping[str, str | bytes], work: Work | str = "main.py", *arguments: str, **changes: Any
    ) -> RunAttempt:
        """An order to run a script of these files (or other work)."""
        self._count += 1
        if isinstance(work, str):
            work = Script(work, tuple(words(*arguments)))
        given: dict[str, Any] = {
            "attempt": f"attempt-{self._count}",
            "lease": f"lease-{self._count}",
            "run": f"run-{self._count}",
            "root": "root",
            "name": "step",
            "experiment": "exp",
            "workspace": "ws",
            "work": work,
            "snapshot": self.snapshot(files),
            "environment": EnvironmentOrder(lock="lock", python=self.python),
            "datastores": (BoundDatastore(name=STORE, type="local", root=str(self.store)),),
        }
        return RunAttempt(**{**given, **changes})


def words(*texts: str) -> tuple[Argument, ...]:
    """Arguments of literal text."""
    return tuple((Text(text),) for text in texts)


def command(line: str) -> Command:
    """A command of literal text."""
    return Command(words(line))

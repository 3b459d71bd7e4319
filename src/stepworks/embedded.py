"""Puts a server together and runs it: the only place where adapters are joined to ports.

`python -m stepworks.embedded --home H` is what `connect` starts detached, and `stepworks server` runs in front with
another database, host or token. The listening socket is bound before anything heavy is imported, and the agent is
started at once: its first request waits in the socket's backlog while the rest gets ready. Where the server is becomes
known once its records are open, so that whoever starts it is told why it cannot.
"""

import argparse
import fcntl
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from stepworks import __version__
from stepworks.errors import Conflict, StepworksError
from stepworks.home import Home
from stepworks.ids import new_hex, new_uuid
from stepworks.secrets import Vault, write_private

if TYPE_CHECKING:
    from stepworks.records.rows import Agent
    from stepworks.server.services import Services

IDLE_SECONDS = 900.0
HANGING_SECONDS = 60.0
_PROBE_SECONDS = 1.0
RUN_TOKEN_SECONDS = 30 * 24 * 3600.0


@dataclass(frozen=True)
class Options:
    """How a server is run. `idle_seconds` None: it never ends by itself. `postgres`: with a PostgreSQL of its own."""

    home: Home
    host: str = "127.0.0.1"
    port: int = 0
    database: str | None = None
    postgres: bool = False
    slots: int | None = None
    idle_seconds: float | None = IDLE_SECONDS
    ready: int | None = None
    announce: Callable[[str], None] | None = None


def serve(options: Options, environ: Mapping[str, str] = os.environ) -> None:
    """Run a server until it is asked to end, or is idle. Raises Conflict when one runs in this home already."""
    with _only_one(options.home), _records_of(options) as options:
        _serve(options, environ)


def _serve(options: Options, environ: Mapping[str, str]) -> None:
    home = options.home
    listening = _bind(options)
    url = f"http://{_shown_host(options.host)}:{listening.getsockname()[1]}"
    token = _token(home, environ)
    agent = LocalAgent(options, url, environ)
    try:
        _run(options, listening, url, token, agent, environ)
    finally:
        home.server_file.unlink(missing_ok=True)
        # An agent that waits for an answer must not wait any longer.
        listening.close()
        agent.stop()


def _tell(options: Options, url: str) -> None:
    """All is well: say so to whoever started this server, and to those who look for one."""
    _announce(options.home, url)
    if options.ready is not None:
        with suppress(BrokenPipeError):
            os.write(options.ready, f"{url}\n".encode())
        os.close(options.ready)
    if options.announce is not None:
        options.announce(f"stepworks {__version__} listens on {url} (home {options.home.root}). Ctrl-C ends it.")


@contextmanager
def _records_of(options: Options) -> Generator[Options]:
    """The options with the database of a PostgreSQL of the home's own, if that is wanted; it ends with the server."""
    if not options.postgres:
        yield options
        return
    from stepworks.records import postgres_server

    folder = options.home.root / "postgres"
    url = postgres_server.start(folder)
    try:
        yield replace(options, database=url)
    finally:
        postgres_server.stop(folder)


def _only_one(home: Home) -> IO[bytes]:
    home.root.mkdir(parents=True, exist_ok=True)
    lock = open(home.server_lock, "ab")  # noqa: SIM115 - held for as long as the process lives
    until = time.monotonic() + _PROBE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            # Whoever asks whether a server runs holds the lock too, for a moment.
            if time.monotonic() > until:
                lock.close()
                raise Conflict(
                    f"A server runs in {home.root} already.",
                    target=str(home.root),
                    remedy="`stepworks status` shows it.",
                ) from e
            time.sleep(0.005)
        else:
            # What a killed one has left says where nobody listens.
            home.server_file.unlink(missing_ok=True)
            return lock


def _bind(options: Options) -> socket.socket:
    """A listening socket. Without a given port it is the one of the last server of this home, if that is free: steps
    that still run, and clients that wait, find the new server where the old one was."""
    ports = (options.port,) if options.port else (_last_port(options.home), 0)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    for port in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((options.host, port))
            listening.listen(2048)
        except OSError as e:
            listening.close()
            if port == ports[-1]:
                raise StepworksError(
                    f"The server cannot listen on {options.host}:{port} ({e.strerror}).",
                    target=f"{options.host}:{port}",
                    remedy="Choose another --port, or 0 for any free one.",
                ) from e
        else:
            options.home.last_port.write_text(str(listening.getsockname()[1]))
            return listening
    raise AssertionError("the last port was tried")


def _last_port(home: Home) -> int:
    try:
        return int(home.last_port.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _shown_host(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _token(home: Home, environ: Mapping[str, str]) -> str:
    given = environ.get("STEPWORKS_SERVER_TOKEN")
    if given:
        # The command line of this home, and its agent, read the token from its file.
        home.token_file.unlink(missing_ok=True)
        return write_private(home.token_file, given.encode()).decode()
    try:
        found = home.token_file.read_text().strip()
    except FileNotFoundError:
        found = ""
    if found:
        return found
    # An empty file, as a full disk leaves it, would let everybody in.
    home.token_file.unlink(missing_ok=True)
    return write_private(home.token_file, new_hex(48).encode()).decode()


def _announce(home: Home, url: str) -> None:
    facts = {"url": url, "pid": os.getpid(), "version": __version__, "python": sys.executable, "started": time.time()}
    partial = home.server_file.with_suffix(".partial")
    partial.write_text(json.dumps(facts))
    partial.replace(home.server_file)


class LocalAgent:
    """The agent of the server's own machine: started with the server, started again whenever it has died.

    One that a killed server has left behind is taken over, with what it runs; it finds the new server by itself.
    """

    def __init__(self, options: Options, url: str, environ: Mapping[str, str]) -> None:
        home = options.home
        self._command = [sys.executable, "-m", "stepworks.agent", "--home", str(home.root), "--url", url]
        self._command += ["--slots", str(_slots(options))]
        self._log = home.logs / "agent.log"
        self._environ = dict(environ)
        self._home = home
        # None: it was taken over, or let go.
        self._process: subprocess.Popen[bytes] | None = None
        self._connected = time.monotonic()
        self._is_over = False
        self._start()

    def watch(self, *, connected: bool) -> None:
        """Start the agent again if it has died, or hangs: it was not `connected` for a long time."""
        if self._is_over:
            return
        now = time.monotonic()
        if connected:
            self._connected = now
        if not self._lives() or now - self._connected > HANGING_SECONDS:
            self._signal(signal.SIGKILL)
            self._connected = now
            self._start()

    def let_go(self) -> None:
        """Leave the agent alone from now on: it goes on with what it runs, and the next server takes it over."""
        self._is_over = True
        self._process = None

    def stop(self) -> None:
        """Ask the agent to end, and wait a while for that."""
        if self._is_over:
            return
        self._is_over = True
        self._signal(signal.SIGTERM)
        until = time.monotonic() + 10
        while self._lives() and time.monotonic() < until:
            time.sleep(0.005)

    def _start(self) -> None:
        """Start one, unless one lives: it has inherited the lock from the server that started it, so that there is no
        moment at which the next server could miss it."""
        self._process = None
        with self._locked() as lock:
            if lock is None:
                return
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with open(self._log, "ab") as log:
                self._process = subprocess.Popen(
                    [*self._command, "--lock", str(lock)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environ,
                    start_new_session=True,
                    pass_fds=(lock,),
                )

    @contextmanager
    def _locked(self) -> Generator[int | None]:
        """The descriptor of the agent's lock; None when an agent holds it."""
        lock = os.open(self._home.agent_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield lock if _is_locked(lock) else None
        finally:
            os.close(lock)

    def _lives(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        with self._locked() as lock:
            return lock is None

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
        else:
            for pid in _living_agents(self._home):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)


def _is_locked(descriptor: int) -> bool:
    """Take the lock of an open file; False when somebody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _living_agents(home: Home) -> list[int]:
    """The processes of the agents of this home that live."""
    if not home.running.is_dir():
        return []
    from stepworks.agent.running import living

    return [pid for pid, _ in living(str(home.running))]


def _slots(options: Options) -> int:
    return options.slots or len(os.sched_getaffinity(0))


def _run(
    options: Options, listening: socket.socket, url: str, token: str, agent: LocalAgent, environ: Mapping[str, str]
) -> None:
    import asyncio

    import uvicorn

    from stepworks.server.app import make_app

    # The writer's thread gives the interpreter up at every call into SQLite; at the usual 5 ms it would wait that long
    # for a thread that computes.
    sys.setswitchinterval(0.0005)
    services = build_services(options, url, token, environ, stop=lambda: os.kill(os.getpid(), signal.SIGTERM))
    # What is there from the start stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    _tell(options, url)
    config = uvicorn.Config(
        make_app(services),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        http="httptools",
        timeout_keep_alive=600,
        timeout_graceful_shutdown=1,
        backlog=2048,
    )

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: "list[socket.socket] | None" = None) -> None:
            # First of all: whoever comes from now on must not look for us where nobody listens any more.
            options.home.server_file.unlink(missing_ok=True)
            if services.pools.busy:
                agent.let_go()
            else:
                await asyncio.to_thread(agent.stop)
            await super().shutdown(sockets)

    server = Server(config)

    async def main() -> None:
        services.bus.attach(asyncio.get_running_loop())
        watch = asyncio.ensure_future(_watch(services, agent, options.idle_seconds))
        try:
            await server.serve(sockets=[listening])
        finally:
            watch.cancel()

    # The web server sends itself the signal once more when it has ended: the rest must be done in order, too.
    signal.signal(signal.SIGTERM, _ignore)
    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(main())
    finally:
        services.engine.stop()
        services.records.close()


def _ignore(*_: object) -> None:
    """A signal that is heeded elsewhere."""


def build_services(
    options: Options, url: str, token: str, environ: Mapping[str, str], *, stop: Callable[[], None]
) -> "Services":
    """Join adapters to ports, bring the records up to date, and take up the runs that are not over."""
    from stepworks.clock import SystemClock
    from stepworks.compute.pools import AgentPools
    from stepworks.engine.base import RunAccess
    from stepworks.engine.driver import Engine
    from stepworks.engine.ports import Ports
    from stepworks.engine.replay import order_again
    from stepworks.environments.local import local_environments
    from stepworks.objects.livelogs import LiveLogs
    from stepworks.objects.local import LocalObjects
    from stepworks.records.open import open_records
    from stepworks.server.activity import Activity
    from stepworks.server.auth import run_token
    from stepworks.server.bus import Bus
    from stepworks.server.inputs import WorkspaceData
    from stepworks.server.outputs import register_output
    from stepworks.server.services import Services

    home, clock = options.home, SystemClock()
    database = options.database or f"sqlite:///{home.database}"
    records = open_records(database, alone=True)
    objects = LocalObjects(home.objects)
    logs = LiveLogs(home.live_logs)
    data = WorkspaceData(records, home)
    bus = Bus()
    pools = AgentPools(clock)

    def give_access(run: str) -> RunAccess:
        return RunAccess(endpoint=url, token=run_token(token, run), token_expiry=clock.now() + RUN_TOKEN_SECONDS)

    ports = Ports(
        records=records,
        objects=objects,
        inputs=data,
        produced=data,
        environments=local_environments(home.environments),
        compute=pools,
        logs=logs,
        publish=bus.publish,
        give_access=give_access,
        find_datastore=data.datastore,
        register_output=register_output(clock, new_uuid),
        is_alive=may_live,
        clock=clock,
        new_id=new_uuid,
    )
    engine = Engine(ports)
    engine.recover()
    return Services(
        home=home,
        records=records,
        objects=objects,
        engine=engine,
        pools=pools,
        live_logs=logs,
        bus=bus,
        activity=Activity(clock),
        vault=Vault(home.key_file, environ),
        clock=clock,
        new_id=new_uuid,
        token=token,
        url=url,
        started=clock.now(),
        database=_without_password(database),
        stop=stop,
        order_again=lambda run: order_again(ports, run),
        loopback_only=options.host in ("127.0.0.1", "::1", "localhost"),
    )


def may_live(agent: "Agent") -> bool:
    """Whether an agent's process may still be there: certainly not when it ran on this machine and is gone."""
    from stepworks.agent.processes import is_alive

    pid, _, started = agent.process.partition(":")
    if agent.host != socket.gethostname() or not pid.isdecimal():
        return True
    return is_alive(int(pid), int(started or 0))


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    access, at, place = rest.rpartition("@")
    return f"{scheme}{separator}{access.partition(':')[0]}{at}{place}"


async def _watch(services: "Services", agent: LocalAgent, idle_seconds: float | None) -> None:
    """Once a second: timeouts and lost leases, an agent that has died; and the end of a server that nobody uses, or
    whose home was removed."""
    import asyncio

    from starlette.concurrency import run_in_threadpool

    while True:
        await asyncio.sleep(1.0)
        await run_in_threadpool(services.engine.tick)
        agent.watch(connected=services.pools.agents > 0)
        if not services.home.server_lock.exists():
            services.stop()
            return
        if idle_seconds is None:
            continue
        unused = services.activity.idle_seconds(ignoring=services.pools.agents)
        if unused > idle_seconds and services.engine.is_idle():
            services.stop()
            return


def main(argv: Sequence[str] | None = None) -> int:
    """The detached server's command line; people use `stepworks server`."""
    parser = argparse.ArgumentParser(prog="python -m stepworks.embedded")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--ready", type=int)
    given = parser.parse_args(argv)
    idle = float(os.environ.get("STEPWORKS_IDLE_SECONDS", IDLE_SECONDS))
    port = int(os.environ.get("STEPWORKS_PORT", 0))
    database = os.environ.get("STEPWORKS_DATABASE")
    try:
        serve(Options(home=Home(given.home), ready=given.ready, idle_seconds=idle, port=port, database=database))
    except StepworksError as e:
        sys.stderr.write(f"stepworks server: {e}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

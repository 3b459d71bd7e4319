"""Finds the server of a STEPWORKS_HOME, or starts one, and connects to it.

Race-free: the running server holds a lock for as long as it lives, and whoever starts one holds another while it
does, so of eight scripts that begin at once one starts a server and seven find it. The server is detached and
outlives the script.
"""

import fcntl
import json
import os
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from stepworks.channel import connected
from stepworks.client.api import Client
from stepworks.client.transport import Address
from stepworks.errors import InvalidInput, NotFound, StepworksError, Unavailable
from stepworks.home import Home

TURN_SECONDS = 30.0
"""How long to wait for a server that begins or ends without our doing."""

_clients: dict[tuple[str, str | None], Client] = {}


def local_client(home: Home | None = None) -> Client:
    """A client of the local server, which is started if none runs. One client a home and process."""
    home = home or Home.default(os.environ)
    key = (str(home.root), None)
    client = _clients.get(key)
    if client is None:
        client = _clients[key] = Client(find_or_start(home), lambda: find_or_start(home))
    return client


def remote_client(url: str, token: str | None = None) -> Client:
    """A client of a server elsewhere; the token defaults to STEPWORKS_TOKEN."""
    if not _is_address(url):
        raise InvalidInput(
            f"{url!r} is not the address of a server.", target="url", remedy="It is like http://host:8765."
        )
    token = token or os.environ.get("STEPWORKS_TOKEN") or ""
    key = (url.rstrip("/"), token)
    client = _clients.get(key)
    if client is None:
        client = _clients[key] = Client(Address(*key))
    return client


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def local_token(home: Home | None = None) -> str:
    """The owner's token of the local server. Started servers make it; raises NotFound before the first start."""
    home = home or Home.default(os.environ)
    try:
        return home.token_file.read_text().strip()
    except FileNotFoundError as e:
        raise NotFound(
            f"No server was started in {home.root} yet.", target=str(home.root), remedy="`stepworks up` starts one."
        ) from e


def find_or_start(home: Home, *, environ: Mapping[str, str] = os.environ) -> Address:
    """Where the server of this home is; started if none runs. Raises Unavailable with the end of its log."""
    found = find(home)
    if found is not None:
        return found
    _make_home(home)
    with _locked(home.start_lock):
        until = time.monotonic() + TURN_SECONDS
        while is_running(home):
            # One that somebody else has started is not ready yet, or the last one is about to end.
            found = find(home)
            if found is not None:
                return found
            if time.monotonic() > until:
                raise Unavailable(
                    f"A server holds {home.server_lock}, but does not say where it listens.",
                    target=str(home.server_lock),
                    remedy="End that process; a new server is started then.",
                )
            time.sleep(0.02)
        return _start(home, environ)


def find(home: Home) -> Address | None:
    """Where the running server of this home is, or None when none runs."""
    if not is_running(home):
        return None
    facts = server_facts(home)
    if facts is None or not _listens(str(facts["url"])):
        return None
    return Address(str(facts["url"]), local_token(home))


def _listens(url: str) -> bool:
    """Whether anybody listens there: a killed server holds its lock for a moment longer than its socket."""
    place = urlsplit(url)
    try:
        connected(place.hostname or "127.0.0.1", place.port or 80, 10.0).close()
    except OSError:
        return False
    return True


def server_facts(home: Home) -> dict[str, Any] | None:
    """What the server wrote about itself (url, pid, python, version, started), or None."""
    try:
        return json.loads(home.server_file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def is_running(home: Home) -> bool:
    """Whether a server lives: it holds the lock of its home until it dies, however it dies."""
    try:
        with open(home.server_lock, "rb") as f:
            fcntl.flock(f, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except BlockingIOError:
        return True
    return False


def _make_home(home: Home) -> None:
    try:
        home.logs.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise StepworksError(
            f"{home.root} cannot be used to keep runs in ({e.strerror}).",
            target=str(home.root),
            remedy="Set STEPWORKS_HOME to a folder that can be written.",
        ) from e


@contextmanager
def _locked(path: Path) -> Generator[None]:
    try:
        f: IO[bytes] = open(path, "ab")  # noqa: SIM115 - closed below
    except OSError as e:
        raise StepworksError(
            f"{path} cannot be written ({e.strerror}).",
            target=str(path),
            remedy="Set STEPWORKS_HOME to a folder that can be written.",
        ) from e
    with f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def _start(home: Home, environ: Mapping[str, str]) -> Address:
    import subprocess

    ready, tell = os.pipe()
    log = home.logs / "server.log"
    try:
        with open(log, "ab") as out:
            begin = out.tell()
            process = subprocess.Popen(
                [sys.executable, "-m", "stepworks.embedded", "--home", str(home.root), "--ready", str(tell)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=home.root,
                env=server_environment(environ),
                start_new_session=True,
                pass_fds=(tell,),
            )
    finally:
        os.close(tell)
    with open(ready, "rb") as f:
        url = f.readline().strip().decode()
    if url:
        return Address(url, local_token(home))
    code = process.wait()
    with open(log, "rb") as f:
        f.seek(begin)
        last = f.read().decode(errors="replace").strip().splitlines()[-12:]
    raise Unavailable(
        f"The server of {home.root} did not start (exit code {code}):\n" + "\n".join(f"  {line}" for line in last),
        target=str(log),
        remedy="`stepworks doctor` looks for the reason.",
    )


_NOT_INHERITED = frozenset(
    {"PYTHONDONTWRITEBYTECODE", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONBREAKPOINT", "PYTHONWARNINGS"}
)


def server_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables a detached server gets: those of the script that started it, without what belongs to that script
    alone (a run's identity) or would make every interpreter start slow."""
    return {k: v for k, v in environ.items() if k not in _NOT_INHERITED and not k.startswith(("AZUREML_", "AML_"))}

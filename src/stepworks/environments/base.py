"""The port of environments: lock what was asked for, then make it where it is needed.

Locking decides (which packages, exactly) and happens where runs are planned; its id is a part of the reuse key.
Building acts and happens on the node that runs the step. Between the two only an `EnvironmentLock` travels.
"""

import os
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

import msgspec

from stepworks.graph.environment import EnvironmentSpec
from stepworks.hashing import ContentId, content_hash

RUNTIME_PROTOCOL = 1
"""How stepworks is put into an environment and speaks to a script there. Raised, every lock changes, and with it
every reuse key; a new release of stepworks alone changes none."""

Log = Callable[[str], None]
"""Takes one line of a build's log, without its line end."""


class EnvironmentLock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an environment is, exactly: a value that any node of the same platform can build from.

    `id` names it in reuse keys: what is installed and the variables. `contents` names what is installed alone, so that
    environments that differ in variables share one folder. `pins` is the full text, a package a line, and safe to show
    and keep. `origins` has the user's own line for a project, `notes` what was mapped, replaced or left out.
    `options` (pip's) and `private` (requirements by project) are for the build and may hold credentials: never log
    them.
    """

    id: str
    kind: str
    contents: str
    python_version: str
    platform: str
    pins: str = ""
    interpreter: str | None = None
    origins: Mapping[str, str] = {}
    options: tuple[str, ...] = ()
    private: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()


class EnvironmentHandle(msgspec.Struct, frozen=True, kw_only=True):
    """An environment that is there: start `python` with `variables` set and `path` put before PATH."""

    lock_id: str
    python: str
    path: tuple[str, ...]
    variables: Mapping[str, str]
    notes: tuple[str, ...]


class Environments(Protocol):
    """Makes environments. All methods may be called from several threads and processes at the same time."""

    def lock(self, spec: EnvironmentSpec | None) -> EnvironmentLock:
        """Decide what `spec` comes to; None is the interpreter that runs the server.

        The same packages and variables give the same lock for as long as it is kept, whatever an index offers later.
        Raises EnvironmentFailed, which names every package in the way.
        """
        ...

    def ready(self, lock: EnvironmentLock) -> EnvironmentHandle | None:
        """The environment if it is whole and here already; never starts a build."""
        ...

    def build(self, lock: EnvironmentLock, log: Log) -> EnvironmentHandle:
        """Make the environment, or wait for whoever is making it; one that is there is returned as it is.

        After any crash it is either whole or not there. `log` gets lines as they come; if it raises, the build is
        given up. Raises EnvironmentFailed, which names the package.
        """
        ...

    def remove_unused(self, keep: Collection[str]) -> tuple[str, ...]:
        """Remove environments, and what broken builds left, except those whose `contents` are in `keep`.

        Returns the `contents` that were removed. The caller makes sure that no step still runs in one of them.
        """
        ...


def lock_id(contents: str, variables: Mapping[str, str]) -> ContentId:
    """The identity of an environment in reuse keys."""
    return content_hash("environment-lock/1", contents, dict(variables))


def this_platform() -> str:
    """The platform that wheels are chosen for, such as `linux-x86_64`."""
    return f"{sys.platform}-{os.uname().machine}"

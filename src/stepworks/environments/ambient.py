"""The environment that is there already: the interpreter that runs the server, or one that the user looks after."""

import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from stepworks.environments.base import (
    RUNTIME_PROTOCOL,
    EnvironmentHandle,
    EnvironmentLock,
    Log,
    lock_id,
    this_platform,
)
from stepworks.environments.distributions import InstalledDistributions
from stepworks.errors import EnvironmentFailed
from stepworks.graph.environment import EnvironmentSpec
from stepworks.hashing import content_hash

KIND = "ambient"

_ASK = """
import importlib.util, json, platform, sys
known = importlib.util.find_spec("azureml") is not None
print(json.dumps([platform.python_version(), [p for p in sys.path if p], known]))
"""


class _Facts(NamedTuple):
    version: str
    search_path: tuple[str, ...]
    has_sdk: bool


class AmbientEnvironments:
    """Uses interpreters as they are: nothing is made, so nothing can fail to be made.

    The lock is what is installed there, so that an upgrade of a package by hand is seen as a change.
    """

    def __init__(self, python: str | None = None) -> None:
        self._python = python or sys.executable
        self._installed = InstalledDistributions()
        self._lock = threading.Lock()
        self._facts: dict[tuple[str, int], _Facts] = {}

    def lock(self, spec: EnvironmentSpec | None) -> EnvironmentLock:
        """What is installed in the interpreter; packages that `spec` lists are its user's affair."""
        variables = dict(spec.variables) if spec is not None else {}
        wished = self._interpreter(spec.interpreter_path if spec is not None else None)
        facts = self._facts_of(wished or self._python)
        installed = self._installed.of(facts.search_path)
        contents = content_hash("environment/1", RUNTIME_PROTOCOL, KIND, facts.version, this_platform(), installed)
        return EnvironmentLock(
            id=lock_id(contents, variables),
            kind=KIND,
            contents=contents,
            python_version=facts.version,
            platform=this_platform(),
            pins="".join(f"{line}\n" for line in installed),
            interpreter=wished,
            variables=variables,
            notes=()
            if facts.has_sdk
            else (f"`azureml` is not installed in '{wished}': run `pip install stepworks` there.",),
        )

    def ready(self, lock: EnvironmentLock) -> EnvironmentHandle | None:
        """The interpreter, if it is still there."""
        python = lock.interpreter or self._python
        if not os.access(python, os.X_OK):
            return None
        return EnvironmentHandle(
            lock_id=lock.id,
            python=python,
            path=(str(Path(python).parent),),
            variables=lock.variables,
            notes=lock.notes,
        )

    def build(self, lock: EnvironmentLock, log: Log) -> EnvironmentHandle:
        """As `ready`. Raises EnvironmentFailed when the interpreter has gone."""
        handle = self.ready(lock)
        if handle is None:
            raise EnvironmentFailed(
                f"The interpreter '{lock.interpreter}' of the environment is not on this machine.",
                remedy="Install it there, or let stepworks make the environment (user_managed_dependencies=False).",
            )
        log(f"Using Python {lock.python_version} as it is: {handle.python}")
        return handle

    def remove_unused(self, keep: Collection[str]) -> tuple[str, ...]:
        """Removes nothing: none of it was made here."""
        return ()

    def _interpreter(self, wished: str | None) -> str | None:
        """The path of the interpreter that was named; None for the server's, whatever its path is on a node."""
        if wished is None or wished in {"python", "python3"}:
            return None
        found = shutil.which(wished)
        if found is None:
            raise EnvironmentFailed(
                f"The interpreter '{wished}' of the environment is not there.",
                target=wished,
                remedy="Give the path of one (`environment.python.interpreter_path`), or leave it out.",
            )
        return found

    def _facts_of(self, python: str) -> _Facts:
        """What an interpreter says of itself; another than ours is asked, once."""
        if python == sys.executable:
            return _Facts(platform.python_version(), tuple(p for p in sys.path if p), has_sdk=True)
        key = (python, os.stat(python).st_mtime_ns)
        with self._lock:
            if key not in self._facts:
                self._facts[key] = _ask(python)
            return self._facts[key]


def _ask(python: str) -> _Facts:
    try:
        done = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, timeout=60, check=True, cwd="/")
        version, search_path, has_sdk = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as e:
        raise EnvironmentFailed(
            f"The interpreter '{python}' of the environment does not work: {e}",
            target=python,
            remedy="Check that it starts and is a Python 3.",
        ) from e
    return _Facts(version, tuple(search_path), has_sdk)

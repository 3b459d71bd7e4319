"""Which kind of environment a specification gets on one machine, behind the same port as each kind."""

import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from stepworks.environments import ambient, uv
from stepworks.environments.base import EnvironmentHandle, EnvironmentLock, Environments, Log
from stepworks.environments.distributions import InstalledDistributions, releases
from stepworks.errors import EnvironmentFailed
from stepworks.graph.environment import EnvironmentSpec


class LocalEnvironments:
    """No specification, or one that its user looks after: the interpreter that is there. Any other: an isolated one.

    `kinds` has the adapters by the `kind` of the locks they give; a further kind is a further entry.
    """

    def __init__(self, kinds: Mapping[str, Environments]) -> None:
        self._kinds = dict(kinds)

    def lock(self, spec: EnvironmentSpec | None) -> EnvironmentLock:
        """The lock that the adapter for this specification gives."""
        return self._kinds[kind_for(spec)].lock(spec)

    def ready(self, lock: EnvironmentLock) -> EnvironmentHandle | None:
        """As the adapter of the lock's kind."""
        return self._of(lock).ready(lock)

    def build(self, lock: EnvironmentLock, log: Log) -> EnvironmentHandle:
        """As the adapter of the lock's kind."""
        return self._of(lock).build(lock, log)

    def remove_unused(self, keep: Collection[str]) -> tuple[str, ...]:
        """What all adapters removed."""
        return tuple(contents for kind in self._kinds.values() for contents in kind.remove_unused(keep))

    def _of(self, lock: EnvironmentLock) -> Environments:
        adapter = self._kinds.get(lock.kind)
        if adapter is None:
            known = ", ".join(sorted(self._kinds))
            raise EnvironmentFailed(
                f"This node makes no environments of kind '{lock.kind}', only: {known}.",
                remedy="Run the step on a compute target that does, or upgrade stepworks on the node.",
            )
        return adapter


def kind_for(spec: EnvironmentSpec | None) -> str:
    """The kind of environment a specification asks for."""
    return ambient.KIND if spec is None or spec.user_managed else uv.KIND


def local_environments(home: Path) -> LocalEnvironments:
    """The environments of one machine, those that have to be made under `home`.

    Where one leaves open which release of a package it wants, it gets that of the interpreter that runs the server:
    there the code that names no release was written and tried.
    """
    isolated = uv.UvEnvironments(home, preferred=lambda: releases(InstalledDistributions().of(sys.path)))
    return LocalEnvironments({ambient.KIND: ambient.AmbientEnvironments(), uv.KIND: isolated})

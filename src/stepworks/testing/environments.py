"""A double of the environments' port, and the suite that every adapter of it passes."""

import subprocess
import sys
import threading
from collections.abc import Collection
from pathlib import Path

import msgspec
import pytest

from stepworks.environments.base import EnvironmentHandle, EnvironmentLock, Environments, Log, lock_id, this_platform
from stepworks.environments.requirements import to_requirements
from stepworks.errors import EnvironmentFailed
from stepworks.graph.environment import EnvironmentSpec, packages_identity


class FakeEnvironments:
    """Environments that are made in no time and are all the interpreter that runs.

    Projects named in `missing` can't be had. `built` lists the contents that were made, in order.
    """

    def __init__(self, python: str = sys.executable, missing: Collection[str] = (), kind: str = "fake") -> None:
        self.kind = kind
        self._python = python
        self._missing = frozenset(missing)
        self._lock = threading.Lock()
        self._ready: set[str] = set()
        self.built: list[str] = []

    def lock(self, spec: EnvironmentSpec | None) -> EnvironmentLock:
        """The requirements themselves are the pins."""
        spec = spec or EnvironmentSpec()
        resolved = to_requirements(spec)
        problems = [*resolved.problems, *(f"'{r}' can't be had." for r in resolved.requirements if r in self._missing)]
        if problems:
            raise EnvironmentFailed("\n".join(problems))
        contents = packages_identity(spec)
        return EnvironmentLock(
            id=lock_id(contents, spec.variables),
            kind=self.kind,
            contents=contents,
            python_version="{}.{}".format(*sys.version_info),
            platform=this_platform(),
            pins="".join(f"{r}\n" for r in resolved.requirements),
            variables=dict(spec.variables),
            notes=resolved.notes,
        )

    def ready(self, lock: EnvironmentLock) -> EnvironmentHandle | None:
        """The handle, once it was built."""
        if lock.contents not in self._ready:
            return None
        path = (str(Path(self._python).parent),)
        return EnvironmentHandle(
            lock_id=lock.id, python=self._python, path=path, variables=dict(lock.variables), notes=lock.notes
        )

    def build(self, lock: EnvironmentLock, log: Log) -> EnvironmentHandle:
        """Makes nothing, and says so for each requirement."""
        with self._lock:
            if lock.contents not in self._ready:
                for pin in lock.pins.splitlines():
                    log(f" + {pin}")
                self.built.append(lock.contents)
                self._ready.add(lock.contents)
        handle = self.ready(lock)
        assert handle is not None
        return handle

    def remove_unused(self, keep: Collection[str]) -> tuple[str, ...]:
        """Forgets what is not kept."""
        with self._lock:
            removed = tuple(sorted(self._ready - set(keep)))
            self._ready -= set(removed)
        return removed


class EnvironmentsTests:
    """Derive from it, and give the fixtures `environments`, `spec`, `broken`; `makes` for what is made and removed.

    `spec` can be locked and built, `broken` can't be locked, and its error names `broken_name`.
    """

    makes = True
    broken_name = ""

    @pytest.fixture
    def environments(self) -> Environments:
        raise NotImplementedError("Give a fixture `environments`, with nothing made yet.")

    @pytest.fixture
    def spec(self) -> EnvironmentSpec:
        raise NotImplementedError("Give a fixture `spec`.")

    @pytest.fixture
    def broken(self) -> EnvironmentSpec:
        raise NotImplementedError("Give a fixture `broken`.")

    def test_the_same_specification_gives_the_same_lock(
        self, environments: Environments, spec: EnvironmentSpec
    ) -> None:
        assert environments.lock(spec) == environments.lock(spec)

    def test_labels_and_recorded_sections_are_not_in_the_lock(
        self, environments: Environments, spec: EnvironmentSpec
    ) -> None:
        labelled = msgspec.structs.replace(spec, name="other", version="9", docker={"base_image": "a/b:1"})
        assert environments.lock(labelled) == environments.lock(spec)

    def test_variables_change_the_id_and_not_the_contents(
        self, environments: Environments, spec: EnvironmentSpec
    ) -> None:
        plain, with_mode = environments.lock(spec), environments.lock(_with_mode(spec, "1"))
        assert plain.contents == with_mode.contents
        assert len({plain.id, with_mode.id, environments.lock(_with_mode(spec, "2")).id}) == 3

    def test_a_specification_that_cannot_be_is_refused_by_name(
        self, environments: Environments, broken: EnvironmentSpec
    ) -> None:
        with pytest.raises(EnvironmentFailed, match=self.broken_name):
            environments.lock(broken)

    def test_a_built_environment_is_ready_and_its_python_starts(
        self, environments: Environments, spec: EnvironmentSpec
    ) -> None:
        lock = environments.lock(_with_mode(spec, "1"))
        said: list[str] = []
        if self.makes:
            assert environments.ready(lock) is None
        handle = environments.build(lock, said.append)
        assert said
        assert not any("\n" in line for line in said)
        assert environments.ready(lock) == handle
        assert (handle.lock_id, handle.variables["MODE"]) == (lock.id, "1")
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        out = subprocess.run([handle.python, "-c", code], capture_output=True, text=True, check=True).stdout
        assert lock.python_version.startswith(out.strip())

    def test_a_lock_that_travelled_as_json_builds_the_same(
        self, environments: Environments, spec: EnvironmentSpec
    ) -> None:
        lock = environments.lock(spec)
        travelled = msgspec.json.decode(msgspec.json.encode(lock), type=EnvironmentLock)
        assert environments.build(travelled, _ignore) == environments.build(lock, _ignore)

    def test_environments_that_differ_in_variables_share_what_is_installed(
        self, environments: Environments, spec: EnvironmentSpec
    ) -> None:
        first = environments.build(environments.lock(spec), _ignore)
        second = environments.ready(environments.lock(_with_mode(spec, "1")))
        assert second is not None
        assert second.python == first.python
        assert second.lock_id != first.lock_id

    def test_many_builders_at_once_get_the_same_environment(
        self, environments: Environments, spec: EnvironmentSpec
    ) -> None:
        lock = environments.lock(spec)
        handles: list[EnvironmentHandle] = []
        threads = [threading.Thread(target=lambda: handles.append(environments.build(lock, _ignore))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert handles == [environments.build(lock, _ignore)] * 4

    def test_what_is_kept_stays_and_what_is_not_goes(self, environments: Environments, spec: EnvironmentSpec) -> None:
        lock = environments.lock(spec)
        handle = environments.build(lock, _ignore)
        assert environments.remove_unused({lock.contents}) == ()
        assert environments.ready(lock) == handle
        assert environments.remove_unused(()) == ((lock.contents,) if self.makes else ())
        assert (environments.ready(lock) is None) == self.makes
        assert environments.build(lock, _ignore) == handle


def _with_mode(spec: EnvironmentSpec, mode: str) -> EnvironmentSpec:
    return msgspec.structs.replace(spec, variables={**spec.variables, "MODE": mode})


def _ignore(line: str) -> None:
    """For builds whose log is not looked at."""

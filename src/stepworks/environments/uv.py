"""Isolated environments made by uv: locked once, built once for each content, shared by hard links from uv's cache."""

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

import msgspec

import stepworks
from stepworks.environments.base import (
    RUNTIME_PROTOCOL,
    EnvironmentHandle,
    EnvironmentLock,
    Log,
    lock_id,
    this_platform,
)
from stepworks.environments.interpreters import (
    OLDEST,
    Choice,
    Interpreter,
    choose_working,
    find_interpreters,
    running_interpreter,
    series_named,
)
from stepworks.environments.plan import PYTHON_OF_THE_SDK, Wish
from stepworks.environments.requirement import version_order
from stepworks.environments.requirements import to_requirements
from stepworks.environments.resolve import environment_failed, pip_options, project_of, resolve
from stepworks.environments.uv_command import Uv, UvFailed, find_uv, without_credentials
from stepworks.errors import EnvironmentFailed
from stepworks.graph.environment import EnvironmentSpec, packages_identity
from stepworks.hashing import ContentId, content_hash, hash_file

KIND = "uv"

_RECORD = "stepworks-environment.json"


class UvEnvironments:
    """Environments under `home`: `<contents>/` for each, `locks/` for what was decided.

    A folder gets its name when it is whole. Builders in several processes take turns by a file lock, so a content is
    built once. With `link_mode="copy"` a step that writes into its packages can't change those of others.
    `preferred` gives releases (`name==version`) to take where a specification leaves open which.
    """

    def __init__(
        self,
        home: Path,
        *,
        environ: Mapping[str, str] | None = None,
        packages: Sequence[Path] | None = None,
        interpreters: Sequence[Interpreter] | None = None,
        link_mode: str = "hardlink",
        preferred: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._home = home.absolute()
        self._locks = self._home / "locks"
        self._environ = dict(os.environ if environ is None else environ)
        self._packages = tuple(packages if packages is not None else _own_packages())
        self._interpreters = interpreters
        self._link_mode = link_mode
        self._preferred = preferred
        self._decided: dict[ContentId, EnvironmentLock] = {}

    def lock(self, spec: EnvironmentSpec | None) -> EnvironmentLock:
        """Decide the pins of a specification, or read what was decided before for the same packages."""
        spec = spec or EnvironmentSpec()
        wish = packages_identity(spec)
        lock = self._decided.get(wish)
        if lock is None:
            lock = self._decided[wish] = self._decided_on_disk(spec, wish)
        variables = dict(spec.variables)
        return msgspec.structs.replace(lock, id=lock_id(lock.contents, variables), variables=variables)

    def ready(self, lock: EnvironmentLock) -> EnvironmentHandle | None:
        """The environment if its folder is whole and its interpreter still there."""
        folder = self._home / lock.contents
        python = folder / "bin" / "python"
        if not python.exists():
            return None
        self._link_packages(folder)
        return EnvironmentHandle(
            lock_id=lock.id,
            python=str(python),
            path=(str(python.parent),),
            variables={"VIRTUAL_ENV": str(folder), **lock.variables},
            notes=lock.notes,
        )

    def build(self, lock: EnvironmentLock, log: Log) -> EnvironmentHandle:
        """Make the folder, or wait for another builder of the same content."""
        handle = self.ready(lock)
        if handle is not None:
            return handle
        with self._alone(lock.contents):
            handle = self.ready(lock)
            if handle is None:
                self._make(lock, log)
                handle = self.ready(lock)
        if handle is None:
            raise EnvironmentFailed("The environment's interpreter does not start.", target=lock.contents)
        return handle

    def remove_unused(self, keep: Collection[str]) -> tuple[str, ...]:
        """Remove folders whose contents are not in `keep`, and what builds that were killed left behind."""
        removed: list[str] = []
        for name in sorted(os.listdir(self._home)) if self._home.is_dir() else ():
            match = re.fullmatch(r"([0-9a-f]{64})(\.partial|\.removed)?", name)
            if match is None or (match[2] is None and match[1] in keep):
                continue
            with self._alone(match[1]):
                self._remove(name)
            if match[2] is None:
                removed.append(match[1])
        return tuple(removed)

    def _decided_on_disk(self, spec: EnvironmentSpec, wish: ContentId) -> EnvironmentLock:
        choice = self._choice(spec.python_version)
        key = content_hash("environment-wish/1", RUNTIME_PROTOCOL, wish, choice.interpreter.series, this_platform())
        record = self._locks / f"{key}.json"
        with self._alone(key):
            if record.exists():
                return msgspec.json.decode(record.read_bytes(), type=EnvironmentLock)
            lock = self._decide(spec, choice)
            written = record.with_suffix(".partial")
            written.touch(mode=0o600)  # it may hold an index's credentials
            written.write_bytes(msgspec.json.encode(lock))
            written.rename(record)
            return lock

    def _decide(self, spec: EnvironmentSpec, choice: Choice) -> EnvironmentLock:
        resolved = to_requirements(spec)
        if resolved.problems:
            text = "".join(f"\n  - {without_credentials(problem)}" for problem in resolved.problems)
            raise EnvironmentFailed(f"The environment '{spec.name or 'of the step'}' can't be made:{text}")
        interpreter = choice.interpreter
        named = series_named(spec.python_version)
        written_for = None if named == interpreter.series else named or PYTHON_OF_THE_SDK
        wish = Wish(
            resolved,
            interpreter.path,
            interpreter.series,
            spec.pip_options,
            written_for,
            is_dated=named is not None and version_order(named) < OLDEST,
            preferred=self._preferred(),
        )
        with tempfile.TemporaryDirectory(prefix="stepworks-") as folder:
            pins = resolve(wish, self._uv(), Path(folder), _silent)
        contents = _contents(pins.lines, interpreter.series)
        notes = (*((choice.note,) if choice.note else ()), *resolved.notes, *pins.notes)
        return EnvironmentLock(
            id=lock_id(contents, {}),
            kind=KIND,
            contents=contents,
            python_version=interpreter.series,
            platform=this_platform(),
            pins="".join(f"{without_credentials(line)}\n" for line in pins.lines.values()),
            origins={key: without_credentials(line) for key, line in resolved.origins.items() if key in pins.lines},
            options=spec.pip_options,
            private={key: line for key, line in pins.lines.items() if line != without_credentials(line)},
            notes=tuple(map(without_credentials, notes)),
        )

    def _make(self, lock: EnvironmentLock, log: Log) -> None:
        interpreter = self._choice(lock.python_version).interpreter
        if lock.platform != this_platform() or interpreter.series != lock.python_version:
            raise EnvironmentFailed(
                f"The environment is for Python {lock.python_version} on {lock.platform}; this node has Python "
                f"{interpreter.series} on {this_platform()}.",
                remedy=f"Install Python {lock.python_version} on the node, or ask for another python_version.",
            )
        uv = self._uv()
        self._remove(lock.contents)  # there, but without its interpreter
        partial = self._home / f"{lock.contents}.partial"
        self._remove(partial.name)
        log(f"Making environment {lock.contents[:12]} with Python {interpreter.series} ({interpreter.path})")
        for note in lock.notes:
            log(note)
        try:
            uv.run(["venv", "--relocatable", "--python", interpreter.path, partial.name], log, self._home)
            self._install(lock, uv, partial, log)
        except UvFailed as failure:
            raise environment_failed(failure.lines, lock.origins, lock.notes) from failure
        shown = msgspec.structs.replace(lock, options=(), private={}, variables={})
        (partial / _RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(shown)))
        self._link_packages(partial)
        partial.rename(self._home / lock.contents)

    def _install(self, lock: EnvironmentLock, uv: Uv, partial: Path, log: Log) -> None:
        requirements = partial / "requirements.txt"
        requirements.touch(mode=0o600)  # it may hold an index's credentials
        lines = [lock.private.get(project_of(pin), pin) for pin in lock.pins.splitlines()]
        requirements.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        python = str(partial / "bin" / "python")
        arguments = ["pip", "sync", requirements.name, "--python", python, "--link-mode", self._link_mode]
        uv.run([*arguments, *pip_options(lock.options)], log, partial)
        requirements.unlink()

    def _link_packages(self, folder: Path) -> None:
        """Put our own packages into an environment as links; those of an installation that moved are set right."""
        for site_packages in folder.glob("lib/python3.*/site-packages"):
            for package in self._packages:
                link = site_packages / package.name
                if link.is_symlink() and os.readlink(link) == str(package):
                    continue
                if link.is_dir() and not link.is_symlink():
                    shutil.rmtree(link)
                new = site_packages / f".{package.name}.{os.getpid()}.link"
                new.unlink(missing_ok=True)
                new.symlink_to(package, target_is_directory=True)
                new.replace(link)

    def _remove(self, name: str) -> None:
        """Remove a folder so that nobody ever sees a part of it under its own name."""
        folder = self._home / name
        if not folder.exists():
            return
        if "." not in name:
            doomed = self._home / f"{name}.removed"
            shutil.rmtree(doomed, ignore_errors=True)
            folder = folder.rename(doomed)
        shutil.rmtree(folder)

    @contextlib.contextmanager
    def _alone(self, name: str) -> Generator[None]:
        """Hold a name against other threads and processes; a holder that dies lets go."""
        self._locks.mkdir(parents=True, exist_ok=True)
        with open(self._locks / f"{name}.lock", "w", encoding="utf-8") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            yield

    def _choice(self, requested: str | None) -> Choice:
        others = self._interpreters if self._interpreters is not None else tuple(find_interpreters(self._environ))
        return choose_working(requested, running_interpreter(), others)

    def _uv(self) -> Uv:
        return find_uv(self._environ, self._home / "cache")


def _contents(pins: Mapping[str, str], series: str) -> ContentId:
    files = {path: hash_file(unquote(path)) for pin in pins.values() for path in re.findall(r"@ file://(/\S+)", pin)}
    return content_hash("environment/1", RUNTIME_PROTOCOL, KIND, series, this_platform(), list(pins.values()), files)


def _own_packages() -> tuple[Path, ...]:
    """The folders of `stepworks` and of `azureml` beside it, of the installation that runs."""
    own = Path(stepworks.__file__).resolve().parent
    return (own, own.with_name("azureml"))


def _silent(line: str) -> None:
    """A lock is decided without a log; what is worth knowing is in its notes."""

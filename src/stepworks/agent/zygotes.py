"""The warm interpreters of an agent: for each environment a bare one, and one with modules imported beforehand."""

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping

import msgspec

from stepworks.agent.preload import HELD, NEVER, Learned, pool_sizes, read_imported
from stepworks.agent.variables import environment_of
from stepworks.agent.zygote import Dirty, Zygote, ZygoteGone
from stepworks.errors import EnvironmentFailed
from stepworks.hashing import content_hash
from stepworks.wire.agent import EnvironmentOrder

Key = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]

_READY_WITHIN = 30.0
_IMPORTED_WITHIN = 120.0
# Seconds without use after which an interpreter goes.
_IDLE_PRELOADED = 300.0
_IDLE_BARE = 900.0
# Forking costs by the memory a process has: a script that needs none of it starts from a smaller one.
_LARGE = 24 << 20
_SCRIPTS = 4096

_decoder = msgspec.json.Decoder(Learned)


class _Environment:
    """What an agent has of one environment."""

    def __init__(self, order: EnvironmentOrder, variables: dict[str, str], learned: Learned, file: str) -> None:
        self.python = order.python
        self.variables = variables
        self.learned = learned
        self.file = file
        self.lock = threading.Lock()
        self.bare: Zygote | None = None
        self.preloaded: Zygote | None = None
        self.is_large = False
        self.stamp: tuple[int, ...] = ()
        self.cannot = False
        # Scripts that were seen to import nothing that is installed.
        self.light: dict[str, None] = {}
        self.not_before = 0.0


class Zygotes:
    """Gives out warm interpreters. Safe for threads.

    `folder` keeps what was learned of each environment. A thread of its own makes the preloaded ones, at a time when
    `has_room` says that a core is free, so that no step waits for that.
    """

    def __init__(
        self,
        slots: int,
        folder: str,
        *,
        own: Mapping[str, str],
        has_room: Callable[[], bool],
        say: Callable[[str], None],
    ) -> None:
        self._slots = slots
        self._folder = folder
        self._own = own
        self._has_room = has_room
        self._say = say
        self._environments: dict[Key, _Environment] = {}
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._stopped = threading.Event()
        self._preloader: threading.Thread | None = None

    # --- for slots

    def variables(self, order: EnvironmentOrder) -> dict[str, str]:
        """What every step of an environment starts from."""
        return self._environment(order).variables

    def take(self, order: EnvironmentOrder, slot: int, script: str, *, bare: bool) -> Zygote | None:
        """A warm interpreter of the environment for one attempt, or None when there can be none.

        `script` names the script and its snapshot; `bare` asks for one with nothing preloaded. Give it back.
        """
        environment = self._environment(order)
        with environment.lock:
            if environment.cannot:
                return None
            self._check(environment)
            found = environment.preloaded
            if found is None and environment.learned.names:
                self._want()
            if found is None or bare or (environment.is_large and script in environment.light):
                found = self._bare(environment)
            if found is not None:
                found.users.add(slot)
        return found

    def launcher(self, slot: int) -> Zygote:
        """A warm interpreter of the agent's own, to start other programs from. Raises ZygoteGone."""
        found = self.take(EnvironmentOrder(lock="", python=sys.executable), slot, "", bare=True)
        if found is None:
            raise ZygoteGone("No process can be started, as the agent's own interpreter does not start.")
        return found

    def give_back(self, zygote: Zygote, slot: int) -> None:
        """The attempt is over."""
        zygote.last_used = time.monotonic()
        zygote.users.discard(slot)
        if zygote.retired and not zygote.users:
            zygote.close()

    def learn(self, order: EnvironmentOrder, script: str, imported: str, *, bare: bool) -> tuple[str, ...]:
        """What a script has imported beyond what was there, as the interpreter wrote it down; the installed packages
        of it. `script` is as for `take`, `bare` says that nothing had been preloaded."""
        names, packages = read_imported(imported)
        environment = self._environment(order)
        if bare and not packages and len(environment.light) < _SCRIPTS:
            environment.light[script] = None
        if not names:
            return ()
        with environment.lock:
            if packages:
                environment.light.pop(script, None)
            learned = environment.learned.with_names(names)
            if learned == environment.learned:
                return packages
            environment.learned = learned
        self._want()
        return packages

    # --- housekeeping

    def retire_idle(self) -> None:
        """Let interpreters go that were not used for a while."""
        now = time.monotonic()
        for environment in self._all():
            with environment.lock:
                if _is_idle(environment.preloaded, now - _IDLE_PRELOADED):
                    environment.preloaded = _retired(environment.preloaded)
                if _is_idle(environment.bare, now - _IDLE_BARE):
                    environment.bare = _retired(environment.bare)

    def pids(self) -> set[int]:
        """The processes of all warm interpreters."""
        return {z.pid for e in self._all() for z in (e.bare, e.preloaded) if z is not None}

    def close(self) -> None:
        """End all of them."""
        self._stopped.set()
        self._wanted.set()
        for environment in self._all():
            with environment.lock:
                for zygote in (environment.bare, environment.preloaded):
                    if zygote is not None:
                        zygote.close()
                environment.bare = environment.preloaded = None
                environment.cannot = True

    # --- inside

    def _all(self) -> list[_Environment]:
        with self._lock:
            return list(self._environments.values())

    def _environment(self, order: EnvironmentOrder) -> _Environment:
        key: Key = (order.python, tuple(order.variables.items()), order.path)
        found = self._environments.get(key)
        if found is None:
            with self._lock:
                found = self._environments.get(key)
                if found is None:
                    file = os.path.join(self._folder, f"{content_hash('preload/1', *key)[:32]}.json")
                    found = _Environment(order, environment_of(order, self._own), _load(file), file)
                    self._environments[key] = found
        return found

    def _bare(self, environment: _Environment) -> Zygote | None:
        found = environment.bare
        if found is not None:
            return found
        found = Zygote(environment.python, environment.variables, self._slots)
        try:
            found.prepare(_settings(Learned(), environment, held=False), _READY_WITHIN)
        except (ZygoteGone, Dirty) as e:
            self._say(f"no warm interpreter for {environment.python}: {e}")
            environment.cannot = True
            return None
        environment.bare = found
        environment.stamp = _stamp(found)
        return found

    def _check(self, environment: _Environment) -> None:
        """Drop interpreters that have ended, and those that were started before a package was installed or removed."""
        bare = environment.bare
        changed = bare is not None and _stamp(bare) != environment.stamp
        if bare is not None and (changed or bare.is_gone):
            environment.bare = _retired(bare)
        preloaded = environment.preloaded
        if preloaded is not None and (changed or preloaded.is_gone):
            environment.preloaded = _retired(preloaded)

    def _want(self) -> None:
        if self._preloader is None:
            with self._lock:
                if self._preloader is None and not self._stopped.is_set():
                    # A thread that lasts: an interpreter that is importing ends with the thread that started it.
                    self._preloader = threading.Thread(target=self._preload_all, name="preload", daemon=True)
                    self._preloader.start()
        self._wanted.set()

    def _preload_all(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            for environment in self._all():
                while not self._has_room() and not self._stopped.is_set():
                    self._stopped.wait(0.1)
                if self._stopped.is_set():
                    return
                self._preload(environment)

    def _preload(self, environment: _Environment) -> None:
        """Make a preloaded interpreter, leaving out what turns out not to bear it."""
        while not self._stopped.is_set():
            learned = environment.learned
            current = environment.preloaded
            if not learned.names or environment.cannot:
                return
            if current is not None and not current.is_gone and current.names == learned.names:
                return
            if self._stopped.wait(max(environment.not_before - time.monotonic(), 0)):
                return
            began = time.monotonic()
            zygote = Zygote(environment.python, environment.variables | HELD, self._slots)
            try:
                zygote.prepare(_settings(learned, environment, held=True), _IMPORTED_WITHIN)
            except Dirty as e:
                self._say(f"not preloaded in {environment.python}: {e}")
                package = e.target or ""
                with environment.lock:
                    environment.learned = environment.learned.without(package) if package else Learned()
                _save(environment.file, environment.learned)
                continue
            except (ZygoteGone, EnvironmentFailed) as e:
                self._say(f"nothing is preloaded in {environment.python}: {e}")
                return
            # Scripts that import more and more must not keep a core busy with this.
            environment.not_before = time.monotonic() + 4 * (time.monotonic() - began)
            _save(environment.file, learned)
            with environment.lock:
                if self._stopped.is_set():
                    zygote.close()
                    return
                _retired(environment.preloaded)
                environment.preloaded = zygote
                environment.is_large = zygote.memory() > _LARGE
            return


def _settings(learned: Learned, environment: _Environment, *, held: bool) -> dict[str, object]:
    variables = environment.variables
    return {
        "preload": list(learned.names),
        "deny": sorted(NEVER.union(learned.denied)),
        "restore": {name: variables.get(name) for name in HELD} if held else {},
        "threads": pool_sizes(variables, len(os.sched_getaffinity(0))),
    }


def _stamp(zygote: Zygote) -> tuple[int, ...]:
    """When packages were last installed or removed."""
    found: list[int] = []
    for path in zygote.libraries:
        try:
            found.append(os.stat(path).st_mtime_ns)
        except OSError:
            found.append(0)
    return tuple(found)


def _is_idle(zygote: Zygote | None, since: float) -> bool:
    return zygote is not None and not zygote.users and zygote.last_used < since


def _retired(zygote: Zygote | None) -> None:
    if zygote is not None:
        zygote.retired = True
        if not zygote.users:
            zygote.close()


def _load(file: str) -> Learned:
    try:
        with open(file, "rb") as f:
            return _decoder.decode(f.read())
    except (OSError, msgspec.DecodeError):
        return Learned()


def _save(file: str, learned: Learned) -> None:
    partial = f"{file}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(partial, "wb") as f:
            f.write(msgspec.json.encode(learned))
        os.replace(partial, file)
    except OSError:
        pass  # it will be learned again

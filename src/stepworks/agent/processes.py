"""Processes of attempts, as the kernel shows them: who belongs to which attempt, and ending them (Linux).

An attempt's processes are those of its process group and session, their descendants, and whatever carries its marker in
the environment. A process that made a session of its own and lost its parent is found too, as the agent is the
sub-reaper of all that it started: orphans become its children.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

MARKER = "STEPWORKS_ATTEMPT"
_PR_SET_CHILD_SUBREAPER = 36
# Processes that are born while others are being killed: looked for again, up to this often.
_ROUNDS = 200
# So many looks at which nothing is found mean that nothing is there.
_SURE = 4


class Process:
    """A line of the kernel's table. `started` is in clock ticks since the machine's start."""

    __slots__ = ("group", "name", "parent", "pid", "session", "started", "state")

    def __init__(self, text: bytes) -> None:
        # The name may hold anything, spaces and brackets too.
        head, _, tail = text.rpartition(b") ")
        number, _, name = head.partition(b" (")
        fields = tail.split()
        self.pid = int(number)
        self.name = name.decode("utf-8", "replace")
        self.state = fields[0].decode()
        self.parent = int(fields[1])
        self.group = int(fields[2])
        self.session = int(fields[3])
        self.started = int(fields[19])


def become_subreaper() -> None:
    """Make orphans of everything that this process starts its own children."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def look_at(pid: int) -> Process | None:
    """The process of that number, or None. Zombies are processes too."""
    text = _read(f"/proc/{pid}/stat")
    return Process(text) if text else None


def start_of(pid: int) -> int:
    """When a process was started, in clock ticks since the machine's start; 0 when there is none."""
    found = look_at(pid)
    return 0 if found is None else found.started


def is_alive(pid: int, started: int) -> bool:
    """Whether this very process runs; another one that got its number does not count, nor does a zombie."""
    found = look_at(pid)
    return found is not None and found.started == started and found.state not in "ZX"


def boot_id() -> str:
    """Which start of the machine this is: numbers and start times of processes mean nothing in another one."""
    return (_read("/proc/sys/kernel/random/boot_id") or b"unknown").decode().strip()


def everyone() -> list[Process]:
    """All processes of the machine that are no zombies."""
    found = [look_at(int(name)) for name in os.listdir("/proc") if name.isdigit()]
    return [p for p in found if p is not None and p.state not in "ZX"]


def group_has_members(group: int) -> bool:
    """Whether a process group has a process, be it a zombie. Costs one call to the kernel."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Family(NamedTuple):
    """By what the processes of an attempt are known: the first one's id and start, the marker in their environment (the
    attempt's id) and the attempt's folder. None of them is older than the first."""

    leader: int
    since: int
    marker: str
    folder: str

    def members(self) -> list[Process]:
        """Those that live, zombies not counted.

        An orphan that carries no marker (it was forked without a new program) is recognised by where it works or
        writes to: the attempt's folder.
        """
        me = os.getpid()
        table = [p for p in everyone() if p.started >= self.since and p.pid != me]
        found = {p.pid: p for p in table if self.leader in (p.pid, p.group, p.session)}
        _add_descendants(found, table)
        wanted = f"{MARKER}={self.marker}".encode()
        others = [p for p in table if p.pid not in found and self._is_ours(p, wanted, (me, 1))]
        found.update((p.pid, p) for p in others)
        if others:
            _add_descendants(found, table)
        return list(found.values())

    def _is_ours(self, p: Process, wanted: bytes, adopters: tuple[int, int]) -> bool:
        if wanted in (_read(f"/proc/{p.pid}/environ") or b"").split(b"\0"):
            return True
        return p.parent in adopters and _is_at_work_in(p.pid, self.folder)


def _add_descendants(found: dict[int, Process], table: Sequence[Process]) -> None:
    by_parent: dict[int, list[Process]] = {}
    for p in table:
        by_parent.setdefault(p.parent, []).append(p)
    pending = list(found)
    while pending:
        for child in by_parent.get(pending.pop(), ()):
            if child.pid not in found:
                found[child.pid] = child
                pending.append(child.pid)


def signal_group(group: int, number: int) -> None:
    """Send a signal to all of a process group, if there still is one."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def signal_all(processes: Iterable[Process], number: int) -> None:
    """Send a signal to each process that is still the one that was looked at."""
    for p in processes:
        if is_alive(p.pid, p.started):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(p.pid, number)


def kill_all(find: Callable[[], list[Process]], own: Collection[int]) -> list[Process]:
    """Kill what `find` finds until it finds nothing more, several times if there was anything: a process that forks and
    ends while the table is read is in no line of it. Those that were killed.

    `own` are children of this process that are not to be collected. A process that was killed makes no others, so even
    one that does nothing else is overtaken: groups are killed whole, and no time is lost between two looks.
    """
    killed: dict[int, Process] = {}
    nothing = 0
    for round_ in range(_ROUNDS):
        found = find()
        if not found:
            nothing += 1
            if not killed or nothing == _SURE:
                break
            time.sleep(0.002)
            continue
        nothing = 0
        killed.update((p.pid, p) for p in found)
        leaders = {p.pid for p in found}
        for group in {p.group for p in found if p.group in leaders}:
            signal_group(group, signal.SIGKILL)
        signal_all((p for p in found if p.group not in leaders), signal.SIGKILL)
        reap_orphans(own)
        if round_:
            time.sleep(min(0.001 * round_, 0.02))
    reap_orphans(own)
    return list(killed.values())


def reap_orphans(own: Collection[int]) -> None:
    """Collect children of this process that have ended, but for its own."""
    for pid in children():
        if pid not in own:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def how_many() -> int:
    """How many processes and threads the machine has; zombies count."""
    text = _read("/proc/loadavg") or b"0 0 0 0/0 0"
    return int(text.split()[3].partition(b"/")[2])


def children() -> list[int]:
    """The children of this process's main thread: the orphans that were given to it, and what that thread started."""
    me = os.getpid()
    text = _read(f"/proc/self/task/{me}/children")
    if text is None:  # a kernel built without it
        return [p.pid for p in everyone() if p.parent == me]
    return [int(number) for number in text.split()]


def out_of_memory_kills() -> int:
    """How many processes of this control group and machine the kernel has killed for want of memory so far."""
    count = 0
    for path, word in _oom_counters():
        for line in (_read(path) or b"").splitlines():
            name, _, value = line.partition(b" ")
            if name == word and value.strip().isdigit():
                count += int(value)
    return count


def memory_limit() -> int:
    """Bytes of memory that this process and its children may use."""
    limit = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in (*_cgroup_files("memory.max"), *_cgroup_files("memory.limit_in_bytes")):
        text = (_read(path) or b"").strip()
        if text.isdigit():
            limit = min(limit, int(text))
    return limit


def _oom_counters() -> list[tuple[str, bytes]]:
    found = [("/proc/vmstat", b"oom_kill")]
    for name in ("memory.events", "memory.oom_control"):
        found += [(path, b"oom_kill") for path in _cgroup_files(name)]
    return found


def _cgroup_files(name: str) -> list[str]:
    """Where a file of this process's memory control group may be, versions 1 and 2."""
    found: list[str] = []
    for line in (_read("/proc/self/cgroup") or b"").decode(errors="replace").splitlines():
        _, kinds, path = line.split(":", 2)
        if "memory" in kinds.split(","):
            found += [f"/sys/fs/cgroup/memory{path}/{name}", f"/sys/fs/cgroup/memory/{name}"]
        elif not kinds:
            found += [f"/sys/fs/cgroup{path}/{name}", f"/sys/fs/cgroup/unified{path}/{name}"]
    return [path for path in dict.fromkeys(found) if os.path.exists(path)]


def _is_at_work_in(pid: int, folder: str) -> bool:
    inside = folder.rstrip("/") + "/"
    for link in ("cwd", "fd/1", "fd/2"):
        try:
            if os.readlink(f"/proc/{pid}/{link}").startswith(inside):
                return True
        except OSError:
            pass
    return False


def _read(path: str) -> bytes | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = b""
        while piece := os.read(fd, 1 << 16):
            found += piece
        return found
    except OSError:
        return None
    finally:
        os.close(fd)

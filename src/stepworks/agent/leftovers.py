"""What a script leaves behind when its own process has ended: given a moment, then ended (contracts §20)."""

import os
import time
from collections.abc import Callable, Collection

from stepworks.agent import processes
from stepworks.agent.processes import Family

GRACE = 1.0


def end(
    family: Family, *, own: Collection[int], grace: float = GRACE, pause: Callable[[float], None] = time.sleep
) -> list[str]:
    """Wait up to `grace` seconds for the rest of an attempt's processes, then kill them; the names of those killed.

    `own` are children of this process that belong to no attempt. Costs two calls to the kernel when nothing is left.
    """
    orphans = [pid for pid in processes.children() if pid not in own]
    if not orphans and not processes.group_has_members(family.leader):
        return []
    until = time.monotonic() + grace
    wait = 0.001
    while True:
        processes.reap_orphans(own)
        if not family.members():
            return []
        if time.monotonic() >= until:
            return [p.name for p in processes.kill_all(family.members, own)]
        pause(wait)
        wait = min(2 * wait, 0.05)


def end_strays(own: Collection[int]) -> None:
    """Collect orphans that have ended, and kill those that are left though no attempt runs."""
    me = os.getpid()

    def find() -> list[processes.Process]:
        found = [processes.look_at(pid) for pid in processes.children() if pid not in own]
        return [p for p in found if p is not None and p.parent == me and p.state not in "ZX"]

    processes.reap_orphans(own)
    processes.kill_all(find, own)

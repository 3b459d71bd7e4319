"""An agent: its slots, what it has in hand, and how it begins and ends."""

import os
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from stepworks.agent import leftovers, processes, running
from stepworks.agent.attempt import Attempt, MemoryKills, Workshop, carry_out
from stepworks.agent.execution import Waker
from stepworks.agent.finish import Stop, failure_of
from stepworks.agent.folders import Folders
from stepworks.agent.kept import KeptReports
from stepworks.agent.logs import INLINE
from stepworks.agent.outbox import Outbox
from stepworks.agent.prepare import Materials
from stepworks.agent.running import Running
from stepworks.agent.session import Address, Session
from stepworks.agent.telemetry import EVERY, Telemetry
from stepworks.agent.zygotes import Zygotes
from stepworks.home import Home
from stepworks.objects.base import Objects
from stepworks.wire.agent import (
    AgentHello,
    AgentWelcome,
    AttemptEnded,
    CancelAttempt,
    Order,
    Report,
    ReportsTaken,
    RunAttempt,
    RunningAttempt,
)

ALONE = 60.0
_HOUSEKEEPING = 10.0
_SPOOL_AFTER = 1.0
_LEAVE_WITHIN = 20.0
_STOP_GRACE = 2.0
_REMEMBERED = 4096
# Folders of attempts that are over wait for a quiet moment, as long as they are not too many.
_UNCLEAN = 12
_UNCLEAN_BYTES = 256 << 20


@dataclass(frozen=True)
class Settings:
    """How an agent is run."""

    home: Home
    id: str
    name: str
    host: str
    slots: int
    gpus: int = 0
    keep_work: bool = False
    alone: float = ALONE


class Node:
    """An agent. `materials_of` is given a way to ask the server for something by its path."""

    def __init__(
        self,
        settings: Settings,
        addresses: Callable[[], Iterable[Address]],
        objects: Objects,
        materials_of: Callable[[Callable[[str], bytes]], Materials],
        *,
        environ: dict[str, str],
        say: Callable[[str], None],
    ) -> None:
        home = settings.home
        self._settings = settings
        self._say = say
        self._stopped = threading.Event()
        self._active = threading.Event()
        self._queue: queue.SimpleQueue[Attempt | None] = queue.SimpleQueue()
        self._attempts: dict[str, Attempt] = {}
        # Those that ended last: an order that comes again must not be run again.
        self._over: dict[str, None] = {}
        self._unsent: dict[str, str] = {}
        self._unclean: deque[str] = deque()
        me = os.getpid()
        self._process = f"{me}:{processes.start_of(me)}"
        owner = self._process.replace(":", "-")
        self._kept = KeptReports(str(home.spool / "agents"), owner)
        self._running_folder = str(home.root / "running")
        os.makedirs(self._running_folder, exist_ok=True)
        self.session = Session(settings.id, addresses, self._hello, say=say)
        self._outbox = Outbox(self.session.post, self._taken)
        self._telemetry = Telemetry(self._outbox, time.time)
        self._shop = Workshop(
            folders=Folders(str(home.work), owner, kept=_UNCLEAN + settings.slots),
            zygotes=Zygotes(
                settings.slots,
                str(home.cache / "preload"),
                own=environ,
                has_room=lambda: len(self._attempts) < settings.slots,
                say=say,
            ),
            materials=materials_of(self.session.get),
            objects=objects,
            running=Running(f"{self._running_folder}/{owner}", settings.slots),
            memory=MemoryKills(),
            confirm=self._confirm,
        )

    def run(self) -> None:
        """Be an agent until told to stop, by an order or `stop`, or until there is nothing to do and no server."""
        self._take_over()
        slots = [
            threading.Thread(target=self._work, args=(slot,), name=f"slot {slot}")
            for slot in range(self._settings.slots)
        ]
        watch = threading.Thread(target=self._watch, name="telemetry")
        for thread in (*slots, watch):
            thread.start()
        link = threading.Thread(target=self._follow, name="orders")
        link.start()
        # Signals arrive here, in the main thread.
        self._stopped.wait()
        self.session.hang_up()
        self._leave(slots)
        self._active.set()
        watch.join()
        link.join(5.0)

    def stop(self) -> None:
        """End everything in hand and leave."""
        self._stopped.set()

    # --- beginning and ending

    def _take_over(self) -> None:
        """End what dead agents have left behind, before anything is said to the server; take on their reports."""
        for attempt in running.end_leftovers(self._running_folder, self._shop.folders.work):
            self._say(f"ended what attempt {attempt} of a dead agent had left behind")
        self._unsent.update({r.attempt: r.lease for r in self._kept.take_over(self._outbox)})
        is_alone = len(os.listdir(self._running_folder)) == 1
        if is_alone and not self._settings.keep_work:
            self._shop.folders.remove_leftovers(frozenset())

    def _leave(self, slots: Sequence[threading.Thread]) -> None:
        for attempt in list(self._attempts.values()):
            attempt.ask_to_stop(Stop("lost", "The agent was told to stop.", _STOP_GRACE))
        for _ in slots:
            self._queue.put(None)
        until = time.monotonic() + _LEAVE_WITHIN
        for thread in slots:
            thread.join(max(until - time.monotonic(), 0))
        self._outbox.flush()
        self._kept.keep(self._outbox)
        self._shop.zygotes.close()
        leftovers.end_strays(())
        self._clean()
        self._shop.folders.clear()
        self._shop.running.close()

    # --- orders

    def _follow(self) -> None:
        try:
            self.session.follow(self._take, self._welcomed, self._stopped, give_up=self._give_up)
        finally:
            self._stopped.set()

    def _take(self, order: Order) -> None:
        match order:
            case RunAttempt():
                known = self._attempts.get(order.attempt)
                if known is not None:
                    known.lease = order.lease
                elif order.attempt not in self._over:
                    attempt = Attempt(order, time.time(), f"{self._shop.folders.work}/{order.attempt}")
                    self._attempts[order.attempt] = attempt
                    if not self._active.is_set():
                        self._active.set()
                    self._queue.put(attempt)
            case CancelAttempt():
                found = self._attempts.get(order.attempt)
                if found is not None:
                    found.ask_to_stop(_stop_of(order))
            case _:
                self._stopped.set()

    def _welcomed(self, welcome: AgentWelcome) -> None:
        self._end_stale(welcome.stale)
        self._outbox.flush()

    def _give_up(self, seconds: float) -> bool:
        if not os.path.isdir(self._settings.home.root):
            # Nobody will ever start a server here again, and what runs has nowhere to put its results.
            return True
        is_idle = all(attempt.is_over for attempt in list(self._attempts.values()))
        return is_idle and seconds >= self._settings.alone

    def _hello(self) -> AgentHello:
        settings = self._settings
        leases = self._unsent | {a.id: a.lease for a in list(self._attempts.values())}
        return AgentHello(
            id=settings.id,
            name=settings.name,
            host=settings.host,
            process=self._process,
            slots=settings.slots,
            gpus=settings.gpus,
            running=tuple(RunningAttempt(attempt, lease) for attempt, lease in leases.items()),
        )

    # --- attempts

    def _work(self, slot: int) -> None:
        waker = Waker()
        while (attempt := self._next()) is not None:
            try:
                ended = carry_out(attempt, slot, waker, self._shop)
            except Exception as e:
                self._say(f"attempt {attempt.id}: {e!r}")
                ended = AttemptEnded(attempt=attempt.id, lease=attempt.lease, failure=failure_of(e))
            try:
                self._report(attempt, ended)
            except Exception as e:
                self._say(f"attempt {attempt.id} could not be reported: {e!r}")
        waker.close()

    def _next(self) -> Attempt | None:
        try:
            if len(self._unclean) < _UNCLEAN and sum(map(self._shop.folders.size, self._unclean)) < _UNCLEAN_BYTES:
                return self._queue.get_nowait()
        except queue.Empty:
            pass
        # While there is nothing better to do.
        self._clean()
        return self._queue.get()

    def _report(self, attempt: Attempt, ended: AttemptEnded) -> None:
        if attempt.log.left() > INLINE:
            self._telemetry.ship_most(attempt, self._stopped)
        metrics = self._telemetry.rest_of_metrics(attempt)
        with attempt.log.lock:
            offset, data = attempt.log.read(INLINE)
            attempt.log.close()
            attempt.files.close()
            attempt.is_over = True
        if attempt.spool.unreadable:
            note = f"{attempt.spool.unreadable} lines of the metrics could not be read."
            ended = replace(ended, notes=(*ended.notes, note))
        self._outbox.put(replace(ended, log=data, log_offset=offset, metrics=metrics, lease=attempt.lease))

    def _taken(self, batch: Sequence[Report], answer: ReportsTaken) -> None:
        for report in batch:
            if isinstance(report, AttemptEnded):
                self._over[report.attempt] = None
                if len(self._over) > _REMEMBERED:
                    del self._over[next(iter(self._over))]
                self._unsent.pop(report.attempt, None)
                attempt = self._attempts.pop(report.attempt, None)
                if attempt is not None:
                    self._unclean.append(attempt.folder)
        if answer.stale:
            self._end_stale(answer.stale)

    def _end_stale(self, stale: Iterable[str]) -> None:
        for name in stale:
            attempt = self._attempts.get(name)
            if attempt is not None:
                attempt.ask_to_stop(Stop("lost", "The server has given this attempt up.", 0.0))

    def _confirm(self, attempt: Attempt) -> bool:
        """Without a server nobody knows whether the attempt was given to another agent meanwhile: wait for one."""
        connected = self.session.is_connected
        while not connected.wait(0 if connected.is_set() else 0.5):
            if attempt.stop is not None or self._stopped.is_set():
                return False
        return attempt.stop is None or attempt.stop.cause != "lost"

    def _clean(self) -> None:
        while self._unclean:
            try:
                folder = self._unclean.popleft()
            except IndexError:
                return
            if self._settings.keep_work or not os.path.isdir(folder):
                self._shop.folders.leave(folder)
                continue
            try:
                self._shop.folders.give_back(folder)
            except OSError as e:
                self._say(f"{folder} could not be removed: {e}")

    # --- while attempts run

    def _watch(self) -> None:
        tidied = time.monotonic()
        while not self._stopped.is_set():
            if self._attempts:
                self._stopped.wait(EVERY)
            else:
                self._active.clear()
                if not self._attempts:
                    self._active.wait(_HOUSEKEEPING)
            try:
                self._look()
                if time.monotonic() - tidied >= _HOUSEKEEPING:
                    tidied = time.monotonic()
                    self._tidy()
            except Exception as e:
                self._say(f"while attempts run: {e!r}")

    def _look(self) -> None:
        working = [a for a in list(self._attempts.values()) if not a.is_over]
        if working:
            self._shop.memory.refresh()
            self._telemetry.guard(working)
        if self.session.is_connected.is_set():
            self._telemetry.tick(working)
            self._outbox.flush()
            if self._kept.has_any():
                self._kept.keep(self._outbox)
        elif self.session.lost_for() >= _SPOOL_AFTER:
            self._kept.keep(self._outbox)

    def _tidy(self) -> None:
        zygotes = self._shop.zygotes
        zygotes.retire_idle()
        if not self._attempts:
            leftovers.end_strays(zygotes.pids())
            self._clean()


def _stop_of(order: CancelAttempt) -> Stop:
    if order.cause == "timeout":
        return Stop("timeout", "The run took longer than its timeout.", order.grace_seconds)
    return Stop("cancelled", "The step was cancelled.", order.grace_seconds)


def stop_on_signals(node: Node) -> None:
    """SIGTERM stops the agent; Ctrl-C in a terminal is the server's affair."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: node.stop())
    signal.signal(signal.SIGINT, signal.SIG_IGN)

"""One writer for a database: works wait in a queue, and all that wait are committed together.

Knows nothing of SQL: what a database can do is behind `Session`.
"""

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol

from stepworks.errors import Unavailable
from stepworks.records.base import Transaction

Work = Callable[[Any], Any]

# How many works one commit holds at most: more would gain nothing, and make the first one wait.
GROUP = 256


class Job(NamedTuple):
    """A work and the future of its result."""

    work: Work
    future: "Future[Any]"


class Session(Protocol):
    """A database as the writer sees it; used by one thread at a time."""

    def begin(self) -> None:
        """Begin a transaction."""
        ...

    def savepoint(self) -> None:
        """Mark where the next work begins."""
        ...

    def keep(self) -> None:
        """Forget the mark: the work is part of the transaction."""
        ...

    def undo(self) -> bool:
        """Go back to the mark; False when the database has undone the whole transaction."""
        ...

    def commit(self) -> None:
        """Make all durable."""
        ...

    def rollback(self) -> None:
        """Undo the whole transaction, if there is one. Never raises."""
        ...

    def transaction(self) -> "WorkTransaction":
        """What a work is given."""
        ...

    def close(self) -> None:
        """Let go of the database. Never raises."""
        ...


class WorkTransaction(Transaction):
    """A transaction of one work."""

    @abstractmethod
    def finish(self) -> Exception | None:
        """The work has ended: nothing can be done with this any more. Gives the refusal of a change, even if the
        work has caught it: a write of which a part was refused leaves nothing behind."""


def commit_group(session: Session, jobs: Iterable[Job]) -> None:
    """Run works in order in one transaction, each undone alone if it raises; commit; then resolve their futures."""
    outcomes: list[tuple[Job, Any, BaseException | None]] = []
    kept = 0
    for job in jobs:
        if not job.future.set_running_or_notify_cancel():
            continue
        try:
            outcomes.append((job, _run(session, job.work, first=not kept), None))
            kept += 1
        except _Undone as undone:
            # The works before it are gone as well, though their futures are not yet resolved.
            outcomes = [(done, None, error or undone.cause) for done, _, error in outcomes]
            outcomes.append((job, None, undone.cause))
            kept = 0
        except BaseException as error:
            outcomes.append((job, None, error))
    if kept:
        try:
            session.commit()
        except BaseException as failure:
            session.rollback()
            outcomes = [(done, None, error or failure) for done, _, error in outcomes]
    for job, result, error in outcomes:
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)


class _Undone(Exception):
    """The whole transaction is gone, with the works that were kept before."""

    def __init__(self, cause: BaseException) -> None:
        self.cause = cause


def _run(session: Session, work: Work, *, first: bool) -> Any:
    # The first work of a transaction needs no savepoint: undoing it is undoing everything.
    if first:
        session.begin()
    else:
        _mark(session)
    try:
        transaction = session.transaction()
        try:
            result = work(transaction)
        finally:
            refusal = transaction.finish()
        if refusal is not None:
            raise refusal
        if not first:
            session.keep()
    except BaseException as error:
        if first:
            session.rollback()
        elif not session.undo():
            session.rollback()
            raise _Undone(error) from error
        raise
    return result


def _mark(session: Session) -> None:
    try:
        session.savepoint()
    except BaseException as error:
        session.rollback()
        raise _Undone(error) from error


class WriterThread:
    """Commits what is submitted, in order, in a thread of its own."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._closed = False
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> "Future[Any]":
        """Queue a work. Raises Unavailable after `close`."""
        job = Job(work, Future())
        with self._closing:
            if self._closed:
                raise Unavailable("The records are closed.")
            self._queue.put(job)
        return job.future

    def is_current(self) -> bool:
        """Whether the caller is the writer itself: it may not wait for another write."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Finish what is queued, then end. Twice is as good as once."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        if not self.is_current():
            self._thread.join()

    def _loop(self) -> None:
        open_ = True
        while open_:
            waiting = [self._queue.get()]
            try:
                while len(waiting) < GROUP:
                    waiting.append(self._queue.get_nowait())
            except Empty:
                pass
            open_ = waiting[-1] is not None
            commit_group(self._session, [job for job in waiting if job is not None])
        self._session.close()

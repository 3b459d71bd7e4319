"""How works are committed together, against a session that writes down what it is told."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, cast

import pytest

from stepworks.records.writer import Job, WorkTransaction, commit_group


class Noted:
    """Does nothing but remember; `fail` names calls that raise."""

    def __init__(self, *fail: str, can_undo: bool = True) -> None:
        self.calls: list[str] = []
        self._fail = list(fail)
        self._can_undo = can_undo

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self._fail:
            self._fail.remove(name)
            raise OSError(name)

    def begin(self) -> None:
        self._call("begin")

    def savepoint(self) -> None:
        self._call("savepoint")

    def keep(self) -> None:
        self._call("keep")

    def undo(self) -> bool:
        self._call("undo")
        return self._can_undo

    def commit(self) -> None:
        self._call("commit")

    def rollback(self) -> None:
        self._call("rollback")

    def close(self) -> None:
        self._call("close")

    def transaction(self) -> WorkTransaction:
        return cast("WorkTransaction", NotedTransaction(self))


class NotedTransaction:
    def __init__(self, session: Noted) -> None:
        self.session = session
        self.refusal: Exception | None = None

    def finish(self) -> Exception | None:
        return self.refusal


def works(transaction: Any) -> str:
    transaction.session.calls.append("work")
    return "result"


def fails(transaction: Any) -> None:
    transaction.session.calls.append("fail")
    raise ZeroDivisionError


def is_refused(transaction: Any) -> str:
    transaction.refusal = LookupError("refused")
    return "went on"


def run(session: Noted, *pending: Callable[[Any], object]) -> list[object]:
    jobs = [Job(work, Future()) for work in pending]
    commit_group(session, jobs)
    return [job.future.exception(0) or job.future.result(0) for job in jobs]


def kinds(outcomes: list[object]) -> list[object]:
    return [type(outcome) if isinstance(outcome, Exception) else outcome for outcome in outcomes]


def test_one_work_needs_no_savepoint() -> None:
    session = Noted()
    assert run(session, works) == ["result"]
    assert session.calls == ["begin", "work", "commit"]


def test_several_works_are_one_transaction() -> None:
    session = Noted()
    assert run(session, works, works) == ["result", "result"]
    assert session.calls == ["begin", "work", "savepoint", "work", "keep", "commit"]


def test_a_first_work_that_fails_is_rolled_back_and_the_next_is_first() -> None:
    session = Noted()
    assert kinds(run(session, fails, works)) == [ZeroDivisionError, "result"]
    assert session.calls == ["begin", "fail", "rollback", "begin", "work", "commit"]


def test_a_later_work_that_fails_is_undone_alone() -> None:
    session = Noted()
    assert kinds(run(session, works, fails, works)) == ["result", ZeroDivisionError, "result"]
    assert session.calls == [
        *("begin", "work"),
        *("savepoint", "fail", "undo"),
        *("savepoint", "work", "keep"),
        "commit",
    ]


def test_nothing_is_committed_when_all_fail() -> None:
    session = Noted()
    assert kinds(run(session, fails, fails)) == [ZeroDivisionError, ZeroDivisionError]
    assert "commit" not in session.calls


def test_a_refused_change_undoes_the_work_that_went_on() -> None:
    session = Noted()
    assert kinds(run(session, works, is_refused, works)) == ["result", LookupError, "result"]
    assert session.calls.count("undo") == 1


def test_a_failed_commit_fails_all_that_were_to_be_kept() -> None:
    session = Noted("commit")
    assert kinds(run(session, works, fails, works)) == [OSError, ZeroDivisionError, OSError]
    assert session.calls[-2:] == ["commit", "rollback"]
    assert run(session, works) == ["result"]


def test_when_the_database_undid_everything_the_works_before_fail_too() -> None:
    session = Noted(can_undo=False)
    assert kinds(run(session, works, works, fails, works)) == [
        ZeroDivisionError,
        ZeroDivisionError,
        ZeroDivisionError,
        "result",
    ]
    assert session.calls[-4:] == ["rollback", "begin", "work", "commit"]


@pytest.mark.parametrize("call", ["begin", "savepoint", "keep"])
def test_a_session_that_fails_does_not_stop_the_next_work(call: str) -> None:
    outcomes = kinds(run(Noted(call), works, works, works))
    assert outcomes[2] == "result"
    assert OSError in outcomes


def test_a_cancelled_work_is_passed_over() -> None:
    session = Noted()
    cancelled = Job(works, Future())
    assert cancelled.future.cancel()
    commit_group(session, [cancelled])
    assert session.calls == []


def test_futures_are_resolved_after_the_commit_and_in_order() -> None:
    session = Noted()
    jobs = [Job(work, Future[Any]()) for work in (works, fails, works)]
    for number, job in enumerate(jobs):
        job.future.add_done_callback(lambda future, number=number: session.calls.append(f"told {number}"))
    commit_group(session, jobs)
    assert session.calls[-4:] == ["commit", "told 0", "told 1", "told 2"]

"""The suite that every adapter of the records passes."""

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepworks.errors import Conflict, InvalidInput, Unavailable
from stepworks.records.base import Operator, Records, Transaction, Where, among, eq, prefix
from stepworks.records.rows import TABLES, Agent, Attempt, Counter, Dataset, Metric, Row, Run, Spool, Workspace
from stepworks.runs.status import TERMINAL
from stepworks.runs.values import Failure, Produced, ProducedFile
from stepworks.testing.rows import a_run, an_attempt, comparable, metrics, rows

SECONDS = 30
TEXTS = (
    "",
    "a",
    "a%",
    "a%b",
    "a_b",
    "aXb",
    "A",
    "AB",
    "b",
    "é",
    "éa",
    "e\u0301",
    "中文",
    "\ud7ff",
    "\ue000",
    "\U0010ffff",
    "\U0010ffffz",
)
NUMBERS = (-(2**63), -1, 0, 1, 2**53 + 1, 2**63 - 1)
REALS = (float("-inf"), -1.5, 0.0, 1e-300, 2.5, float("inf"), float("nan"))
COMPARISONS: dict[Operator, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class RecordsTests:
    """Derive from it, and give a fixture `records`: empty records. They are closed after each test."""

    @pytest.fixture
    def records(self) -> Records:
        raise NotImplementedError("Give a fixture `records`.")

    # Rows

    @pytest.mark.parametrize("row", [table.row for table in TABLES], ids=lambda row: row.__name__)
    def test_rows_come_back_as_they_were(self, records: Records, row: type[Row]) -> None:
        table = next(table for table in TABLES if table.row is row)

        @settings(
            max_examples=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            database=None,
        )
        @given(st.lists(rows(row), max_size=6, unique_by=lambda one: tuple(getattr(one, name) for name in table.key)))
        def check(written: list[Row]) -> None:
            def replace(transaction: Transaction) -> None:
                transaction.delete(row)
                transaction.insert(written)

            records.write(replace)
            with records.read() as view:
                found = view.find(row, order=table.key)
                for one in written:
                    alone = view.get(row, *(getattr(one, name) for name in table.key))
                    assert alone is not None
                    assert comparable(alone) == comparable(one)
            written.sort(key=lambda one: tuple(getattr(one, name) for name in table.key))
            assert [comparable(one) for one in found] == [comparable(one) for one in written]

        check()

    def test_what_is_not_there_is_none(self, records: Records) -> None:
        with records.read() as view:
            assert view.get(Run, "run") is None
            assert view.find(Run) == []
            assert view.count(Run) == 0
            assert view.values(Run, ["id"]) == []

    def test_rows_of_several_types_go_in_together(self, records: Records) -> None:
        run, attempt, more = a_run(), an_attempt(), metrics(3)
        records.write(lambda t: t.insert([more[0], run, more[1], attempt, more[2]]))
        with records.read() as view:
            assert view.get(Run, "run") == run
            assert view.get(Attempt, "attempt") == attempt
            assert view.find(Metric, order=["seq"]) == more

    def test_inserting_nothing_is_nothing(self, records: Records) -> None:
        records.write(lambda t: t.insert([]))
        records.write(lambda t: t.put([]))

    def test_many_rows_go_in_at_once(self, records: Records) -> None:
        written = [
            *metrics(3000),
            Metric(run="run", seq=3000, name="é\t\n\\N", kind="row", data=b"\0\xff\\x", time=1.0),
        ]
        records.write(lambda t: t.insert(written))
        with records.read() as view:
            assert view.find(Metric, eq("run", "run"), order=["seq"]) == written

    def test_what_is_read_is_the_readers_own(self, records: Records) -> None:
        tags = {"a": "b"}
        records.write(lambda t: t.insert(a_run(tags=tags)))
        tags["c"] = "d"
        with records.read() as view:
            _the(view.get(Run, "run")).tags["e"] = "f"
            assert _the(view.get(Run, "run")).tags == {"a": "b"}

    def test_put_adds_and_replaces(self, records: Records) -> None:
        records.write(lambda t: t.put(Spool(id="a", last=1)))
        records.write(lambda t: t.put([Spool(id="a", last=2), Spool(id="b", last=3)]))
        records.write(lambda t: t.put([Spool(id="b", last=4), Spool(id="b", last=5)]))
        with records.read() as view:
            assert view.find(Spool, order=["id"]) == [Spool(id="a", last=2), Spool(id="b", last=5)]

    def test_update_changes_what_it_names_and_counts(self, records: Records) -> None:
        records.write(lambda t: t.insert([a_run("a"), a_run("b"), a_run("c", status="Queued")]))
        failure = Failure(cause="exit_code", message="no", exit_code=3)
        outputs = (Produced(name="o", datastore="d", path="p", manifest="m", files=(ProducedFile("f", 1, "h"),)),)
        changed = records.write(
            lambda t: t.update(
                Run, [eq("status", "Running")], failure=failure, outputs=outputs, started=5, cancel_requested=True
            )
        )
        assert changed == 2
        with records.read() as view:
            new = {"failure": failure, "outputs": outputs, "started": 5.0, "cancel_requested": True}
            assert view.get(Run, "a") == a_run("a", **new)
            assert view.get(Run, "c") == a_run("c", status="Queued")
        assert records.write(lambda t: t.update(Run, [eq("id", "none")], started=6.0)) == 0
        assert records.write(lambda t: t.update(Run, [eq("status", "Running")])) == 2
        assert records.write(lambda t: t.update(Run, [], failure=None)) == 3

    def test_delete_removes_and_counts(self, records: Records) -> None:
        records.write(lambda t: t.insert(metrics(5)))
        assert records.write(lambda t: t.delete(Metric, Where("seq", "<", 2))) == 2
        assert records.write(lambda t: t.delete(Metric)) == 3
        assert records.write(lambda t: t.delete(Metric)) == 0

    # Questions

    @pytest.mark.parametrize(
        ("row", "column", "values"),
        [
            (Run, "name", (*TEXTS, None)),
            (Metric, "step", (*NUMBERS, None)),
            (Metric, "value", (*REALS, None)),
            (Run, "cancel_requested", (False, True)),
        ],
        ids=["text", "integer", "real", "boolean"],
    )
    def test_comparisons_are_those_of_python(
        self, records: Records, row: type[Row], column: str, values: Sequence[Any]
    ) -> None:
        written = [
            a_run(str(i), **{column: value})
            if row is Run
            else Metric(run="r", seq=i, name="", kind="", time=0.0, **{column: value})
            for i, value in enumerate(values)
        ]
        records.write(lambda t: t.insert(written))
        some = [value for value in values if value is not None]
        with records.read() as view:
            for (operator, holds), other in product(COMPARISONS.items(), some):
                found = [_rank(value) for (value,) in view.values(row, [column], Where(column, operator, other))]
                expected = [_rank(value) for value in some if holds(_rank(value), _rank(other))]
                assert sorted(found) == sorted(expected), (operator, other)
                assert view.count(row, Where(column, operator, other)) == len(expected)

    def test_none_is_compared_with_equal_and_unequal(self, records: Records) -> None:
        records.write(
            lambda t: t.insert([a_run("a"), a_run("b", parent="p", failure=Failure(cause="lost", message=""))])
        )
        with records.read() as view:
            for column in ("parent", "failure"):
                assert view.values(Run, ["id"], eq(column, None)) == [("a",)]
                assert view.values(Run, ["id"], Where(column, "!=", None)) == [("b",)]
            assert view.count(Run, eq("id", None)) == 0
            for operator in ("<", "<=", ">", ">=", "in", "prefix"):
                with pytest.raises(InvalidInput, match="None"):
                    view.find(Run, Where("parent", operator, None))

    def test_a_prefix_is_taken_as_it_is(self, records: Records) -> None:
        records.write(lambda t: t.insert([a_run(str(i), name=text) for i, text in enumerate((*TEXTS, None))]))
        with records.read() as view:
            for start in (*TEXTS, "a%b%", "\U0010ffff\U0010ffff", "%", "_", "\\"):
                found = [_rank(name) for (name,) in view.values(Run, ["name"], prefix("name", start))]
                assert sorted(found) == sorted(_rank(text) for text in TEXTS if text.startswith(start)), start

    def test_among_any_number_of_values(self, records: Records) -> None:
        records.write(lambda t: t.insert(metrics(10)))
        with records.read() as view:
            assert view.count(Metric, among("seq", [])) == 0
            assert view.count(Metric, among("seq", range(-4990, 10))) == 10
            assert view.count(Metric, among("value", [0.5, 1.5, 99.0])) == 2
            assert view.count(Metric, among("run", {"run", "é'\"\\,{}"})) == 10
            assert view.count(Metric, eq("run", "run"), among("seq", (1, 2, 3)), Where("value", ">", 0.5)) == 2
            with pytest.raises(InvalidInput):
                view.count(Metric, among("step", [1, None]))

    def test_among_finds_truth_values_and_nan(self, records: Records) -> None:
        records.write(lambda t: t.insert([a_run("a"), a_run("b", cancel_requested=True)]))
        records.write(lambda t: t.insert(Metric(run="r", seq=0, name="", kind="", value=float("nan"), time=0.0)))
        with records.read() as view:
            assert view.values(Run, ["id"], among("cancel_requested", [True])) == [("b",)]
            assert view.count(Metric, among("value", [float("nan")])) == 1

    def test_orders(self, records: Records) -> None:
        names = ["b", None, "B", "é", "a", "ab", "\ue000", "\U00010000"]
        records.write(lambda t: t.insert([a_run(str(i), name=name, number=i % 2) for i, name in enumerate(names)]))
        up = [None, *sorted(name for name in names if name)]
        with records.read() as view:
            assert [name for (name,) in view.values(Run, ["name"], order=["name"])] == up
            assert [name for (name,) in view.values(Run, ["name"], order=["-name"])] == up[::-1]
            found = [(run.number, run.id) for run in view.find(Run, order=["-number", "id"])]
            assert found == sorted(((i % 2, str(i)) for i in range(8)), key=lambda pair: (-pair[0], pair[1]))

    def test_pages_have_each_row_once(self, records: Records) -> None:
        written = [a_run(f"{i:02}", number=i % 3) for i in range(20)]
        records.write(lambda t: t.insert(written))
        with records.read() as view:
            for order in ([], ["number"], ["-number"]):
                found = [one for i in range(0, 21, 7) for one in view.find(Run, order=order, limit=7, offset=i)]
                assert sorted(one.id for one in found) == [one.id for one in written]
            assert view.find(Run, order=["id"], offset=18) == written[18:]
            assert view.find(Run, limit=0) == []
            with pytest.raises(InvalidInput):
                view.find(Run, limit=-1)
            with pytest.raises(InvalidInput):
                view.find(Run, offset=-1)

    def test_conditions_beside_a_key_count(self, records: Records) -> None:
        records.write(lambda t: t.insert([a_run("a"), a_run("b", parent="p")]))
        with records.read() as view:
            assert view.values(Run, ["id"], eq("parent", None), eq("id", "a"), Where("number", ">", 0)) == [("a",)]
            assert view.count(Run, eq("id", "a"), eq("id", "b")) == 0
            assert view.count(Run, eq("id", "a"), eq("parent", "p")) == 0
            assert view.count(Run, eq("id", "c")) == 0

    def test_some_columns(self, records: Records) -> None:
        records.write(lambda t: t.insert([a_run("a", tags={"x": "y"}), a_run("b", cancel_requested=True)]))
        with records.read() as view:
            found = view.values(Run, ["tags", "cancel_requested", "failure", "id"], order=["id"])
        assert found == [({"x": "y"}, False, None, "a"), ({}, True, None, "b")]

    # What is refused

    @pytest.mark.parametrize("text", ["a\0b", "\0", "a\ud800"])
    def test_text_that_no_database_holds_is_refused(self, records: Records, text: str) -> None:
        records.write(lambda t: t.insert(a_run()))
        works: list[Callable[[Transaction], Any]] = [
            lambda t: t.insert(a_run("other", name=text)),
            lambda t: t.put(a_run(name=text)),
            lambda t: t.put([a_run("x"), a_run(name=text)]),
            lambda t: t.update(Run, [eq("id", "run")], name=text),
            lambda t: t.find(Run, eq("id", text)),
            lambda t: t.find(Run, among("id", ["a", text])),
            lambda t: t.find(Run, prefix("id", text)),
            lambda t: t.get(Run, text),
            lambda t: t.next_number(text),
        ]
        for work in works:
            with pytest.raises(InvalidInput, match=r"NUL|surrogate"):
                records.write(work)
        with records.read() as view:
            assert view.find(Run) == [a_run()]

    @pytest.mark.parametrize("count", [2, 200])
    def test_one_row_that_cannot_be_stored_undoes_all(self, records: Records, count: int) -> None:
        rows = [*metrics(count), Metric(run="r", seq=0, name="\0", kind="", time=0.0)]
        with pytest.raises(InvalidInput, match=r"metrics\.name"):
            records.write(lambda t: t.insert(rows))
        records.write(lambda t: t.insert(a_run()))
        with records.read() as view:
            assert (view.count(Metric), view.count(Run)) == (0, 1)

    def test_json_may_hold_nul_but_no_surrogates(self, records: Records) -> None:
        records.write(lambda t: t.insert(a_run(tags={"a\0": "\0b"})))
        with records.read() as view:
            assert _the(view.get(Run, "run")).tags == {"a\0": "\0b"}
        with pytest.raises(InvalidInput, match=r"runs\.tags"):
            records.write(lambda t: t.update(Run, [], tags={"a": "\ud800"}))
        with pytest.raises(InvalidInput, match=r"runs\.tags"):
            records.write(lambda t: t.insert(a_run("b", tags={"a": "\ud800"})))

    @pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**400])
    def test_integers_beyond_64_bits_are_refused(self, records: Records, number: int) -> None:
        works: list[Callable[[Transaction], Any]] = [
            lambda t: t.insert(a_run(number=number)),
            lambda t: t.update(Run, [], number=number),
            lambda t: t.find(Run, eq("number", number)),
        ]
        for work in works:
            with pytest.raises(InvalidInput, match="64 bits"):
                records.write(work)

    def test_none_where_there_must_be_a_value_is_refused(self, records: Records) -> None:
        nothing: Any = None
        works: list[Callable[[Transaction], Any]] = [
            lambda t: t.insert(a_run(root=nothing)),
            lambda t: t.insert([a_run("a"), a_run(tags=nothing)]),
            lambda t: t.update(Run, [], status=nothing),
        ]
        for work in works:
            with pytest.raises(InvalidInput, match="cannot be None"):
                records.write(work)

    @pytest.mark.parametrize(
        ("column", "value"),
        [("id", 1), ("number", "1"), ("number", 1.0), ("number", True), ("created", "x"), ("cancel_requested", 1)],
    )
    def test_values_of_the_wrong_type_are_refused(self, records: Records, column: str, value: Any) -> None:
        with records.read() as view, pytest.raises(InvalidInput, match=column):
            view.find(Run, eq(column, value))
        if column != "id":
            with pytest.raises(InvalidInput, match=column):
                records.write(lambda t: t.update(Run, [], **{column: value}))

    def test_unknown_columns_are_refused(self, records: Records) -> None:
        with records.read() as view:
            for ask in (
                lambda: view.find(Run, eq("nmae", "x")),
                lambda: view.find(Run, order=["-nmae"]),
                lambda: view.values(Run, ["id", "nmae"]),
            ):
                with pytest.raises(InvalidInput, match=r"runs has no column 'nmae'\..* name,"):
                    ask()
            with pytest.raises(InvalidInput, match="one or more"):
                view.values(Run, [])
        with pytest.raises(InvalidInput, match="nmae"):
            records.write(lambda t: t.update(Run, [], nmae="x"))

    def test_bytes_and_json_are_not_compared(self, records: Records) -> None:
        with records.read() as view:
            for row, column, value in ((Dataset, "plan", b"x"), (Run, "tags", {})):
                with pytest.raises(InvalidInput, match=column):
                    view.find(row, eq(column, value))
                with pytest.raises(InvalidInput, match=column):
                    view.find(row, order=[column])

    def test_keys_are_not_changed(self, records: Records) -> None:
        with pytest.raises(InvalidInput, match=r"runs\.id is part of the key"):
            records.write(lambda t: t.update(Run, [], id="x"))

    def test_a_key_has_all_its_parts(self, records: Records) -> None:
        with records.read() as view, pytest.raises(TypeError, match="run, seq"):
            view.get(Metric, "run")

    def test_only_rows_of_the_records_are_taken(self, records: Records) -> None:
        class Other(Row, frozen=True, kw_only=True):
            id: str

        with pytest.raises(TypeError, match="Other"):
            records.write(lambda t: t.insert(Other(id="x")))
        with records.read() as view, pytest.raises(TypeError, match="Other"):
            view.find(Other)

    # Conflicts

    @pytest.mark.parametrize("count", [1, 2, 200])
    def test_a_row_that_exists_is_a_conflict_and_nothing_is_kept(self, records: Records, count: int) -> None:
        records.write(lambda t: t.insert(metrics(1)))

        def work(transaction: Transaction) -> None:
            transaction.insert(a_run())
            transaction.insert(metrics(count)[::-1])

        with pytest.raises(Conflict, match=r"metrics: .* exists already"):
            records.write(work)
        with records.read() as view:
            assert (view.count(Run), view.count(Metric)) == (0, 1)

    def test_a_conflict_within_the_rows_of_one_insert(self, records: Records) -> None:
        with pytest.raises(Conflict):
            records.write(lambda t: t.insert([a_run(), a_run()]))
        with records.read() as view:
            assert view.count(Run) == 0

    def test_a_conflict_says_which_row(self, records: Records) -> None:
        workspace = Workspace(
            name="team", id="1", subscription_id="", resource_group="", location="", default_datastore="", created=0.0
        )
        records.write(lambda t: t.insert(workspace))
        with pytest.raises(Conflict, match="workspaces: name 'team' exists already"):
            records.write(lambda t: t.insert(workspace))

    def test_a_work_that_catches_a_conflict_is_undone_all_the_same(self, records: Records) -> None:
        records.write(lambda t: t.insert(a_run()))

        def work(transaction: Transaction) -> str:
            transaction.insert(an_attempt())
            with pytest.raises(Conflict):
                transaction.insert(a_run())
            return "done"

        with pytest.raises(Conflict):
            records.write(work)
        with records.read() as view:
            assert view.count(Attempt) == 0

    @pytest.mark.parametrize("status", sorted(TERMINAL))
    def test_a_run_that_has_ended_keeps_its_status(self, records: Records, status: str) -> None:
        records.write(lambda t: t.insert([a_run("a"), a_run("b")]))
        assert records.write(lambda t: t.update(Run, [eq("id", "a")], status=status)) == 1
        others = sorted({"Running", *TERMINAL} - {status})
        for other in others:
            works: list[Callable[[Transaction], Any]] = [
                lambda t, other=other: t.update(Run, [eq("id", "a")], status=other),
                lambda t, other=other: t.update(Run, [], status=other),
                lambda t, other=other: t.put(a_run("a", status=other)),
                lambda t, other=other: t.put([a_run("b"), a_run("c"), a_run("a", status=other)]),
            ]
            for work in works:
                with pytest.raises(Conflict, match="has ended"):
                    records.write(work)
        with records.read() as view:
            assert view.values(Run, ["id", "status"], order=["id"]) == [("a", status), ("b", "Running")]

    def test_a_run_that_has_ended_may_change_otherwise(self, records: Records) -> None:
        records.write(lambda t: t.insert(a_run(status="Failed")))
        assert records.write(lambda t: t.update(Run, [], tags={"a": "b"}, status="Failed")) == 1
        records.write(lambda t: t.put(a_run(status="Failed", description="why")))
        assert records.write(lambda t: t.delete(Run)) == 1
        records.write(lambda t: t.insert(a_run()))

    # Numbers

    def test_numbers_count_up_from_one_in_each_scope(self, records: Records) -> None:
        assert records.write(lambda t: (t.next_number("a"), t.next_number("a", 5), t.next_number("a"))) == (1, 2, 7)
        assert records.write(lambda t: (t.next_number("b"), t.next_number("a"))) == (1, 8)
        with records.read() as view:
            assert view.find(Counter, order=["scope"]) == [Counter(scope="a", last=8), Counter(scope="b", last=1)]
        for many in (0, -1):
            with pytest.raises(InvalidInput):
                records.write(lambda t, many=many: t.next_number("a", many))

    def test_numbers_of_a_failed_write_are_given_again(self, records: Records) -> None:
        def work(transaction: Transaction) -> None:
            transaction.next_number("a")
            raise KeyError

        with pytest.raises(KeyError):
            records.write(work)
        assert records.write(lambda t: t.next_number("a")) == 1

    def test_no_number_is_given_twice_to_eight_threads(self, records: Records) -> None:
        taken: list[int] = []

        def take() -> None:
            for _ in range(25):
                taken.append(records.write(lambda t: t.next_number("a")))

        _in_threads([take] * 8)
        assert sorted(taken) == list(range(1, 201))

    # Writes

    def test_a_write_gives_what_its_work_returns(self, records: Records) -> None:
        value = object()
        assert records.write(lambda t: value) is value
        assert records.submit(lambda t: value).result(SECONDS) is value

    def test_a_work_sees_its_own_changes(self, records: Records) -> None:
        def work(transaction: Transaction) -> None:
            transaction.insert(a_run())
            assert transaction.get(Run, "run") == a_run()
            transaction.update(Run, [eq("id", "run")], status="Queued")
            assert transaction.count(Run, eq("status", "Queued")) == 1
            transaction.delete(Run)
            assert transaction.values(Run, ["id"]) == []

        records.write(work)

    def test_a_work_that_raises_leaves_nothing_behind(self, records: Records) -> None:
        records.write(lambda t: t.insert(a_run("old")))
        error = ZeroDivisionError("mine")

        def work(transaction: Transaction) -> None:
            transaction.insert([a_run(), *metrics(100)])
            transaction.update(Run, [], status="Completed")
            transaction.delete(Run, eq("id", "old"))
            transaction.next_number("a")
            raise error

        with pytest.raises(ZeroDivisionError) as raised:
            records.write(work)
        assert raised.value is error
        with records.read() as view:
            assert view.find(Run) == [a_run("old")]
            assert (view.count(Metric), view.count(Counter)) == (0, 0)

    @pytest.mark.parametrize("failing", [(0,), (1,), (3,), (0, 1), (0, 2, 3), (0, 1, 2, 3)])
    def test_works_committed_together_fail_alone(self, records: Records, failing: tuple[int, ...]) -> None:
        def work(number: int) -> Callable[[Transaction], int]:
            def run(transaction: Transaction) -> int:
                transaction.insert([a_run(str(number)), *metrics(60, str(number))])
                transaction.next_number("all")
                if number in failing:
                    raise ZeroDivisionError(number)
                return number

            return run

        with _held(records):
            futures = [records.submit(work(number)) for number in range(4)]
            assert not any(future.done() for future in futures)
        for number, future in enumerate(futures):
            if number in failing:
                with pytest.raises(ZeroDivisionError, match=str(number)):
                    future.result(SECONDS)
            else:
                assert future.result(SECONDS) == number
        with records.read() as view:
            kept = [str(number) for number in range(4) if number not in failing]
            assert view.values(Run, ["id"], order=["id"]) == [(id,) for id in kept]
            assert view.count(Metric) == 60 * len(kept)
            assert view.count(Counter, eq("last", len(kept))) == bool(kept)

    def test_a_conflict_among_works_committed_together_fails_alone(self, records: Records) -> None:
        with _held(records):
            first = records.submit(lambda t: t.insert(a_run("a")))
            second = records.submit(lambda t: t.insert([a_run("b"), a_run("a")]))
            third = records.submit(lambda t: t.get(Run, "a"))
        first.result(SECONDS)
        with pytest.raises(Conflict):
            second.result(SECONDS)
        assert third.result(SECONDS) == a_run("a")

    def test_works_run_and_are_reported_in_the_order_submitted(self, records: Records) -> None:
        ran: list[int] = []
        reported: list[int] = []
        with _held(records):
            futures: list[Future[None]] = []
            for number in range(600):
                future = records.submit(lambda t, number=number: ran.append(number))
                future.add_done_callback(lambda future, number=number: reported.append(number))
                futures.append(future)
        for future in futures:
            future.result(SECONDS)
        records.write(lambda t: None)
        assert ran == reported == list(range(600))

    def test_a_work_cancelled_before_its_turn_does_not_run(self, records: Records) -> None:
        ran: list[str] = []
        with _held(records):
            first = records.submit(lambda t: ran.append("first"))
            second = records.submit(lambda t: ran.append("second"))
            assert first.cancel()
        second.result(SECONDS)
        with pytest.raises(CancelledError):
            first.result(SECONDS)
        assert ran == ["second"]

    def test_writes_from_many_threads_are_all_kept(self, records: Records) -> None:
        def write(name: str) -> None:
            for number in range(20):
                records.write(lambda t, number=number: t.insert(a_run(f"{name}/{number}")))
                with records.read() as view:
                    assert view.get(Run, f"{name}/{number}") is not None

        _in_threads([lambda name=str(name): write(name) for name in range(6)])
        with records.read() as view:
            assert view.count(Run) == 120

    def test_a_work_may_submit_another(self, records: Records) -> None:
        inner: list[Future[Run | None]] = []

        def work(transaction: Transaction) -> None:
            transaction.insert(a_run())
            inner.append(records.submit(lambda t: t.get(Run, "run")))

        records.write(work)
        assert inner[0].result(SECONDS) == a_run()

    def test_a_work_may_not_wait_for_another(self, records: Records) -> None:
        with pytest.raises(RuntimeError, match="submit"):
            records.write(lambda t: records.write(lambda t: None))
        records.write(lambda t: t.insert(a_run()))

    def test_a_callback_may_submit_but_not_wait(self, records: Records) -> None:
        seen: list[object] = []
        ready = threading.Event()

        def called(future: "Future[None]") -> None:
            try:
                records.write(lambda t: None)
            except RuntimeError as error:
                seen.append(error)
            inner = records.submit(lambda t: t.count(Run))
            inner.add_done_callback(lambda future: (seen.append(future.result()), ready.set()))

        with _held(records):
            records.submit(lambda t: t.insert(a_run())).add_done_callback(called)
        assert ready.wait(SECONDS)
        assert isinstance(seen[0], RuntimeError)
        assert seen[1] == 1

    # Reading

    def test_a_slow_work_blocks_no_reader_and_shows_nothing_early(self, records: Records) -> None:
        records.write(lambda t: t.insert(a_run("old")))
        with _held(records, lambda t: t.insert(a_run("new"))), records.read() as view:
            assert view.find(Run) == [a_run("old")]
        records.write(lambda t: None)
        with records.read() as view:
            assert view.count(Run) == 2

    def test_a_view_stays_as_it_was(self, records: Records) -> None:
        records.write(lambda t: t.insert(a_run("a")))
        with records.read() as view:
            assert view.count(Run) == 1
            records.write(lambda t: t.insert([a_run("b"), *metrics(2)]))
            records.write(lambda t: t.update(Run, [], status="Queued"))
            assert view.find(Run) == [a_run("a")]
            assert view.count(Metric) == 0
            with records.read() as newer:
                assert newer.count(Run, eq("status", "Queued")) == 2

    def test_a_view_sees_each_group_wholly_or_not_at_all(self, records: Records) -> None:
        done = threading.Event()
        torn: list[tuple[int, int]] = []

        def watch() -> None:
            while not done.is_set():
                with records.read() as view:
                    counts = view.count(Run), view.count(Agent)
                if counts[0] != counts[1]:
                    torn.append(counts)

        def write() -> None:
            try:
                for number in range(100):
                    agent = Agent(id=str(number), name="", host="", process="", slots=1, registered=0.0, seen=0.0)
                    records.write(lambda t, agent=agent: (t.insert(a_run(agent.id)), t.insert(agent)))
            finally:
                done.set()

        _in_threads([watch, write])
        assert torn == []

    def test_views_and_transactions_end(self, records: Records) -> None:
        with records.read() as view:
            pass
        kept: list[Transaction] = []
        records.write(kept.append)
        for over in (view, *kept):
            with pytest.raises(RuntimeError, match="over"):
                over.find(Run)
        with pytest.raises(RuntimeError, match="over"):
            kept[0].insert(a_run())

    # The end

    def test_closing_finishes_what_was_submitted(self, records: Records) -> None:
        futures = [records.submit(lambda t, i=i: t.insert(a_run(str(i)))) for i in range(50)]
        records.close()
        assert [future.result(0) for future in futures] == [None] * 50

    def test_closed_records_say_so(self, records: Records) -> None:
        records.write(lambda t: None)
        records.close()
        records.close()
        with pytest.raises(Unavailable, match="closed"):
            records.submit(lambda t: None)
        with pytest.raises(Unavailable, match="closed"), records.read():
            pass


@contextmanager
def _held(records: Records, work: Callable[[Transaction], object] = lambda t: None) -> Generator[None]:
    """Keeps the writer inside a work; what is submitted meanwhile waits."""
    entered, leave = threading.Event(), threading.Event()

    def hold(transaction: Transaction) -> None:
        work(transaction)
        entered.set()
        assert leave.wait(SECONDS)

    holder = threading.Thread(target=lambda: records.submit(hold).result(SECONDS))
    holder.start()
    assert entered.wait(SECONDS)
    try:
        yield
    finally:
        leave.set()
        holder.join(SECONDS)


def _in_threads(targets: Sequence[Callable[[], None]]) -> None:
    """Run all at once; the first failure is raised here."""
    failures: list[BaseException] = []

    def guarded(target: Callable[[], None]) -> None:
        try:
            target()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    if failures:
        raise failures[0]
    assert not any(thread.is_alive() for thread in threads)


def _the(row: Run | None) -> Run:
    assert row is not None
    return row


def _rank(value: Any) -> tuple[int, Any]:
    return (1, 0) if value != value else (0, value)

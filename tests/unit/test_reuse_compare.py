"""Why a step runs again, down to the file."""

import msgspec
import pytest

from stepworks.reuse.compare import MOST_FILES, differences, explain
from stepworks.reuse.decision import Reason
from stepworks.reuse.key import Facts, InputFact, InputPort, OutputPort

PORT = InputPort("mount", "port", False, None, False, None)
OUT = OutputPort("mount", "port", None, None, (), None)
BEFORE = Facts(
    kind="script",
    script="train.py",
    arguments=(("--n", ("parameter", "n")),),
    parameters={"n": "10"},
    snapshot="aaaa",
    environment="lock-1",
    pins="pins-1",
    variables={"SEED": "h1"},
    outputs={"model": OUT},
    inputs={"raw": InputFact("data-1", PORT, "3 files", run="r1", output="out")},
)
replace = msgspec.structs.replace


def told(now: Facts, **readers: object) -> list[str]:
    known = {"snapshot_files": lambda _: None, "input_files": lambda _: None, "packages": lambda _: None} | readers
    return [str(r) for r in explain(BEFORE, now, **known)]  # type: ignore[arg-type]


def test_equal_facts_do_not_differ() -> None:
    assert differences(BEFORE, BEFORE) == ()


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (replace(BEFORE, parameters={"n": "20"}), "parameter n changed: 10 → 20"),
        (replace(BEFORE, parameters={}), "parameter n changed: 10 → absent"),
        (replace(BEFORE, parameters={"n": "10", "m": "1"}), "parameter m changed: absent → 1"),
        (replace(BEFORE, script="other.py"), "work changed: train.py → other.py"),
        (
            replace(BEFORE, arguments=(("--m", ("input", "raw")),)),
            "arguments changed: --n{parameter:n} → --m{input:raw}",
        ),
        (replace(BEFORE, snapshot="bbbb"), "snapshot changed: aaaa → bbbb"),
        (replace(BEFORE, environment="lock-2"), "environment changed: lock-1 → lock-2"),
        (replace(BEFORE, variables={"SEED": "h2"}), "variables SEED changed"),
        (replace(BEFORE, variables={}), "variables SEED changed: present → absent"),
        (replace(BEFORE, version="2"), "version changed: none → 2"),
        (replace(BEFORE, outputs={}), "outputs model changed: present → absent"),
        (replace(BEFORE, outputs={"model": replace(OUT, mode="upload")}), "outputs model changed"),
        (replace(BEFORE, inputs={"raw": InputFact("data-2", PORT, "4 files")}), "input raw changed: 3 files → 4 files"),
        (
            replace(BEFORE, inputs={"raw": replace(BEFORE.inputs["raw"], port=replace(PORT, mode="download"))}),
            "input raw changed: as it was declared → declared differently",
        ),
    ],
)
def test_a_difference_is_told_in_words(now: Facts, reason: str) -> None:
    assert told(now) == [reason]


def test_every_difference_is_told() -> None:
    assert len(told(replace(BEFORE, snapshot="bbbb", environment="lock-2", parameters={"n": "1"}))) == 3


def test_a_changed_snapshot_names_its_files() -> None:
    trees = {
        "aaaa": {"train.py": "1", "old.py": "1", "same.py": "1"},
        "bbbb": {"train.py": "2", "new.py": "1", "same.py": "1"},
    }
    assert told(replace(BEFORE, snapshot="bbbb"), snapshot_files=trees.get) == [
        "snapshot new.py changed: absent → present",
        "snapshot old.py changed: present → absent",
        "snapshot train.py changed",
    ]


def test_a_changed_input_names_its_files() -> None:
    files = {"data-1": {"iris.csv": "1"}, "data-2": {"iris.csv": "2"}}
    now = replace(BEFORE, inputs={"raw": InputFact("data-2", PORT)})
    assert told(now, input_files=lambda fact: files[fact.id]) == ["input raw: file iris.csv changed"]


def test_where_only_one_list_is_known_the_whole_is_named() -> None:
    assert told(replace(BEFORE, snapshot="bbbb"), snapshot_files={"aaaa": {"a": "1"}}.get) == [
        "snapshot changed: aaaa → bbbb"
    ]


def test_many_files_are_counted() -> None:
    trees = {"aaaa": {}, "bbbb": {f"{i:03}": "1" for i in range(MOST_FILES + 5)}}
    reasons = told(replace(BEFORE, snapshot="bbbb"), snapshot_files=trees.get)
    assert len(reasons) == MOST_FILES + 1
    assert reasons[-1] == "snapshot 5 more files changed"


def test_a_changed_environment_names_its_packages() -> None:
    lists = {"pins-1": "numpy==1.0\npandas==2.0\n", "pins-2": "numpy==1.1\npandas==2.0\nscipy==3.0\n"}
    now = replace(BEFORE, environment="lock-2", pins="pins-2")
    assert told(now, packages=lists.get) == [
        "environment numpy changed: 1.0 → 1.1",
        "environment scipy changed: absent → 3.0",
    ]


def test_long_texts_are_cut() -> None:
    reason = differences(BEFORE, replace(BEFORE, parameters={"n": "x" * 1000}))[0]
    assert len(reason.now) == 200


def test_the_coarse_answer_is_made_of_values() -> None:
    assert differences(BEFORE, replace(BEFORE, parameters={"n": "20"})) == (Reason("parameter", "n", "10", "20"),)

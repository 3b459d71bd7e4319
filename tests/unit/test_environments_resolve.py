"""How wishes become pins where published versions have no build for this Python, against a small index of ours."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from stepworks.environments.base import Log
from stepworks.environments.plan import Wish
from stepworks.environments.requirement import Requirement, parse_requirement, version_order
from stepworks.environments.requirements import CUSTOMARY, RUNTIME, to_requirements
from stepworks.environments.resolve import Pins, environment_failed, pip_options, resolve
from stepworks.environments.uv_command import Uv, UvFailed
from stepworks.errors import EnvironmentFailed
from stepworks.graph.environment import EnvironmentSpec

OWN = "3.11"


class Index(Uv, frozen=True):
    """A uv over a table: project → version → Python series with a wheel ("any" for all, "source" for none).

    `conflicts` has pairs of pins that don't go together.
    """

    projects: dict[str, dict[str, str]]
    conflicts: frozenset[tuple[str, str]] = frozenset()
    unbuildable: frozenset[str] = frozenset()

    def run(self, arguments: Sequence[str], log: Log, cwd: str | Path) -> None:
        assert arguments[arguments.index("--only-binary") + 1] == ":all:"
        lines = (Path(cwd) / arguments[2]).read_text().splitlines()
        series = arguments[arguments.index("--python-version") + 1] if "--python-version" in arguments else OWN
        sources = {b for a, b in itertools.pairwise(arguments) if a == "--no-binary"}
        for one, other in self.conflicts:
            if {one, other} <= set(lines):
                raise UvFailed(
                    ["No solution found when resolving dependencies", f"Because {one} conflicts with {other}."]
                )
        bounds: dict[str, list[Requirement]] = {}
        for requirement in filter(None, map(parse_requirement, lines)):
            bounds.setdefault(requirement.key, []).append(requirement)
        if "--constraint" in arguments:
            held = Path(arguments[arguments.index("--constraint") + 1]).read_text().splitlines()
            for requirement in filter(None, map(parse_requirement, held)):
                if requirement.key in bounds:
                    bounds[requirement.key].append(requirement)
        pins = {
            key: self._pick(key, wishes, series, key in sources, "lowest-direct" in arguments)
            for key, wishes in bounds.items()
        }
        chosen = {f"{key}=={version}" for key, version in pins.items()}
        for one, other in self.conflicts:
            if {one, other} <= chosen:
                raise UvFailed(
                    ["No solution found when resolving dependencies", f"Because {one} conflicts with {other}."]
                )
        (Path(cwd) / arguments[4]).write_text("".join(f"{pin}\n" for pin in sorted(chosen)))

    def _pick(self, key: str, wishes: list[Requirement], series: str, from_source: bool, lowest: bool) -> str:
        fitting = [v for v in self.projects.get(key, {}) if all(_holds(v, w.specifier) for w in wishes)]
        if not fitting:
            raise UvFailed(
                [
                    "No solution found when resolving dependencies",
                    f"Because there is no version of {wishes[0]} and you require it.",
                ]
            )
        usable = [v for v in fitting if from_source or {"any", series} & set(self.projects[key][v].split())]
        if not usable:
            hint = f"hint: Wheels are required for `{key}` because building from source is disabled"
            raise UvFailed(
                ["No solution found when resolving dependencies", f"Because {wishes[0]} has no usable wheels.", hint]
            )
        version = (min if lowest else max)(usable, key=version_order)
        if from_source and key in self.unbuildable and not {"any", series} & set(self.projects[key][version].split()):
            raise UvFailed([f"Failed to build `{key}=={version}`", "error: no compiler"])
        return version


def _holds(version: str, specifier: str) -> bool:
    for operator, wanted in re.findall(r"(==|>=|<)([^,]+)", specifier):
        have, want = version_order(version), version_order(wanted)
        if operator == "==" and not (have[: len(want)] == want if wanted.endswith(".*") else version == wanted):
            return False
        if (operator == ">=" and have < want) or (operator == "<" and have >= want):
            return False
    return True


PROJECTS: dict[str, dict[str, str]] = {
    "numpy": {"1.16.0": "3.6 3.7", "1.23.2": "3.8 3.11", "1.26.4": "3.11", "2.4.0": "3.11"},
    "pandas": {"0.25.3": "3.6 3.7", "1.5.0": "3.8 3.11", "1.5.3": "3.8 3.11", "3.0.0": "3.11"},
    "future": {"0.18.2": "source", "1.0.0": "any"},
    "psycopg2": {"2.8.6": "source", "2.9.13": "3.11"},
}
EXTRAS = {parse_requirement(line).key: {"80.0": "any"} for line in (*RUNTIME, *CUSTOMARY)}  # type: ignore[union-attr]


def index(**more: object) -> Index:
    return Index("uv", {}, projects={**EXTRAS, **PROJECTS}, **more)  # type: ignore[arg-type]


def pins(
    tmp_path: Path,
    uv: Index,
    *pip: str,
    written_for: str | None = "3.6",
    is_dated: bool = False,
    conda: tuple[str, ...] = (),
) -> Pins:
    resolved = to_requirements(EnvironmentSpec(pip=pip, conda=conda))
    answer = resolve(Wish(resolved, "/python", OWN, (), written_for, is_dated), uv, tmp_path, print)
    return Pins({key: pin for key, pin in answer.lines.items() if key not in EXTRAS}, answer.notes)


def test_what_the_index_has_is_pinned_at_the_first_try(tmp_path: Path):
    answer = pins(tmp_path, index(), "numpy<2", "pandas==1.5.3")
    assert answer == Pins({"numpy": "numpy==1.26.4", "pandas": "pandas==1.5.3"})


def test_a_package_built_before_numpy_2_holds_numpy_below_it(tmp_path: Path):
    answer = pins(tmp_path, index(), "numpy", "pandas==1.5.3")
    assert answer.lines == {"numpy": "numpy==1.26.4", "pandas": "pandas==1.5.3"}
    assert answer.notes == ("numpy is held below 2, as pandas 1.5.3 came before it.",)


def test_a_package_that_needs_numpy_2_is_held_below_the_release_that_began_it(tmp_path: Path):
    uv = index()
    uv.projects["pyarrow"] = {"25.0.1": OWN, "26.0.1": OWN}
    resolved = to_requirements(EnvironmentSpec(pip=("numpy==1.26.4",)))
    answer = resolve(Wish(resolved, "/python", OWN), uv, tmp_path, print)
    assert answer.lines["pyarrow"] == "pyarrow==25.0.1"
    assert answer.notes == ("pyarrow<26 is taken, as newer releases need numpy 2.",)


def test_numpy_2_asked_for_by_the_user_stays(tmp_path: Path):
    answer = pins(tmp_path, index(), "numpy>=2", "pandas==1.5.3")
    assert answer == Pins({"numpy": "numpy==2.4.0", "pandas": "pandas==1.5.3"})


def test_a_version_without_a_build_gives_way_to_the_nearest_that_has_one(tmp_path: Path):
    assert pins(tmp_path, index(), conda=("pandas=0.25.3",)) == Pins(
        {"pandas": "pandas==1.5.0"},
        (
            "'pandas=0.25.3' has no build for Python 3.11: the nearest that has, pandas 1.5.0, is used.",
            "Releases of the time of Python 3.6 are taken: pandas<2.",
        ),
    )


def test_a_version_that_never_had_a_wheel_is_built_from_source(tmp_path: Path):
    assert pins(tmp_path, index(), "future==0.18.2") == Pins({"future": "future==0.18.2"})


def test_a_source_that_does_not_build_gives_way_too(tmp_path: Path):
    answer = pins(tmp_path, index(unbuildable=frozenset({"psycopg2"})), "psycopg2==2.8.6")
    assert answer.lines == {"psycopg2": "psycopg2==2.9.13"}
    assert "the nearest that has, psycopg2 2.9.13, is used" in answer.notes[0]


def test_versions_written_for_this_very_python_must_hold(tmp_path: Path):
    uv = index(unbuildable=frozenset({"pandas"}))
    with pytest.raises(EnvironmentFailed) as raised:
        pins(tmp_path, uv, "pandas==0.25.3", written_for=None)
    assert str(raised.value) == (
        "The environment can't be made because of 'pandas==0.25.3':\n"
        "  Failed to build `pandas==0.25.3`\n"
        "  error: no compiler. Change 'pandas==0.25.3' in the environment. "
        "'pandas==0.25.3' has no wheel for Python 3.11 and is built from source; "
        "the nearest release that has one is pandas 1.5.0."
    )


def test_a_conflict_that_hides_missing_builds_is_settled_version_by_version(tmp_path: Path):
    uv = index(conflicts=frozenset({("numpy==1.16.0", "pandas==0.25.3")}))
    answer = pins(tmp_path, uv, "numpy==1.16.0", "pandas==0.25.3")
    assert answer.lines == {"numpy": "numpy==1.23.2", "pandas": "pandas==1.5.0"}
    assert [note.split()[0] for note in answer.notes] == ["'numpy==1.16.0'", "'pandas==0.25.3'", "Releases"]


def test_exact_versions_that_do_not_go_together_become_lower_bounds_of_their_time(tmp_path: Path):
    uv = index(conflicts=frozenset({("numpy==1.23.2", "pandas==1.5.0")}))
    answer = pins(tmp_path, uv, "numpy==1.23.2", "pandas==1.5.0", "future==0.18.2", is_dated=True)
    assert answer == Pins(
        {"numpy": "numpy==1.23.2", "pandas": "pandas==1.5.3", "future": "future==0.18.2"},
        (
            "Releases of the time of Python 3.6 are taken: numpy<1.24, pandas<2.",
            "The exact versions don't go together on Python 3.11: 'numpy==1.23.2', 'pandas==1.5.0' may be newer.",
        ),
    )


def test_what_stands_in_for_another_release_gives_way_before_what_was_asked_for(tmp_path: Path):
    uv = index(conflicts=frozenset({("numpy==1.23.2", "pandas==1.5.3")}))
    uv.projects["numpy"] = {**uv.projects["numpy"], "1.23.5": OWN}
    answer = pins(tmp_path, uv, "numpy==1.16.0", "pandas==1.5.3")
    assert answer.lines == {"numpy": "numpy==1.23.5", "pandas": "pandas==1.5.3"}


def test_releases_of_the_time_give_way_to_newer_ones_that_a_package_needs(tmp_path: Path):
    uv = index(conflicts=frozenset({("numpy==1.23.2", "future==1.0.0")}))
    answer = pins(tmp_path, uv, "future>=1", "numpy", is_dated=True)
    assert answer.lines["numpy"] == "numpy==2.4.0"


def test_packages_without_a_version_are_of_the_time_of_the_python_that_was_asked_for(tmp_path: Path):
    assert pins(tmp_path, index(), "pandas", "numpy", is_dated=True) == Pins(
        {"pandas": "pandas==1.5.3", "numpy": "numpy==1.23.2"},
        ("Releases of the time of Python 3.6 are taken: numpy<1.24, pandas<2.",),
    )


def test_a_newer_release_that_is_asked_for_is_not_held_at_its_time(tmp_path: Path):
    assert pins(tmp_path, index(), "pandas>=2", is_dated=True).lines == {"pandas": "pandas==3.0.0"}


def test_a_conflict_where_no_older_python_was_named_is_an_error(tmp_path: Path):
    uv = index(conflicts=frozenset({("numpy==1.23.2", "pandas==1.5.0")}))
    with pytest.raises(EnvironmentFailed, match="No solution"):
        pins(tmp_path, uv, "numpy==1.23.2", "pandas==1.5.0", written_for="3.8")


def test_a_conflict_among_versions_written_for_this_python_is_an_error(tmp_path: Path):
    uv = index(conflicts=frozenset({("numpy==1.23.2", "pandas==1.5.0")}))
    with pytest.raises(EnvironmentFailed, match=r"because of 'numpy==1\.23\.2', 'pandas==1\.5\.0'"):
        pins(tmp_path, uv, "numpy==1.23.2", "pandas==1.5.0", written_for=None)


def test_setuptools_gives_way_where_it_is_in_the_way(tmp_path: Path):
    uv = index(conflicts=frozenset({("setuptools==80.0", "pandas==3.0.0")}))
    resolved = to_requirements(EnvironmentSpec(pip=("pandas>=3",)))
    answer = resolve(Wish(resolved, "/python", OWN, written_for=None), uv, tmp_path, print)
    assert "setuptools" not in answer.lines
    assert answer.lines["pandas"] == "pandas==3.0.0"


def test_a_version_that_was_never_released_is_an_error_whatever_it_was_written_for(tmp_path: Path):
    with pytest.raises(EnvironmentFailed, match=r"no version of pandas==0\.99"):
        pins(tmp_path, index(), "pandas==0.99", "numpy==1.16.0")


def test_the_error_names_the_line_as_the_user_wrote_it():
    lines = ["No solution found", "Because foo-bar was not found in the package registry and setuptools.x broke"]
    error = environment_failed(lines, {"foo-bar": "chan::foo_bar=1", "foo": "foo", "setuptools": "setuptools"})
    assert error.target == "foo-bar"
    assert error.remedy == "Check the name 'chan::foo_bar=1'; a conda package may be called something else on PyPI."


def test_options_of_pip_are_spelt_for_uv():
    assert pip_options(("--extra-index-url=https://example.org/a", "--pre", "--trusted-host=h", "--no-index")) == [
        *(
            "--extra-index-url",
            "https://example.org/a",
            "--prerelease",
            "allow",
            "--allow-insecure-host",
            "h",
            "--no-index",
        ),
        *("--index-strategy", "unsafe-best-match"),
    ]


def test_a_time_that_left_no_build_for_this_python_is_given_up(tmp_path: Path):
    uv = index()
    uv.projects["numpy"] = {"1.16.0": "3.6", "2.4.0": OWN}
    assert pins(tmp_path, uv, "numpy", is_dated=True) == Pins({"numpy": "numpy==2.4.0"})

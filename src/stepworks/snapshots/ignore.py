"""Which paths of a source directory stay out of its snapshot.

`.amlignore` replaces `.gitignore`; only the one at the root of the directory counts, and it is itself part of the
snapshot unless it lists itself (contracts §10). The syntax and its corner cases are git's: the last rule that
matches a path decides, and nothing below an ignored directory can come back.
"""

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from stepworks.errors import InvalidInput

IGNORE_FILES = (".amlignore", ".gitignore")
_SPECIAL = re.compile(r"[*?\[\\]")
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "space": r"\x09-\x0d\x20",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class IgnoreRules:
    """The rules of one ignore file, ready to be asked about paths.

    `source` is the name of the file they came from.
    """

    def __init__(self, lines: Iterable[str], *, source: str = ".amlignore") -> None:
        self.source = source
        rules = [rule for line in lines if (rule := _parse(line)) is not None]
        runs = [(ignores, _Run(list(run))) for ignores, run in groupby(rules, key=lambda rule: rule.ignores)]
        self._newest_first = tuple(reversed(runs))

    def is_ignored(self, path: str, *, is_dir: bool) -> bool:
        """Whether `path` (posix, relative to the root, no trailing slash) stays out.

        Holds for a path whose parents are not ignored: a walk that does not enter ignored directories never asks
        about others.
        """
        name = path[path.rfind("/") + 1 :]
        for ignores, run in self._newest_first:
            if run.matches(path, name) or (is_dir and run.matches_dir(path, name)):
                return ignores
        return False


def load_rules(directory: str | os.PathLike[str]) -> IgnoreRules | None:
    """The rules that hold for `directory`; None if it has no ignore file.

    Raises InvalidInput if the file cannot be read.
    """
    for source in IGNORE_FILES:
        path = os.path.join(directory, source)
        if not os.path.isfile(path):
            continue
        try:
            with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as f:
                return IgnoreRules(f.read().split("\n"), source=source)
        except OSError as error:
            raise InvalidInput(
                f"The ignore file '{path}' cannot be read: {error.strerror}.", target=path, remedy="Make it readable."
            ) from error
    return None


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line: what it says about paths that match."""

    ignores: bool
    dir_only: bool
    by_name: bool
    glob: str

    @property
    def is_literal(self) -> bool:
        return not _SPECIAL.search(self.glob)

    @property
    def is_suffix(self) -> bool:
        return self.by_name and self.glob[:1] == "*" and not _SPECIAL.search(self.glob, 1)


class _Run:
    """Consecutive rules of one sign, joined: sets and suffixes first, the rest as two regular expressions."""

    def __init__(self, rules: list[_Rule]) -> None:
        self.matches = _matcher([rule for rule in rules if not rule.dir_only])
        self.matches_dir = _matcher([rule for rule in rules if rule.dir_only])


def _matcher(rules: list[_Rule]) -> Callable[[str, str], bool]:
    """One question for many rules: does any of them match this path, of this name?"""
    if not rules:
        return lambda path, name: False
    names = frozenset(rule.glob for rule in rules if rule.by_name and rule.is_literal)
    paths = frozenset(rule.glob for rule in rules if not rule.by_name and rule.is_literal)
    suffixes = tuple(rule.glob[1:] for rule in rules if rule.is_suffix)
    globs = [rule for rule in rules if not (rule.is_literal or rule.is_suffix)]
    name_glob = _join(rule.glob for rule in globs if rule.by_name)
    path_glob = _join(rule.glob for rule in globs if not rule.by_name)

    def matches(path: str, name: str) -> bool:
        return (
            name in names
            or path in paths
            or name.endswith(suffixes)
            or (name_glob is not None and name_glob(name) is not None)
            or (path_glob is not None and path_glob(path) is not None)
        )

    return matches


def _join(globs: Iterable[str]) -> Callable[[str], re.Match[str] | None] | None:
    expressions = [expression for glob in globs if (expression := _translate(glob)) is not None]
    if not expressions:
        return None
    return re.compile("|".join(f"(?:{expression})" for expression in expressions), re.DOTALL).fullmatch


def _parse(line: str) -> _Rule | None:
    """One line of an ignore file; None for comments and blanks."""
    line = _without_trailing_spaces(line.removesuffix("\r"))
    if not line or line.startswith("#"):
        return None
    ignores = not line.startswith("!")
    glob = line if ignores else line[1:]
    dir_only = glob.endswith("/")
    glob = glob.removesuffix("/")
    by_name = "/" not in glob
    glob = glob.removeprefix("/")
    return _Rule(ignores, dir_only, by_name, glob) if glob else None


def _without_trailing_spaces(line: str) -> str:
    end, i = 0, 0
    while i < len(line):
        i += 2 if line[i] == "\\" else 1
        if line[i - 1 : i] != " " or line[i - 2 : i - 1] == "\\":
            end = i
    return line[:end]


def _translate(glob: str) -> str | None:
    """A regular expression for a glob; None if it can never match, as git has it for broken ones."""
    special = _SPECIAL.search(glob)
    start = special.start() if special else len(glob)
    prefix, glob = glob[:start], glob[start:]
    out = [re.escape(prefix)]
    i = 0
    while i < len(glob):
        c = glob[i]
        if c == "*":
            expression, i = _stars(glob, i)
        elif c == "[":
            expression, i = _bracket(glob, i + 1)
        elif c == "?":
            expression, i = "[^/]", i + 1
        elif c == "\\":
            expression, i = re.escape(glob[i + 1 : i + 2]) or None, i + 2
        else:
            expression, i = re.escape(c), i + 1
        if expression is None:
            return None
        out.append(expression)
    return "".join(out)


def _stars(glob: str, i: int) -> tuple[str, int]:
    """One or more stars from `i`: within a segment, or across segments when two of them are a whole one.

    Git takes the text up to the first special character away before it looks, so `a**/b` begins with a whole one too.
    """
    end = i
    while glob[end : end + 1] == "*":
        end += 1
    rest = glob[end:]
    is_whole = end - i > 1 and (i == 0 or glob[i - 1] == "/") and (not rest or rest.startswith(("/", "\\/")))
    if not is_whole:
        return "[^/]*", end
    if rest.startswith("/"):
        return "(?:.*/)?", end + 1
    return ".*", end


def _bracket(glob: str, i: int) -> tuple[str | None, int]:
    """A set of characters, from behind its `[`; None if it is not closed or names an unknown class."""
    negated = glob[i : i + 1] in ("!", "^")
    i += negated
    items: list[str] = []
    previous = ""  # what a range may start from
    first = True
    while first or glob[i : i + 1] != "]":
        first = False
        c = glob[i : i + 1]
        if not c:
            return None, i
        if c == "-" and previous and glob[i + 1 : i + 2] not in ("", "]"):
            i += 2 if glob[i + 1] == "\\" else 1
            if i >= len(glob):
                return None, i
            if previous <= glob[i]:
                items.append(f"{re.escape(previous)}-{re.escape(glob[i])}")
            previous = ""
        elif (
            glob.startswith("[:", i)
            and (close := glob.find("]", i + 2)) != -1
            and glob[close - 1] == ":"
            and close > i + 2
        ):
            known = _CLASSES.get(glob[i + 2 : close - 1])
            if known is None:
                return None, i
            items.append(known)
            previous, i = "", close
        else:
            if c == "\\":
                i += 1
                c = glob[i : i + 1]
                if not c:
                    return None, i
            items.append(re.escape(c))
            previous = c
        i += 1
    body = "".join(items)
    if negated:
        return f"[^/{body}]", i + 1
    return (f"(?!/)[{body}]" if body else "(?!)"), i + 1

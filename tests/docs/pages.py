"""The project's documents: their links, and their blocks that are meant to run.

The words after a block's language say what becomes of it: `file=path` writes it into the reader's folder, `run` runs
it (Python, or the `$` lines of a console), `shown` is what the last run block must have printed, line for line; `…` in
such a line stands for anything.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: language, the words after it, the line it begins at, and its text."""

    language: str
    words: tuple[str, ...]
    line: int
    code: str

    @property
    def file(self) -> str | None:
        """The path it is written to, if it is a file."""
        return next((w.removeprefix("file=") for w in self.words if w.startswith("file=")), None)

    def commands(self) -> list[list[str]]:
        """The commands of a console block."""
        return [shlex.split(line[2:], comments=True) for line in self.code.splitlines() if line.startswith("$ ")]


def pages() -> list[Path]:
    """All documents of the project."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md"), *ROOT.glob("changes/*.md")]
    return sorted({*found, *ROOT.glob("benchmarks/**/*.md")})


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a document, in order."""
    text = path.read_text(encoding="utf-8")
    found = []
    for m in _BLOCK.finditer(text):
        language, *words = m["info"].split() or [""]
        found.append(Block(language, tuple(words), text.count("\n", 0, m.start()) + 1, m["code"]))
    return found


def runnable() -> list[Path]:
    """Documents with blocks that run."""
    return [p for p in pages() if any("run" in b.words for b in blocks(p))]


def links(path: Path) -> Iterator[tuple[str, str]]:
    """Relative links of a document: the path, and the heading after `#`."""
    for m in _LINK.finditer(_BLOCK.sub("", path.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", m["target"]):
            target, _, heading = m["target"].partition("#")
            yield target, heading


def anchors(path: Path) -> set[str]:
    """What a link may name of a document after `#`."""
    text = _BLOCK.sub("", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in _HEADING.findall(text)}


def is_shown(line: str, printed: list[str]) -> bool:
    """Whether a line, with `…` for anything, is among those printed."""
    pattern = re.compile(".*".join(re.escape(part) for part in line.strip().split("…")))
    return any(pattern.fullmatch(p.strip()) for p in printed)

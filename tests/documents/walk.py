"""Walks the code of a document: its blocks in order, as they are written, in one namespace.

The documents themselves are not part of this project: STEPWORKS_DOCUMENTS names the folder that holds them.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<code>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)
_SCRIPT = re.compile(r"# (\w+\.py)\n")
_INSIDE = "# Within a PythonScriptStep"


@dataclass(frozen=True)
class Block:
    """One code block: where it begins, and its code without indentation."""

    line: int
    code: str

    def has(self, *words: str) -> bool:
        """Whether all these words are in its code."""
        return all(w in self.code for w in words)


def documents() -> dict[str, Path]:
    """The documents by the number their names begin with; none when they are not here."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "seeds"
    folder = Path(os.environ.get("STEPWORKS_DOCUMENTS") or beside)
    return {p.name[:3]: p for p in sorted(folder.glob("[0-9][0-9][0-9]_*"))}


def blocks(path: Path) -> list[Block]:
    """The Python blocks of a document, in order."""
    text = path.read_text(encoding="utf-8")
    found = []
    for m in _FENCE.finditer(text):
        if m["language"].lower() in ("python", ""):
            indent = len(m["indent"])
            lines = [
                line[indent:] if line[:indent].isspace() or not line[:indent] else line
                for line in m["code"].split("\n")
            ]
            found.append(Block(text.count("\n", 0, m.start()) + 1, "\n".join(lines)))
    return found


@dataclass
class Walk:
    """What a document's code did: its namespace, which blocks ran, and which were left out and why."""

    names: dict[str, object]
    ran: list[Block] = field(default_factory=list)
    left_out: list[tuple[Block, str]] = field(default_factory=list)


def walk(
    path: Path,
    names: dict[str, object],
    scripts: Path,
    leave_out: Callable[[Block], str | None],
    before: Callable[[Block, dict[str, object]], None],
) -> Walk:
    """Run a document's blocks. Blocks that are a script, or a part of the last one, are written into `scripts`, and
    `before` may supply the placeholders that a block presupposes."""
    walked = Walk(names)
    inside = scripts / "script.py"
    for block in blocks(path):
        script = _SCRIPT.match(block.code)
        if script:
            inside = scripts / script[1]
            inside.write_text(block.code)
            walked.ran.append(block)
        elif block.code.startswith(_INSIDE):
            inside.write_text(f"{inside.read_text()}\n{block.code}")
            walked.ran.append(block)
        elif why := leave_out(block):
            walked.left_out.append((block, why))
        else:
            before(block, names)
            exec(compile(block.code, f"{path.name}:{block.line}", "exec"), names)
            walked.ran.append(block)
    return walked

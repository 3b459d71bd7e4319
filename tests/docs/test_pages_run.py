"""What the documents say to type works, and prints what they say."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, blocks, is_shown, runnable


@pytest.mark.parametrize("page", runnable(), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_page_does_what_it_says(page, run, tmp_path):
    reader = Reader(page, tmp_path, run)
    for block in blocks(page):
        reader.follow(block)
    assert reader.ran


def test_the_tutorial_and_guides_are_among_them():
    names = {p.stem for p in runnable()}
    assert {"tutorial", "control-reuse", "datasets", "metrics-and-models", "debug-a-failed-step"} <= names


class Reader:
    """Follows a page in a folder of its own, in a workspace of its own."""

    def __init__(self, page: Path, folder: Path, run: Callable[[list[str], Path], tuple[int, str]]) -> None:
        self.page = page
        self.desk = folder / "project"
        self.desk.mkdir()
        (folder / "config.json").write_text(json.dumps({"workspace_name": page.stem[:30]}))
        self.run = run
        self.printed: list[str] = []
        self.ran = 0

    def follow(self, block: Block) -> None:
        where = f"{self.page.name}:{block.line}"
        if block.file is not None:
            path = self.desk / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code)
        elif "run" in block.words:
            self.ran += 1
            self.printed = []
            commands = [[sys.executable, "-c", block.code]] if block.language == "python" else block.commands()
            assert commands, where
            for command in commands:
                status, text = self.run(command, self.desk)
                assert (status != 0) == ("fails" in block.words), f"{where}: exit status {status}\n{text}"
                self.printed += text.splitlines()
        elif "shown" in block.words:
            missing = [line for line in block.code.splitlines() if line.strip() and not is_shown(line, self.printed)]
            told = "\n".join(self.printed)
            assert not missing, f"{where} shows lines that were not printed: {missing}\nPrinted was:\n{told}"

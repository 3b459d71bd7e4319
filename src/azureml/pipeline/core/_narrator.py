"""What `wait_for_completion` prints (contracts §13): each step in turn, whole, though many run at once."""

import codecs
from collections import deque
from collections.abc import Callable, Iterator

from stepworks.runs.events import LogAppended, RunChanged, RunEvent
from stepworks.runs.status import is_terminal, pipeline_word, step_word

ReadLog = Callable[[str, str, int], bytes]
"""The rest of a log from an offset on: run id, name of the log, offset."""

_MOST_HELD = 1 << 20
_NOT_BEGUN = frozenset({"NotStarted", "Queued"})


class _Told:
    """A step, and what is to be said of it once its turn has come."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.name = run
        self.status = ""
        self.note = ""
        self.reused_from: str | None = None
        self.is_open = False
        self.is_queued = False
        self.is_closed = False
        self.held: list[tuple[str, bytes]] = []
        self.held_bytes = 0
        # offset up to which a log was shown or is held; logs that were too long to hold are read again
        self.known: dict[str, int] = {}
        self.too_long: set[str] = set()
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.ends_line = True


class Narrator:
    """Tells of a pipeline run and its steps.

    One step is told at a time; what others log meanwhile is held, up to `most_held` bytes a step: the rest is read
    from the server with `read` when their turn comes.
    """

    def __init__(self, run: str, read: ReadLog, *, most_held: int = _MOST_HELD) -> None:
        self._run = run
        self._read = read
        self._most_held = most_held
        self._status = ""
        self._steps: dict[str, _Told] = {}
        self._turns: deque[_Told] = deque()

    def begin(self, status: str) -> Iterator[str]:
        """What is to be printed before anything is heard: how the run stands."""
        if not is_terminal(status):
            self._status = status
            yield f"PipelineRun Status: {pipeline_word(status)}\n"

    def take(self, event: RunEvent) -> Iterator[str]:
        """What is to be printed now."""
        if isinstance(event, LogAppended):
            yield from self._log(event)
        elif event.run == self._run:
            if event.status != self._status:
                self._status = event.status
                if not is_terminal(event.status):
                    yield f"PipelineRun Status: {pipeline_word(event.status)}\n"
        elif event.parent == self._run:
            yield from self._step(event)

    def end(self) -> Iterator[str]:
        """What is still to be printed when nothing more comes."""
        while self._turns:
            yield from self._open(self._turns[0])
            yield from self._close(self._turns.popleft())

    # --- steps

    def _told(self, run: str) -> _Told:
        found = self._steps.get(run)
        if found is None:
            found = self._steps[run] = _Told(run)
        return found

    def _step(self, event: RunChanged) -> Iterator[str]:
        told = self._told(event.run)
        told.name = event.name or event.run
        told.status = event.status
        told.note = event.note or told.note
        told.reused_from = event.reused_from or told.reused_from
        if event.status not in _NOT_BEGUN:
            yield from self._queue(told)
        yield from self._advance(event.run)

    def _queue(self, told: _Told) -> Iterator[str]:
        if not told.is_queued:
            told.is_queued = True
            self._turns.append(told)
        if self._turns and self._turns[0] is told:
            yield from self._open(told)

    def _advance(self, heard_of: str) -> Iterator[str]:
        """Close steps that have ended; the last one when another is heard of, since its log may come after its end."""
        while self._turns:
            first = self._turns[0]
            yield from self._open(first)
            if not is_terminal(first.status) or (first.run == heard_of and first.reused_from is None):
                return
            self._turns.popleft()
            yield from self._close(first)

    def _open(self, told: _Told) -> Iterator[str]:
        if told.is_open:
            return
        told.is_open = True
        if told.reused_from is None and (told.held or told.too_long or not is_terminal(told.status)):
            yield f"\nStepRun({told.name}) {told.run}\n"
        for _, data in told.held:
            yield self._text(told, data)
        told.held.clear()
        for name in sorted(told.too_long):
            data = self._read(told.run, name, told.known[name])
            told.known[name] += len(data)
            yield self._text(told, data)
        told.too_long.clear()

    def _close(self, told: _Told) -> Iterator[str]:
        told.is_closed = True
        line = "" if told.ends_line else "\n"
        if told.reused_from is not None:
            yield f"{line}StepRun({told.name}) Status: {step_word(told.status)}, reused from {told.reused_from}\n"
        else:
            note = f" ({told.note})" if told.note else ""
            yield f"{line}StepRun({told.name}) Status: {step_word(told.status or 'Running')}{note}\n"

    # --- logs

    def _log(self, event: LogAppended) -> Iterator[str]:
        if event.run == self._run:
            return
        told = self._told(event.run)
        known = told.known.get(event.name, 0)
        data = event.data[max(0, known - event.offset) :]
        if not data or event.name in told.too_long:
            return
        if told.is_open:
            told.known[event.name] = event.offset + len(event.data)
            text = self._text(told, data)
            # What comes after a step was closed is rare, and says whose it is.
            yield f"StepRun({told.name}) also wrote:\n{text}" if told.is_closed else text
            return
        if told.held_bytes + len(data) > self._most_held:
            told.known.setdefault(event.name, event.offset)
            told.too_long.add(event.name)
        else:
            told.known[event.name] = event.offset + len(event.data)
            told.held.append((event.name, data))
            told.held_bytes += len(data)
        yield from self._queue(told)

    def _text(self, told: _Told, data: bytes) -> str:
        text = told.decoder.decode(data)
        if text:
            told.ends_line = text.endswith("\n")
        return text

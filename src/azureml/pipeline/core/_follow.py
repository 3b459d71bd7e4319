"""Following a run through one stream for it and all its steps."""

import queue
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepworks.client.api import Client
    from stepworks.runs.events import RunEvent

FOREVER = 9223372036854775807


def events(client: "Client", run: str, *, logs: bool, seconds: float) -> "Iterator[RunEvent]":
    """What happens to a run and its steps until it ends. Raises TimeoutError after so many seconds."""
    if seconds >= threading.TIMEOUT_MAX:
        yield from client.follow(run, logs=logs)
        return
    heard: queue.SimpleQueue[RunEvent | BaseException | None] = queue.SimpleQueue()

    def listen() -> None:
        try:
            for event in client.follow(run, logs=logs):
                heard.put(event)
            heard.put(None)
        except BaseException as e:
            heard.put(e)

    # The stream is silent while nothing happens, so that only another thread can look at the clock.
    threading.Thread(target=listen, name=f"following {run}", daemon=True).start()
    deadline = time.monotonic() + seconds
    while True:
        try:
            event = heard.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError(f"Run {run} has not ended after {seconds:g} seconds.") from None
        if event is None:
            return
        if isinstance(event, BaseException):
            raise event
        yield event

"""Whether anybody uses the server."""

from stepworks.clock import Clock


class Activity:
    """Counts requests under way, and remembers when the last one ended. On the event loop only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open = 0
        self._last = clock.now()

    def begin(self) -> None:
        """A request came."""
        self._open += 1

    def end(self) -> None:
        """A request was answered."""
        self._open -= 1
        self._last = self._clock.now()

    def idle_seconds(self, *, ignoring: int = 0) -> float:
        """How long nobody has asked anything; 0 while requests are under way, but for `ignoring` of them
        (the streams that agents hold open)."""
        return 0.0 if self._open > ignoring else self._clock.now() - self._last

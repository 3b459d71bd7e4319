"""The agent's talk with the server: registering, orders as they come, reports; finding a lost server again.

Two connections are kept open: a stream of orders that one thread reads, and one for reports that whoever has a report
uses (`outbox` sees to it that it is one at a time).
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

from stepworks.channel import Answer, Channel
from stepworks.errors import InvalidInput, NotFound, Unavailable
from stepworks.wire.agent import AgentHello, AgentWelcome, Order, Report, ReportsTaken

# The server shows that it is there every 15 seconds.
SILENCE = 45.0
ANSWER_WITHIN = 60.0
_FIRST_PAUSE = 0.05
_PAUSE = 0.25
# Refused for what it says, not for when or by whom it was said: sending it again does not help.
_REFUSED = frozenset({400, 413, 415, 422})


class Address(msgspec.Struct, frozen=True):
    """Where a server is, and the token it wants."""

    url: str
    token: str


class Session:
    """One agent's connection to its server. `addresses` are the places to look for it, the likeliest first."""

    def __init__(
        self,
        agent: str,
        addresses: Callable[[], Iterable[Address]],
        hello: Callable[[], AgentHello],
        *,
        say: Callable[[str], None],
    ) -> None:
        self._agent = agent
        self._addresses = addresses
        self._hello = hello
        self._say = say
        self._orders: Channel | None = None
        self._reports: Channel | None = None
        self._others: Channel | None = None
        self._others_lock = threading.Lock()
        self._encoder = msgspec.json.Encoder()
        self._order_decoder = msgspec.json.Decoder(Order)
        self._taken_decoder = msgspec.json.Decoder(ReportsTaken)
        self.is_connected = threading.Event()
        self.lost_since: float | None = time.monotonic()

    def follow(
        self,
        take: Callable[[Order], None],
        welcomed: Callable[[AgentWelcome], None],
        stopped: threading.Event,
        *,
        give_up: Callable[[float], bool],
    ) -> None:
        """Register, and hand on the orders, until `stopped` is set. When the server is lost, look for it again and
        again; `give_up` is asked each time, with the seconds that it has been lost."""
        pause = _FIRST_PAUSE
        while not stopped.is_set():
            try:
                welcome = self._register()
                pause = _FIRST_PAUSE
                assert self._orders is not None
                lines = self._orders.lines(f"/api/v1/agents/{self._agent}/orders")
                for line in lines:
                    if not self.is_connected.is_set():
                        # The first line says that the server gives orders now. What it wants ended is ended first.
                        welcomed(welcome)
                        self.lost_since = None
                        self.is_connected.set()
                    if line:
                        self._hand_on(line, take)
                    if stopped.is_set():
                        break
            except Unavailable as e:
                if self.lost_since is None and not stopped.is_set():
                    self._say(f"the server is lost: {e}")
            if self.is_connected.is_set() or self.lost_since is None:
                self.is_connected.clear()
                self.lost_since = time.monotonic()
            if stopped.wait(pause) or give_up(self.lost_for()):
                break
            pause = min(pause * 4, _PAUSE)
        self.is_connected.clear()

    def post(self, reports: Sequence[Report]) -> ReportsTaken:
        """Post reports. Raises Unavailable when they did not arrive, InvalidInput when the server refuses what they
        say."""
        channel = self._reports
        if channel is None:
            raise Unavailable("No server has been found yet.")
        answer = channel.call("POST", f"/api/v1/agents/{self._agent}/reports", self._encoder.encode(reports))
        if answer.status == 200:
            return self._taken_decoder.decode(answer.body)
        if answer.status in _REFUSED:
            raise InvalidInput(_text(answer))
        if answer.status in (401, 403, 404):
            # Another server listens there by now: register again.
            self.hang_up()
        raise Unavailable(f"The server answers {answer.status} to a report: {_text(answer)}")

    def get(self, path: str) -> bytes:
        """The body of an answer. Raises NotFound if the server has no such thing, Unavailable if it is not there."""
        with self._others_lock:
            if self._others is None:
                raise Unavailable("No server has been found yet.")
            answer = self._others.call("GET", path)
        if answer.status == 404:
            raise NotFound(_text(answer), target=path)
        if answer.status != 200:
            raise Unavailable(f"The server answers {answer.status} to {path}: {_text(answer)}")
        return answer.body

    def lost_for(self) -> float:
        """Seconds since the server was lost, 0 while it is there."""
        since = self.lost_since
        return 0.0 if since is None else time.monotonic() - since

    def hang_up(self) -> None:
        """Break the stream of orders; `follow` starts again, or ends when it was told to stop."""
        if self._orders is not None:
            self._orders.close()

    def _register(self) -> AgentWelcome:
        """Say hello to the first server that answers."""
        failure = Unavailable("No server is known.")
        for address in self._addresses():
            channel = Channel(address.url, address.token, timeout=ANSWER_WITHIN)
            try:
                answer = channel.call("POST", "/api/v1/agents", self._encoder.encode(self._hello()))
                if answer.status != 200:
                    raise Unavailable(f"The server at {address.url} answers {answer.status}: {_text(answer)}")
                welcome = msgspec.json.decode(answer.body, type=AgentWelcome)
            except (Unavailable, msgspec.DecodeError) as e:
                channel.close()
                failure = e if isinstance(e, Unavailable) else Unavailable(f"The server's answer cannot be read: {e}")
                continue
            self._orders = Channel(address.url, address.token, timeout=SILENCE)
            self._reports = channel
            with self._others_lock:
                self._others = Channel(address.url, address.token, timeout=ANSWER_WITHIN)
            return welcome
        raise failure

    def _hand_on(self, line: bytes, take: Callable[[Order], None]) -> None:
        try:
            order = self._order_decoder.decode(line)
        except msgspec.DecodeError as e:
            self._say(f"an order cannot be read: {e}")
            return
        take(order)


def _text(answer: Answer) -> str:
    return answer.body[:500].decode("utf-8", "replace")

"""Requests that have to arrive in time: who sends byte by byte does not keep a place for long."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from footfall.errors import ExposedError, TooLarge, TooSlow

SLOWEST: Final = 16 * 2**10
"""Bytes that have to arrive in each second beyond the time that every request has."""

LONGEST_HEAD: Final = 64 * 2**10
"""Bytes of address and headers that are taken in any case; what is longer may be refused."""
_FRAMING: Final = 16
"""Bytes that may come around each byte of a body: a chunk of one byte has five."""
_HEAD: Final = (
    b"HTTP/1.1 %s\r\ncontent-type: application/json\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n"
)


class Arrival(HttpToolsProtocol):
    """Uvicorn's protocol, which ends connections whose request is too long or not in time.

    The time counts from the connection, or from the first byte of a request after another
    was answered, to the last byte of the body. Time that the server itself takes is not
    counted: while it does not read, and once a request is there. Uvicorn has a limit of its
    own for connections that are silent between requests, and none for headers that never end.
    """

    seconds: ClassVar[float] = 30.0

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._timer: asyncio.TimerHandle | None = None
        self._since = 0.0
        self._n_bytes = 0
        self._n_around = 0
        self._piece = 0
        self._n_begun = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in a piece, and wait for the rest if there is any."""
        self._n_around += len(data)
        self._piece, self._n_begun = len(data), 0
        super().data_received(data)
        if self._n_around > LONGEST_HEAD:
            self._refuse_head()
            return
        cycle = self.cycle
        if cycle and not (cycle.more_body or cycle.response_complete):
            if self._timer is not None:
                self._wait_no_more()
        elif self._timer is None:
            self._wait(len(data))
        else:
            self._n_bytes += len(data)

    def on_message_begin(self) -> None:
        """Count what comes around the body of this request.

        The piece in which it begins belongs to it, unless others began there before.
        """
        self._n_begun += 1
        self._n_around = min(self._n_around, self._piece) if self._n_begun == 1 else 0
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Take in a piece of the body."""
        self._n_around = max(0, self._n_around - (1 + _FRAMING) * len(body))
        super().on_body(body)

    def _wait(self, n_bytes: int = 0) -> None:
        self._since, self._n_bytes = self.loop.time(), n_bytes
        self._timer = self.loop.call_later(self.seconds, self._look)

    def _wait_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Wait on while enough arrives, or where it is the server that takes its time."""
        left = self._since + self.seconds + self._n_bytes / SLOWEST - self.loop.time()
        if self.flow.read_paused or self.pipeline:
            left = self.seconds
        if left > 0:
            self._timer = self.loop.call_later(left, self._look)
        elif not self.transport.is_closing():
            self._give_up()

    def _refuse_head(self) -> None:
        if not self.transport.is_closing():
            self._wait_no_more()
            self._end(_HEAD_TOO_LONG)

    def _give_up(self) -> None:
        self._end(_answer(self.seconds) if self._n_bytes else b"")

    def _end(self, answer: bytes) -> None:
        cycle = self.cycle
        # A request may be answered before all of it is there: one answer is enough.
        is_answered = bool(cycle) and cycle.more_body and cycle.response_started
        if answer and not is_answered:
            self.transport.write(answer)
        if cycle and not cycle.response_complete:
            # Whoever reads the body is told that the sender is gone.
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()


def arrival(seconds: float) -> type[asyncio.Protocol]:
    """The protocol for requests that have so many seconds, and more the larger they are."""
    return type("TimedArrival", (Arrival,), {"seconds": seconds})


def _answer(seconds: float) -> bytes:
    error = TooSlow(
        f"The request was not there within {seconds:g} seconds and one for every {SLOWEST} bytes: "
        "send it at once, or raise request_timeout in [server] of footfall.toml."
    )
    return _told(b"408 Request Timeout", error)


def _told(status: bytes, error: ExposedError) -> bytes:
    body = msgspec.json.encode({"error": error.to_dict()})
    return _HEAD % (status, len(body)) + body


_HEAD_TOO_LONG: Final = _told(
    b"431 Request Header Fields Too Large",
    TooLarge(
        f"Address and headers have more than {LONGEST_HEAD} bytes: send what is long as the body."
    ),
)

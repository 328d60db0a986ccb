"""Requests that have to arrive in time: who sends byte by byte does not keep a place for long."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from footfall.errors import TooSlow

SLOWEST: Final = 16 * 2**10
"""Bytes that have to arrive in each second beyond the time that every request has."""

_HEAD: Final = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n"
)


class Arrival(HttpToolsProtocol):
    """Uvicorn's protocol, which ends connections whose request is not there in time.

    The time counts from the connection, or from the first byte of a request after another
    was answered, to the last byte of the body. Time that the server itself takes is not
    counted: while it does not read, and once a request is there. Uvicorn has a limit of its
    own for connections that are silent between requests.
    """

    seconds: ClassVar[float] = 30.0

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._timer: asyncio.TimerHandle | None = None
        self._since = 0.0
        self._n_bytes = 0

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
        super().data_received(data)
        cycle = self.cycle
        if cycle and not (cycle.more_body or cycle.response_complete):
            if self._timer is not None:
                self._wait_no_more()
        elif self._timer is None:
            self._wait(len(data))
        else:
            self._n_bytes += len(data)

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

    def _give_up(self) -> None:
        cycle = self.cycle
        # A request may be answered before all of it is there: one answer is enough.
        is_answered = bool(cycle) and cycle.more_body and cycle.response_started
        if self._n_bytes and not is_answered:
            self.transport.write(_answer(self.seconds))
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
    body = msgspec.json.encode({"error": error.to_dict()})
    return _HEAD % len(body) + body

"""Answers that leave in one piece: a write to a socket costs more than making the answer.

Uvicorn takes an answer's head and its body apart, and looks at every header. Where both are
known at once, `WHOLE` sends them past that: most requests there are have such an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

WHOLE: Final = "footfall.whole"
"""Extension in a request's scope: `(scope, head, body)` sends an answer of status 200.

`head` are its header lines and the empty one. Returns False, and has sent nothing, where
the answer has to go the usual way.
"""

# What every answer's head begins with.
_HEAD: Final = b"HTTP/"


class Gathered:
    """A transport that holds an answer's head back until its body comes, or the loop is free."""

    __slots__ = ("_call_soon", "_held", "_is_due", "_transport", "_write")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._write = transport.write
        self._call_soon = loop.call_soon
        self._held = b""
        self._is_due = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send, or hold back for what follows at once."""
        if self._held:
            data, self._held = self._held + data, b""
        elif data.startswith(_HEAD):
            self._held = data
            if not self._is_due:
                self._is_due = True
                self._call_soon(self._send_held)
            return
        self._write(data)

    def write_whole(self, data: bytes) -> None:
        """Send at once, behind what is held."""
        self._send_held()
        self._write(data)

    def close(self) -> None:
        """Send what is held, and close."""
        self._send_held()
        self._transport.close()

    def _send_held(self) -> None:
        self._is_due = False
        if self._held:
            held, self._held = self._held, b""
            self._write(held)


def _answer_whole(cycle: Any, head: bytes, body: bytes) -> bool:
    """Do all that Uvicorn does to send a plain answer."""
    is_plain = cycle.keep_alive and not (
        cycle.disconnected or cycle.response_started or cycle.flow.write_paused
    )
    if is_plain:
        cycle.response_started = cycle.response_complete = True
        lines = [STATUS_LINE[200]]
        for name, value in cycle.default_headers:
            lines += (name, b": ", value, b"\r\n")
        cycle.transport.write_whole(b"".join((*lines, head, body)))
        cycle.message_event.set()
        cycle.on_response()
    return is_plain


def gathered(protocol: type[asyncio.Protocol]) -> type[asyncio.Protocol]:
    """The HTTP protocol of Uvicorn, or one made of it, whose answers leave in one piece."""

    class GatheredProtocol(protocol):
        cycle: Any
        scope: MutableMapping[str, Any]
        transport: Any
        loop: asyncio.AbstractEventLoop

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.transport = Gathered(cast("asyncio.Transport", transport), self.loop)
            # One for all requests: what each had of its own would point back at it, and
            # stay until Python looks for cycles.
            self._extensions = {WHOLE: self._answer_whole}

        def on_headers_complete(self) -> None:
            cast("Any", super()).on_headers_complete()
            self.scope["extensions"] = self._extensions

        def _answer_whole(self, scope: object, head: bytes, body: bytes) -> bool:
            # Of requests sent without waiting for answers, the last alone is known here.
            cycle = self.cycle
            return cycle.scope is scope and _answer_whole(cycle, head, body)

    return GatheredProtocol

"""Answers that leave in one piece: a write to a socket costs more than making the answer."""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

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

    def close(self) -> None:
        """Send what is held, and close."""
        self._send_held()
        self._transport.close()

    def _send_held(self) -> None:
        self._is_due = False
        if self._held:
            held, self._held = self._held, b""
            self._write(held)


def gathered(protocol: type[asyncio.Protocol]) -> type[asyncio.Protocol]:
    """The HTTP protocol of Uvicorn, or one made of it, whose answers leave in one piece."""

    class GatheredProtocol(protocol):
        transport: Any
        loop: asyncio.AbstractEventLoop

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.transport = Gathered(cast("asyncio.Transport", transport), self.loop)

    return GatheredProtocol

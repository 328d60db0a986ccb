"""Bodies of requests, read within what the intake can take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from footfall.errors import InvalidEvents, TooLarge
from footfall.intake.intake import Intake

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = dict[bytes, bytes]


class ClientGone(Exception):
    """The sender closed the connection before its body was there."""


class Bodies:
    """Reads bodies, and counts them as load of the intake meanwhile."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._load = intake.load

    async def read(self, headers: Headers, receive: Receive) -> bytes:
        """The whole body as it was sent, packed or not.

        Raises `TooLarge`, `Overloaded` and, where the sender goes away, `ClientGone`.
        """
        announced = self._announced(headers)
        message = await receive()
        body = _part(message)
        if not message.get("more_body"):
            return self._checked(body, len(body))
        self._load.check(announced)
        return await self._read_on(body, receive)

    async def _read_on(self, first: bytes, receive: Receive) -> bytes:
        parts, size, held = [first], len(first), 0
        try:
            while True:
                self._checked(b"", size)
                self._load.hold(size - held)
                held = size
                message = await receive()
                parts.append(part := _part(message))
                size += len(part)
                if not message.get("more_body"):
                    return self._checked(b"".join(parts), size)
                self._load.check(len(part))
        finally:
            self._load.hold(-held)

    def _announced(self, headers: Headers) -> int:
        """Length that the headers announce; raises `TooLarge` before any of it is read."""
        text = headers.get(b"content-length")
        if text is None:
            return 0
        try:
            size = int(text)
        except ValueError:
            raise InvalidEvents(
                "Content-Length is not a number.", parameter="content-length"
            ) from None
        self._checked(b"", size)
        return size

    def _checked(self, body: bytes, size: int) -> bytes:
        if size > self._intake.max_body:
            raise TooLarge(
                f"The body has more than {self._intake.max_body} bytes: send fewer events at "
                "once, or raise max_body in [intake] of footfall.toml."
            )
        return body


def _part(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b"")

"""Answers to requests from any page, as their clients expect them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from footfall.capture.protocols.adapter import Adapter, Reply
from footfall.server.bodies import Headers, Send

_DAY: Final = b"86400"


def exposing(adapters: Iterable[Adapter]) -> bytes:
    """The names of all headers of answers that pages may read."""
    names = {name for adapter in adapters for name in adapter.exposed_headers}
    return ", ".join(sorted({*names, "retry-after"})).encode()


def cors(headers: Headers, exposed: bytes) -> list[tuple[bytes, bytes]]:
    """Headers that let a page of any origin read the answer; none for other senders."""
    origin = headers.get(b"origin")
    if origin is None or origin == b"*":  # no browser says that, and all would be meant by it
        return []
    # Some browser clients send with credentials, and fail unless these are allowed.
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", exposed),
        (b"vary", b"origin"),
    ]


def preflight(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers that let a page send what it asks to send."""
    asked = headers.get(b"access-control-request-headers", b"content-type")
    # Whoever sends CloudEvents by web hooks asks first whether they are wanted.
    sender = headers.get(b"webhook-request-origin", b"")
    hook = [(b"webhook-allowed-origin", sender), (b"webhook-allowed-rate", b"*")] if sender else []
    return [
        *hook,
        (b"access-control-allow-methods", b"GET, POST, HEAD, OPTIONS"),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", _DAY),
        (b"access-control-allow-private-network", b"true"),
    ]


async def send_reply(
    send: Send, reply: Reply, more: list[tuple[bytes, bytes]], *, has_body: bool = True
) -> None:
    """Send an answer, with these headers as well."""
    headers = [(b"content-length", b"%d" % len(reply.body))] if reply.status != 204 else []
    if reply.body:
        headers.append((b"content-type", reply.content_type.encode()))
    headers += [(name.lower().encode(), value.encode()) for name, value in reply.headers]
    if not any(name == b"cache-control" for name, _ in headers):
        headers.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers + more})
    await send({"type": "http.response.body", "body": reply.body if has_body else b""})

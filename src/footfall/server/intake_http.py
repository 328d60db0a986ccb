"""POST /v1/events: events in over HTTP, on the shortest way to the journal.

A raw ASGI handler in front of the framework, for it answers most of the requests there are.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, MutableMapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from footfall.capture.protocols.clock import read_instant, slowness
from footfall.errors import (
    ExposedError,
    NotAllowed,
    NotAuthenticated,
    UnknownSource,
    WrongMethod,
    error_dict,
)
from footfall.intake.intake import Intake
from footfall.intake.issued import without_secrets
from footfall.intake.request import Receipt
from footfall.server.bodies import Bodies, ClientGone, Headers, Receive, Send
from footfall.server.contexts import Contexts
from footfall.server.gathered import WHOLE
from footfall.workspace.secrets import TOKEN

Authenticate = Callable[[str], str | None]

KEY_LIFETIME: Final = 5.0
"""Seconds for which a key is taken as known, and so after which a revoked one is refused."""

_MAX_KEYS: Final = 4096
_LONGEST_KEY: Final = 256
_JSON: Final = (b"content-type", b"application/json")
_NO_STORE: Final = (b"cache-control", b"no-store")
_HEAD: Final = (
    b"content-type: application/json\r\ncache-control: no-store\r\ncontent-length: %d\r\n\r\n"
)
_NO_EXTENSIONS: Final = MappingProxyType[str, Any]({})
_ALLOWED_METHODS: Final = b"POST, OPTIONS"
_ALLOWED_HEADERS: Final = b"authorization, content-encoding, content-type, x-footfall-key"
_PREFLIGHT_SECONDS: Final = b"86400"
_NO_TIME: Final = timedelta(0)
_log = logging.getLogger(__name__)


class EventsEndpoint:
    """The handler; `authenticate` gives the source that a write key may write to, or None.

    The key comes as `Authorization: Bearer`, `X-Footfall-Key` or `?key=`. Browsers may send
    from any page: the key, not the page, says what may be written.
    """

    def __init__(self, intake: Intake, authenticate: Authenticate, contexts: Contexts) -> None:
        self._intake = intake
        self._keys = KnownKeys(authenticate)
        self._bodies = Bodies(intake)
        self._contexts = contexts

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: Headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if scope["method"] != "POST":
            await _answer_other(scope["method"], origin, send)
            return
        try:
            receipt = await self._take(scope, headers, receive)
        except ClientGone:
            return
        except ExposedError as error:
            await _refuse(error, origin, send)
        except Exception:
            _log.exception("events could not be taken in")
            await _send(send, 500, _INTERNAL, origin)
        else:
            await _acknowledge(scope, send, _receipt(receipt), origin)

    async def _take(
        self, scope: MutableMapping[str, Any], headers: Headers, receive: Receive
    ) -> Receipt:
        source = await self._keys.source(_key(scope, headers))
        body = await self._bodies.read(headers, receive)
        client = scope.get("client")
        encoding = headers.get(b"content-encoding", b"").decode("latin-1")
        try:
            context = self._contexts.of(
                source,
                client[0] if client else "",
                headers.get(b"user-agent", b""),
                headers.get(b"accept-language", b""),
            )
            return await self._intake.accept(
                source,
                body,
                encoding=encoding,
                context=context,
                slow=self._slow(scope),
                clean=without_secrets,
            )
        except UnknownSource as error:
            raise NotAllowed(
                f"The source {source!r} of this key is not there any more: make a key for "
                "another with `footfall token create --write SOURCE`.",
            ) from error

    def _slow(self, scope: MutableMapping[str, Any]) -> timedelta:
        """How far the sender's clock is behind, if it says when it sent the request."""
        query: bytes = scope.get("query_string", b"")
        if b"sent_at=" not in query:
            return _NO_TIME
        text = parse_qs(query.decode("latin-1")).get("sent_at", [""])[0]
        return slowness(read_instant(text), self._intake.clock())


class KnownKeys:
    """Sources of write keys; each key is looked up once in `KEY_LIFETIME` seconds."""

    def __init__(
        self, authenticate: Authenticate, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._authenticate = authenticate
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, str | None]] = OrderedDict()

    async def source(self, key: str) -> str:
        """The source a key may write to; raises `NotAuthenticated`."""
        source = await self.find(key)
        if source is None:
            raise NotAuthenticated(_no_key(key))
        return source

    async def find(self, key: str) -> str | None:
        """The source a key may write to, None where there is none."""
        known = self._known.get(key)
        if known is None or self._clock() >= known[0]:
            known = await self._look_up(key)
        return known[1]

    async def _look_up(self, key: str) -> tuple[float, str | None]:
        is_plausible = 0 < len(key) <= _LONGEST_KEY
        source = await asyncio.to_thread(self._authenticate, key) if is_plausible else None
        found = (self._clock() + KEY_LIFETIME, source)
        if is_plausible:
            self._known[key] = found
            self._known.move_to_end(key)
            if len(self._known) > _MAX_KEYS:
                self._known.popitem(last=False)
        return found


def _no_key(key: str) -> str:
    if key.startswith(TOKEN):
        return (
            "This is an API token, and events need a write key (ffw_…): "
            "`footfall token create --write SOURCE` makes one."
        )
    if key:
        return (
            "The lake of this server knows no such write key: it was revoked, misspelt, or is "
            "another lake's, whose server has another address or port. `footfall token list` "
            "shows those there are, `footfall token create --write SOURCE` makes one."
        )
    return (
        "A write key is needed, and none came along: send it as 'Authorization: Bearer KEY', "
        "as 'X-Footfall-Key', or as ?key= in the address. "
        "`footfall token create --write SOURCE` makes one."
    )


def _key(scope: MutableMapping[str, Any], headers: Headers) -> str:
    found = headers.get(b"x-footfall-key")
    if found is None:
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        found = token.strip() if scheme.lower() == b"bearer" else None
    if found is not None:
        return found.decode("latin-1")
    query: bytes = scope.get("query_string", b"")
    if b"key=" not in query:
        return ""
    return parse_qs(query.decode("latin-1")).get("key", [""])[0]


async def _answer_other(method: str, origin: bytes | None, send: Send) -> None:
    if method != "OPTIONS":
        error = WrongMethod(f"{method} is not possible here: send events with POST.")
        await _refuse(error, origin, send, [(b"allow", _ALLOWED_METHODS)])
        return
    allowed = [
        (b"allow", _ALLOWED_METHODS),
        (b"access-control-allow-methods", _ALLOWED_METHODS),
        (b"access-control-allow-headers", _ALLOWED_HEADERS),
        (b"access-control-max-age", _PREFLIGHT_SECONDS),
    ]
    await _send(send, 204, b"", origin, allowed)


async def _refuse(
    error: ExposedError,
    origin: bytes | None,
    send: Send,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    more = list(headers)
    if error.retry_after is not None:
        more.append((b"retry-after", str(error.retry_after).encode()))
    if error.status == 401:
        more.append((b"www-authenticate", b"Bearer"))
    await _send(send, error.status, msgspec.json.encode({"error": error.to_dict()}), origin, more)


async def _acknowledge(
    scope: MutableMapping[str, Any], send: Send, body: bytes, origin: bytes | None
) -> None:
    # What a page of another origin has to be told goes the usual way.
    whole = scope.get("extensions", _NO_EXTENSIONS).get(WHOLE) if origin is None else None
    if whole is None or not whole(scope, _HEAD % len(body), body):
        await _send(send, 200, body, origin)


def _receipt(receipt: Receipt) -> bytes:
    if receipt.rejected:
        return msgspec.json.encode(receipt.to_dict())
    return b'{"stored":%d,"duplicates":%d,"rejected":[]}' % (receipt.stored, receipt.duplicates)


async def _send(
    send: Send,
    status: int,
    body: bytes,
    origin: bytes | None,
    more: list[tuple[bytes, bytes]] | None = None,
) -> None:
    headers = [_JSON, _NO_STORE, (b"content-length", b"%d" % len(body))]
    if status == 204:
        headers = []
    if origin is not None:
        headers += [(b"access-control-allow-origin", origin), (b"vary", b"origin")]
    headers += more or []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


_INTERNAL: Final = msgspec.json.encode(
    {"error": error_dict("internal", "Something failed inside; the log tells more.")}
)

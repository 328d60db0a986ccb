"""Other people's trackers: finds the adapter of a request, and has its events taken in.

A raw ASGI handler in front of the framework, like that of `/v1/events`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

from footfall.capture.protocols.adapter import (
    Adapter,
    Call,
    Outcome,
    Reading,
    Refused,
    Reply,
    Sent,
    refusal,
)
from footfall.capture.protocols.content import MAX_PARAMETERS, read_form
from footfall.capture.protocols.registry import RouteTable
from footfall.errors import (
    ExposedError,
    InvalidEvents,
    NotAuthenticated,
    NotFound,
    UnknownSource,
)
from footfall.intake.intake import Intake
from footfall.intake.issued import without_secrets
from footfall.intake.payload import Context
from footfall.server.bodies import Bodies, ClientGone, Headers, Receive, Send
from footfall.server.contexts import Contexts
from footfall.server.key_origins import KeyOrigins, no_source
from footfall.server.lots import Lot, encode, reject, sort
from footfall.server.replies import cors, exposing, preflight, send_reply

PREFIX: Final = "/k/"
"""In front of any tracker's path stands `/k/WRITE_KEY`, where its own key says nothing."""

_LARGE: Final = 64 * 1024
"""Bytes of a body that are read beside the loop, not in it."""
_MAX_LARGE: Final = 2
"""Large bodies that are read at once: as objects they take thirty times their size."""
_log = logging.getLogger(__name__)


class TrackerPaths:
    """Tells which paths are trackers' own."""

    def __init__(self, known: Iterable[Adapter]) -> None:
        self._table = RouteTable(known)

    def is_asked(self, path: str) -> bool:
        """Whether a tracker sends there, with or without a key in front."""
        return path.startswith(PREFIX) or self._table.knows(path)


class TrackersEndpoint:
    """The handler of every adapter's routes.

    `source_of_key` and `source_of_id` are those of `KeyOrigins`.
    """

    def __init__(
        self,
        intake: Intake,
        adapters: Iterable[Adapter],
        source_of_key: Callable[[str], str | None],
        source_of_id: Callable[[str], str | None],
        contexts: Contexts,
    ) -> None:
        self._intake = intake
        known = tuple(adapters)
        self._table = RouteTable(known)
        self._exposed = exposing(known)
        self._bodies = Bodies(intake)
        self._contexts = contexts
        self._origins = KeyOrigins(source_of_key, source_of_id)
        self._large = asyncio.Semaphore(_MAX_LARGE)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: Headers = dict(scope["headers"])
        key, path = split_prefix(scope["path"])
        if scope["method"] == "OPTIONS" and self._table.knows(path):
            await send_reply(send, Reply(204), [*cors(headers, self._exposed), *preflight(headers)])
            return
        try:
            reply, error = await self._answer(scope, headers, key, path, receive)
        except ClientGone:
            return
        if reply.status >= 400:
            # It may tell back a part of what was sent.
            reply = replace(reply, body=without_secrets(reply.body))
        more = cors(headers, self._exposed)
        if error is not None and error.retry_after is not None:
            more.append((b"retry-after", b"%d" % error.retry_after))
        await send_reply(send, reply, more, has_body=scope["method"] != "HEAD")

    async def _answer(
        self, scope: Any, headers: Headers, key: str, path: str, receive: Receive
    ) -> tuple[Reply, ExposedError | None]:
        texts = {name.decode("latin-1"): each.decode("latin-1") for name, each in headers.items()}
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        key = key or texts.get("x-footfall-key", "")
        query, fault = _read_query(scope)
        call = Call(method, path, query, texts, b"", self._intake.clock(), key)
        packed = b""
        try:
            packed = await self._bodies.read(headers, receive)
            if fault is not None:
                raise fault
            body = await self._intake.unpack(packed, texts.get("content-encoding", ""))
            await self._wait_for_turn(len(body))
        except ExposedError as error:
            return await self._refuse(replace(call, body=packed), scope, error)
        try:
            return await self._handle(replace(call, body=body), scope)
        finally:
            if len(body) > _LARGE:
                self._large.release()

    async def _handle(self, call: Call, scope: Any) -> tuple[Reply, ExposedError | None]:
        adapter = await self._find(call)
        if adapter is None:
            return await self._refuse_unclaimed(call, scope)
        outcome = await self._take(adapter, call, scope)
        return adapter.reply(call, outcome), outcome.error

    async def _refuse(
        self, call: Call, scope: Any, error: ExposedError
    ) -> tuple[Reply, ExposedError | None]:
        """Answer a request whose body could not be looked at; it is packed still."""
        # Whether the client sends again hangs on the tracker's own way to say no.
        adapter = self._table.likely(replace(call, body=b""))
        if adapter is None:
            return refusal(error), error
        outcome = Outcome(error=error)
        if isinstance(error, InvalidEvents):
            outcome = await self._keep_unreadable(adapter, call, scope, error)
        return adapter.reply(replace(call, body=b""), outcome), outcome.error

    async def _refuse_unclaimed(self, call: Call, scope: Any) -> tuple[Reply, ExposedError | None]:
        """Answer a request that no adapter of its path takes for its own."""
        error = self._unknown(call)
        # Cut short, it shows no more whose it is of those that send there.
        adapter = self._table.routed(call)
        if adapter is not None and isinstance(error, InvalidEvents):
            outcome = await self._keep_unreadable(adapter, call, scope, error)
            error = outcome.error or error
        return refusal(error), error

    async def _wait_for_turn(self, size: int) -> None:
        """Take one of the few places for large bodies; those that wait count as load."""
        if size <= _LARGE:
            return
        self._intake.load.check(size)
        with self._intake.load.held(size):
            await self._large.acquire()

    async def _find(self, call: Call) -> Adapter | None:
        # Whose request it is may show only when its body is read.
        if len(call.body) > _LARGE:
            return await asyncio.to_thread(self._table.find, call)
        return self._table.find(call)

    def _unknown(self, call: Call) -> ExposedError:
        methods = ", ".join(self._table.methods(call.path))
        if not methods:
            return NotFound(f"No tracker sends to {call.path!r}.", parameter="path")
        return InvalidEvents(
            f"{call.method} {call.path} is like no request of the trackers that send there "
            f"(with {methods}): check the tracker's version against docs/trackers.md."
        )

    async def _take(self, adapter: Adapter, call: Call, scope: Any) -> Outcome:
        try:
            reading = await _read(adapter, call)
        except InvalidEvents as error:
            return await self._keep_unreadable(adapter, call, scope, error)
        except ExposedError as error:
            return Outcome(error=error)
        if not reading.sent and not reading.refused:
            return Outcome(reading=reading)
        try:
            outcome = await self._store(adapter, call, reading, scope)
        except ExposedError as error:
            return Outcome(error=error, reading=reading)
        return replace(outcome, reading=reading)

    async def _store(self, adapter: Adapter, call: Call, reading: Reading, scope: Any) -> Outcome:
        lots, unknown = await sort(self._origins, call, reading)
        if not lots:
            self._origins.warn(adapter, {each.key for each in unknown})
            raise NotAuthenticated(no_source({each.key for each in unknown}))
        total = Outcome(refused=tuple(unknown))
        for lot, (sent, refused) in lots.items():
            total = await self._accept(adapter, call, scope, lot, sent, refused, total)
        return total

    async def _accept(
        self,
        adapter: Adapter,
        call: Call,
        scope: Any,
        lot: Lot,
        sent: list[Sent],
        refused: list[Refused],
        before: Outcome,
    ) -> Outcome:
        body, kept, odd = encode(sent)
        try:
            receipt = await self._intake.accept(
                lot.origin.source,
                body,
                context=self._context(call, scope, lot),
                protocol=adapter.name,
                slow=lot.slow,
                indices=[each.index for each in kept],
                refused=[reject(each) for each in (*refused, *odd)],
                is_vouched=lot.origin.is_secret,
            )
        except UnknownSource as error:
            raise NotAuthenticated(no_source({lot.origin.source})) from error
        found = [Refused(each.index, each.code, each.reason, each.raw) for each in receipt.rejected]
        return Outcome(
            before.stored + receipt.stored,
            before.duplicates + receipt.duplicates,
            (*before.refused, *found),
        )

    def _context(self, call: Call, scope: Any, lot: Lot) -> Context:
        client = scope.get("client")
        address = lot.address or (client[0] if client else "")
        return self._contexts.of(
            lot.origin.source,
            "" if lot.is_anonymous else address,
            call.header("user-agent").encode("latin-1"),
            call.header("accept-language").encode("latin-1"),
            is_visitors=bool(lot.address),
        )

    async def _keep_unreadable(
        self, adapter: Adapter, call: Call, scope: Any, error: InvalidEvents
    ) -> Outcome:
        """Keep a request that cannot be read as a reject, if it says whose it is."""
        for key in _keys_in(adapter, call):
            origin = await self._origins.find(call, key)
            if origin is not None:
                # Without a body it is the address that tells, as a form would.
                raw = call.body or scope.get("query_string", b"")
                kept = Refused(0, error.code, error.message, raw, key)
                try:
                    await self._intake.accept(
                        origin.source,
                        b"[]",
                        protocol=adapter.name,
                        refused=[reject(kept)],
                        is_vouched=origin.is_secret,
                    )
                except ExposedError as worse:
                    return Outcome(error=worse)
                return Outcome(refused=(kept,), error=error)
        return Outcome(error=error)


def split_prefix(path: str) -> tuple[str, str]:
    """Write key and tracker's path of `/k/KEY/…`; the key is "" where there is no prefix.

    >>> split_prefix("/k/ffw_1/api/event"), split_prefix("/api/event")
    (('ffw_1', '/api/event'), ('', '/api/event'))
    """
    if not path.startswith(PREFIX):
        return "", path
    key, _, rest = path[len(PREFIX) :].partition("/")
    return unquote(key), f"/{rest}"


async def _read(adapter: Adapter, call: Call) -> Reading:
    if len(call.body) > _LARGE:
        return await asyncio.to_thread(_read_safely, adapter, call)
    return _read_safely(adapter, call)


def _read_safely(adapter: Adapter, call: Call) -> Reading:
    try:
        return adapter.read(call)
    except ExposedError:
        raise
    except Exception as error:
        # A request that an adapter did not foresee: it is kept, and told as unreadable, for
        # with a 5xx the client would send the same again and again.
        _log.exception("the %s adapter failed", adapter.name)
        raise InvalidEvents("The request cannot be read: it is like none known.") from error


def _read_query(scope: Any) -> tuple[dict[str, str], InvalidEvents | None]:
    """Parameters of the address, only the first where there are too many, and what is wrong."""
    text: bytes = scope.get("query_string", b"")
    try:
        return read_form(text), None
    except InvalidEvents as error:
        first = text.split(b"&", MAX_PARAMETERS)[:MAX_PARAMETERS]
        return read_form(b"&".join(first)), error


def _keys_in(adapter: Adapter, call: Call) -> list[str]:
    """Keys that a request has beside its body, the plainest first."""
    bare = call.header("authorization")
    named = [call.query[name] for name in adapter.key_parameters if name in call.query]
    return [call.key, call.basic_user, call.bearer, bare, *named]

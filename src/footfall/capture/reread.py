"""Rejects of trackers read again: a whole body, an item of one, or an event that was read.

What became of a request's own path and headers is not kept, so that the body alone has to tell.
Each is believed as far as its request was: without a write key neither who else its
actor is, nor of which browser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from footfall.capture.protocols.adapter import JSON, Adapter, Call, Sent
from footfall.capture.protocols.clock import slowness
from footfall.capture.protocols.hearsay import NOT_ALLOWED, excess, without_hearsay
from footfall.errors import ExposedError
from footfall.intake.canonical import Event
from footfall.intake.payload import VERSION, Context, Payload
from footfall.model.time import to_epoch_us

if TYPE_CHECKING:
    import pyarrow as pa

    from footfall.intake.accept import Accepted, Acceptor
    from footfall.intake.ledger import Reject
    from footfall.model.source import Source

_PROTOBUF: Final = "application/x-protobuf"
_OWN: Final = frozenset(field.name for field in msgspec.structs.fields(Event))
# Where a single item has its place: the path, and the member of the body, "" for a list.
_ENVELOPES: Final[Mapping[str, tuple[str, str]]] = {
    "amplitude": ("/2/httpapi", "events"),
    "cloudevents": ("/cloudevents", ""),
    "countly": ("/i/bulk", ""),
    "ga4": ("/mp/collect", "events"),
    "matomo": ("/matomo.php", "requests"),
    "mixpanel": ("/import", ""),
    "posthog": ("/e", "batch"),
    "posthog_v1": ("/i/v1/analytics/events", "batch"),
    "rudderstack": ("/v1/batch", "batch"),
    "segment": ("/v1/batch", "batch"),
    "snowplow": ("/com.snowplowanalytics.snowplow/tp2", "data"),
    "umami": ("/api/batch", ""),
    "userale": ("/userale", ""),
}


def adapter_of(protocol: str) -> Adapter | None:
    """The adapter whose rejects have that protocol, None where it is no tracker's."""
    from footfall.capture.protocols.registry import adapters

    return next((each for each in adapters() if each.name == protocol), None)


class Rereader:
    """Reads the rejects of one tracker into one source."""

    def __init__(self, adapter: Adapter, source: Source, acceptor: Acceptor) -> None:
        self._adapter = adapter
        self._source = source
        self._acceptor = acceptor

    def read(self, reject: Reject) -> Payload | None:
        """What is in a reject, as a request of its time; None if any of it is none still."""
        if reject.code == NOT_ALLOWED:
            return None
        for sent in self._candidates(reject):
            accepted = self._accept(reject, sent)
            if accepted is not None:
                return self._payload(reject, accepted)
        return None

    def _candidates(self, reject: Reject) -> Iterator[Sequence[Sent]]:
        """The events that may be meant, the likeliest first."""
        value = _json(reject.raw)
        if isinstance(value, dict) and value.keys() <= _OWN:
            yield [Sent(value, "")]
            return
        path, member = _ENVELOPES.get(self._adapter.name, ("", ""))
        is_whole = isinstance(value, dict) and member in value
        if path and value is not None and not is_whole:
            wrapped = b"[" + reject.raw + b"]"
            yield self._ask(reject, path, wrapped if not member else _member(member, wrapped))
        # A lone word or number is an item at most, though as a form it would be something.
        if value is None or isinstance(value, dict | list):
            yield self._ask(reject, path or self._path(), reject.raw)

    def _path(self) -> str:
        routes = self._adapter.routes
        return next((each.path for each in routes if each.method == "POST" and each.is_plain), "/")

    def _ask(self, reject: Reject, path: str, body: bytes) -> Sequence[Sent]:
        """The events that the adapter finds; none where it refuses anything."""
        is_json = body.lstrip()[:1] in (b"{", b"[")
        headers = {"content-type": JSON if is_json else _PROTOBUF}
        call = Call("POST", path, {}, headers, body, reject.received_at)
        try:
            reading = self._adapter.read(call)
        except Exception:
            # Whatever an adapter did not foresee, it is a reject as it was before.
            return []
        return [] if reading.refused else reading.sent

    def _accept(self, reject: Reject, sent: Sequence[Sent]) -> Accepted | None:
        """The events with ids and times, unless one of them cannot be."""
        believed = _believed(reject, sent)
        if not believed:
            return None
        events = [_identified(each.event, reject, index) for index, each in enumerate(believed)]
        try:
            slow = slowness(believed[0].sent_at, reject.received_at)
            body = msgspec.json.encode(events)
            found = self._acceptor.accept(self._source, body, Context(), reject.received_at, slow)
        except (ExposedError, ValueError, TypeError, OverflowError, RecursionError):
            return None
        return None if found.rejects or not found.ids else found

    def _payload(self, reject: Reject, accepted: Accepted) -> Payload:
        return Payload(
            VERSION,
            self._source.name,
            to_epoch_us(reject.received_at),
            reject.protocol,
            Context(),
            accepted.body,
            len(accepted.ids),
        )


def table_of(payloads: Sequence[Payload], source: Source) -> tuple[pa.Table, int]:
    """The events of some requests as they are stored, and how many values did not fit."""
    from footfall.intake.columns import to_table
    from footfall.intake.enrich import enrich
    from footfall.lake.properties import declare

    table, visitors, _ = to_table(payloads)
    return declare(enrich(table.drop_columns(["received_at"]), source, visitors), source)


def _identified(event: dict[str, Any], reject: Reject, index: int) -> dict[str, Any]:
    """The event with an id that is the same whenever the reject is read."""
    if event.get("event_id"):
        return event
    text = b"%d %d " % (reject.id, index) + reject.raw
    return event | {"event_id": blake2b(text, digest_size=12).hexdigest()}


def _believed(reject: Reject, sent: Sequence[Sent]) -> Sequence[Sent]:
    """The events as far as their request was believed; none where one asks for more."""
    if reject.is_vouched:
        return sent
    return [] if any(map(excess, sent)) else [without_hearsay(each) for each in sent]


def _member(name: str, value: bytes) -> bytes:
    return b'{"%s":%s}' % (name.encode(), value)


def _json(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None

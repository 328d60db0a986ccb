"""What one record of the journal holds: a request, as far as it was understood."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from footfall.intake.canonical import Event, JournalEvent

VERSION: Final = 1


class Context(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a request says about the one who did it, for events that do not say so.

    `visitor` stands for the network address of that day (see `visitors.visitor_base`).
    `address` is what the source keeps of it; with the place where it is, both are empty
    where the address is not the visitor's.
    """

    visitor: str = ""
    user_agent: str = ""
    language: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    address: str = ""


class RejectItem(msgspec.Struct, array_like=True, gc=False):
    """An event of a request that was not taken; `raw` are its bytes, cut if they are many."""

    index: int
    code: str
    reason: str
    raw: bytes


class Payload(msgspec.Struct, array_like=True, gc=False):
    """One request: events in `body` (a JSON array, or one object per line), and the rest.

    `received_at` counts microseconds since 1970; `n_events` are those in `body`,
    `n_duplicates` those that were left out of it because they had come before. Of what a
    tracker sent, `is_vouched` says whether a write key came with it.
    """

    version: int
    source: str
    received_at: int
    protocol: str
    context: Context
    body: bytes
    n_events: int
    n_duplicates: int = 0
    rejects: list[RejectItem] = []
    is_vouched: bool = False


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Payload)
_events_out = msgspec.json.Encoder()
_events_in = msgspec.json.Decoder(list[JournalEvent])
_event_in = msgspec.json.Decoder(JournalEvent)
_texts_in = msgspec.json.Decoder(list[msgspec.Raw])
_text_in = msgspec.json.Decoder(msgspec.Raw)


def encode_payload(payload: Payload) -> bytes:
    """The bytes of a record."""
    return _encoder.encode(payload)


def decode_payload(record: bytes) -> Payload:
    """The request in a record; raises `msgspec.DecodeError`."""
    payload = _decoder.decode(record)
    if payload.version != VERSION:
        raise msgspec.DecodeError(f"record version {payload.version} is not {VERSION}")
    return payload


def encode_events(events: list[Event]) -> bytes:
    """A body that holds these events."""
    return _events_out.encode(events)


def decode_events(body: bytes) -> list[JournalEvent]:
    """The events of a body; raises `msgspec.DecodeError` or `UnicodeDecodeError`."""
    if not body:
        return []
    return _events_in.decode(body) if body[:1] == b"[" else _event_in.decode_lines(body)


def split_events(body: bytes) -> list[msgspec.Raw]:
    """The JSON text of each event of a body; raises `msgspec.DecodeError`."""
    if not body:
        return []
    return _texts_in.decode(body) if body[:1] == b"[" else _text_in.decode_lines(body)


def join_events(texts: Iterable[msgspec.Raw]) -> bytes:
    """A body that holds these events; empty where there is none."""
    whole = b",".join(texts)
    return b"[%b]" % whole if whole else b""


def event_ids(body: bytes) -> list[str]:
    """Identities of the events of a body; none where it cannot be read."""
    try:
        return [event.event_id for event in decode_events(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []

"""What events of the journal say, as columns: their JSON read in portions.

Of some thirty fields an event has about ten, and nearly all events have the same. Objects that
have only these take a third of the memory, and so of the time to make and to look through them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.intake.canonical import NUMBER_FIELDS, JournalEvent
from footfall.intake.payload import Payload, join_events, split_events
from footfall.model.time import LEAST_MILLISECONDS, epoch_to_us, from_epoch_us

_PORTION: Final = 2_000
"""Events that are objects at a time: as many as a processor keeps close by."""

_FIELDS: Final = {item.name: item for item in msgspec.structs.fields(JournalEvent)}
_REQUIRED: Final = frozenset(name for name, item in _FIELDS.items() if item.required)
_ALL: Final = frozenset(_FIELDS)
_TIME: Final = pa.timestamp("us", "UTC")
_EMPTY: Final = pa.array(["null", "{}"])
_UNLIKE_TEXT: Final = {"is_bot": pa.bool_(), **dict.fromkeys(NUMBER_FIELDS, pa.float64())}

Decoder = msgspec.json.Decoder[list[Any]]


def read_sent(payloads: Sequence[Payload]) -> tuple[pa.Table, list[int]]:
    """The fields of all events that any of them has, and the number of events of each request.

    Raises `msgspec.DecodeError`, `UnicodeDecodeError` or `RecursionError` if one cannot be read.
    """
    parts: list[pa.Table] = []
    n_events: list[int] = []
    known = _REQUIRED
    for portion in _portions(payloads):
        is_known = True
        try:
            events = _decode(portion, known)
        except msgspec.ValidationError:
            is_known = False
            events = _decode(portion, _ALL)
        n_events += map(len, events)
        parts.append(_columns([event for each in events for event in each]))
        if not is_known:
            # Without a new one it was a null, say, that stood under an unknown name.
            found = frozenset(parts[-1].column_names)
            known = _ALL if found <= known else known | found
    return pa.concat_tables(parts, promote_options="default"), n_events


def _portions(payloads: Sequence[Payload]) -> Iterator[Sequence[Payload]]:
    """The first by itself, which tells about the others, then as many as make a portion."""
    start, n_events = 0, _PORTION
    for place, payload in enumerate(payloads):
        n_events += payload.n_events
        if n_events >= _PORTION:
            yield payloads[start : place + 1]
            start, n_events = place + 1, 0
    if start < len(payloads):
        yield payloads[start:]


def _decode(payloads: Sequence[Payload], fields: frozenset[str]) -> list[list[Any]]:
    """The events of each request."""
    found: list[list[Any]] = []
    decoder = _decoder(fields)
    for is_single, run in groupby(payloads, lambda each: each.n_events == 1):
        bodies = [each.body for each in run]
        together = _decode_singles(bodies, decoder) if is_single else None
        found += together or [_decode_body(body, decoder) for body in bodies]
    return found


def _decode_singles(bodies: Sequence[bytes], decoder: Decoder) -> list[list[Any]] | None:
    """The events of bodies that hold one each: together, as that costs half as much.

    None where one proves to hold another number.
    """
    whole = b",".join([body[1:-1] if body[:1] == b"[" else body for body in bodies])
    try:
        events = decoder.decode(b"[%b]" % whole)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return [[event] for event in events] if len(events) == len(bodies) else None


def _decode_body(body: bytes, decoder: Decoder) -> list[Any]:
    return decoder.decode(body if body[:1] == b"[" else join_events(split_events(body)))


@lru_cache(maxsize=256)
def _decoder(fields: frozenset[str]) -> Decoder:
    """Reads events that have no other fields than these."""
    if fields == _ALL:
        return msgspec.json.Decoder(list[JournalEvent])
    items = [_FIELDS[name] for name in sorted(fields)]
    narrow = msgspec.defstruct(
        JournalEvent.__name__,
        [(each.name, each.type) if each.required else (each.name, each.type, each.default)
         for each in items],
        kw_only=True,
        forbid_unknown_fields=True,
        gc=False,
    )  # fmt: skip
    return msgspec.json.Decoder(list[narrow])


def _columns(events: list[Any]) -> pa.Table:
    """Fields that an event has as columns; nobody else need look at the empty ones."""
    columns: dict[str, Any] = {}
    for name in events[0].__struct_fields__ if events else ():
        # A field at a time: rows of thirty values, to be turned about, take twice as long.
        values = list(map(attrgetter(name), events))
        if name == "timestamp":
            columns[name] = _times(values)
        elif name == "properties":
            columns[name] = _properties(values)
        elif values[0] is not None or values.count(None) < len(values):
            columns[name] = pa.array(values, _UNLIKE_TEXT.get(name, pa.string()))
    return pa.table(columns)


def _times(values: list[datetime | int | float]) -> pa.Array:
    """Moments as they were sent, in microseconds."""
    if set(map(type, values)) == {int}:
        numbers = np.array(values, np.int64)
        low, high = int(numbers.min()), int(numbers.max())
        # Milliseconds, as browsers count, and of them all.
        if low >= LEAST_MILLISECONDS and high < LEAST_MILLISECONDS * 1000:
            return pa.array(numbers * 1000).cast(_TIME)
    return pa.array([_moment(value) for value in values], _TIME)


def _moment(value: datetime | float) -> datetime:
    return value if isinstance(value, datetime) else from_epoch_us(epoch_to_us(value))


def _properties(values: list[msgspec.Raw]) -> pa.Array:
    texts = pa.array(list(map(bytes, values)), pa.binary()).cast(pa.string())
    return pc.if_else(pc.is_in(texts, _EMPTY), None, texts)

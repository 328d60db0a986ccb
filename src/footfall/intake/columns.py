"""Events of many requests as one table: the journal's JSON turned into columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import attrgetter
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.intake.agents import BROWSERS
from footfall.intake.canonical import NUMBER_FIELDS, TEXT_FIELDS, JournalEvent
from footfall.intake.enrich import visitor_ids
from footfall.intake.payload import Context, Payload
from footfall.model.time import LEAST_MILLISECONDS, epoch_to_us, from_epoch_us

_TIME: Final = pa.timestamp("us", "UTC")
_EMPTY: Final = pa.array(["null", "{}"])
_TEXTS: Final = ("event_id", "name", "user_id", *TEXT_FIELDS)
_PLACE: Final = ("country", "region", "city", *NUMBER_FIELDS)
_DERIVED: Final = frozenset({"distinct_id", "user_agent", "language"})


def to_table(
    payloads: Sequence[Payload], events: Sequence[Sequence[JournalEvent]]
) -> tuple[pa.Table, pa.Array]:
    """Canonical columns of all events, and each one's identity as a visitor.

    What an event does not say of its actor's browser is taken from its request, unless a
    program sent it. `events[i]` belong to `payloads[i]`.
    """
    rows = [event for each in events for event in each]
    texts = _texts(rows)
    request = np.repeat(np.arange(len(payloads)), [len(each) for each in events])
    columns: dict[str, Any] = {
        "event_id": texts["event_id"],
        "timestamp": _times([event.timestamp for event in rows]),
        "received_at": pa.array([each.received_at for each in payloads], pa.int64())
        .cast(_TIME)
        .take(pa.array(request)),
        "name": texts["name"],
        "distinct_id": pc.coalesce(texts["distinct_id"], texts["user_id"]),
    }
    for field in TEXT_FIELDS:
        if field not in _DERIVED:
            columns[field] = texts[field]
    contexts = [each.context for each in payloads]
    sent = pa.array([each.user_agent for each in contexts], pa.string())
    agents = texts["user_agent"]
    columns["user_agent"] = pc.coalesce(agents, _of_browsers(sent, sent, request))
    languages = _of_browsers(sent, [each.language for each in contexts], request)
    columns["language"] = pc.coalesce(texts["language"], languages)
    columns |= {name: _numbers(rows, name) for name in NUMBER_FIELDS}
    columns |= _places(columns, contexts, request)
    columns["is_bot"] = pa.array(list(map(attrgetter("is_bot"), rows)), pa.bool_())
    columns["properties"] = _properties(rows)
    visitors = _visitors([each.visitor for each in contexts], sent, agents, request)
    return pa.table(columns), visitors


def _texts(rows: list[JournalEvent]) -> dict[str, pa.Array]:
    """The text fields of all events; those that nobody filled cost next to nothing."""
    found: dict[str, pa.Array] = {}
    for field in _TEXTS:
        # A field at a time: rows of thirty values, to be turned about, take twice as long.
        values = list(map(attrgetter(field), rows))
        is_empty = values[0] is None and values.count(None) == len(values)
        found[field] = (
            pa.nulls(len(values), pa.string()) if is_empty else pa.array(values, pa.string())
        )
    return found


def _numbers(rows: list[JournalEvent], field: str) -> pa.Array:
    return pa.array(list(map(attrgetter(field), rows)), pa.float64())


def _places(
    columns: dict[str, pa.Array], contexts: Sequence[Context], request: np.ndarray
) -> dict[str, pa.Array]:
    """Where the requests came from, for events that do not say where they happened."""
    is_untold = pc.is_null(columns["country"])
    found: dict[str, pa.Array] = {}
    for name in (*_PLACE, "address"):
        values = [getattr(each, name) or None for each in contexts]
        if values.count(None) == len(values):
            continue
        kind = pa.float64() if name in NUMBER_FIELDS else pa.string()
        told = pa.array(values, kind).take(pa.array(request))
        if name == "address":
            found[name] = told
        else:
            found[name] = pc.coalesce(columns[name], pc.if_else(is_untold, told, None))
    return found


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


def _properties(rows: list[JournalEvent]) -> pa.Array:
    texts = pa.array([bytes(event.properties) for event in rows], pa.binary()).cast(pa.string())
    return pc.if_else(pc.is_in(texts, _EMPTY), None, texts)


def _of_browsers(
    agents: pa.Array, values: Sequence[str] | pa.Array, request: np.ndarray
) -> pa.Array:
    """What requests say in their headers, where a browser wrote them."""
    texts = pa.array(values, pa.string())
    is_meant = pc.and_(_is_browser(agents), pc.not_equal(texts, ""))
    return pc.if_else(is_meant, texts, None).take(pa.array(request))


def _is_browser(agents: pa.Array) -> pa.Array:
    found = [pc.starts_with(agents, mark) for mark in BROWSERS]
    return reduce(pc.or_, found)


def _visitors(
    bases: Sequence[str], sent: pa.Array, agents: pa.Array, request: np.ndarray
) -> pa.Array:
    texts = pa.array(bases, pa.string())
    rows = pa.array(request)
    known = pc.if_else(pc.not_equal(texts, ""), texts, None).take(rows)
    return visitor_ids(known, pc.coalesce(agents, sent.take(rows)))

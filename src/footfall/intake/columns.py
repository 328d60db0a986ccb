"""Events of many requests as one table: the journal's JSON turned into columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.intake.agents import is_browser
from footfall.intake.canonical import TEXT_FIELDS, JournalEvent, epoch_to_us
from footfall.intake.enrich import visitor_ids
from footfall.intake.payload import Payload
from footfall.model.time import from_epoch_us

_TIME: Final = pa.timestamp("us", "UTC")
_EMPTY: Final = pa.array(["null", "{}"])
_DERIVED: Final = frozenset({"distinct_id", "user_agent", "language"})


def to_table(
    payloads: Sequence[Payload], events: Sequence[Sequence[JournalEvent]]
) -> tuple[pa.Table, pa.Array]:
    """Canonical columns of all events, and each one's identity as a visitor.

    What an event does not say of its actor's browser is taken from its request, unless a
    program sent it. `events[i]` belong to `payloads[i]`.
    """
    rows = [event for each in events for event in each]
    request = np.repeat(np.arange(len(payloads)), [len(each) for each in events])
    columns: dict[str, Any] = {
        "event_id": _texts(rows, "event_id"),
        "timestamp": pa.array([_moment(event.timestamp) for event in rows], _TIME),
        "received_at": _spread([each.received_at for each in payloads], request, pa.int64()).cast(
            _TIME
        ),
        "name": _texts(rows, "name"),
        "distinct_id": pc.coalesce(_texts(rows, "distinct_id"), _texts(rows, "user_id")),
    }
    for field in TEXT_FIELDS:
        if field not in _DERIVED:
            columns[field] = _texts(rows, field)
    agents = _texts(rows, "user_agent")
    columns["user_agent"] = pc.coalesce(agents, _of_browsers(payloads, "user_agent", request))
    columns["language"] = pc.coalesce(
        _texts(rows, "language"), _of_browsers(payloads, "language", request)
    )
    columns["is_bot"] = pa.array(list(map(attrgetter("is_bot"), rows)), pa.bool_())
    columns["properties"] = _properties(rows)
    return pa.table(columns), _visitors(payloads, agents, request)


def _texts(rows: list[JournalEvent], field: str) -> pa.Array:
    return pa.array(list(map(attrgetter(field), rows)), pa.string())


def _moment(value: datetime | float) -> datetime:
    return value if isinstance(value, datetime) else from_epoch_us(epoch_to_us(value))


def _properties(rows: list[JournalEvent]) -> pa.Array:
    texts = pa.array([bytes(event.properties) for event in rows], pa.binary()).cast(pa.string())
    return pc.if_else(pc.is_in(texts, _EMPTY), None, texts)


def _of_browsers(payloads: Sequence[Payload], field: str, request: np.ndarray) -> pa.Array:
    """What the request's own headers say, where a browser wrote them."""
    values = [
        getattr(each.context, field) or None if is_browser(each.context.user_agent) else None
        for each in payloads
    ]
    return _spread(values, request, pa.string())


def _visitors(payloads: Sequence[Payload], agents: pa.Array, request: np.ndarray) -> pa.Array:
    bases = _spread([each.context.visitor or None for each in payloads], request, pa.string())
    sent = _spread([each.context.user_agent for each in payloads], request, pa.string())
    return visitor_ids(bases, pc.coalesce(agents, sent))


def _spread(values: list[Any], request: np.ndarray, kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind).take(pa.array(request))

"""Events of many requests as one table: what they say, and what their requests say of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.intake.agents import BROWSERS
from footfall.intake.canonical import NUMBER_FIELDS
from footfall.intake.enrich import visitor_ids
from footfall.intake.payload import Context, Payload
from footfall.intake.sent import read_sent

_TIME: Final = pa.timestamp("us", "UTC")
_PLACE: Final = ("country", "region", "city", *NUMBER_FIELDS)


def to_table(payloads: Sequence[Payload]) -> tuple[pa.Table, pa.Array, list[int]]:
    """Columns of all events, the identities of visitors, and how many events each request has.

    Each event has a visitor's identity where one of them does not say who its actor is.

    What an event does not say of its actor's browser is taken from its request, unless a
    program sent it. Canonical columns that no event has are left out. Raises as `read_sent`.
    """
    sent, n_events = read_sent(payloads)
    columns = {name: sent[name].combine_chunks() for name in sent.column_names}
    request = np.repeat(np.arange(len(payloads)), n_events)
    nothing = pa.nulls(len(request), pa.string())
    columns["received_at"] = (
        pa.array([each.received_at for each in payloads], pa.int64())
        .cast(_TIME)
        .take(pa.array(request))
    )
    columns["distinct_id"] = pc.coalesce(
        columns.get("distinct_id", nothing), columns.pop("user_id", nothing)
    )
    contexts = [each.context for each in payloads]
    programs = pa.array([each.user_agent for each in contexts], pa.string())
    agents = columns.get("user_agent", nothing)
    columns["user_agent"] = pc.coalesce(agents, _of_browsers(programs, programs, request))
    languages = _of_browsers(programs, [each.language for each in contexts], request)
    columns["language"] = pc.coalesce(columns.get("language", nothing), languages)
    columns |= _places(columns, contexts, request)
    visitors = nothing
    if columns["distinct_id"].null_count:
        visitors = _visitors([each.visitor for each in contexts], programs, agents, request)
    return pa.table(columns), visitors, n_events


def _places(
    columns: dict[str, pa.Array], contexts: Sequence[Context], request: np.ndarray
) -> dict[str, pa.Array]:
    """Where the requests came from, for events that do not say where they happened."""
    rows = pa.array(request)
    found: dict[str, pa.Array] = {}
    for name in (*_PLACE, "address"):
        values = [getattr(each, name) or None for each in contexts]
        if values.count(None) == len(values):
            continue
        told = pa.array(values, pa.float64() if name in NUMBER_FIELDS else pa.string()).take(rows)
        if name != "address" and "country" in columns:
            told = pc.if_else(pc.is_null(columns["country"]), told, None)
        found[name] = pc.coalesce(columns[name], told) if name in columns else told
    return found


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

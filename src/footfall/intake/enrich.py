"""Derived columns of events: filled once per distinct value, never over what was sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from footfall.intake.agents import parse_agent
from footfall.intake.channels import channel_of
from footfall.intake.links import UTM, link_host, split_link
from footfall.intake.visitors import SEPARATOR
from footfall.model.source import Source

UNKNOWN_VISITOR: Final = "v_unknown"

_AGENT: Final = ("browser", "browser_version", "os", "device")
_LINK: Final = ("host", "path", *UTM)
_CHANNEL: Final = ("host", "referrer_host", "utm_source", "utm_medium", "utm_campaign")


def enrich(table: pa.Table, source: Source, visitors: pa.Array | None = None) -> pa.Table:
    """The events with everything that follows from their own columns.

    From `user_agent`: browser, browser_version, os, device, is_bot; from `url`: host, path,
    utm_*; from `referrer`: referrer_host; from these: channel, which events that are of no page
    and came from nowhere have none of. `actor_id` is the one sent,
    else `distinct_id`, else the event's place in `visitors` (see `visitor_ids`). A value
    that came with the event is kept. Referrers among the source's own hosts (mapping option
    `hosts`, for logs whose addresses start at the path) are internal as well.
    """
    table = _add_agent(table)
    table, click_ids = _add_link(table)
    table = _fill(table, "referrer_host", _each(_texts(table, "referrer"), link_host))
    table = _fill(table, "channel", _channels(table, click_ids, _own_hosts(source)))
    table = _country(table)
    return _add_actor(table, visitors)


def visitor_ids(bases: pa.Array, agents: pa.Array) -> pa.Array:
    """Identity of a visitor without name: of address, day and user agent, `v_` in front.

    The same person has another identity on the next day. Null where there is no base.
    """
    agents = pc.fill_null(agents, "")
    return _each(pc.binary_join_element_wise(bases, agents, SEPARATOR), _visitor_id)


def _visitor_id(key: str) -> str:
    return "v_" + blake2b(key.encode(), digest_size=10).hexdigest()


def _add_agent(table: pa.Table) -> pa.Table:
    distinct, places = _encode(_texts(table, "user_agent"))
    agents = [parse_agent(text) for text in distinct]
    for at, name in enumerate(_AGENT):
        table = _fill(table, name, _spread([agent[at] for agent in agents], places))
    bots = _spread([agent.is_bot for agent in agents], places, pa.bool_())
    return _fill(table, "is_bot", pc.fill_null(bots, False))


def _add_link(table: pa.Table) -> tuple[pa.Table, pa.Array]:
    distinct, places = _encode(_texts(table, "url"))
    links = [split_link(url) for url in distinct]
    for at, name in enumerate(_LINK):
        table = _fill(table, name, _spread([link[at] for link in links], places))
    return table, _spread(["1" if link.has_click_id else None for link in links], places)


def _own_hosts(source: Source) -> frozenset[str]:
    return frozenset(str(host).lower() for host in source.mapping.options.get("hosts", ()))


def _channels(table: pa.Table, click_ids: pa.Array, own: frozenset[str]) -> pa.Array:
    parts = [*(_texts(table, name) for name in _CHANNEL), click_ids]
    keys = pc.binary_join_element_wise(
        *parts, SEPARATOR, null_handling="replace", null_replacement=""
    )

    def channel(key: str) -> str:
        host, referrer, source, medium, campaign, click_id = key.rsplit(SEPARATOR, 5)
        return channel_of(
            referrer if referrer in own else host,
            referrer,
            source,
            medium,
            campaign,
            has_click_id=bool(click_id),
        )

    return _without_pages(_each(keys, channel), table)


def _without_pages(channels: pa.Array, table: pa.Table) -> pa.Array:
    """The channels; null where nothing could have led anywhere, as on a server."""
    found = pc.coalesce(*(_texts(table, name) for name in ("path", "host", "referrer")))
    is_bare = pc.and_(pc.is_null(found), pc.equal(channels, "direct"))
    return pc.if_else(is_bare, pa.scalar(None, pa.string()), channels)


def _country(table: pa.Table) -> pa.Table:
    if "country" not in table.column_names:
        return table
    place = table.column_names.index("country")
    return table.set_column(place, "country", pc.utf8_upper(_texts(table, "country")))


def _add_actor(table: pa.Table, visitors: pa.Array | None) -> pa.Table:
    known = [_texts(table, "distinct_id")]
    if visitors is not None:
        known.append(visitors)
    return _fill(table, "actor_id", pc.coalesce(*known, pa.scalar(UNKNOWN_VISITOR)))


def _texts(table: pa.Table, name: str) -> pa.Array:
    """A text column in one piece; nulls where the table has no such column."""
    if name not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    column = table[name].combine_chunks()
    return column if column.type == pa.string() else column.cast(pa.string())


def _fill(table: pa.Table, name: str, derived: pa.Array) -> pa.Table:
    """The table with `derived` where the column has nothing yet."""
    if name not in table.column_names:
        return table.append_column(name, derived)
    place = table.column_names.index(name)
    sent = table[name].combine_chunks()
    if not sent.null_count:
        return table
    if sent.type != derived.type:
        sent = sent.cast(derived.type)
    return table.set_column(place, name, pc.coalesce(sent, derived))


def _each(values: pa.Array, function: Callable[[str], str | None]) -> pa.Array:
    distinct, places = _encode(values)
    return _spread([function(value) for value in distinct], places)


def _encode(values: pa.Array) -> tuple[list[str], pa.Array]:
    encoded = values.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices


def _spread(values: Sequence[Any], places: pa.Array, kind: pa.DataType | None = None) -> pa.Array:
    return pa.array(values, kind or pa.string()).take(places)

"""Plausible's tracker: `POST /api/event`, one event as JSON sent as text.

https://plausible.io/docs/events-api
"""

from __future__ import annotations

from typing import Any, Final

from footfall.capture.protocols.adapter import (
    TEXT,
    Adapter,
    Call,
    Outcome,
    Reading,
    Reply,
    Sent,
    json_reply,
    posts,
    without_nothing,
)
from footfall.capture.protocols.content import (
    as_object,
    number_of,
    read_json,
    text_of,
)
from footfall.errors import InvalidEvents
from footfall.model.event import PAGE_VIEW

_DROPPED: Final = "x-plausible-dropped"
_PAGE_VIEW: Final = "pageview"
_SHORT: Final = {"n": "name", "u": "url", "d": "domain", "r": "referrer", "p": "props",
                 "m": "props", "meta": "props", "v": "version", "$": "revenue",
                 "h": "hash_mode", "i": "interactive"}  # fmt: skip
_ENGAGEMENT: Final = {"sd": "scroll_depth", "e": "engagement_ms"}


def read(call: Call) -> Reading:
    """The event, once for each domain it names."""
    value = as_object(read_json(call.body))
    sent = {_SHORT.get(key, key): each for key, each in value.items()}
    name = text_of(sent.get("name"))
    if not name:
        raise InvalidEvents("The event has no name: send it as 'n' or 'name'.", parameter="name")
    event = without_nothing({
        "name": PAGE_VIEW if name == _PAGE_VIEW else name,
        "url": text_of(sent.get("url")),
        "referrer": text_of(sent.get("referrer")),
        "properties": _properties(sent, value),
    })  # fmt: skip
    domains = [each.strip() for each in text_of(sent.get("domain")).split(",")]
    keys = [each for each in domains if each] or [call.key]
    return Reading([Sent(event, key) for key in keys])


def _properties(sent: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    own: dict[str, Any] = {}
    revenue = sent.get("revenue")
    if isinstance(revenue, str):
        revenue = read_json(revenue)
    if isinstance(revenue, dict):
        own["revenue"] = number_of(revenue.get("amount"))
        own["currency"] = text_of(revenue.get("currency"))
    for key, long in _ENGAGEMENT.items():
        if key in value:
            own[long] = number_of(value[key])
    return {**_props(sent.get("props")), **without_nothing(own)}


def _props(props: Any) -> dict[str, Any]:
    """An object in today's tracker, JSON text of one in older ones."""
    if isinstance(props, str) and props:
        props = read_json(props)
    if props is None or props == "":
        return {}
    return as_object(props, "'p'")


def reply(_call: Call, outcome: Outcome) -> Reply:
    """202 as the tracker expects it, with the header that says that an event was dropped."""
    error = outcome.error
    # A key that nobody knows is told as the tracker's own server tells it.
    if error is None or error.status in (401, 403):
        dropped = () if outcome.stored else ((_DROPPED, "1"),)
        return Reply(202, b"ok", TEXT, dropped)
    return json_reply({"errors": {error.parameter or "event": [error.message]}}, error.status)


ADAPTERS: Final = (
    Adapter("plausible", posts("/api/event"), read, reply, exposed_headers=(_DROPPED,)),
)

"""PostHog's clients: `/e/`, `/batch/`, `/capture/` and the older ways to the same.

https://posthog.com/docs/api/capture; what clients do with each answer was read in
posthog-js 1.130 and 1.449, posthog-node 5 and posthog-python 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from footfall.capture.protocols.adapter import (
    Adapter,
    Call,
    Outcome,
    Reading,
    Refused,
    Reply,
    Sent,
    json_reply,
    posts,
    routes,
    without_nothing,
)
from footfall.capture.protocols.clock import read_instant, slowness
from footfall.capture.protocols.content import counted, fitting_id, no_object, number_of, text_of
from footfall.capture.protocols.properties import (
    SCREEN_VIEW,
    UTM,
    dict_of,
    lift,
    link,
    set_screen,
    stable_id,
    tidy,
    without_address,
)
from footfall.errors import ExposedError, InvalidEvents
from footfall.model.event import PAGE_VIEW

AHEAD: Final = timedelta(hours=23)
"""What lies further ahead than this is dated now, as PostHog does it."""

_PATHS: Final = ("/e", "/i/v0/e", "/batch", "/capture", "/track", "/engage", "/i/v0/ai/batch")
_COLUMNS: Final = {
    "$current_url": "url",
    "$host": "host",
    "$pathname": "path",
    "$referrer": "referrer",
    "$referring_domain": "referrer_host",
    "$session_id": "session_id",
    "$device_type": "device",
    "$raw_user_agent": "user_agent",
    "$user_agent": "user_agent",
    "$browser": "browser",
    "$browser_version": "browser_version",
    "$os": "os",
    "$browser_language": "language",
    "$locale": "language",
    "$geoip_country_code": "country",
    "$geoip_subdivision_1_name": "region",
    "$geoip_city_name": "city",
    "$screen_name": "title",
    **UTM,
}
# In these the system is that of the server, not that of the visitor.
_ON_SERVERS: Final = {name: column for name, column in _COLUMNS.items() if name != "$os"}
_VIEWS: Final = {"$pageview": PAGE_VIEW, "$screen": SCREEN_VIEW}
_OTHER_ID: Final = {
    "$identify": "$anon_distinct_id",
    "$create_alias": "alias",
    "$merge_dangerously": "alias",
}
_SERVERS: Final = frozenset(
    f"posthog-{name}"
    for name in ("python", "node", "php", "ruby", "go", "java", "server", "dotnet", "elixir", "rs")
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What holds for all events of a request; `received_at` dates those that bring no time."""

    received_at: datetime
    key: str = ""
    sent_at: datetime | None = None


def read(call: Call) -> Reading:
    """The events of a batch, a bare array, or one by itself."""
    value = call.value
    query = call.query
    key = query.get("api_key") or query.get("token") or call.form.get("api_key") or ""
    items = [value]
    sent_at = query.get("sent_at") or query.get("_")
    if isinstance(value, list):
        items = counted(value)
    elif isinstance(value, dict):
        key = key_in(value) or key
        sent_at = value.get("sent_at", sent_at)
        if isinstance(value.get("batch"), list):
            items = counted(value["batch"])
    return read_items(items, Batch(call.received_at, key, read_instant(sent_at)))


def read_items(items: list[Any], batch: Batch) -> Reading:
    """Each item as an event, or as refused where it is no object."""
    sent: list[Sent] = []
    refused: list[Refused] = []
    for index, item in enumerate(items):
        if isinstance(item, dict):
            sent.append(_sent(item, index, batch))
        else:
            refused.append(no_object(index, item, batch.key))
    return Reading(sent, refused)


def key_in(item: dict[str, Any]) -> str:
    """The project's key in an event or batch."""
    return text_of(item.get("api_key")) or text_of(item.get("token"))


def _sent(item: dict[str, Any], index: int, batch: Batch) -> Sent:
    properties = dict_of(item.get("properties"))
    key = key_in(item) or key_in(properties) or batch.key
    sent_at = batch.sent_at or read_instant(item.get("sent_at"))
    if properties.pop("$ignore_sent_at", None):
        sent_at = None
    timestamp, sent_at = _moment(item, properties, sent_at, batch.received_at)
    address = text_of(properties.pop("$ip", None)) or text_of(item.get("ip"))
    event = _event(item, properties, timestamp)
    return Sent(event, key, index, sent_at, address)


def _moment(
    item: dict[str, Any],
    properties: dict[str, Any],
    sent_at: datetime | None,
    received_at: datetime,
) -> tuple[Any, datetime | None]:
    """When it happened, None for now, and the clock to set it right by."""
    given = item.get("timestamp")
    at_client = properties.pop("$time", None)
    offset = number_of(item.get("offset"))
    if not given and offset is not None and abs(offset) < 1e12:
        # How long before the request it was: that needs no clock.
        return received_at - timedelta(milliseconds=offset), None
    given = given or at_client
    moment = read_instant(given)
    if moment is None:
        return given, sent_at
    is_ahead = moment - received_at > AHEAD - slowness(sent_at, received_at)
    return (None if is_ahead else moment), sent_at


def _event(item: dict[str, Any], properties: dict[str, Any], timestamp: Any) -> dict[str, Any]:
    given = text_of(item.get("event"))
    columns: dict[str, Any] = lift(properties, _columns_of(properties))
    if given == "$pageview":
        columns |= lift(properties, {"title": "title"})
    tidy(columns)
    set_screen(properties, "$screen_width", "$screen_height")
    who = text_of(item.get("distinct_id")) or text_of(properties.get("distinct_id"))
    if text_of(properties.get("distinct_id")) == who:
        properties.pop("distinct_id", None)
    for name in ("token", "api_key"):
        properties.pop(name, None)
    event: dict[str, Any] = {
        **columns,
        "name": _VIEWS.get(given, given),
        "timestamp": timestamp,
        "event_id": _id(item, given, who, properties),
    }
    other = properties.pop(_OTHER_ID[given], None) if given in _OTHER_ID else None
    link(event, who, text_of(other))
    _add_money(properties)
    for name in ("$set", "$set_once"):
        if item.get(name):
            properties.setdefault(name, item[name])
    event["properties"] = without_address(properties)
    return without_nothing(event)


def _columns_of(properties: dict[str, Any]) -> dict[str, str]:
    is_server = properties.get("$is_server") is True or text_of(properties.get("$lib")) in _SERVERS
    return _ON_SERVERS if is_server else _COLUMNS


def _id(item: dict[str, Any], name: str, who: str, properties: dict[str, Any]) -> str:
    """The event's uuid, which clients keep when they send again, or what older ones have."""
    uuid = text_of(item.get("uuid")) or text_of(properties.get("uuid"))
    if uuid:
        return fitting_id(uuid)
    mark = text_of(properties.pop("$insert_id", None))
    return stable_id(name, who, mark) if mark else ""


def _add_money(properties: dict[str, Any]) -> None:
    for name in ("revenue", "currency"):
        if (value := properties.pop(f"${name}", None)) is not None:
            properties.setdefault(name, value)


def claims(call: Call) -> bool:
    """Whether an event looks like PostHog's, on a path that others use as well."""
    value = call.peeked
    if isinstance(value, dict) and isinstance(value.get("batch"), list):
        return all("messageId" not in item for item in _first(value["batch"]))
    return any(_is_own(item) for item in _first(value))


def _first(value: Any) -> Iterator[dict[str, Any]]:
    items = value[:1] if isinstance(value, list) else [value]
    return (item for item in items if isinstance(item, dict))


def _is_own(item: dict[str, Any]) -> bool:
    properties = dict_of(item.get("properties"))
    if "mp_lib" in properties or "events" in item or "$token" in item:
        return False
    marks = {"api_key", "token", "distinct_id", "uuid"} & item.keys()
    return "event" in item and bool(marks or "$lib" in properties)


def reply(call: Call, outcome: Outcome) -> Reply:
    """`{"status": 1}`; what is no 200 makes clients send again, or give up.

    posthog-js tries again at 5xx only, up to ten times; Node and Python at 429 as well,
    Python eleven times. All of them drop the events at any other 4xx, Node halves its
    batch at 413. So an overload must be told as 503, and what will never be taken as 4xx.
    """
    if outcome.error is not None:
        return refused(outcome.error)
    if outcome.refused and not outcome.stored and not outcome.duplicates:
        return refused(InvalidEvents(outcome.refused[0].reason))
    if call.query.get("beacon") == "1":
        return Reply(204)
    return json_reply({"status": 1})


def refused(error: ExposedError) -> Reply:
    """The error in PostHog's form; Python shows its `detail`."""
    kind = "authentication_error" if error.status in (401, 403) else "validation_error"
    kind = "server_error" if error.status >= 500 else kind
    body = {"type": kind, "code": error.code, "detail": error.message, "attr": error.parameter}
    return json_reply(body, error.status)


_SHARED: Final = ("/batch", "/track", "/engage")

_KEYS: Final = ("api_key", "token")
ADAPTERS: Final = (
    Adapter(
        "posthog",
        posts(*(path for path in _PATHS if path not in _SHARED))
        + routes("GET", "/e", "/capture", "/i/v0/e"),
        read,
        reply,
        key_parameters=_KEYS,
    ),
    Adapter(
        "posthog",
        posts(*_SHARED) + routes("GET", "/track", "/engage"),
        read,
        reply,
        claims,
        key_parameters=_KEYS,
    ),
)

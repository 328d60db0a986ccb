"""Amplitude's clients: `/2/httpapi`, `/batch`, `/identify` and the older `/httpapi`.

https://amplitude.com/docs/apis/analytics/http-v2; what clients do with each answer was
read in analytics-core 2.61 (browser and Node) and amplitude-analytics (Python) 1.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    without_nothing,
)
from footfall.capture.protocols.clock import read_instant
from footfall.capture.protocols.content import (
    as_list,
    as_object,
    no_object,
    number_of,
    one_or_many,
    read_json,
    text_of,
)
from footfall.capture.protocols.properties import (
    SCREEN_VIEW,
    UTM,
    dict_of,
    lift,
    link,
    stable_id,
    tidy,
    told_beside,
)
from footfall.errors import ExposedError, InvalidEvents
from footfall.model.event import PAGE_VIEW
from footfall.model.time import to_epoch_us

_KEYS: Final = ("api_key",)
_VIEWS: Final = {
    "[Amplitude] Page Viewed": PAGE_VIEW,
    "[Amplitude] Screen Viewed": SCREEN_VIEW,
}
_PAGE: Final = {
    "[Amplitude] Page Location": "url",
    "[Amplitude] Page URL": "url",
    "[Amplitude] Page Domain": "host",
    "[Amplitude] Page Path": "path",
    "[Amplitude] Page Title": "title",
    "referrer": "referrer",
    "referring_domain": "referrer_host",
    **UTM,
}
_COLUMNS: Final = {
    "session_id": "session_id",
    "country": "country",
    "region": "region",
    "city": "city",
    "language": "language",
    "user_agent": "user_agent",
    "os_name": "os",
}
# Older browser scripts read them from the user agent, and give the browser as the system.
_OLD_BROWSER: Final = {
    **_COLUMNS,
    "os_name": "browser",
    "os_version": "browser_version",
}
_SCREEN: Final = "[Amplitude] Screen Name"
_BY_ADDRESS: Final = "$remote"
_THROTTLED: Final = 429
_MAX_IN_BATCH: Final = 1000
"""Events that clients send at once, where the body was not read and so not counted."""


@dataclass(frozen=True, slots=True)
class _Batch:
    key: str
    items: list[Any]
    sent_at: datetime | None = None


def read(call: Call) -> Reading:
    """The events of a request, in JSON or in a form."""
    batch = _batch(call)
    sent: list[Sent] = []
    refused: list[Refused] = []
    for index, item in enumerate(batch.items):
        if isinstance(item, dict):
            address = text_of(item.get("ip"))
            address = "" if address == _BY_ADDRESS else address
            sent.append(Sent(_event(item), batch.key, index, batch.sent_at, address))
        else:
            refused.append(no_object(index, item, batch.key))
    return Reading(sent, refused)


def _batch(call: Call) -> _Batch:
    form = call.form
    for name in ("event", "identification"):
        if name in form:
            value = read_json(form[name])
            return _Batch(form.get("api_key", ""), one_or_many(value))
    value = as_object(call.value, "The body")
    items = value.get("events", value.get("event"))
    items = [items] if isinstance(items, dict) else as_list(items, "'events'")
    sent_at = read_instant(value.get("client_upload_time"))
    return _Batch(text_of(value.get("api_key")), items, sent_at)


def _event(item: dict[str, Any]) -> dict[str, Any]:
    rest = dict(item)
    given = text_of(rest.pop("event_type", None)) or "$identify"
    own = dict_of(rest.pop("event_properties", None))
    user, device = (text_of(rest.pop(name, None)) for name in ("user_id", "device_id"))
    mark = text_of(rest.pop("insert_id", None))
    rest.pop("ip", None)
    if text_of(rest.get("session_id")) == "-1":
        del rest["session_id"]
    is_old = rest.get("platform") == "Web" and "user_agent" not in rest
    columns = lift(rest, _OLD_BROWSER if is_old else _COLUMNS)
    event: dict[str, Any] = {**lift(own, _PAGE), **columns}
    if _SCREEN in own:
        event |= lift(own, {_SCREEN: "title"})
    tidy(event)
    event["name"] = _VIEWS.get(given, given)
    event["timestamp"] = rest.pop("time", None)
    # Amplitude tells repetitions by both together.
    event["event_id"] = stable_id(device or user, mark) if mark else ""
    link(event, user, device)
    _add_money(own, rest)
    event["properties"] = {**_filled(told_beside(rest)), **own}
    return without_nothing(event)


def _filled(rest: dict[str, Any]) -> dict[str, Any]:
    """What else the client says of itself; browsers send many of these empty."""
    return {key: value for key, value in rest.items() if value not in (None, "", {}, [])}


def _add_money(own: dict[str, Any], rest: dict[str, Any]) -> None:
    """What was paid, or price times quantity, as one property."""
    amount, price, quantity, currency = (
        _either(own, rest, name) for name in ("revenue", "price", "quantity", "currency")
    )
    total = number_of(amount)
    if total is None and (unit := number_of(price)) is not None:
        count = number_of(quantity)
        total = unit * (1.0 if count is None else count)
    if total is not None:
        own.setdefault("revenue", total)
    if currency:
        own.setdefault("currency", currency)


def _either(own: dict[str, Any], rest: dict[str, Any], name: str) -> Any:
    """A value as the event's own `$name`, or beside it; only the revenue is moved."""
    if name in ("revenue", "currency"):
        found = own.pop(f"${name}", None)
        other = rest.pop(name, None)
    else:
        found, other = own.get(f"${name}"), rest.get(name)
    return other if found is None else found


def claims(call: Call) -> bool:
    """Whether the body looks like Amplitude's, on a path that others use as well."""
    if "identification" in call.form:
        return True
    value = call.peeked
    return isinstance(value, dict) and isinstance(value.get("events"), list)


def reply(call: Call, outcome: Outcome) -> Reply:
    """Amplitude's own object; clients read `code` in it before the HTTP status.

    At 400 they send everything again that is not listed as invalid, unless the key or a
    field of the request is named, so all of it is listed. At 413 they send half as much. At
    5xx they try twelve times within seconds and then give up; at 429 the events listed as
    throttled wait for 30 seconds each time, so that an overload is told in this way.
    """
    if outcome.error is not None:
        return _refused(outcome.error, _indexes(outcome))
    if outcome.refused and not outcome.stored and not outcome.duplicates:
        first = outcome.refused[0]
        return _refused(InvalidEvents(first.reason), _indexes(outcome))
    n_taken = outcome.stored + outcome.duplicates
    return json_reply({
        "code": 200,
        "events_ingested": n_taken,
        "payload_size_bytes": len(call.body),
        "server_upload_time": to_epoch_us(call.received_at) // 1000,
    })  # fmt: skip


def _indexes(outcome: Outcome) -> list[int]:
    found = {each.index for each in outcome.reading.sent}
    return sorted(found | {each.index for each in (*outcome.refused, *outcome.reading.refused)})


def _refused(error: ExposedError, indexes: list[int]) -> Reply:
    if error.status in (401, 403):
        # Python stops only if the words begin like this, JavaScript at the named field.
        return _told(400, f"Invalid API key: {error.message}", missing_field="api_key")
    if error.status >= 500:
        throttled = indexes or list(range(_MAX_IN_BATCH))
        return _told(_THROTTLED, error.message, eps_threshold=0, throttled_events=throttled)
    if error.status == 413:
        return _told(413, error.message)
    if not indexes:
        return _told(400, error.message, missing_field="events")
    return _told(400, error.message, events_with_invalid_fields={"event": indexes})


def _told(code: int, error: str, **more: Any) -> Reply:
    return json_reply({"code": code, "error": error, **more}, code)


ADAPTERS: Final = (
    Adapter("amplitude", posts("/2/httpapi", "/httpapi"), read, reply, key_parameters=_KEYS),
    Adapter(
        "amplitude",
        posts("/batch", "/identify", "/groupidentify"),
        read,
        reply,
        claims,
        key_parameters=_KEYS,
    ),
)

"""Mixpanel's clients: `/track`, `/import`, `/engage`, `/groups`.

https://developer.mixpanel.com/reference/track-event; what clients do with each answer was
read in mixpanel-browser 2.83, mixpanel-node 0.24 and mixpanel (Python) 5.4.
"""

from __future__ import annotations

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
from footfall.capture.protocols.clock import read_instant
from footfall.capture.protocols.content import (
    counted,
    is_json,
    no_object,
    one_or_many,
    read_json,
    text_of,
)
from footfall.capture.protocols.properties import (
    IDENTIFY,
    UTM,
    dict_of,
    lift,
    link,
    set_screen,
    stable_id,
    tidy,
    told_beside,
    without_address,
)
from footfall.errors import ExposedError, InvalidEvents
from footfall.model.event import PAGE_VIEW

_COLUMNS: Final = {
    "$current_url": "url",
    "current_domain": "host",
    "current_url_path": "path",
    "$referrer": "referrer",
    "$referring_domain": "referrer_host",
    "$session_id": "session_id",
    "$user_agent": "user_agent",
    "$browser": "browser",
    "$browser_version": "browser_version",
    "$os": "os",
    "$city": "city",
    "$region": "region",
    "mp_country_code": "country",
    "current_page_title": "title",
    **UTM,
}
_PAGE_VIEWS: Final = frozenset({"$mp_web_page_view", "mp_page_view"})
_DEVICE: Final = "$device:"
_GIF: Final = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
_PROFILES: Final = {"/engage": ("$distinct_id", IDENTIFY), "/groups": ("$group_id", "group")}


def read(call: Call) -> Reading:
    """Events, or what is told of persons and groups, one or many of them."""
    items = _items(call)
    profile = _PROFILES.get(call.path.rstrip("/"))
    # The browser's clock at the moment of sending, put there so that no cache answers.
    sent_at = read_instant(call.query.get("_"))
    sent: list[Sent] = []
    refused: list[Refused] = []
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            refused.append(no_object(index, item))
            continue
        found = _profile(item, *profile) if profile else _event(item)
        event, key, address = found
        token = call.basic_user
        sent.append(Sent(event, key, index, sent_at, address, token))
    return Reading(sent, [_with_key(each, sent) for each in refused])


def _with_key(refused: Refused, sent: list[Sent]) -> Refused:
    """A part that cannot tell whose it is belongs to whom the others do."""
    key = sent[0].key if sent else ""
    return Refused(refused.index, refused.code, refused.reason, refused.raw, key)


def _items(call: Call) -> list[Any]:
    value = _json_or_lines(call.body) if is_json(call.body) else call.value
    return one_or_many(value)


def _json_or_lines(body: bytes) -> Any:
    try:
        return read_json(body)
    except InvalidEvents:
        lines = [line for line in body.split(b"\n") if line.strip()]
        if len(lines) < 2:
            raise
        return [read_json(line) for line in counted(lines)]


def _event(item: dict[str, Any]) -> tuple[dict[str, Any], str, str]:
    """A canonical event, its project's token, and its address."""
    given = text_of(item.get("event"))
    properties = dict_of(item.get("properties"))
    key = text_of(properties.pop("token", None))
    address = text_of(properties.pop("ip", None)) or text_of(properties.get("$ip"))
    timestamp = properties.pop("time", None)
    mark = text_of(properties.pop("$insert_id", None))
    event: dict[str, Any] = lift(properties, _COLUMNS)
    tidy(event)
    set_screen(properties, "$screen_width", "$screen_height")
    event["name"] = PAGE_VIEW if given in _PAGE_VIEWS else given
    event["timestamp"] = timestamp
    _identify(event, given, properties)
    # Only all four together are one event's own: clients may give the same $insert_id to
    # events of several persons.
    who = event.get("distinct_id", "")
    event["event_id"] = stable_id(given, text_of(timestamp), who, mark) if mark else ""
    event["properties"] = without_address(properties)
    return without_nothing(event), key, address


def _identify(event: dict[str, Any], given: str, properties: dict[str, Any]) -> None:
    """Who it was: the known id where there is one, joined with that of the device."""
    who = text_of(properties.pop("distinct_id", None))
    user = text_of(properties.pop("$user_id", None))
    device = text_of(properties.pop("$device_id", None))
    # As the browser's script writes it before anybody has logged in.
    other = f"{_DEVICE}{device}" if device else ""
    if given == "$identify":
        other = text_of(properties.pop("$anon_distinct_id", None)) or other
        who = text_of(properties.pop("$identified_id", None)) or who
    elif given == "$create_alias":
        other = text_of(properties.pop("alias", None)) or other
    elif given == "$merge":
        pair = properties.pop("$distinct_ids", None)
        ids = [text_of(each) for each in pair] if isinstance(pair, list) else []
        who, other = (*ids, "", "")[:2]
    if user and who.startswith(_DEVICE):
        who, other = user, who
    link(event, who or user, other)


def _profile(item: dict[str, Any], id_key: str, name: str) -> tuple[dict[str, Any], str, str]:
    """What is told of a person or group, as an event; the changes stay under their names."""
    changes = dict(item)
    key = text_of(changes.pop("$token", None)) or text_of(changes.pop("token", None))
    address = text_of(changes.pop("$ip", None))
    timestamp = changes.pop("$time", None)
    event: dict[str, Any] = {"name": name, "timestamp": timestamp}
    if id_key == "$distinct_id":
        event["distinct_id"] = text_of(changes.pop("$distinct_id", None))
    event["properties"] = told_beside(changes)
    return without_nothing(event), key, "" if address == "0" else address


def claims(call: Call) -> bool:
    """Whether an event looks like Mixpanel's, on a path that others use as well."""
    value = call.peeked
    first = dict_of(value[0] if isinstance(value, list) and value else value)
    if "$token" in first:
        return True
    if {"api_key", "uuid", "distinct_id", "token"} & first.keys():
        return False
    properties = dict_of(first.get("properties"))
    return "event" in first and "token" in properties and properties.get("$lib") is None


def reply(call: Call, outcome: Outcome) -> Reply:
    """`1`, with `verbose` an object whose `status` is 1; both 0 for what was not taken.

    The browser tries again at 429 and 5xx (after Retry-After where it may read it), halves
    its batch at 413, and drops the events at any other status. Python reads `status` of
    every answer and fails without one; on TLS it tries four more times at 5xx. Node does
    not look at the HTTP status.
    """
    error = outcome.error
    if error is None and outcome.refused and not outcome.stored and not outcome.duplicates:
        error = InvalidEvents(outcome.refused[0].reason)
    if error is not None:
        return _refused(error)
    if "img" in call.query:
        return Reply(200, _GIF, "image/gif")
    if call.form.get("verbose") == "1":
        return json_reply({"status": 1, "error": None})
    if call.path.startswith("/import"):
        n_taken = outcome.stored + outcome.duplicates
        return json_reply({"code": 200, "num_records_imported": n_taken, "status": "OK"})
    return Reply(200, b"1", "text/plain; charset=utf-8")


def _refused(error: ExposedError) -> Reply:
    # An object even where `verbose` was not read: Python asks for it inside the body, and
    # fails at a bare 0; nobody else looks into the body of an error.
    return json_reply({"status": 0, "code": error.status, "error": error.message}, error.status)


def swallow(_call: Call) -> Reading:
    """Nothing: recordings of sessions are not kept."""
    return Reading()


def swallowed(_call: Call, outcome: Outcome) -> Reply:
    """Accepted, for with an error the browser would keep sending them."""
    error = outcome.error
    if error is not None and error.status >= 500:
        return json_reply({"code": error.status, "status": error.message}, error.status)
    return json_reply({"code": 200, "status": "OK"})


_SHARED: Final = ("/track", "/engage")
_OWN: Final = ("/import", "/groups")

_KEYS: Final = ("token",)
ADAPTERS: Final = (
    Adapter(
        "mixpanel",
        posts(*_SHARED) + routes("GET", *_SHARED),
        read,
        reply,
        claims,
        key_parameters=_KEYS,
    ),
    Adapter("mixpanel", posts(*_OWN) + routes("GET", *_OWN), read, reply, key_parameters=_KEYS),
    Adapter("mixpanel_recordings", posts("/record"), swallow, swallowed),
)

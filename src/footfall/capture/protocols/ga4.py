"""Google Analytics' measurement protocol: `POST /mp/collect`.

https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference; read
with ga4mp (Python) 2.0.
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
    refusal,
    without_nothing,
)
from footfall.capture.protocols.content import as_list, as_object, no_object, number_of, text_of
from footfall.capture.protocols.properties import SCREEN_VIEW, dict_of, lift, link, tidy
from footfall.errors import ExposedError, InvalidEvents, TooLarge
from footfall.model.event import PAGE_VIEW

_KEYS: Final = ("measurement_id", "firebase_app_id")
_PARAMETERS: Final = {
    "page_location": "url",
    "page_hostname": "host",
    "page_path": "path",
    "page_title": "title",
    "screen_name": "title",
    "page_referrer": "referrer",
    "language": "language",
    "session_id": "session_id",
    "ga_session_id": "session_id",
    "campaign_source": "utm_source",
    "campaign_medium": "utm_medium",
    "campaign_name": "utm_campaign",
    "campaign_term": "utm_term",
    "campaign_content": "utm_content",
}
# Its own event alone has these short names for the same.
_CAMPAIGN: Final = {"source": "utm_source", "medium": "utm_medium", "campaign": "utm_campaign",
                    "term": "utm_term", "content": "utm_content"}  # fmt: skip
_DEVICE: Final = {"category": "device", "language": "language", "operating_system": "os",
                  "browser": "browser", "browser_version": "browser_version"}  # fmt: skip
_PLACE: Final = {"country_id": "country", "region_id": "region", "city": "city"}
_PAID: Final = {"purchase": 1, "in_app_purchase": 1, "ecommerce_purchase": 1, "refund": -1}
_VIEWS: Final = {"page_view": PAGE_VIEW, "screen_view": SCREEN_VIEW}
_ENVELOPE: Final = frozenset({
    "client_id", "app_instance_id", "user_id", "events", "timestamp_micros", "user_properties",
    "device", "user_location", "user_agent", "ip_override",
})  # fmt: skip


def read(call: Call) -> Reading:
    """The events, each with what the request says of its person."""
    value = as_object(call.value, "The body")
    items = value.get("events")
    # Events that ga4mp sends later come by themselves, without the brackets.
    items = [items] if isinstance(items, dict) else as_list(items, "'events'")
    key = next((call.query[name] for name in _KEYS if call.query.get(name)), "")
    token = call.query.get("api_secret", "")
    address = text_of(value.get("ip_override"))
    shared = _shared(value)
    sent: list[Sent] = []
    refused: list[Refused] = []
    for index, item in enumerate(items):
        if isinstance(item, dict):
            event = _event(item, value, shared)
            sent.append(Sent(event, key, index, None, address, token))
        else:
            refused.append(no_object(index, item, key))
    return Reading(sent, refused)


def _shared(value: dict[str, Any]) -> dict[str, Any]:
    """Columns and properties of every event of the request."""
    device = dict_of(value.get("device"))
    columns: dict[str, Any] = {
        **lift(device, _DEVICE),
        **lift(dict_of(value.get("user_location")), _PLACE),
        "user_agent": text_of(value.get("user_agent")),
    }
    client = text_of(value.get("client_id")) or text_of(value.get("app_instance_id"))
    link(columns, text_of(value.get("user_id")), client)
    rest = {name: each for name, each in value.items() if name not in _ENVELOPE}
    columns["properties"] = without_nothing({
        **rest,
        "screen": text_of(device.pop("screen_resolution", None)),
        "device": device,
        "user_properties": _plain(dict_of(value.get("user_properties"))),
    })  # fmt: skip
    return columns


def _plain(properties: dict[str, Any]) -> dict[str, Any]:
    """`{"plan": {"value": "pro"}}` as `{"plan": "pro"}`."""
    return {
        name: each["value"] if isinstance(each, dict) and "value" in each else each
        for name, each in properties.items()
    }


def _event(item: dict[str, Any], value: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    given = text_of(item.get("name"))
    own = dict_of(item.get("params"))
    event: dict[str, Any] = {**shared, **lift(own, _PARAMETERS)}
    if given == "campaign_details":
        event |= lift(own, _CAMPAIGN)
    tidy(event)
    event["name"] = _VIEWS.get(given, given)
    event["timestamp"] = item.get("timestamp_micros") or value.get("timestamp_micros")
    if given in _PAID and (amount := number_of(own.get("value"))) is not None:
        del own["value"]
        own.setdefault("revenue", amount * _PAID[given])
    if screen := own.pop("screen_resolution", None):
        own.setdefault("screen", screen)
    event["properties"] = {**shared["properties"], **own}
    return without_nothing(event)


def reply(_call: Call, outcome: Outcome) -> Reply:
    """204 whatever was sent, as the senders know it: they raise at anything else.

    What is bad is kept as a reject, so nothing is gained by an error in the sender's own
    request. Only what was not kept at all is told: too much, or no room for it now.
    """
    error = outcome.error
    if error is not None and (error.status >= 500 or error.status == 413):
        return refusal(error)
    return Reply(204)


def nothing(_call: Call) -> Reading:
    """Nothing: events sent to be checked are not kept."""
    return Reading()


def checked(call: Call, outcome: Outcome) -> Reply:
    """What is wrong with a request that was sent to be checked."""
    if outcome.error is not None and outcome.error.status >= 500:
        return refusal(outcome.error)
    messages = [_message(path, text) for path, text in _faults(call, outcome.error)]
    return json_reply({"validationMessages": messages})


def _faults(call: Call, error: ExposedError | None) -> list[tuple[str, str]]:
    if error is not None:
        return [("", error.message)]
    try:
        reading = read(call)
    except (InvalidEvents, TooLarge) as fault:
        return [("events", fault.message)]
    nameless = [each.index for each in reading.sent if "name" not in each.event]
    faults = [(f"events[{each.index}]", each.reason) for each in reading.refused]
    return faults + [(f"events[{index}].name", "the event has no name") for index in nameless]


def _message(path: str, text: str) -> dict[str, str]:
    return {"fieldPath": path, "description": text, "validationCode": "VALUE_INVALID"}


ADAPTERS: Final = (
    Adapter("ga4", posts("/mp/collect"), read, reply, key_parameters=_KEYS),
    Adapter("ga4_check", posts("/debug/mp/collect"), nothing, checked),
)

"""PostHog's Capture V1: `POST /i/v1/analytics/events`, answered event by event."""

from __future__ import annotations

from typing import Any, Final

from footfall.capture.protocols.adapter import (
    Adapter,
    Call,
    Outcome,
    Reading,
    Reply,
    json_reply,
    posts,
)
from footfall.capture.protocols.clock import read_instant
from footfall.capture.protocols.content import as_list, as_object, text_of
from footfall.capture.protocols.posthog import Batch, read_items
from footfall.capture.protocols.properties import dict_of
from footfall.errors import InvalidEvents

_TOP: Final = {"session_id": "$session_id", "window_id": "$window_id"}
_OPTIONS: Final = {
    "cookieless_mode": "$cookieless_mode",
    "disable_skew_correction": "$ignore_sent_at",
    "product_tour_id": "$product_tour_id",
    "process_person_profile": "$process_person_profile",
}


def read(call: Call) -> Reading:
    """The events of the batch; the key is the bearer's token, the clock a header."""
    items = _items(call)
    sent_at = read_instant(call.header("posthog-request-timestamp"))
    library = call.header("posthog-sdk-info")
    older = [_as_before(item, library) if isinstance(item, dict) else item for item in items]
    return read_items(older, Batch(call.received_at, call.bearer, sent_at))


def _items(call: Call) -> list[Any]:
    return as_list(as_object(call.value, "The body").get("batch"), "'batch'")


def _as_before(item: dict[str, Any], library: str) -> dict[str, Any]:
    """The event as older clients write it, what V1 moved put back in its place."""
    properties = dict_of(item.get("properties"))
    options = dict_of(item.get("options"))
    name, _, version = library.partition("/")
    found = {
        **{own: item.get(given) for given, own in _TOP.items()},
        **{own: options.get(given) for given, own in _OPTIONS.items()},
        "$lib": name,
        "$lib_version": version,
    }
    for key, value in found.items():
        if value not in (None, ""):
            properties.setdefault(key, value)
    return {**item, "properties": properties}


def reply(call: Call, outcome: Outcome) -> Reply:
    """What became of each event, by its uuid.

    Clients send again what is told as `retry`, or all at 404, 408, 429 and 5xx; they give
    up `drop` and all at 400, 401, 402, 413 and 415.
    """
    error = outcome.error
    if error is not None:
        # A source that is gone must not read as a path that is not there: 404 is retried.
        status = 400 if error.status == 404 else error.status
        body = {"error": error.code, "error_description": error.message}
        return json_reply(body, status)
    refused = {each.index: each.reason for each in outcome.refused}
    results = {
        uuid: {"result": "drop", "details": refused[index] or "not taken"}
        if index in refused
        else {"result": "ok"}
        for index, uuid in enumerate(_uuids(call))
        if uuid
    }
    return json_reply({"results": results})


def _uuids(call: Call) -> list[str]:
    try:
        items = _items(call)
    except InvalidEvents:
        return []
    return [text_of(dict_of(item).get("uuid")) for item in items]


ADAPTERS: Final = (Adapter("posthog_v1", posts("/i/v1/analytics/events"), read, reply),)

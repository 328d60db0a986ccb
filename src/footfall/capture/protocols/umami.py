"""Umami's tracker and its libraries: `POST /api/send`, `/api/batch`.

https://umami.is/docs/api/sending-stats; what clients do with each answer was read in the
tracker of Umami 2 and 3, @umami/node 0.4 and umami-analytics (Python) 1.0.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

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
from footfall.capture.protocols.content import as_object, counted, raw_of, text_of
from footfall.capture.protocols.properties import IDENTIFY, dict_of, lift, tidy
from footfall.errors import ExposedError, InvalidEvents
from footfall.model.event import PAGE_VIEW

_COLUMNS: Final = {
    "id": "distinct_id",
    "url": "url",
    "hostname": "host",
    "title": "title",
    "referrer": "referrer",
    "language": "language",
    "userAgent": "user_agent",
    "browser": "browser",
    "os": "os",
    "device": "device",
}
_DROPPED: Final = ("website", "ip", "name", "data", "timestamp", "link", "pixel")
# Programs that speak for somebody send these for want of a browser, or to pass as one.
_FAKE_AGENTS: Final = "Mozilla/5.0 Umami/"


def read(call: Call) -> Reading:
    """One event of `/api/send`, or those of a batch."""
    value = call.value
    items: list[Any] = counted(value) if isinstance(value, list) else [as_object(value, "The body")]
    # What Python sends before a login.
    token = "" if call.bearer == "None" else call.bearer
    sent: list[Sent] = []
    refused: list[Refused] = []
    for index, item in enumerate(items):
        payload = item.get("payload") if isinstance(item, dict) else None
        if not isinstance(payload, dict):
            reason = "the event has no 'payload' that is a JSON object"
            refused.append(Refused(index, "not_an_object", reason, raw_of(item), token))
            continue
        event = _event(text_of(item.get("type")), payload)
        if _is_program(call) and "user_agent" not in event:
            event["user_agent"] = ""
        address = text_of(payload.get("ip"))
        sent.append(Sent(event, _key(payload), index, None, address, token))
    if refused and not sent and not isinstance(value, list):
        raise InvalidEvents(f"The body cannot be read: {refused[0].reason}.", parameter="payload")
    return Reading(sent, refused)


def _key(payload: dict[str, Any]) -> str:
    found = (text_of(payload.get(name)) for name in ("website", "link", "pixel"))
    return next((each for each in found if each), "")


def _is_program(call: Call) -> bool:
    """Whether a library sends for somebody else; Python's calls itself a browser."""
    return bool(call.header("authorization")) or call.header("user-agent").startswith(_FAKE_AGENTS)


def _event(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in payload.items() if key not in _DROPPED}
    event: dict[str, Any] = lift(rest, _COLUMNS)
    address = event.get("url", "")
    host = event.get("host")
    tidy(event)
    if host and "://" not in address:
        # The tracker sends the path alone, and the host beside it.
        event["host"] = host
    event["name"] = _name(kind, payload)
    event["timestamp"] = payload.get("timestamp")
    event["properties"] = {**rest, **dict_of(payload.get("data"))}
    return without_nothing(event)


def _name(kind: str, payload: dict[str, Any]) -> str:
    given = text_of(payload.get("name"))
    if given:
        return given
    return {"identify": IDENTIFY, "performance": "performance"}.get(kind, PAGE_VIEW)


def reply(call: Call, outcome: Outcome) -> Reply:
    """What the tracker reads: ids, and a token that it sends along from then on.

    No client sends again. The tracker ignores errors, Node leaves them to its caller, and
    Python raises at anything but 2xx: so only what was not kept is told as an error.
    """
    error = outcome.error
    if error is None and outcome.refused and not outcome.stored and not outcome.duplicates:
        error = InvalidEvents(outcome.refused[0].reason)
    if error is not None:
        return _refused(error)
    if call.path.startswith("/api/batch"):
        return _of_batch(outcome)
    return json_reply(_ids(call, outcome))


def _ids(call: Call, outcome: Outcome) -> dict[str, str]:
    """Ids that mean nothing here: sessions follow from the events themselves."""
    keys = [each.key for each in outcome.reading.sent[:1]]
    agent, day = call.header("user-agent"), call.received_at.date().isoformat()
    session = str(uuid5(NAMESPACE_URL, "\n".join([*keys, agent, day])))
    hour = call.received_at.strftime("%H")
    return {
        "cache": session,
        "sessionId": session,
        "visitId": str(uuid5(NAMESPACE_URL, session + hour)),
    }


def _of_batch(outcome: Outcome) -> Reply:
    n_taken = outcome.stored + outcome.duplicates
    details = [
        {"index": each.index, "response": {"error": each.reason}} for each in outcome.refused
    ]
    size = n_taken + len(details)
    body = {"size": size, "processed": n_taken, "errors": len(details), "details": details}
    return json_reply({**body, "cache": None})


def _refused(error: ExposedError) -> Reply:
    status = 400 if error.status in (401, 403) else error.status
    body = {"message": error.message, "code": error.code, "status": status}
    return json_reply({"error": body}, status)


def nothing(_call: Call) -> Reading:
    """Nothing: recordings are not kept, and whether the server lives is no event."""
    return Reading()


def well(_call: Call, outcome: Outcome) -> Reply:
    """`{"ok": true}`, as to whoever asks whether the server lives."""
    return _refused(outcome.error) if outcome.error else json_reply({"ok": True})


ADAPTERS: Final = (
    Adapter("umami", posts("/api/send", "/api/batch"), read, reply),
    Adapter("umami_recordings", posts("/api/record"), nothing, well),
    Adapter("umami_heartbeat", routes("GET", "/api/heartbeat"), nothing, well),
)

"""OpenTelemetry logs over HTTP, `POST /v1/logs`, in JSON and in protobuf.

https://opentelemetry.io/docs/specs/otlp/#otlphttp

- The write key comes in Bearer or Basic authentication; without one, the resource's
  `service.name` names the source.
- The attribute `user.id` (or `enduser.id`) becomes `distinct_id`, the installation or
  device another id of the same actor; without a user that stands for it.
- Only `log.record.uid` is an identity. Else it follows from content and place in the
  request, which a client that sends again does not change. Its clock is taken as it is.

Clients send again at 429, 502, 503 and 504, and drop a request at all other statuses. So
rejects are told in `partialSuccess` of a success, in the form that the request had.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from footfall.capture.protocols import otlp_message, wire
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
from footfall.capture.protocols.content import (
    as_object,
    check_count,
    fitting_id,
    is_json,
    number_of,
    raw_of,
    read_json,
    text_of,
)
from footfall.capture.protocols.properties import dict_of, lift, link
from footfall.errors import InvalidEvents
from footfall.intake.unkept import without_hidden
from footfall.model.event import PAGE_VIEW

_PROTOBUF: Final = "application/x-protobuf"
_COLUMNS: Final = {
    "session.id": "session_id",
    "url.full": "url",
    "browser.page.title": "title",
    "http.request.header.referer": "referrer",
    "browser.language": "language",
    "user_agent.original": "user_agent",
}
# What the body of a page view is said to hold.
_PAGE: Final = {"url": "url", "title": "title", "referrer": "referrer"}
_USERS: Final = {"user.id": "distinct_id", "enduser.id": "distinct_id"}
_DEVICES: Final = {
    "app.installation.id": "anonymous_id",
    "device.id": "anonymous_id",
    "enduser.pseudo.id": "anonymous_id",
}
_NAMES: Final = {"browser.page_view": PAGE_VIEW, "page_view": PAGE_VIEW}
_NAMELESS: Final = "log"


def read(call: Call) -> Reading:
    """Every log record."""
    key = call.bearer or call.basic_user
    sent: list[Sent] = []
    refused: list[Refused] = []
    for index, (resource, scope, record) in enumerate(_records(_request(call))):
        check_count(index + 1)
        named = key or text_of(resource.get("service.name"))
        try:
            sent.append(_sent(record, resource, scope, named, index))
        except InvalidEvents as error:
            refused.append(Refused(index, error.code, error.message, raw_of(record), named))
    return Reading(sent, refused)


def _request(call: Call) -> dict[str, Any]:
    if _is_json(call):
        return as_object(read_json(call.body), "The body")
    return wire.read_message(call.body, otlp_message.REQUEST)


def _records(request: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Attributes of the resource, name of the scope, and the record."""
    for group in map(dict_of, _list(request, "resourceLogs", "resource_logs")):
        resource = otlp_message.attributes(dict_of(group.get("resource")).get("attributes"))
        for scoped in map(dict_of, _list(group, "scopeLogs", "scope_logs")):
            scope = text_of(dict_of(scoped.get("scope")).get("name"))
            for record in _list(scoped, "logRecords", "log_records"):
                yield resource, scope, record


def _list(value: dict[str, Any], *names: str) -> list[Any]:
    found = next((value[name] for name in names if name in value), None)
    if found is None:
        return []
    if isinstance(found, list):
        return found
    raise InvalidEvents(f"{names[0]} is not an array.", parameter=names[0])


def _sent(record: Any, resource: dict[str, Any], scope: str, key: str, index: int) -> Sent:
    record = as_object(record, "The log record")
    properties = otlp_message.attributes(record.get("attributes"))
    body = otlp_message.value_of(record.get("body"))
    properties = (body if isinstance(body, dict) else without_nothing({"body": body})) | properties
    name = text_of(record.get("eventName")) or text_of(properties.pop("event.name", ""))
    name = _NAMES.get(name, name) or _NAMELESS
    uid = text_of(properties.pop("log.record.uid", ""))
    event: dict[str, Any] = {
        "name": name,
        "event_id": fitting_id(uid),
        "timestamp": _moment(record),
        **(lift(properties, _PAGE) if name == PAGE_VIEW else {}),
        **lift(properties, _COLUMNS),
    }
    address = text_of(properties.pop("client.address", ""))
    link(event, lift(properties, _USERS).get("distinct_id", ""),
         lift(properties, _DEVICES).get("anonymous_id", ""))  # fmt: skip
    told = _told(record, without_hidden(resource), scope)
    taken = ("client.address",) if address else ()
    event["properties"] = without_nothing(told | without_hidden(properties, taken=taken))
    return Sent(without_nothing(event), key, index, address=address)


def _moment(record: dict[str, Any]) -> int | None:
    """Microseconds since 1970 of when it happened, or else was seen; None for neither."""
    for name in ("timeUnixNano", "observedTimeUnixNano"):
        # As float a count of nanoseconds would lose its last digits.
        exact = otlp_message.integer(record.get(name))
        number = exact if isinstance(exact, int) else number_of(exact)
        if number:
            return int(number // 1000)
    return None


def _told(record: dict[str, Any], resource: dict[str, Any], scope: str) -> dict[str, Any]:
    return {
        "severity": text_of(record.get("severityText")) or record.get("severityNumber"),
        "trace_id": text_of(record.get("traceId")),
        "span_id": text_of(record.get("spanId")),
        "scope": scope,
        "resource": resource,
    }


def reply(call: Call, outcome: Outcome) -> Reply:
    """A success with what was refused, or a status with its message."""
    if outcome.error is not None:
        return _status(call, outcome.error.message, outcome.error.status)
    n_refused = len(outcome.refused)
    reason = outcome.refused[0].reason or outcome.refused[0].code if n_refused else ""
    if _is_json(call):
        told = {"rejectedLogRecords": str(n_refused), "errorMessage": reason}
        return json_reply({"partialSuccess": told} if n_refused else {})
    told = wire.write_number(1, n_refused) + wire.write_bytes(2, reason.encode())
    return Reply(200, wire.write_bytes(1, told) if n_refused else b"", _PROTOBUF)


def _is_json(call: Call) -> bool:
    # Protobuf begins with the same byte as a new line, and the length after it may look
    # like a bracket: only here the header has to tell.
    if not call.body or call.body.startswith(b"\n"):
        return "json" in call.header("content-type")
    return is_json(call.body)


def _status(call: Call, message: str, status: int) -> Reply:
    if _is_json(call):
        return json_reply({"message": message}, status)
    return Reply(status, wire.write_bytes(2, message.encode()), _PROTOBUF)


def reply_to_others(call: Call, _outcome: Outcome) -> Reply:
    """Traces and metrics are not taken: 404, at which no client sends again."""
    return _status(call, "Footfall takes in logs (/v1/logs), no traces and no metrics.", 404)


ADAPTERS: Final = (
    Adapter("otlp", posts("/v1/logs"), read, reply),
    Adapter(
        "otlp_others",
        posts("/v1/traces", "/v1/metrics"),
        lambda _call: Reading(),
        reply_to_others,
    ),
)

"""CloudEvents over HTTP: structured, binary and batched, `POST /cloudevents`.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md

- The write key comes in Basic or Bearer authentication; without one, the event's `source`
  names the source.
- `distinct_id` is that key of the data, else the extension `authid`, `userid` or
  `distinctid`; `anonymous_id` likewise, in the data or as the extension `anonymousid`.
- `source` and `id` together are the event's identity; times are as the producer wrote them.

Producers and brokers take any 2xx for done, drop an event at 400 and most send it again
at other statuses, so what is kept as a reject is answered with 200 and told in the body.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

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
from footfall.capture.protocols.content import (
    fitting_id,
    is_json,
    one_or_many,
    raw_of,
    read_base64,
    read_json,
    text_of,
)
from footfall.capture.protocols.properties import UTM, dict_of, lift, link
from footfall.errors import InvalidEvents, UnknownEncoding
from footfall.intake.unkept import without_hidden

_PREFIX: Final = "ce-"
_REQUIRED: Final = ("id", "source", "type")
_ATTRIBUTES: Final = frozenset(
    {"specversion", "id", "type", "time", "data", "data_base64", "datacontenttype",
     "distinctid", "userid", "authid", "anonymousid"}
)  # fmt: skip
_COLUMNS: Final = {
    "session_id": "session_id",
    "url": "url",
    "title": "title",
    "referrer": "referrer",
    "language": "language",
    "user_agent": "user_agent",
    **UTM,
}
_ACTORS: Final = {"distinct_id": "distinct_id", "user_id": "distinct_id"}
_OTHERS: Final = {"anonymous_id": "anonymous_id"}


def read(call: Call) -> Reading:
    """Every event; how they come shows in headers and body, not in the content type."""
    key = call.bearer or call.basic_user
    value = _binary(call) if _is_binary(call) else read_json(call.body)
    items = one_or_many(value)
    sent: list[Sent] = []
    refused: list[Refused] = []
    for index, item in enumerate(items):
        named = key or text_of(dict_of(item).get("source"))
        try:
            sent.append(Sent(_event(item), named, index))
        except InvalidEvents as error:
            refused.append(Refused(index, error.code, error.message, raw_of(item), named))
    return Reading(sent, refused)


def _is_binary(call: Call) -> bool:
    return any(f"{_PREFIX}{name}" in call.headers for name in (*_REQUIRED, "specversion"))


def _binary(call: Call) -> dict[str, Any]:
    """The event that headers and body make together, as the structured form has it."""
    event: dict[str, Any] = {
        name.removeprefix(_PREFIX): _decoded(value)
        for name, value in call.headers.items()
        if name.startswith(_PREFIX)
    }
    if call.body:
        event["data"] = _data(call.body)
    return event


def _decoded(value: str) -> str:
    """A header's text: percent-encoded UTF-8, sent as Latin-1 where a client does not encode."""
    return unquote(value.encode("latin-1", "replace").decode("utf-8", "replace"), errors="replace")


def _data(body: bytes) -> Any:
    """JSON where it is some, whatever the header says, which may be missing; else text."""
    try:
        return read_json(body)
    except InvalidEvents:
        return body.decode("utf-8", "replace")


def _event(item: Any) -> dict[str, Any]:
    attributes = dict_of(item)
    for name in _REQUIRED:
        if not text_of(attributes.get(name)):
            raise InvalidEvents(
                f"The CloudEvent has no {name}: it needs id, source, type and specversion.",
                parameter=name,
            )
    data = _content(attributes)
    properties = dict_of(data) if isinstance(data, dict) else without_nothing({"data": data})
    event: dict[str, Any] = {
        "name": attributes["type"],
        # An address has no space, so that no two pairs look the same.
        "event_id": fitting_id(f"{attributes['source']} {attributes['id']}"),
        "timestamp": attributes.get("time"),
        **lift(properties, _COLUMNS),
    }
    actor = lift(properties, _ACTORS).get("distinct_id") or _first(
        attributes, "distinctid", "userid", "authid"
    )
    other = lift(properties, _OTHERS).get("anonymous_id") or _first(attributes, "anonymousid")
    link(event, actor, other)
    beside = {name: value for name, value in attributes.items() if name not in _ATTRIBUTES}
    told = {f"ce_{name}": value for name, value in without_hidden(beside).items()}
    event["properties"] = told | properties
    return without_nothing(event)


def _first(attributes: dict[str, Any], *names: str) -> str:
    return next((text for name in names if (text := text_of(attributes.get(name)))), "")


def _content(attributes: dict[str, Any]) -> Any:
    """The data; those in base64 as they are if they hold no JSON."""
    if "data_base64" not in attributes:
        return attributes.get("data")
    packed = text_of(attributes["data_base64"])
    try:
        text = read_base64(packed)
        return read_json(text) if is_json(text) else packed
    except InvalidEvents:
        return packed


def reply(_call: Call, outcome: Outcome) -> Reply:
    """The counts, with what was refused and why; or the error."""
    error = outcome.error
    if isinstance(error, UnknownEncoding):
        # 400 is the one status at which every broker gives up.
        return json_reply({"error": error.to_dict()}, 400)
    if error is not None:
        return refusal(error)
    rejected = [
        {"index": each.index, "code": each.code, "reason": each.reason} for each in outcome.refused
    ]
    return json_reply(
        {"stored": outcome.stored, "duplicates": outcome.duplicates, "rejected": rejected}
    )


ADAPTERS: Final = (Adapter("cloudevents", posts("/cloudevents"), read, reply),)

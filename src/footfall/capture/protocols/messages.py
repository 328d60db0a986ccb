"""Messages of Segment's specification, which RudderStack's clients speak as well.

https://segment.com/docs/connections/spec/common/

- A key is in the message, beside the batch, in Basic authentication or in the address.
- `userId` becomes `distinct_id`, with `anonymousId` (in `alias`: `previousId`) as another
  id of the same actor; without a user the anonymous id is the `distinct_id`.
- `messageId` is the event's identity; `sentAt`, of the message or its batch, sets the clock right.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from footfall.capture.protocols.adapter import Call, Reading, Refused, Sent, without_nothing
from footfall.capture.protocols.clock import read_instant
from footfall.capture.protocols.content import (
    as_list,
    as_object,
    fitting_id,
    is_json,
    no_object,
    raw_of,
    read_base64,
    read_json,
    text_of,
)
from footfall.capture.protocols.properties import (
    IDENTIFY,
    dict_of,
    link,
    set_screen,
    tidy,
    told_beside,
)
from footfall.intake.issued import excerpt
from footfall.model.event import PAGE_VIEW

KEYS: Final = ("writeKey",)
KINDS: Final = ("track", "page", "screen", "identify", "group", "alias")
BY_LETTER: Final = {kind[0]: kind for kind in KINDS}

_NAMES: Final = {"page": PAGE_VIEW, "identify": IDENTIFY}
_CAMPAIGN: Final = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "name",
    "utm_term": "term",
    "utm_content": "content",
}
# What of a context has its own place in an event.
_PLACED: Final = frozenset(
    {"page", "campaign", "locale", "userAgent", "ip", "traits", "screen", "sessionId"}
)  # fmt: skip
_NO_ADDRESS: Final = ("", "0.0.0.0", "[::]")  # noqa: S104 - what clients say for "unknown"


def read_messages(call: Call) -> Reading:
    """Every message of a request, single or in a batch, by its path; raises `InvalidEvents`."""
    body = _body(call)
    key = text_of(body.get("writeKey")) or call.basic_user or call.query.get("writeKey", "")
    sent_at = read_instant(body.get("sentAt"))
    kind = _kind_of(call.path)
    if kind is None or "batch" in body:
        items = as_list(body.get("batch"), "'batch'")
        kind = ""
    else:
        items = [body]
    sent: list[Sent] = []
    refused: list[Refused] = []
    for index, item in enumerate(items):
        found = _read_one(item, kind, key, sent_at, index)
        if isinstance(found, Sent):
            sent.append(found)
        else:
            refused.append(found)
    return Reading(sent, refused)


def _body(call: Call) -> dict[str, Any]:
    if call.method == "GET":
        return _pixel(call)
    text = call.body if is_json(call.body) else read_base64(call.body)
    return as_object(read_json(text), "The body")


def _pixel(call: Call) -> dict[str, Any]:
    """A message in an image's address: base64 of it, or its members one by one."""
    if "data" in call.query:
        return as_object(read_json(read_base64(call.query["data"].replace(" ", "+"))), "'data'")
    message: dict[str, Any] = {}
    for name, value in call.query.items():
        # Deeper than any client writes it, and than can be put into JSON.
        *path, last = name.split(".", 8)
        place = message
        for part in path:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else {}
        place[last] = value
    return message


def _kind_of(path: str) -> str | None:
    """Kind of the single message that a path is for; None for batches."""
    last = path.rstrip("/").rpartition("/")[2]
    return last if last in KINDS else BY_LETTER.get(last)


def _read_one(
    item: Any, kind: str, key: str, sent_at: datetime | None, index: int
) -> Sent | Refused:
    if not isinstance(item, dict):
        return no_object(index, item, key, "message")
    key = text_of(item.get("writeKey")) or key
    kind = text_of(item.get("type")) or kind
    if kind not in KINDS:
        reason = f"type {excerpt(kind)} is none of {', '.join(KINDS)}"
        return _refused(index, "invalid_event", reason, item, key)
    name = text_of(item.get("event")) if kind == "track" else _NAMES.get(kind, kind)
    if not name:
        reason = "the message has no name: a message of type track needs 'event'"
        return _refused(index, "missing_name", reason, item, key)
    address = text_of(dict_of(item.get("context")).get("ip"))
    return Sent(
        _event(item, kind, name),
        key,
        index,
        read_instant(item.get("sentAt")) or sent_at,
        "" if address in _NO_ADDRESS else address,
    )


def _refused(index: int, code: str, reason: str, item: Any, key: str) -> Refused:
    return Refused(index, code, f"{reason}.", raw_of(item), key)


def _event(message: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    context = dict_of(message.get("context"))
    properties = dict_of(message.get("properties"))
    page = dict_of(context.get("page")) | (properties if kind == "page" else {})
    campaign = dict_of(context.get("campaign"))
    columns = {
        "name": name,
        "event_id": fitting_id(text_of(message.get("messageId"))),
        "timestamp": message.get("timestamp") or message.get("originalTimestamp"),
        "session_id": text_of(context.get("sessionId")),
        "url": text_of(page.get("url")),
        "title": text_of(page.get("title")),
        "referrer": text_of(page.get("referrer")),
        "language": text_of(context.get("locale")),
        "user_agent": text_of(context.get("userAgent")),
    }
    columns |= {column: text_of(campaign.get(word)) for column, word in _CAMPAIGN.items()}
    previous = text_of(message.get("previousId")) if kind == "alias" else ""
    link(columns, text_of(message.get("userId")), previous or text_of(message.get("anonymousId")))
    properties = _properties(message, kind, context, columns)
    tidy(columns)
    return without_nothing({**columns, "properties": properties})


def _properties(
    message: dict[str, Any], kind: str, context: dict[str, Any], columns: dict[str, Any]
) -> dict[str, Any]:
    own = dict(dict_of(message.get("properties")))
    if kind == "page":
        _drop_repeated(own, columns)
    rest = {key: value for key, value in context.items() if key not in _PLACED}
    screen = dict_of(context.get("screen"))
    set_screen(screen, "width", "height")
    campaign = {
        key: value
        for key, value in dict_of(context.get("campaign")).items()
        if key not in _CAMPAIGN.values()
    }
    more = {
        "category": message.get("category") if kind in ("page", "screen") else None,
        "name": message.get("name") if kind in ("page", "screen") else None,
        "group_id": message.get("groupId"),
        "traits": _traits(message, kind, context),
        "screen": screen.get("screen"),
        "campaign": campaign,
        "context": without_nothing(told_beside(rest)),
    }
    return without_nothing(more | own)


def _drop_repeated(own: dict[str, Any], columns: dict[str, Any]) -> None:
    """Take out of a page's properties what its columns hold already."""
    for name in ("url", "title", "referrer"):
        if own.get(name) == columns[name]:
            own.pop(name, None)
    for part in ("path", "search", "hash"):
        if isinstance(own.get(part), str) and own[part] in columns["url"]:
            del own[part]


def _traits(message: dict[str, Any], kind: str, context: dict[str, Any]) -> dict[str, Any]:
    """What the message says of its actor or group; other kinds only repeat it."""
    if kind not in ("identify", "group"):
        return {}
    given = dict_of(message.get("traits"))
    # RudderStack's clients write the traits of an identify into its context.
    return given or (dict_of(context.get("traits")) if kind == "identify" else {})

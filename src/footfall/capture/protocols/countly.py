"""Countly's clients: `/i` with parameters in the query or a form, `/i/bulk`, `/o/sdk`.

https://api.count.ly/reference/i; what clients do with each answer was read in
countly-sdk-web 26.1 and countly-sdk-nodejs 24.10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from footfall.capture.protocols.content import (
    as_list,
    check_count,
    fitting_id,
    no_object,
    number_of,
    raw_of,
    read_json,
    text_of,
)
from footfall.capture.protocols.properties import (
    IDENTIFY,
    UTM,
    dict_of,
    lift,
    link,
    stable_id,
    tidy,
)
from footfall.errors import ExposedError, InvalidEvents
from footfall.model.event import PAGE_VIEW
from footfall.model.time import to_epoch_us

_METRICS: Final = {
    "_ua": "user_agent",
    "_os": "os",
    "_browser": "browser",
    "_browser_version": "browser_version",
    "_device_type": "device",
    "_locale": "language",
}
_VIEW: Final = "[CLY]_view"
_SEGMENTS: Final = {
    "view": "path",
    "domain": "host",
    "name": "title",
    "referrer": "referrer",
    **UTM,
}
_KINDS: Final = ("begin_session", "session_duration", "end_session", "crash", "apm", "consent")
"""What a request may tell without an event, named as the parameter is."""
_NO_ID: Final = "[CLY]_temp_id"
_ON_SERVERS: Final = frozenset({"javascript_native_nodejs"})

Parameters = Mapping[str, Any]


def read(call: Call) -> Reading:
    """Everything one request tells, or the many of a bulk."""
    form = call.form
    if "requests" not in form:
        return _reading([form], form.get("app_key", ""))
    many = as_list(read_json(form["requests"]), "'requests'")
    return _reading(many, form.get("app_key", ""))


def _reading(requests: list[Any], shared_key: str) -> Reading:
    sent: list[Sent] = []
    refused: list[Refused] = []
    for request in requests:
        key = text_of(dict_of(request).get("app_key")) or shared_key
        index = len(sent) + len(refused)
        try:
            items = list(_items(request))
        except InvalidEvents as error:
            # It says whose it is: so it is kept as a reject of theirs.
            refused.append(Refused(index, error.code, error.message, raw_of(request), key))
            continue
        check_count(index + len(items))
        address = text_of(dict_of(request).get("ip_address"))
        for at, item in enumerate(items, index):
            if isinstance(item, dict):
                sent.append(Sent(item, key, at, None, address))
            else:
                refused.append(no_object(at, item, key))
    return Reading(sent, refused)


def _items(request: Any) -> Iterator[Any]:
    """Canonical events of one request, and what cannot become one as it is."""
    if not isinstance(request, dict):
        yield request
        return
    shared = _shared(request)
    for kind in _KINDS:
        if request.get(kind) not in (None, ""):
            yield _of_kind(kind, request, shared)
    if request.get("user_details") or request.get("old_device_id"):
        yield _person(request, shared)
    for item in as_list(_json(request.get("events")) or [], "'events'"):
        yield _event(item, request, shared) if isinstance(item, dict) else item


def _json(value: Any) -> Any:
    """JSON in a parameter, or inside of a bulk the value itself."""
    return read_json(value) if isinstance(value, str) and value else value


def _shared(request: Parameters) -> dict[str, Any]:
    """Columns and properties that every event of the request has."""
    metrics = dict_of(_json(request.get("metrics")))
    is_server = text_of(request.get("sdk_name")) in _ON_SERVERS
    columns: dict[str, Any] = {} if is_server else lift(metrics, _METRICS)
    tidy(columns)
    screen = text_of(metrics.pop("_resolution", None))
    device = text_of(request.get("device_id"))
    columns["distinct_id"] = "" if device == _NO_ID else device
    columns["country"] = text_of(request.get("country_code"))
    columns["city"] = text_of(request.get("city"))
    columns["properties"] = without_nothing({
        "screen": screen,
        "app_version": metrics.pop("_app_version", None) or request.get("av"),
        "metrics": metrics,
        "sdk_name": request.get("sdk_name"),
        "campaign_id": request.get("campaign_id"),
    })  # fmt: skip
    return columns


def _of_kind(kind: str, request: Parameters, shared: dict[str, Any]) -> dict[str, Any]:
    """The begin or end of a session, a sign that it goes on, a crash, a trace, a consent."""
    own: dict[str, Any] = {}
    if kind in ("crash", "apm", "consent"):
        own = dict_of(_json(request[kind]))
    elif (seconds := number_of(request.get("session_duration"))) is not None:
        own = {"duration": seconds}
    return _built(kind, request.get("timestamp"), own, shared)


def _person(request: Parameters, shared: dict[str, Any]) -> dict[str, Any]:
    own = dict_of(_json(request.get("user_details")))
    event = _built(IDENTIFY, request.get("timestamp"), own, shared)
    link(event, event.get("distinct_id", ""), text_of(request.get("old_device_id")))
    return event


def _event(item: dict[str, Any], request: Parameters, shared: dict[str, Any]) -> dict[str, Any]:
    key = text_of(item.get("key"))
    own = dict_of(item.get("segmentation"))
    columns: dict[str, Any] = {}
    is_view = key == _VIEW and "visit" in own
    if is_view:
        del own["visit"]
        columns = lift(own, _SEGMENTS)
        _name_view(columns)
        tidy(columns)
    for name, longer in (("sum", "sum"), ("dur", "duration")):
        if (number := number_of(item.get(name))) is not None:
            own.setdefault(longer, number)
    if number_of(item.get("count")) not in (None, 1.0):
        own.setdefault("count", item["count"])
    timestamp = item.get("timestamp") or request.get("timestamp")
    mark = text_of(item.get("id"))
    name = PAGE_VIEW if is_view else key
    return _built(name, timestamp, own, {**shared, **columns}, mark)


def _name_view(columns: dict[str, Any]) -> None:
    """A view without a name of its own is named after its path: that is no title."""
    title = columns.get("title", "")
    if title.startswith("/"):
        columns.setdefault("path", title)
    if title == columns.get("path"):
        columns.pop("title", None)


def _built(
    name: str, timestamp: Any, own: dict[str, Any], shared: dict[str, Any], mark: str = ""
) -> dict[str, Any]:
    if timestamp is not None and (number := number_of(timestamp)) is not None:
        timestamp = number
    event = {**shared, "name": name, "timestamp": timestamp}
    event["properties"] = {**shared["properties"], **own}
    # Of a request's own parts its time is the mark: clients never write the same one twice.
    own_mark = fitting_id(mark) if mark else ""
    if not mark and timestamp is not None and name:
        own_mark = stable_id(shared["distinct_id"], name, timestamp, own)
    event["event_id"] = own_mark
    return without_nothing(event)


def claims(call: Call) -> bool:
    """Whether it names an app, as no other client on this path does."""
    form = call.form
    return "app_key" in form and ("device_id" in form or "requests" in form)


def reply(_call: Call, outcome: Outcome) -> Reply:
    """`{"result": "Success"}`, the one answer after which clients go on.

    At any other status, and where `result` is missing, they send the same request again
    every minute without end, and nothing behind it. So what will never be taken is answered
    with 200 as well, its fault told in the result (and kept as a reject, or told in the
    log); only what can be taken later is told as an error.
    """
    error = outcome.error
    if error is not None and error.status >= 500:
        return json_reply({"result": error.message}, error.status)
    return json_reply({"result": _result(error, outcome)})


def _result(error: ExposedError | None, outcome: Outcome) -> str:
    if error is not None:
        return f"Not taken: {error.message}"
    if outcome.refused and not outcome.stored and not outcome.duplicates:
        return f"Not taken: {outcome.refused[0].reason}"
    return "Success"


def nothing(_call: Call) -> Reading:
    """Nothing: clients ask for settings here."""
    return Reading()


def settings(call: Call, outcome: Outcome) -> Reply:
    """No settings, no remote configuration, no widgets: clients stay with their defaults."""
    if outcome.error is not None and outcome.error.status >= 500:
        return json_reply({"result": outcome.error.message}, outcome.error.status)
    method = call.form.get("method", "")
    if method == "sc":
        return json_reply({"v": 1, "t": to_epoch_us(call.received_at) // 1000, "c": {}})
    return json_reply({"result": []} if method == "feedback" else {})


_KEYS: Final = ("app_key",)
ADAPTERS: Final = (
    Adapter(
        "countly", posts("/i") + routes("GET", "/i"), read, reply, claims, key_parameters=_KEYS
    ),
    Adapter(
        "countly", posts("/i/bulk") + routes("GET", "/i/bulk"), read, reply, key_parameters=_KEYS
    ),
    Adapter("countly_settings", posts("/o/sdk") + routes("GET", "/o/sdk"), nothing, settings),
)

"""Snowplow: batches (`POST …/tp2`) and single events in an address (`GET /i`).

https://docs.snowplow.io/docs/sources/trackers/snowplow-tracker-protocol/

- There is no write key: the app id (`aid`) names the source, or a key in front of the path.
- `uid` becomes `distinct_id`, with the browser's own id (`duid`) as another id of the same
  actor; without a user, the browser's id, the network's or the session's user stands for it.
- `eid` is the event's identity; `stm` sets `dtm` right, `ttm` is a true time and stays.
- With `SP-Anonymous` neither the network's id nor any address tells who it was.

Trackers drop a batch at 400, 401, 403, 410 and 422 and send it again, for ever, at anything
else that is no success: so a body that is too large is told as 422, and what is kept as a
reject as 200.
"""

from __future__ import annotations

from typing import Any, Final

from footfall.capture.protocols.adapter import (
    TEXT,
    Adapter,
    Call,
    Outcome,
    Reading,
    Refused,
    Reply,
    Route,
    Sent,
    pixel,
    routes,
    text_reply,
    without_nothing,
)
from footfall.capture.protocols.clock import read_instant
from footfall.capture.protocols.content import (
    as_list,
    as_object,
    fitting_id,
    number_of,
    number_or_text,
    raw_of,
    read_base64,
    read_json,
    text_of,
)
from footfall.capture.protocols.properties import SCREEN_VIEW, dict_of, link
from footfall.errors import InvalidEvents, TooLarge, UnknownEncoding
from footfall.intake.issued import excerpt
from footfall.model.event import PAGE_VIEW

_COLUMNS: Final = {
    "url": "url",
    "page": "title",
    "refr": "referrer",
    "lang": "language",
    "ua": "user_agent",
}
# Their name, and what of the protocol's short keys says something about each kind of event.
_KINDS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "pv": (PAGE_VIEW, {}),
    "pp": ("page_ping", {"pp_mix": "scroll_x_min", "pp_max": "scroll_x_max",
                         "pp_miy": "scroll_y_min", "pp_may": "scroll_y_max"}),
    "se": ("", {"se_ca": "category", "se_la": "label", "se_pr": "property", "se_va": "value"}),
    "tr": ("transaction", {"tr_id": "order_id", "tr_af": "affiliation", "tr_tt": "revenue",
                           "tr_tx": "tax", "tr_sh": "shipping", "tr_ci": "city",
                           "tr_st": "state", "tr_co": "country", "tr_cu": "currency"}),
    "ti": ("transaction_item", {"ti_id": "order_id", "ti_sk": "sku", "ti_nm": "item",
                                "ti_ca": "category", "ti_pr": "price", "ti_qu": "quantity",
                                "ti_cu": "currency"}),
    "ue": ("", {}),
}  # fmt: skip
_EVERY: Final = {"res": "screen", "vp": "viewport", "ds": "page_size", "p": "platform",
                 "tna": "tracker", "tz": "timezone", "vid": "session_number"}  # fmt: skip
_NUMBERS: Final = frozenset(
    {"scroll_x_min", "scroll_x_max", "scroll_y_min", "scroll_y_max", "value", "revenue", "tax",
     "shipping", "price", "quantity", "session_number"}
)  # fmt: skip
_NAMES: Final = {"screen_view": SCREEN_VIEW, "page_view": PAGE_VIEW}


def claims(call: Call) -> bool:
    """Whether a request has this protocol's event; the path `/i` belongs to others as well."""
    if call.method == "POST":
        return True
    return call.query.get("e", "") in _KINDS and "app_key" not in call.query


def read(call: Call) -> Reading:
    """Every event of a batch, or the one in the address."""
    items: list[Any] = [call.query] if call.method == "GET" else _batch(call.body)
    is_anonymous = bool(call.header("sp-anonymous"))
    sent: list[Sent] = []
    refused: list[Refused] = []
    for index, item in enumerate(items):
        key = text_of(item.get("aid")) if isinstance(item, dict) else ""
        try:
            sent.append(_sent(as_object(item), key, index, is_anonymous=is_anonymous))
        except InvalidEvents as error:
            refused.append(Refused(index, error.code, error.message, raw_of(item), key))
    return Reading(sent, refused)


def _batch(body: bytes) -> list[Any]:
    data = as_object(read_json(body), "The body").get("data")
    return [data] if isinstance(data, dict) else as_list(data, "'data'")


def _sent(item: dict[str, Any], key: str, index: int, *, is_anonymous: bool) -> Sent:
    true_time = item.get("ttm")
    event = _event(item, is_anonymous=is_anonymous)
    event["timestamp"] = _moment(true_time or item.get("dtm"))
    sent_at = None if true_time else read_instant(item.get("stm"))
    address = "" if is_anonymous else text_of(item.get("ip"))
    return Sent(without_nothing(event), key, index, sent_at, address, is_anonymous=is_anonymous)


def _moment(value: Any) -> Any:
    """Milliseconds, which come as text."""
    number = number_of(value)
    return int(number) if number is not None else value


def _event(item: dict[str, Any], *, is_anonymous: bool) -> dict[str, Any]:
    kind = text_of(item.get("e"))
    if kind not in _KINDS:
        raise InvalidEvents(f"e={excerpt(kind)} is none of {', '.join(_KINDS)}.", parameter="e")
    name, own = _KINDS[kind]
    properties = _renamed(item, own | _EVERY)
    if kind == "ue":
        name = _unstructured(item, properties)
    elif kind == "se":
        name = text_of(item.get("se_ac"))
    if not name:
        raise InvalidEvents("The event has no name.", parameter="se_ac")
    contexts = _contexts(item)
    event: dict[str, Any] = {"name": name, "event_id": fitting_id(text_of(item.get("eid")))}
    event |= {column: text_of(item.get(short)) for short, column in _COLUMNS.items()}
    session = dict_of(contexts.get("client_session"))
    event["session_id"] = text_of(item.get("sid")) or text_of(session.get("sessionId"))
    network = "" if is_anonymous else text_of(item.get("tnuid") or item.get("nuid"))
    device = text_of(item.get("duid")) or network or text_of(session.get("userId"))
    link(event, text_of(item.get("uid")), device)
    event["properties"] = without_nothing({**properties, "contexts": contexts})
    return event


def _renamed(item: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for short, long in names.items():
        value = text_of(item.get(short))
        found[long] = number_or_text(value) if long in _NUMBERS else value
    return without_nothing(found)


def _unstructured(item: dict[str, Any], properties: dict[str, Any]) -> str:
    """Name of a self-describing event, whose data are put among the properties."""
    outer = as_object(_described(item, "ue_pr", "ue_px"), "The self-describing event")
    inner = dict_of(outer.get("data"))
    schema = text_of(inner.get("schema"))
    data = inner.get("data")
    properties.update(data if isinstance(data, dict) else {"data": data})
    properties["schema"] = schema
    name = _schema_name(schema)
    return _NAMES.get(name, name)


def _contexts(item: dict[str, Any]) -> dict[str, Any]:
    """Data of the contexts by the name of their schema; a list where one comes repeatedly."""
    if "co" not in item and "cx" not in item:
        return {}
    outer = as_object(_described(item, "co", "cx"), "The contexts")
    found: dict[str, Any] = {}
    for each in as_list(outer.get("data"), "The contexts"):
        context = dict_of(each)
        found.setdefault(_schema_name(text_of(context.get("schema"))), []).append(
            context.get("data")
        )
    return {name: all_[0] if len(all_) == 1 else all_ for name, all_ in found.items()}


def _described(item: dict[str, Any], plain: str, packed: str) -> Any:
    if plain in item:
        value = item[plain]
        return read_json(value) if isinstance(value, str) else value
    return read_json(read_base64(text_of(item.get(packed)).replace(" ", "+")))


def _schema_name(schema: str) -> str:
    """Name of what a schema describes.

    >>> _schema_name("iglu:com.acme/sign_up/jsonschema/1-0-0")
    'sign_up'
    """
    parts = schema.removeprefix("iglu:").split("/")
    return parts[1] if len(parts) > 1 else schema


def reply(call: Call, outcome: Outcome) -> Reply:
    """A pixel for an address, `ok` for a batch; errors with a status that ends the retries."""
    error = outcome.error
    if error is None or (outcome.refused and isinstance(error, InvalidEvents)):
        return pixel() if call.method == "GET" else Reply(200, b"ok", TEXT)
    if isinstance(error, TooLarge | UnknownEncoding):
        return text_reply(error.message, 422)
    return text_reply(error.message, error.status)


ADAPTERS: Final = (
    Adapter(
        "snowplow",
        (
            # The vendor in front may be one's own: trackers call it `postPath`.
            Route("POST", "/{vendor}/tp2"),
            *routes("GET", "/i", "/ice.png"),
        ),
        read,
        reply,
        claims,
        key_parameters=("aid",),
    ),
)

"""Matomo (once Piwik): one request by address or form, or many in one JSON body.

https://developer.matomo.org/api-reference/tracking-api

- `idsite` names the source; `token_auth` may be a write key of it. With one, `cip` is
  believed, and `cdt` may be older than a day.
- `uid` becomes `distinct_id`, with the browser's id (`_id`, `cid`) as another id of the same
  actor; without a user that id stands for it.
- Requests bring no identity (`rand` only defeats caches) and no clock but `cdt`.

Clients read the status alone. matomo.js sends a request once more as a beacon where it is no
success, and none sends for ever; a bulk sender reads `status`, `tracked` and `invalid`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from footfall.capture.protocols.adapter import (
    Adapter,
    Call,
    Outcome,
    Reading,
    Refused,
    Reply,
    Sent,
    json_reply,
    pixel,
    posts,
    routes,
    without_nothing,
)
from footfall.capture.protocols.clock import read_instant
from footfall.capture.protocols.content import (
    as_list,
    as_object,
    is_json,
    number_or_text,
    raw_of,
    read_form,
    read_json,
    text_of,
)
from footfall.capture.protocols.properties import dict_of, link
from footfall.errors import InvalidEvents
from footfall.intake.issued import excerpt
from footfall.model.event import PAGE_VIEW

_PATHS: Final = ("/matomo.php", "/piwik.php")
_DAY: Final = timedelta(hours=24)

_COLUMNS: Final = {
    "url": "url",
    "action_name": "title",
    "urlref": "referrer",
    "ua": "user_agent",
    "country": "country",
    "region": "region",
    "city": "city",
    "_rcn": "utm_campaign",
    "_rck": "utm_term",
}
_RENAMED: Final = {
    "res": "screen",
    "e_c": "category",
    "e_n": "label",
    "e_v": "value",
    "search": "search",
    "search_cat": "search_category",
    "search_count": "n_results",
    "idgoal": "goal_id",
    "ec_id": "order_id",
    "ec_st": "subtotal",
    "ec_tx": "tax",
    "ec_sh": "shipping",
    "ec_dt": "discount",
    "c_n": "content",
    "c_p": "content_piece",
    "c_t": "content_target",
    "c_i": "interaction",
    "cra": "message",
    "cra_tp": "error_type",
    "new_visit": "is_new_visit",
}
_NUMBERS: Final = frozenset(
    {"e_v", "search_count", "ec_st", "ec_tx", "ec_sh", "ec_dt", "revenue", "gt_ms"}
    | {f"pf_{part}" for part in ("net", "srv", "tfr", "dm1", "dm2", "onl")}
)
# What steers the request, or is kept elsewhere.
_SILENT: Final = frozenset(
    {"idsite", "rec", "rand", "apiv", "send_image", "token_auth", "h", "m", "s", "r", "cookie",
     "fla", "java", "dir", "qt", "realp", "pdf", "wma", "gears", "ag", "uadata", "bots",
     "queuedtracking", "_idts", "_idvc", "_idn", "_viewts", "_refts", "uid", "_id", "cid", "cip",
     "cdt", "lang", "cvar", "_cvar", "ec_items", "ping", "ca", "e_a", "cs"}
)  # fmt: skip
_ITEM: Final = ("sku", "name", "category", "price", "quantity")
_TRUE: Final = ("1", "true")


def read(call: Call) -> Reading:
    """Every request in the body, or the one in address and form."""
    if is_json(call.body):
        body = as_object(read_json(call.body), "The body")
        token = _token(body) or call.query.get("token_auth", "")
        return _collect(as_list(body.get("requests"), "'requests'"), token, call.received_at)
    values = {**call.query, **read_form(call.body)}
    # Monitors ask for the bare path to see whether there is an answer.
    return _collect([values], "", call.received_at) if values else Reading()


def _collect(items: list[Any], token: str, now: datetime) -> Reading:
    sent: list[Sent] = []
    refused: list[Refused] = []
    for index, item in enumerate(items):
        values: dict[str, str] = {}
        try:
            values = _request(item)
            sent.append(_sent(values, _token(values) or token, index, now))
        except InvalidEvents as error:
            key = values.get("idsite", "")
            refused.append(Refused(index, error.code, error.message, raw_of(item), key))
    return Reading(sent, refused)


def _request(item: Any) -> dict[str, str]:
    """Parameters of an element: an address, its query alone, or an object."""
    if isinstance(item, str):
        return read_form(_query(item))
    return {key: _text(value) for key, value in as_object(item, "The request").items()}


def _text(value: Any) -> str:
    return raw_of(value).decode() if isinstance(value, dict | list) else text_of(value)


def _query(text: str) -> str:
    try:
        return urlsplit(text).query or text.lstrip("?")
    except ValueError as error:
        raise InvalidEvents(f"The request is no address: {error}.") from error


def _token(values: dict[str, Any]) -> str:
    return text_of(values.get("token_auth"))


def _sent(values: dict[str, str], token: str, index: int, now: datetime) -> Sent:
    moment = _moment(values)
    is_old = moment is not None and now - moment > _DAY
    return Sent(
        _event(values, moment),
        values.get("idsite", ""),
        index,
        address=values.get("cip", ""),
        token=token,
        # Whoever reads the page's source could otherwise write its history.
        secret_for="A time (cdt) of more than 24 hours ago" if is_old else "",
    )


def _moment(values: dict[str, str]) -> datetime | None:
    text = values.get("cdt", "")
    if not text:
        return None
    moment = read_instant(text)
    if moment is None:
        raise InvalidEvents(
            f"cdt={excerpt(text)} is no time: write 2026-11-01 10:00:00 (UTC) or seconds.",
            parameter="cdt",
        )
    return moment


def _event(values: dict[str, str], moment: datetime | None) -> dict[str, Any]:
    event: dict[str, Any] = {
        "name": _name(values),
        "timestamp": moment.isoformat() if moment else None,
        "language": values.get("lang", "").partition(",")[0].partition(";")[0],
    }
    event |= {column: _unquoted(values.get(key, "")) for key, column in _COLUMNS.items()}
    if url := values.get("download") or values.get("link"):
        event["url"] = values.get("url") or url
    link(event, values.get("uid", ""), values.get("cid") or values.get("_id", ""))
    event["properties"] = _properties(values)
    return without_nothing(event)


def _unquoted(text: str) -> str:
    # asgi-matomo 0.8 writes headers as Python shows their bytes: b'Mozilla/5.0'.
    return text[2:-1] if text.startswith("b'") and text.endswith("'") else text


def _name(values: dict[str, str]) -> str:
    """What the request tells of: its own name for events, else the kind of action."""
    if values.get("ping") in _TRUE:
        return "ping"
    if values.get("e_c") and values.get("e_a"):
        return values["e_a"]
    if "idgoal" in values:
        return _goal(values)
    kinds = (("search", "site_search"), ("download", "download"), ("link", "outlink"),
             ("c_i", "content_interaction"), ("c_n", "content_impression"),
             ("cra", "crash"), ("ma_id", "media"), ("ca", "custom_action"))  # fmt: skip
    return next((name for key, name in kinds if values.get(key)), PAGE_VIEW)


def _goal(values: dict[str, str]) -> str:
    if values["idgoal"] != "0":
        return "goal"
    return "ecommerce_order" if values.get("ec_id") else "ecommerce_cart"


def _properties(values: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        if key in _SILENT or key in _COLUMNS:
            continue
        found[_RENAMED.get(key, key)] = number_or_text(value) if key in _NUMBERS else value
    if found.get("goal_id") == "0":
        del found["goal_id"]
    if "is_new_visit" in found:
        found["is_new_visit"] = found["is_new_visit"] in _TRUE
    for key in ("cvar", "_cvar"):
        found.update(_custom(values.get(key, "")))
    found["items"] = _items(values.get("ec_items", ""))
    return {key: value for key, value in without_nothing(found).items() if value != []}


def _custom(text: str) -> dict[str, Any]:
    """Custom variables: `{"1": ["name", "value"]}`, or names and values at once."""
    found: dict[str, Any] = {}
    for key, value in dict_of(_lenient(text)).items():
        if isinstance(value, list) and len(value) >= 2 and isinstance(value[0], str):
            found[value[0]] = value[1]
        elif not isinstance(value, list | dict):
            found[key] = value
    return found


def _items(text: str) -> list[dict[str, Any]]:
    """Items of an order or cart, which come as arrays in a fixed order."""
    given = _lenient(text)
    rows = [row for row in given if isinstance(row, list)] if isinstance(given, list) else []
    return [dict(zip(_ITEM, row, strict=False)) for row in rows]


def _lenient(text: str) -> Any:
    """JSON inside a parameter; what cannot be read is no reason to lose the event."""
    try:
        return read_json(text) if text else None
    except InvalidEvents:
        return None


def reply(call: Call, outcome: Outcome) -> Reply:
    """A pixel, nothing (`send_image=0`), or the counts of a bulk request."""
    if is_json(call.body):
        return _bulk_reply(outcome)
    if outcome.error is not None:
        return json_reply({"status": "error", "message": outcome.error.message},
                          outcome.error.status)  # fmt: skip
    values = {**call.query, **read_form(call.body)}
    return Reply(204) if values.get("send_image") == "0" else pixel()


def _bulk_reply(outcome: Outcome) -> Reply:
    error = outcome.error
    if error is not None:
        told = {"status": "error", "tracked": 0, "message": error.message}
        return json_reply(told, error.status)
    invalid = sorted({each.index for each in outcome.refused})
    return json_reply({
        "status": "success",
        "tracked": outcome.stored + outcome.duplicates,
        "invalid": len(invalid),
        "invalid_indices": invalid,
    })  # fmt: skip


ADAPTERS: Final = (
    Adapter(
        "matomo",
        (*posts(*_PATHS), *routes("GET", *_PATHS)),
        read,
        reply,
        key_parameters=("idsite",),
    ),
)

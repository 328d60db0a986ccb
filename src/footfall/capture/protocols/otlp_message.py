"""Messages of OpenTelemetry logs: from protobuf into the form that their JSON has.

https://github.com/open-telemetry/opentelemetry-proto (logs/v1, common/v1, resource/v1)
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from typing import Any, Final

from footfall.capture.protocols.content import text_of
from footfall.capture.protocols.properties import dict_of
from footfall.capture.protocols.wire import (
    BOOLEAN,
    BYTES,
    COUNT64,
    DOUBLE,
    MAX_DEPTH,
    SIGNED,
    TEXT,
    UNSIGNED,
    Message,
    Part,
    Scalar,
    Shape,
)
from footfall.errors import InvalidEvents

# As the JSON form writes them.
_HEX: Final = Scalar(BYTES, bytes.hex)
_BASE64: Final = Scalar(BYTES, lambda value: base64.b64encode(value).decode())

_any: Final = Message()
_pair: Final = Message({1: Part("key", TEXT), 2: Part("value", _any)})
_any.shape = {
    1: Part("stringValue", TEXT),
    2: Part("boolValue", BOOLEAN),
    3: Part("intValue", SIGNED),
    4: Part("doubleValue", DOUBLE),
    5: Part("arrayValue", Message({1: Part("values", _any, is_repeated=True)})),
    6: Part("kvlistValue", Message({1: Part("values", _pair, is_repeated=True)})),
    7: Part("bytesValue", _BASE64),
}
_record: Final = Message(
    {
        1: Part("timeUnixNano", COUNT64),
        2: Part("severityNumber", UNSIGNED),
        3: Part("severityText", TEXT),
        5: Part("body", _any),
        6: Part("attributes", _pair, is_repeated=True),
        9: Part("traceId", _HEX),
        10: Part("spanId", _HEX),
        11: Part("observedTimeUnixNano", COUNT64),
        12: Part("eventName", TEXT),
    }
)
_resource: Final = Message({1: Part("attributes", _pair, is_repeated=True)})
_scope: Final = Message({1: Part("name", TEXT)})
_scope_logs: Final = Message(
    {1: Part("scope", _scope), 2: Part("logRecords", _record, is_repeated=True)}
)
_resource_logs: Final = Message(
    {1: Part("resource", _resource), 2: Part("scopeLogs", _scope_logs, is_repeated=True)}
)
REQUEST: Final[Shape] = {1: Part("resourceLogs", _resource_logs, is_repeated=True)}


def attributes(pairs: Any) -> dict[str, Any]:
    """Attributes by key; raises `InvalidEvents` for what lies too deep."""
    return _pairs(pairs, 0)


def value_of(value: Any, depth: int = 0) -> Any:
    """The plain value of an `AnyValue`; None for none."""
    if depth > MAX_DEPTH:
        raise InvalidEvents(f"Values lie more than {MAX_DEPTH} levels deep.")
    for kind, found in dict_of(value).items():
        if kind == "arrayValue":
            items = dict_of(found).get("values")
            return [value_of(each, depth + 1) for each in items] if isinstance(items, list) else []
        if kind == "kvlistValue":
            return _pairs(dict_of(found).get("values"), depth + 1)
        if kind in _PLAIN:
            return _PLAIN[kind](found)
    return None


def _pairs(pairs: Any, depth: int) -> dict[str, Any]:
    items = map(dict_of, pairs) if isinstance(pairs, list) else ()
    return {text_of(item.get("key")): value_of(item.get("value"), depth) for item in items}


def integer(value: Any) -> Any:
    """A number of 64 bits, which JSON writes as text."""
    if not isinstance(value, str):
        return value
    try:
        return int(value) if len(value) <= _LONGEST_INTEGER else value
    except ValueError:
        return value


def _number(value: Any) -> Any:
    """A number; what JSON cannot hold by the name that protobuf's JSON has for it."""
    if not isinstance(value, float) or math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


_LONGEST_INTEGER: Final = 20
_PLAIN: Final[dict[str, Callable[[Any], Any]]] = {
    "stringValue": text_of,
    "boolValue": bool,
    "intValue": integer,
    "doubleValue": _number,
    "bytesValue": text_of,
}

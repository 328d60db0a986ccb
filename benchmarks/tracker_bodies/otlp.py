"""OpenTelemetry's log records over HTTP, as JSON and as protobuf."""

from __future__ import annotations

from typing import Any

from benchmarks.tracker_bodies.sample import KEY, Sample


def _pair(key: str, **value: object) -> dict[str, Any]:
    return {"key": key, "value": value}


def _record(mark: int) -> dict[str, Any]:
    return {
        "timeUnixNano": str(1793534398123456789 + mark),
        "severityNumber": 9,
        "severityText": "INFO",
        "eventName": "purchase",
        "body": {"stringValue": "paid"},
        "attributes": [
            _pair("user.id", stringValue="u1"),
            _pair("session.id", stringValue="s1"),
            _pair("url.full", stringValue="https://shop.example/"),
            _pair("revenue", doubleValue=49.9),
            _pair("n", intValue=str(mark)),
        ],
    }


_SERVICE = {"attributes": [_pair("service.name", stringValue=KEY)]}
JSON = Sample(
    "otlp",
    "/v1/logs",
    {
        "resourceLogs": [
            {
                "resource": _SERVICE,
                "scopeLogs": [
                    {"scope": {"name": "app"}, "logRecords": [_record(n) for n in range(20)]}
                ],
            }
        ]
    },
)


def _field(number: int, content: bytes) -> bytes:
    """A protobuf field that holds bytes."""
    size, rest = bytearray(), len(content)
    while rest > 0x7F:
        size.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([number << 3 | 2]) + bytes([*size, rest]) + content


def _text_pair(key: str, value: str) -> bytes:
    return _field(1, key.encode()) + _field(2, _field(1, value.encode()))


def _protobuf() -> bytes:
    # LogRecord: fixed64 time (1), body (5), attributes (6), event name (12).
    time = bytes([1 << 3 | 1]) + (1793534398123456789).to_bytes(8, "little")
    attributes = b"".join(_field(6, _text_pair(key, "u1")) for key in ("user.id", "plan"))
    record = time + _field(5, _field(1, b"paid")) + attributes + _field(12, b"purchase")
    scope = b"".join(_field(2, record) for _ in range(20))
    resource = _field(1, _text_pair("service.name", KEY))
    return _field(1, _field(1, resource) + _field(2, scope))


PROTOBUF = Sample(
    "otlp", "/v1/logs", _protobuf(), headers={"content-type": "application/x-protobuf"}
)
SAMPLES = (JSON, PROTOBUF, Sample("otlp_others", "/v1/traces", {"resourceSpans": []}))

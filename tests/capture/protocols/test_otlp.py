from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from tests.capture.protocols.calls import adapter_of, call, events, read

from footfall.capture.protocols.adapter import Outcome, Refused
from footfall.capture.protocols.wire import fields
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded

BEARER = "Bearer key"


def pair(key: str, **value: object) -> dict[str, Any]:
    return {"key": key, "value": value}


def logs(*records: object, service: str = "shop") -> dict[str, Any]:
    resource = {"attributes": [pair("service.name", stringValue=service)]}
    scope = {"scope": {"name": "app"}, "logRecords": list(records)}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}


RECORD = {
    "timeUnixNano": "1793534398123456789",
    "observedTimeUnixNano": "1793534399000000000",
    "severityNumber": 9,
    "severityText": "INFO",
    "eventName": "purchase",
    "traceId": "0af7651916cd43dd8448eb211c80319c",
    "body": {"stringValue": "paid"},
    "attributes": [
        pair("user.id", stringValue="u1"),
        pair("app.installation.id", stringValue="phone"),
        pair("session.id", stringValue="s1"),
        pair("url.full", stringValue="https://shop.example/"),
        pair("log.record.uid", stringValue="01J"),
        pair("client.address", stringValue="203.0.113.9"),
        pair("revenue", doubleValue=49.9),
        pair("n", intValue="7"),
        pair("odd", doubleValue="NaN"),
        pair("tags", arrayValue={"values": [{"stringValue": "a"}, {"boolValue": True}, {}]}),
        pair("more", kvlistValue={"values": [pair("deep", bytesValue="AAE=")]}),
    ],
}


def test_a_record_becomes_its_event() -> None:
    (sent,) = read(call("/v1/logs", logs(RECORD))).sent
    assert (sent.key, sent.address) == ("shop", "203.0.113.9")
    assert sent.event == {
        "name": "purchase",
        "event_id": "01J",
        "timestamp": 1793534398123456,
        "distinct_id": "u1",
        "anonymous_id": "phone",
        "session_id": "s1",
        "url": "https://shop.example/",
        "properties": {
            "body": "paid",
            "revenue": 49.9,
            "n": 7,
            "odd": "NaN",
            "tags": ["a", True, None],
            "more": {"deep": "AAE="},
            "severity": "INFO",
            "trace_id": "0af7651916cd43dd8448eb211c80319c",
            "scope": "app",
            "resource": {"service.name": "shop"},
        },
    }


def test_names_of_records() -> None:
    view = {
        "attributes": [pair("event.name", stringValue="browser.page_view")],
        "body": {"kvlistValue": {"values": [pair("url", stringValue="https://x.example/"),
                                            pair("title", stringValue="X")]}},
    }  # fmt: skip
    plain = {"body": {"stringValue": "hello"}, "severityNumber": 13}
    named, other = events(call("/v1/logs", logs(view, plain), authorization=BEARER))
    assert (named["name"], named["url"], named["title"]) == ("page_view", "https://x.example/", "X")
    assert (other["name"], other["properties"]["body"]) == ("log", "hello")
    assert other["properties"]["severity"] == 13


def test_a_record_that_is_none_costs_itself_only() -> None:
    deep: dict[str, Any] = {"stringValue": "x"}
    for _ in range(60):
        deep = {"arrayValue": {"values": [deep]}}
    reading = read(call("/v1/logs", logs(5, {"body": deep}, RECORD), authorization=BEARER))
    assert [each.index for each in reading.sent] == [2]
    assert [(each.index, each.key) for each in reading.refused] == [(0, "key"), (1, "key")]


@pytest.mark.parametrize("body", [b"{", b'{"resourceLogs": {}}', b"\x0a\xff", b"hello"])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call("/v1/logs", body))


def test_protobuf_says_the_same_as_json() -> None:
    # Protobuf's own JSON has base64 where OpenTelemetry's has hexadecimal digits.
    record = {name: value for name, value in RECORD.items() if name != "traceId"}
    message = ParseDict(logs(record), ExportLogsServiceRequest())
    message.resource_logs[0].scope_logs[0].log_records[0].trace_id = bytes.fromhex(
        RECORD["traceId"]
    )
    assert events(call("/v1/logs", message.SerializeToString())) == events(
        call("/v1/logs", logs(RECORD))
    )


@pytest.mark.parametrize("size", [0x5B, 0x7B])
def test_a_length_that_looks_like_a_bracket_makes_no_json(size: int) -> None:
    message = ParseDict(logs({"eventName": "x"}), ExportLogsServiceRequest())
    group = message.resource_logs[0]
    while group.ByteSize() < size:
        group.scope_logs[0].log_records[0].event_name += "x"
    body = message.SerializeToString()
    assert body[:2] == bytes([0x0A, size])
    assert len(events(call("/v1/logs", body))) == 1
    text = b"\n" + json.dumps(logs(RECORD)).encode()
    assert len(events(call("/v1/logs", text, content_type="application/json"))) == 1


def test_replies_have_the_form_of_the_request() -> None:
    plain, packed = call("/v1/logs", logs(RECORD)), call("/v1/logs", b"\x0a\x00")
    reply = adapter_of(plain).reply
    refused = Outcome(stored=1, refused=(Refused(1, "code", "why", b""),))
    assert (reply(plain, Outcome(stored=1)).body, reply(packed, Outcome()).body) == (b"{}", b"")
    assert json.loads(reply(plain, refused).body) == {
        "partialSuccess": {"rejectedLogRecords": "1", "errorMessage": "why"}
    }
    answer = reply(packed, refused)
    told = ExportLogsServiceResponse.FromString(answer.body).partial_success
    assert (told.rejected_log_records, told.error_message) == (1, "why")
    assert (answer.status, answer.content_type) == (200, "application/x-protobuf")
    for error in (NotAuthenticated("a"), InvalidEvents("b"), Overloaded("c", retry_after=1)):
        assert reply(plain, Outcome(error=error)).status == error.status
        assert json.loads(reply(plain, Outcome(error=error)).body) == {"message": error.message}
        failed = reply(packed, Outcome(error=error))
        # A google.rpc.Status, whose second field is the message.
        assert list(fields(failed.body)) == [(2, 2, error.message.encode())]


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics"])
def test_traces_and_metrics_are_refused_for_good(path: str) -> None:
    request = call(path, b"\x0a\x00")
    assert adapter_of(request).reply(request, Outcome(reading=read(request))).status == 404


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["resourceLogs", "resource", "scopeLogs", "logRecords", "attributes",
                             "key", "value", "body", "kvlistValue", "arrayValue", "values",
                             "timeUnixNano"]),
            inner,
            max_size=3,
        ),
    )
)  # fmt: skip
def test_any_json_is_read_or_refused(value: object) -> None:
    request = call("/v1/logs", {"resourceLogs": [{"scopeLogs": [{"logRecords": [value]}]}]})
    read(request)
    try:
        read(call("/v1/logs", value))
    except InvalidEvents:
        return


def test_addresses_and_cookies_are_kept_nowhere() -> None:
    address = "198.51.100.7"
    names = ("http.request.header.forwarded", "client.socket.address", "net.peer.ip")
    listed = {"values": [{"stringValue": address}]}
    client = {"values": [pair("address", stringValue=address), pair("ip", stringValue=address)]}
    record = {
        "eventName": "a",
        "body": {"kvlistValue": {"values": [pair("client", kvlistValue=client)]}},
        "attributes": [
            *(pair(name, stringValue=f"for={address}") for name in names),
            pair("http.request.header.x-forwarded-for", arrayValue=listed),
            pair("http.request.header.x-real-ip", arrayValue=listed),
            pair("http.request.header.cookie", arrayValue=listed),
            pair("host.ip", arrayValue=listed),
            pair("client.version", stringValue="1.2"),
        ],
    }
    request = logs(record)
    resource = request["resourceLogs"][0]["resource"]["attributes"]
    resource += [pair("client.address", stringValue=address), pair("host.name", stringValue="h")]
    (sent,) = read(call("/v1/logs", request)).sent
    assert sent.event["properties"] == {
        "scope": "app",
        "resource": {"service.name": "shop", "host.name": "h"},
        "host.ip": [address],
        "client.version": "1.2",
    }
    assert sent.address == ""

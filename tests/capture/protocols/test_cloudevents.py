from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.capture.protocols.calls import adapter_of, call, events, read

from footfall.capture.protocols.adapter import Outcome, Refused
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded, UnknownEncoding

EVENT = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/shop/orders",
    "type": "com.example.order.paid",
    "time": "2026-11-01T11:59:58Z",
    "subject": "o1",
    "traceparent": "00-1",
    "datacontenttype": "application/json",
    "data": {"distinct_id": "u1", "anonymous_id": "a1", "url": "https://shop.example/",
             "revenue": 49.9, "currency": "EUR"},
}  # fmt: skip
MADE = {
    "name": "com.example.order.paid",
    "event_id": "/shop/orders e-1",
    "timestamp": "2026-11-01T11:59:58Z",
    "distinct_id": "u1",
    "anonymous_id": "a1",
    "url": "https://shop.example/",
    "properties": {
        "revenue": 49.9,
        "currency": "EUR",
        "ce_source": "/shop/orders",
        "ce_subject": "o1",
        "ce_traceparent": "00-1",
    },
}


def test_a_structured_event() -> None:
    (sent,) = read(call("/cloudevents", EVENT)).sent
    assert sent.key == "/shop/orders"
    assert sent.event == MADE
    (keyed,) = read(call("/cloudevents", EVENT, authorization="Bearer key")).sent
    assert keyed.key == "key"


def test_a_binary_event_without_a_content_type() -> None:
    headers = {f"ce_{name}": str(value) for name, value in EVENT.items()
               if name not in ("data", "datacontenttype")}  # fmt: skip
    body = json.dumps(EVENT["data"]).encode()
    assert events(call("/cloudevents", body, **headers)) == [MADE]


def test_headers_are_percent_encoded_or_not() -> None:
    headers = {"ce_id": "1", "ce_source": "s", "ce_type": "gr%C3%B6%C3%9Fe", "ce_subject": "Ã¶"}
    (event,) = events(call("/cloudevents", b"", **headers))
    assert (event["name"], event["properties"]["ce_subject"]) == ("größe", "ö")


def test_a_batch_and_what_is_none_in_it() -> None:
    other: dict[str, Any] = {"id": "2", "source": "s", "type": "t", "authid": "u2", "data": "text"}
    packed = {"id": "3", "source": "s", "type": "t",
              "data_base64": base64.b64encode(b'{"a": 1}').decode()}  # fmt: skip
    reading = read(call("/cloudevents", [EVENT, {"id": "x"}, 5, other, packed]))
    assert [each.index for each in reading.sent] == [0, 3, 4]
    assert [each.index for each in reading.refused] == [1, 2]
    assert reading.sent[1].event == {
        "name": "t",
        "event_id": "s 2",
        "distinct_id": "u2",
        "properties": {"data": "text", "ce_source": "s"},
    }
    assert reading.sent[2].event["properties"] == {"a": 1, "ce_source": "s"}


def test_a_long_identity_is_hashed() -> None:
    (event,) = events(call("/cloudevents", {**EVENT, "id": "x" * 300}))
    (other,) = events(call("/cloudevents", {**EVENT, "id": "x" * 301}))
    assert len(event["event_id"]) == 32
    assert event["event_id"] != other["event_id"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call("/cloudevents", body))


def test_replies() -> None:
    request = call("/cloudevents", EVENT)
    reply = adapter_of(request).reply
    told = reply(request, Outcome(stored=1, refused=(Refused(1, "code", "why", b""),)))
    assert told.status == 200
    assert json.loads(told.body) == {
        "stored": 1,
        "duplicates": 0,
        "rejected": [{"index": 1, "code": "code", "reason": "why"}],
    }
    for error, status in [
        (NotAuthenticated("a"), 401),
        (InvalidEvents("b"), 400),
        (UnknownEncoding("c"), 400),
        (Overloaded("d", retry_after=1), 503),
    ]:
        assert reply(request, Outcome(error=error)).status == status


@pytest.mark.parametrize(
    "name", ["remoteaddress", "clientaddress", "peer", "clientip", "client-ip", "xforwardedfor"]
)
def test_extensions_that_tell_an_address_are_not_kept(name: str) -> None:
    plain = {"specversion": "1.0", "id": "1", "source": "s", "type": "a", "peers": "3"}
    kept = {"ce_source": "s", "ce_peers": "3", "ip": "mine"}
    body = {"ip": "mine"}
    (event,) = events(call("/cloudevents", plain | {name: "198.51.100.7", "data": body}))
    assert event["properties"] == kept
    headers = {f"ce_{key}": value for key, value in plain.items()}
    (event,) = events(call("/cloudevents", body, **headers, **{f"ce_{name}": "198.51.100.7"}))
    assert event["properties"] == kept

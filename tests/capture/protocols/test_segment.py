from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from tests.capture.protocols.calls import adapter_of, call, events, read

from footfall.capture.protocols.adapter import Outcome
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded, TooLarge

BASIC = "Basic " + base64.b64encode(b"key:").decode()
TRACK = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "m1",
    "timestamp": "2026-11-01T11:59:58Z",
    "userId": "u1",
    "anonymousId": "a1",
    "properties": {"revenue": 12.5, "currency": "EUR"},
    "context": {
        "page": {"url": "https://shop.example/paid", "title": "Paid", "referrer": "https://x.example/"},
        "campaign": {"name": "autumn", "source": "mail", "id": "c1"},
        "locale": "de-AT",
        "userAgent": "Mozilla/5.0 (X11)",
        "ip": "203.0.113.9",
        "library": {"name": "analytics.js", "version": "1"},
    },
}  # fmt: skip


def batch(*messages: object, **more: object) -> dict[str, object]:
    return {"batch": list(messages), "sentAt": "2026-11-01T12:00:00Z", "writeKey": "key", **more}


def test_a_track_message_becomes_its_event() -> None:
    (sent,) = read(call("/v1/batch", batch(TRACK))).sent
    assert (sent.key, sent.index, sent.address) == ("key", 0, "203.0.113.9")
    assert sent.sent_at == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert sent.event == {
        "name": "Order Completed",
        "event_id": "m1",
        "timestamp": "2026-11-01T11:59:58Z",
        "distinct_id": "u1",
        "anonymous_id": "a1",
        "url": "https://shop.example/paid",
        "title": "Paid",
        "referrer": "https://x.example/",
        "language": "de-AT",
        "user_agent": "Mozilla/5.0 (X11)",
        "utm_source": "mail",
        "utm_campaign": "autumn",
        "properties": {
            "revenue": 12.5,
            "currency": "EUR",
            "campaign": {"id": "c1"},
            "context": {"library": {"name": "analytics.js", "version": "1"}},
        },
    }


def test_page_views_have_one_name_and_screens_another() -> None:
    page = {
        "type": "page",
        "name": "Home",
        "anonymousId": "a1",
        "properties": {"url": "https://shop.example/", "title": "Shop", "plan": "pro"},
    }
    screen = {"type": "screen", "name": "Cart", "userId": 7, "category": "shop"}
    assert events(call("/v1/b", batch(page, screen))) == [
        {
            "name": "page_view",
            "distinct_id": "a1",
            "url": "https://shop.example/",
            "title": "Shop",
            "properties": {"name": "Home", "plan": "pro"},
        },
        {
            "name": "screen",
            "distinct_id": "7",
            "properties": {"name": "Cart", "category": "shop"},
        },
    ]


def test_identities_are_linked() -> None:
    said = [
        {"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": {"plan": "pro"}},
        {"type": "alias", "userId": "u1", "previousId": "old"},
        {"type": "group", "userId": "u1", "groupId": "g1", "traits": {"size": 5}},
        {"type": "track", "event": "x", "userId": "u1", "anonymousId": "u1"},
    ]
    assert events(call("/v1/batch", batch(*said))) == [
        {
            "name": "identify",
            "distinct_id": "u1",
            "anonymous_id": "a1",
            "properties": {"traits": {"plan": "pro"}},
        },
        {"name": "alias", "distinct_id": "u1", "anonymous_id": "old"},
        {
            "name": "group",
            "distinct_id": "u1",
            "properties": {"group_id": "g1", "traits": {"size": 5}},
        },
        {"name": "x", "distinct_id": "u1"},
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [("/v1/t", TRACK), ("/v1/track", {"event": "Order Completed", "userId": "u1"})],
)
def test_single_messages(path: str, message: dict[str, object]) -> None:
    body = json.dumps({**message, "sentAt": "2026-11-01T12:00:00Z"}).encode()
    (sent,) = read(call(path, body, content_type="text/plain", authorization=BASIC)).sent
    assert (sent.key, sent.event["name"]) == ("key", "Order Completed")
    assert sent.sent_at == datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_a_pixel_carries_a_message_in_its_address() -> None:
    data = base64.b64encode(
        json.dumps({"writeKey": "key", "userId": "u1", "event": "Opened"}).encode()
    )
    (sent,) = read(call(f"/v1/pixel/track?data={data.decode()}", method="GET")).sent
    assert (sent.key, sent.event) == ("key", {"name": "Opened", "distinct_id": "u1"})


def test_a_message_that_is_none_costs_itself_only() -> None:
    reading = read(call("/v1/batch", batch({"type": "track"}, 5, {"type": "pay"}, TRACK)))
    assert [each.index for each in reading.sent] == [3]
    assert [(each.index, each.code, each.key) for each in reading.refused] == [
        (0, "missing_name", "key"),
        (1, "not_an_object", "key"),
        (2, "invalid_event", "key"),
    ]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"batch": 1}', b"\xff\xfe", b"bm90IGpzb24="])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call("/v1/batch", body))


def test_replies() -> None:
    request = call("/v1/batch", batch(TRACK))
    reply = adapter_of(request).reply
    assert adapter_of(request).name == "segment"
    stored = reply(request, Outcome(stored=1))
    assert (stored.status, json.loads(stored.body)) == (200, {"success": True})
    for error, status in [
        (NotAuthenticated("no such key"), 401),
        (InvalidEvents("bad"), 400),
        (TooLarge("big"), 413),
        (Overloaded("later", retry_after=1), 503),
    ]:
        refused = reply(request, Outcome(error=error))
        assert refused.status == status
        # The Python client takes an error without these two for a broken connection.
        assert json.loads(refused.body)["code"] == error.code
        assert json.loads(refused.body)["message"] == error.message


def test_the_browser_client_is_told_to_send_here() -> None:
    request = call("/v1/projects/key/settings", method="GET", host="stats.example:8080")
    reply = adapter_of(request).reply(request, Outcome())
    own = json.loads(reply.body)["integrations"]["Segment.io"]
    assert own == {"apiKey": "key", "apiHost": "stats.example:8080/v1"}
    assert json.loads(reply.body)["metrics"] == {"sampleRate": 0}


def test_on_ones_own_machine_the_browser_client_does_without_tls() -> None:
    for host, proxy, protocol in (
        ("localhost:8080", "", "http"),
        ("127.0.0.1:8080", "", "http"),
        ("localhost", "https", "https"),
        ("stats.example", "", None),
    ):
        request = call("/v1/projects/key/settings", method="GET", host=host,
                       x_forwarded_proto=proxy)  # fmt: skip
        reply = adapter_of(request).reply(request, Outcome())
        assert json.loads(reply.body)["integrations"]["Segment.io"].get("protocol") == protocol


def test_counts_of_the_clients_own_work_are_no_events() -> None:
    request = call("/v1/m", {"series": [{"type": "Counter", "metric": "x", "value": 1}]})
    assert read(request).sent == ()
    assert adapter_of(request).reply(request, Outcome()).status == 200

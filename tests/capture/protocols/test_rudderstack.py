from __future__ import annotations

import base64
import json

import pytest
from tests.capture.protocols.calls import adapter_of, call, events, read

from footfall.capture.protocols.adapter import Call, Outcome
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded

BASIC = "Basic " + base64.b64encode(b"key:").decode()
PYTHON = {
    "batch": [
        {
            "type": "identify",
            "userId": "u1",
            "anonymousId": "a1",
            "messageId": "m1",
            "timestamp": "2026-11-01T11:59:58+00:00",
            "channel": "server",
            "context": {"traits": {"plan": "pro"}, "library": {"name": "analytics-python"}},
        }
    ],
    "sentAt": "2026-11-01T12:00:00+00:00",
}
BROWSER = {
    "type": "page",
    "name": "Home",
    "channel": "web",
    "userId": "",
    "anonymousId": "a1",
    "messageId": "m2",
    "originalTimestamp": "2026-11-01T11:59:58Z",
    "sentAt": "2026-11-01T12:00:00Z",
    "properties": {"url": "https://shop.example/a", "path": "/a"},
    "context": {
        "page": {"referrer": "$direct"},
        "sessionId": 17,
        "screen": {"width": 1920, "height": 1080},
        "traits": {"a": 1},
    },
}


def python_batch() -> Call:
    return call("/v1/batch", PYTHON, authorization=BASIC)


def test_a_batch_of_the_python_client() -> None:
    (sent,) = read(python_batch()).sent
    assert adapter_of(python_batch()).name == "rudderstack"
    assert sent.key == "key"
    assert sent.event == {
        "name": "identify",
        "event_id": "m1",
        "timestamp": "2026-11-01T11:59:58+00:00",
        "distinct_id": "u1",
        "anonymous_id": "a1",
        "properties": {
            "traits": {"plan": "pro"},
            "context": {"library": {"name": "analytics-python"}},
        },
    }


def test_a_page_of_the_browser_client() -> None:
    request = call("/v1/page", BROWSER, authorization=BASIC, anonymousid="YTE=")
    assert adapter_of(request).name == "rudderstack"
    assert events(request) == [
        {
            "name": "page_view",
            "event_id": "m2",
            "timestamp": "2026-11-01T11:59:58Z",
            "distinct_id": "a1",
            "session_id": "17",
            "url": "https://shop.example/a",
            "properties": {"name": "Home", "screen": "1920x1080"},
        }
    ]


def test_a_beacon_has_its_key_in_the_address() -> None:
    body = json.dumps({"batch": [BROWSER]}).encode()
    (sent,) = read(call("/beacon/v1/batch?writeKey=key", body, content_type="text/plain")).sent
    assert (sent.key, sent.event["event_id"]) == ("key", "m2")


def test_a_pixel_has_its_members_in_the_address() -> None:
    target = "/pixel/v1/track?writeKey=key&anonymousId=a1&event=Opened&context.page.url=https://x.example/"
    (sent,) = read(call(target, method="GET")).sent
    assert (sent.key, sent.event) == (
        "key",
        {"name": "Opened", "distinct_id": "a1", "url": "https://x.example/"},
    )


@pytest.mark.parametrize("body", [b"[]", b'{"batch": {}, "channel": "server"}'])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call("/beacon/v1/batch", body))


def test_refusals_are_plain_text_for_the_python_client_sends_json_without_code_again() -> None:
    reply = adapter_of(python_batch()).reply
    stored = reply(python_batch(), Outcome(stored=1))
    assert (stored.status, stored.body) == (200, b"OK")
    for error, status in [
        (NotAuthenticated("no such key"), 401),
        (InvalidEvents("bad"), 400),
        (Overloaded("later", retry_after=1), 503),
    ]:
        refused = reply(python_batch(), Outcome(error=error))
        assert (refused.status, refused.body.decode()) == (status, error.message)
        with pytest.raises(ValueError, match="Expecting value"):
            json.loads(refused.body)


def test_the_browser_client_gets_a_configuration_that_loads_nothing() -> None:
    request = call("/sourceConfig/?p=npm&writeKey=key", method="GET")
    source = json.loads(adapter_of(request).reply(request, Outcome()).body)["source"]
    assert (source["writeKey"], source["enabled"], source["destinations"]) == ("key", True, [])

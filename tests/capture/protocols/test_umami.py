from __future__ import annotations

import json
from typing import Any

import pytest
from benchmarks.tracker_bodies import umami as bodies
from tests.capture.protocols.calls import adapter_of, call, events, read, sent

from footfall.capture.protocols.adapter import Outcome, Reading, Refused, Sent
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded, TooLarge


def event(kind: str = "event", **payload: Any) -> dict[str, Any]:
    (found,) = events(call("/api/send", {"type": kind, "payload": {"website": "w", **payload}}))
    return found


def test_a_page_view() -> None:
    (found,) = read(sent(bodies.PAGE)).sent
    assert (found.key, found.address, found.token) == ("site-key", "", "")
    assert found.event == {
        "name": "page_view",
        "url": "https://shop.example/cart?utm_source=mail",
        "title": "Cart",
        "referrer": "https://news.example/a",
        "language": "de-AT",
        "properties": {"screen": "1920x1080"},
    }


def test_an_event_with_data_and_a_person() -> None:
    (found,) = events(sent(bodies.NAMED))
    assert (found["name"], found["distinct_id"]) == ("paid", "u1")
    assert found["properties"] == {"screen": "1920x1080", "revenue": 9.5, "currency": "EUR"}


def test_a_path_alone_keeps_the_host_beside_it() -> None:
    found = event(url="/cart?utm_source=mail", hostname="shop.example")
    assert (found["url"], found["host"]) == ("/cart?utm_source=mail", "shop.example")


def test_a_library_that_passes_as_a_browser_says_nothing_of_the_visitors() -> None:
    (found,) = read(sent(bodies.PYTHON)).sent
    assert (found.address, found.token, found.event["user_agent"]) == ("203.0.113.7", "", "")
    node = call("/api/send", bodies.PAGE.body, user_agent="Mozilla/5.0 Umami/v22.1.0")
    assert read(node).sent[0].event["user_agent"] == ""
    spoken = call(
        "/api/send", {"payload": {"userAgent": "Mozilla/5.0 X"}}, authorization="Bearer k"
    )
    found = read(spoken).sent[0]
    assert (found.token, found.event["user_agent"]) == ("k", "Mozilla/5.0 X")


def test_kinds_without_a_name() -> None:
    person = event("identify", id="u1", data={"plan": "pro"})
    assert (person["name"], person["distinct_id"]) == ("identify", "u1")
    assert event("performance", lcp=1200)["properties"] == {"lcp": 1200}
    assert event("performance", lcp=1200)["name"] == "performance"


def test_a_batch_is_read_event_by_event() -> None:
    reading = read(sent(bodies.BATCH))
    assert [each.event["name"] for each in reading.sent[:2]] == ["step 0", "step 1"]
    assert reading.sent[1].event["timestamp"] == 1793534301
    mixed = read(call("/api/batch", [{"payload": {"website": "w"}}, 1, {"payload": "x"}]))
    assert [each.index for each in mixed.sent] == [0]
    assert [(each.index, each.raw) for each in mixed.refused] == [
        (1, b"1"),
        (2, b'{"payload":"x"}'),
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"7", b"{}", b'{"payload": []}'])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call("/api/send", body))


def test_replies() -> None:
    request = sent(bodies.PAGE)
    reply = adapter_of(request).reply
    taken = Outcome(stored=1, reading=Reading([Sent({}, "site-key")]))
    told = json.loads(reply(request, taken).body)
    assert set(told) == {"cache", "sessionId", "visitId"}
    assert all(len(each) == 36 for each in told.values())
    for error, status in (
        (NotAuthenticated("no"), 400), (InvalidEvents("bad"), 400), (TooLarge("big"), 413),
        (Overloaded("later"), 503),
    ):  # fmt: skip
        answer = reply(request, Outcome(error=error))
        assert (answer.status, json.loads(answer.body)["error"]["message"]) == (
            status,
            error.message,
        )
    refused = (Refused(1, "invalid_name", "too long", b""),)
    assert reply(request, Outcome(refused=refused)).status == 400
    batch = sent(bodies.BATCH)
    assert json.loads(reply(batch, Outcome(stored=18, duplicates=1, refused=refused)).body) == {
        "size": 20, "processed": 19, "errors": 1, "cache": None,
        "details": [{"index": 1, "response": {"error": "too long"}}],
    }  # fmt: skip


def test_recordings_and_heartbeats() -> None:
    for request in (call("/api/record", b"x"), call("/api/heartbeat", method="GET")):
        assert not read(request).sent
        assert adapter_of(request).reply(request, Outcome()).body == b'{"ok":true}'

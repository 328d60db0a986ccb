from __future__ import annotations

import json
from typing import Any

import pytest
from benchmarks.tracker_bodies import ga4 as bodies
from tests.capture.protocols.calls import adapter_of, call, events, read, sent

from footfall.capture.protocols.adapter import Outcome, Refused
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded, TooLarge


def event(name: str, **params: Any) -> dict[str, Any]:
    (found,) = events(call("/mp/collect", {"client_id": "c", "events": [
        {"name": name, "params": params}]}))  # fmt: skip
    return found


def test_a_page_view() -> None:
    reading = read(sent(bodies.PYTHON))
    first = reading.sent[0]
    assert (first.key, first.token, len(reading.sent)) == ("site-key", "secret", 25)
    assert first.event == {
        "name": "page_view",
        "distinct_id": "1122.3344",
        "session_id": "1793534000",
        "url": "https://shop.example/cart?utm_source=mail",
        "title": "Cart",
        "referrer": "https://news.example/a",
        "properties": {"engagement_time_msec": 12},
    }


def test_a_purchase_with_all_that_may_be_said() -> None:
    (found,) = read(sent(bodies.PURCHASE)).sent
    assert (found.key, found.address) == ("site-key", "203.0.113.7")
    assert found.event == {
        "name": "purchase",
        "timestamp": 1793534399000000,
        "distinct_id": "u1",
        "anonymous_id": "a1",
        "country": "AT",
        "region": "AT-6",
        "city": "Graz",
        "device": "mobile",
        "os": "Android",
        "properties": {
            "screen": "1080x2400",
            "device": {"model": "Pixel 9"},
            "user_properties": {"plan": "pro"},
            "revenue": 49.9,
            "currency": "EUR",
            "transaction_id": "t1",
        },
    }


def test_money_given_back_and_values_of_other_events() -> None:
    assert event("refund", value=5, currency="EUR")["properties"]["revenue"] == -5.0
    assert event("generate_lead", value=5, currency="EUR")["properties"] == {
        "value": 5,
        "currency": "EUR",
    }


def test_campaigns() -> None:
    assert event("campaign_details", source="mail")["utm_source"] == "mail"
    assert event("share", source="mail")["properties"] == {"source": "mail"}


def test_events_sent_later_come_alone_with_their_time() -> None:
    body = {"client_id": "c", "timestamp_micros": 1793534399000000, "events": {"name": "a"}}
    (found,) = events(call("/mp/collect", body))
    assert (found["name"], found["timestamp"]) == ("a", 1793534399000000)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"events": 3}'])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call("/mp/collect", body))


def test_replies() -> None:
    request = sent(bodies.PYTHON)
    reply = adapter_of(request).reply
    refused = Outcome(refused=(Refused(0, "missing_name", "no name", b""),))
    # The senders raise at any other status, in the middle of their own work.
    for outcome in (
        Outcome(stored=25), refused,
        Outcome(error=NotAuthenticated("no")), Outcome(error=InvalidEvents("bad")),
    ):  # fmt: skip
        assert (reply(request, outcome).status, reply(request, outcome).body) == (204, b"")
    assert reply(request, Outcome(error=Overloaded("later"))).status == 503
    assert reply(request, Outcome(error=TooLarge("big"))).status == 413


def messages(body: Any) -> list[str]:
    request = call("/debug/mp/collect", body)
    assert not read(request).sent
    answer = adapter_of(request).reply(request, Outcome())
    return [each["fieldPath"] for each in json.loads(answer.body)["validationMessages"]]


def test_what_is_sent_to_be_checked() -> None:
    assert messages({"events": [{"name": "a"}]}) == []
    assert messages({"events": [{"name": "a"}, {"params": {}}, 3]}) == [
        "events[2]",
        "events[1].name",
    ]
    assert messages(b"{") == ["events"]


def test_the_screen_of_an_app() -> None:
    seen = event("screen_view", screen_name="Cart")
    assert (seen["name"], seen["title"]) == ("screen", "Cart")

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from benchmarks.tracker_bodies import amplitude as bodies
from tests.capture.protocols.calls import NOW, adapter_of, call, events, read, sent

from footfall.capture.protocols.adapter import Call, Outcome, Reading, Refused, Sent
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded, TooLarge


def event(**members: Any) -> dict[str, Any]:
    (found,) = events(call("/2/httpapi", {"api_key": "k", "events": [members]}))
    return found


def test_a_page_view_of_a_browser() -> None:
    reading = read(sent(bodies.BROWSER))
    first = reading.sent[0]
    assert (first.key, first.sent_at, first.address) == ("site-key", NOW, "")
    assert len(first.event.pop("event_id")) == 24
    assert first.event == {
        "name": "page_view",
        "timestamp": 1793534398120,
        "distinct_id": "d1",
        "session_id": "1793534000000",
        "url": "https://shop.example/cart?utm_source=mail",
        "title": "Cart",
        "referrer": "https://news.example/a",
        "utm_source": "mail",
        "language": "de-AT",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "properties": {
            "platform": "Web",
            "event_id": 7,
            "library": "amplitude-ts/2.48.1",
            "[Amplitude] Page URL": "https://shop.example/cart",
            "[Amplitude] Page Counter": 1,
        },
    }


def test_the_user_is_joined_with_the_device() -> None:
    for found in (each.event for each in read(sent(bodies.BROWSER)).sent[1:3]):
        assert (found["distinct_id"], found["anonymous_id"]) == ("u1", "d1")
    assert "anonymous_id" not in event(event_type="a", device_id="d1")
    assert event(event_type="a", user_id="u1")["distinct_id"] == "u1"


def test_what_is_told_of_the_person_is_kept() -> None:
    identified = read(sent(bodies.BROWSER)).sent[1].event
    assert identified["name"] == "$identify"
    assert identified["properties"]["user_properties"] == {"$set": {"plan": "pro"}}


def test_device_and_insert_id_together_are_one_event() -> None:
    one = event(event_type="a", device_id="d1", insert_id="i")["event_id"]
    assert event(event_type="a", device_id="d1", insert_id="i")["event_id"] == one
    assert event(event_type="a", device_id="d2", insert_id="i")["event_id"] != one
    assert "event_id" not in event(event_type="a", device_id="d1")


def test_revenue_is_what_was_given_or_price_times_quantity() -> None:
    first = read(sent(bodies.PYTHON)).sent[0]
    assert first.address == "203.0.113.7"
    assert first.event["properties"]["revenue"] == 7.0
    assert event(event_type="a", revenue=5, currency="EUR")["properties"] == {
        "revenue": 5.0,
        "currency": "EUR",
    }
    given = {"$revenue": "4.5", "$price": 1}
    assert event(event_type="a", event_properties=given)["properties"]["revenue"] == 4.5
    assert event(event_type="a", price=2, quantity=0)["properties"]["revenue"] == 0.0


def test_older_browser_scripts_name_the_browser_as_the_system() -> None:
    (found,) = events(sent(bodies.OLD_BROWSER))
    assert (found["browser"], found["browser_version"]) == ("Firefox", "140.0")
    assert not {"os", "session_id"} & found.keys()
    assert event(event_type="a", platform="iOS", os_name="ios")["os"] == "ios"


def test_forms_of_older_clients() -> None:
    form = urlencode({"api_key": "k", "identification": json.dumps({"user_id": "u1"})})
    (found,) = read(call("/identify", form.encode())).sent
    assert (found.key, found.event["name"], found.event["distinct_id"]) == ("k", "$identify", "u1")
    form = urlencode({"api_key": "k", "event": json.dumps([{"event_type": "a"}] * 2)})
    assert [each["name"] for each in events(call("/httpapi", form.encode()))] == ["a", "a"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"events": 3}', b"event=%7B"])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call("/2/httpapi", body))


def answer(outcome: Outcome) -> tuple[int, dict[str, Any]]:
    request: Call = sent(bodies.BROWSER)
    found = adapter_of(request).reply(request, outcome)
    told = json.loads(found.body)
    # Clients read the code in the body, and only then the status.
    assert told["code"] == found.status
    return found.status, told


def test_success_counts() -> None:
    status, told = answer(Outcome(stored=18, duplicates=1, refused=(REFUSED,)))
    assert (status, told["events_ingested"]) == (200, 19)
    assert told["server_upload_time"] == 1793534400000


REFUSED = Refused(1, "missing_name", "no name", b"")
TWO = Reading([Sent({}, "k", 0), Sent({}, "k", 1)])


def test_refused_events_are_listed_so_that_none_is_sent_again() -> None:
    status, told = answer(Outcome(refused=(REFUSED,), reading=TWO))
    assert (status, told["events_with_invalid_fields"]) == (400, {"event": [0, 1]})
    status, told = answer(Outcome(error=InvalidEvents("no JSON")))
    assert (status, told["missing_field"]) == (400, "events")


def test_an_unknown_key_ends_it() -> None:
    status, told = answer(Outcome(error=NotAuthenticated("No source")))
    assert (status, told["error"]) == (400, "Invalid API key: No source")


def test_an_overload_makes_clients_wait_instead_of_giving_up() -> None:
    status, told = answer(Outcome(error=Overloaded("later"), reading=TWO))
    assert (status, told["throttled_events"]) == (429, [0, 1])
    # Where the body was never read, nobody knows how many there are: all of them wait.
    assert len(answer(Outcome(error=Overloaded("later")))[1]["throttled_events"]) == 1000


def test_too_much_is_sent_again_in_smaller_pieces() -> None:
    assert answer(Outcome(error=TooLarge("big"), reading=TWO))[0] == 413


def test_the_screen_of_an_app() -> None:
    seen = event(event_type="[Amplitude] Screen Viewed",
                 event_properties={"[Amplitude] Screen Name": "Cart"})  # fmt: skip
    assert (seen["name"], seen["title"]) == ("screen", "Cart")

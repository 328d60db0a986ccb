from __future__ import annotations

import json
from typing import Any

import pytest
from benchmarks.tracker_bodies import countly as bodies
from tests.capture.protocols.calls import adapter_of, call, events, read, sent

from footfall.capture.protocols.adapter import Outcome, Refused
from footfall.capture.protocols.registry import RouteTable, adapters
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded, TooLarge


def test_a_page_view() -> None:
    first = read(sent(bodies.EVENTS)).sent[0]
    assert first.key == "site-key"
    assert first.event == {
        "name": "page_view",
        "event_id": "v1",
        "timestamp": 1793534398120.0,
        "distinct_id": "d1",
        "path": "/cart",
        "host": "shop.example",
        "referrer": "https://news.example/a",
        "utm_source": "mail",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "properties": {"app_version": "1.4", "sdk_name": "javascript_native_web", "start": 1},
    }


def own(event: dict[str, Any]) -> dict[str, Any]:
    """Its properties without those that every event of the samples has."""
    return {
        key: value
        for key, value in event["properties"].items()
        if key not in ("app_version", "sdk_name")
    }


def test_an_event_of_ones_own() -> None:
    found = events(sent(bodies.EVENTS))[1]
    assert (found["name"], found["event_id"]) == ("paid", "e0")
    assert own(found) == {"plan": "pro", "sum": 49.9, "duration": 3.0}


def test_leaving_a_view_is_no_view() -> None:
    left = {"key": "[CLY]_view", "dur": 12, "segmentation": {"name": "/cart"}}
    (found,) = events(call("/i", bodies.form(events=[left]).encode()))
    assert (found["name"], own(found)) == ("[CLY]_view", {"name": "/cart", "duration": 12.0})


def test_sessions() -> None:
    (found,) = events(sent(bodies.SESSION))
    assert (found["name"], found["language"]) == ("begin_session", "de-AT")
    assert own(found) == {"screen": "1920x1080", "metrics": {"_density": 2}}
    ended = events(call("/i", bodies.form(end_session=1, session_duration=30).encode()))
    assert [(each["name"], own(each)) for each in ended] == [
        ("session_duration", {"duration": 30.0}),
        ("end_session", {"duration": 30.0}),
    ]


def test_identities_are_joined() -> None:
    (found,) = events(sent(bodies.MERGE))
    assert (found["name"], found["distinct_id"], found["anonymous_id"]) == ("identify", "u1", "d1")
    (person,) = events(sent(bodies.SAMPLES[3]))
    assert own(person) == {"name": "A", "custom": {"plan": "pro"}}
    nobody = bodies.form(device_id="[CLY]_temp_id", begin_session=1)
    assert "distinct_id" not in events(call("/i", nobody.encode()))[0]


def test_the_same_request_again_has_the_same_ids() -> None:
    one, same = (events(sent(bodies.SESSION))[0]["event_id"] for _ in range(2))
    later = bodies.form(begin_session=1, timestamp=1793534399001)
    assert one == same != events(call("/i", later.encode()))[0]["event_id"]


def test_crashes_and_consents() -> None:
    body = bodies.form(crash={"_error": "x is undefined"}, consent={"events": True})
    found = events(call("/i", body.encode()))
    assert [(each["name"], own(each)) for each in found] == [
        ("crash", {"_error": "x is undefined"}),
        ("consent", {"events": True}),
    ]


def test_a_server_says_nothing_of_the_visitors_system() -> None:
    body = bodies.form(sdk_name="javascript_native_nodejs", begin_session=1,
                       metrics={"_os": "linux"}, ip_address="203.0.113.7")  # fmt: skip
    (found,) = read(call("/i", body.encode())).sent
    assert "os" not in found.event
    assert found.address == "203.0.113.7"


def test_a_bulk() -> None:
    requests = [
        {"device_id": "d1", "begin_session": 1, "timestamp": 1793534399},
        {"device_id": "d2", "app_key": "other", "events": [{"key": "a"}, 7]},
        3,
    ]
    body = bodies.form(requests=requests)
    reading = read(call("/i/bulk", body.encode()))
    assert [(each.index, each.key, each.event["name"]) for each in reading.sent] == [
        (0, "site-key", "begin_session"),
        (1, "other", "a"),
    ]
    assert [(each.index, each.raw) for each in reading.refused] == [(2, b"7"), (3, b"3")]


def test_a_request_of_somebody_else_is_left_alone() -> None:
    table = RouteTable(adapters())
    for request in (call("/i?e=pv&p=web&tv=js", method="GET"), call("/i", b"{}")):
        found = table.find(request)
        assert found is None or found.name != "countly"


@pytest.mark.parametrize("events", ["{", "7", '{"key": "a"}'])
def test_what_cannot_be_read_is_refused_to_its_owner(events: str) -> None:
    reading = read(call("/i", bodies.form(events=events).encode()))
    (refused,) = reading.refused
    assert (refused.key, refused.code, list(reading.sent)) == ("site-key", "invalid_events", [])
    assert json.loads(refused.raw)["events"] == events


def test_a_bulk_that_cannot_be_read_is_told() -> None:
    with pytest.raises(InvalidEvents):
        read(call("/i/bulk", bodies.form(requests="{").encode()))


def test_replies_never_stop_the_queue_of_a_client() -> None:
    request = sent(bodies.EVENTS)
    reply = adapter_of(request).reply
    assert reply(request, Outcome(stored=10)).body == b'{"result":"Success"}'
    refused = (Refused(0, "missing_name", "no name", b""),)
    for outcome in (
        Outcome(error=NotAuthenticated("no")), Outcome(error=InvalidEvents("bad")),
        Outcome(error=TooLarge("big")), Outcome(refused=refused),
    ):  # fmt: skip
        answer = reply(request, outcome)
        assert answer.status == 200
        assert json.loads(answer.body)["result"].startswith("Not taken: ")
    assert reply(request, Outcome(error=Overloaded("later"))).status == 503


def test_settings() -> None:
    request = sent(bodies.SAMPLES[-1])
    answer = adapter_of(request).reply(request, Outcome())
    assert json.loads(answer.body) == {"v": 1, "t": 1793534400000, "c": {}}
    widgets = call("/o/sdk?method=feedback&app_key=k", method="GET")
    assert adapter_of(widgets).reply(widgets, Outcome()).body == b'{"result":[]}'


@pytest.mark.parametrize(
    ("segments", "path", "title"),
    [
        ({"name": "/cart"}, "/cart", None),
        ({"name": "Cart", "view": "/cart"}, "/cart", "Cart"),
        ({"name": "Cart"}, None, "Cart"),
        ({}, None, None),
    ],
)
def test_names_of_views(segments: dict[str, str], path: str | None, title: str | None) -> None:
    view = {"key": "[CLY]_view", "segmentation": {"visit": 1, **segments}}
    (found,) = events(call("/i", bodies.form(events=[view]).encode()))
    assert (found["name"], found.get("path"), found.get("title")) == ("page_view", path, title)

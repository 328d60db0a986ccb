from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from benchmarks.tracker_bodies import mixpanel as bodies
from tests.capture.protocols.calls import NOW, adapter_of, call, events, read, sent

from footfall.capture.protocols.adapter import Call, Outcome, Refused
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded, TooLarge


def event(name: str, **properties: Any) -> dict[str, Any]:
    one = {"event": name, "properties": {"token": "site-key", **properties}}
    (found,) = events(call("/track", one))
    return found


def test_a_page_view_of_a_browser() -> None:
    reading = read(sent(bodies.BROWSER))
    first = reading.sent[0]
    assert (first.key, first.sent_at, len(reading.sent)) == ("site-key", NOW, 20)
    assert len(first.event.pop("event_id")) == 24
    assert first.event == {
        "name": "page_view",
        "timestamp": 1793534398.12,
        "distinct_id": "$device:d1",
        "url": "https://shop.example/cart",
        "title": "Cart",
        "referrer": "https://news.example/a",
        "browser": "Firefox",
        "browser_version": "140",
        "os": "Linux",
        "properties": {
            "mp_lib": "web",
            "$lib_version": "2.83.0",
            "mp_sent_by_lib_version": "2.83.0",
            "screen": "1920x1080",
        },
    }


def test_identities_are_joined() -> None:
    identified, known = (each.event for each in read(sent(bodies.BROWSER)).sent[1:3])
    for found in (identified, known):
        assert (found["distinct_id"], found["anonymous_id"]) == ("u1", "$device:d1")
    alias = event("$create_alias", distinct_id="u1", alias="u2")
    assert (alias["distinct_id"], alias["anonymous_id"]) == ("u1", "u2")
    merge = event("$merge", **{"$distinct_ids": ["a", "b"]})
    assert (merge["distinct_id"], merge["anonymous_id"]) == ("a", "b")
    # A client that keeps the device's id as distinct_id, and the user beside it.
    mixed = event("paid", distinct_id="$device:d1", **{"$user_id": "u1", "$device_id": "d1"})
    assert (mixed["distinct_id"], mixed["anonymous_id"]) == ("u1", "$device:d1")
    assert "anonymous_id" not in event("paid", distinct_id="$device:d1", **{"$device_id": "d1"})


def test_name_time_person_and_insert_id_together_are_one_event() -> None:
    given = {"distinct_id": "u1", "time": 1793534399, "$insert_id": "i"}
    one = event("paid", **given)["event_id"]
    assert event("paid", **given)["event_id"] == one
    others = [
        event("sold", **given),
        event("paid", **{**given, "time": 1793534400}),
        event("paid", **{**given, "distinct_id": "u2"}),
        event("paid", **{**given, "$insert_id": "j"}),
    ]
    assert len({one, *(each["event_id"] for each in others)}) == 5
    assert "event_id" not in event("paid", distinct_id="u1")


def test_a_server_sends_a_form_and_the_visitors_address() -> None:
    (found,) = read(sent(bodies.PYTHON)).sent
    assert (found.event["name"], found.event["distinct_id"]) == ("paid", "u1")
    one = {"event": "paid", "properties": {"token": "k", "ip": "203.0.113.7"}}
    assert read(call("/track", one)).sent[0].address == "203.0.113.7"


def test_what_is_told_of_persons_and_groups() -> None:
    (found,) = read(sent(bodies.PEOPLE)).sent
    assert found.key == "site-key"
    assert found.event == {
        "name": "identify",
        "timestamp": 1793534399,
        "distinct_id": "u1",
        "properties": {"$set": {"plan": "pro"}},
    }
    group = {"$token": "k", "$group_key": "firm", "$group_id": "acme", "$set": {"size": 3}}
    assert events(call("/groups", group)) == [
        {"name": "group", "properties": {"$group_key": "firm", "$group_id": "acme",
                                         "$set": {"size": 3}}}
    ]  # fmt: skip


def test_an_import_has_its_key_in_the_user_name_or_the_token() -> None:
    authorization = "Basic " + base64.b64encode(b"ffw_1:").decode()
    lines = b"\n".join(json.dumps({"event": name, "properties": {}}).encode() for name in "ab")
    reading = read(call("/import", lines, authorization=authorization))
    assert [(each.event["name"], each.token) for each in reading.sent] == [
        ("a", "ffw_1"),
        ("b", "ffw_1"),
    ]


def test_a_pixel() -> None:
    data = base64.b64encode(json.dumps({"event": "a", "properties": {"token": "k"}}).encode())
    request = call(f"/track/?img=1&data={quote(data.decode())}", method="GET")
    assert events(request)[0]["name"] == "a"
    answer = adapter_of(request).reply(request, Outcome(stored=1))
    assert (answer.content_type, answer.body[:6]) == ("image/gif", b"GIF89a")


@pytest.mark.parametrize("body", [b"", b"data=", b"data=%%%", b"verbose=1", b"{"])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call("/import", body))


def test_only_the_bad_part_is_refused() -> None:
    one = {"event": "a", "properties": {"token": "k"}}
    reading = read(call("/track", [one, 7]))
    assert [each.index for each in reading.sent] == [0]
    assert [(each.index, each.raw, each.key) for each in reading.refused] == [(1, b"7", "k")]


def asked(**query: str) -> Call:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return call(f"/track/?{text}", {"event": "a", "properties": {"token": "k"}})


def test_replies() -> None:
    reply = adapter_of(asked()).reply
    assert reply(asked(), Outcome(stored=1)).body == b"1"
    assert reply(asked(verbose="1"), Outcome(stored=1)).body == b'{"status":1,"error":null}'
    imported = call("/import", [{"event": "a", "properties": {}}])
    assert json.loads(reply(imported, Outcome(stored=2, duplicates=1)).body) == {
        "code": 200, "num_records_imported": 3, "status": "OK",
    }  # fmt: skip
    for error, status in (
        (NotAuthenticated("no"), 401), (InvalidEvents("bad"), 400), (TooLarge("big"), 413),
        (Overloaded("later"), 503),
    ):  # fmt: skip
        # Python needs an object even where its `verbose` was never read.
        for request in (asked(), asked(verbose="1")):
            answer = reply(request, Outcome(error=error))
            assert (answer.status, json.loads(answer.body)["status"]) == (status, 0)
            assert json.loads(answer.body)["error"] == error.message
    nothing = Outcome(refused=(Refused(0, "missing_name", "no name", b""),))
    assert reply(asked(), nothing).status == 400
    assert reply(asked(), Outcome(stored=1, refused=nothing.refused)).body == b"1"


def test_the_form_may_ask_for_words_as_well() -> None:
    body = b"data=" + quote(json.dumps({"event": "a", "properties": {"token": "k"}})).encode()
    request = call("/track", body + b"&verbose=1&ip=0")
    assert adapter_of(request).name == "mixpanel"
    assert b'"status":1' in adapter_of(request).reply(request, Outcome(stored=1)).body


def test_recordings_are_let_go_of() -> None:
    request = call("/record/", b"\x00\x01")
    assert not read(request).sent
    assert adapter_of(request).reply(request, Outcome(error=InvalidEvents("x"))).status == 200

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from benchmarks.tracker_bodies import posthog as bodies
from tests.capture.protocols.calls import NOW, adapter_of, call, events, read, sent

from footfall.capture.protocols.adapter import Call, Outcome, Refused
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded, TooLarge

PAID: dict[str, Any] = {
    "event": "paid",
    "distinct_id": "u1",
    "uuid": "018f-9",
    "timestamp": "2026-11-01T11:59:00Z",
    "properties": {"plan": "pro"},
}


def batch(*items: dict[str, Any], **more: Any) -> Call:
    return call("/batch/", {"api_key": "site-key", "batch": list(items), **more})


def only(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    (event,) = events(batch(item, **more))
    return event


def test_a_page_view_of_a_browser() -> None:
    reading = read(sent(bodies.BROWSER))
    first = reading.sent[0]
    assert (first.key, first.sent_at) == ("site-key", NOW)
    assert first.event == {
        "name": "page_view",
        "event_id": "018f-1",
        "timestamp": datetime(2026, 11, 1, 11, 59, 58, 120_000, tzinfo=UTC),
        "distinct_id": "018f-anon",
        "session_id": "018f-session",
        "url": "https://shop.example/cart?utm_source=mail",
        "title": "Cart",
        "device": "desktop",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "browser": "Firefox",
        "browser_version": "140",
        "os": "Linux",
        "language": "de-AT",
        "utm_source": "mail",
        "properties": {
            "$window_id": "018f-window",
            "$lib": "web",
            "$lib_version": "1.449.2",
            "$device_id": "018f-device",
            "plan": "pro",
            "screen": "1920x1080",
        },
    }


def test_identities_are_joined() -> None:
    identified = read(sent(bodies.BROWSER)).sent[1].event
    assert (identified["distinct_id"], identified["anonymous_id"]) == ("u1", "018f-anon")
    assert "$anon_distinct_id" not in identified["properties"]
    for name in ("$create_alias", "$merge_dangerously"):
        merged = only({**PAID, "event": name, "properties": {"alias": "old", "distinct_id": "u1"}})
        assert (merged["distinct_id"], merged["anonymous_id"]) == ("u1", "old")
        assert "properties" not in merged
    # To no other event does an alias say anything of identity.
    assert only({**PAID, "properties": {"alias": "x"}})["properties"] == {"alias": "x"}


def test_the_title_of_an_event_that_is_no_page_view_is_its_own() -> None:
    assert only({**PAID, "properties": {"title": "Dr."}})["properties"] == {"title": "Dr."}


def test_an_old_browser_tells_how_long_ago_it_was() -> None:
    (found,) = read(sent(bodies.OLD_BROWSER)).sent
    assert found.event["timestamp"] == NOW - timedelta(milliseconds=1500)
    # That needs no clock, so the one in the address does not move it.
    assert (found.sent_at, found.event["event_id"]) == (None, "018f-4")
    assert "$time" not in found.event["properties"]


def test_events_of_a_server_say_nothing_of_the_visitors_system() -> None:
    event = read(sent(bodies.PYTHON)).sent[0].event
    assert event["properties"]["$os"] == "Linux"
    assert "os" not in event


def test_clocks() -> None:
    slow = NOW - timedelta(hours=2)
    assert read(batch(PAID, sent_at=slow.isoformat())).sent[0].sent_at == slow
    ignoring = {**PAID, "properties": {"$ignore_sent_at": True}}
    assert read(batch(ignoring, sent_at=slow.isoformat())).sent[0].sent_at is None
    # 23 hours ahead are taken, a minute more is dated now; so is it by a clock set right.
    for hours, minutes, sent_at, is_kept in (
        (23, 0, None, True), (23, 1, None, False), (22, 0, slow, False),
        (24, 0, NOW + timedelta(hours=2), True),
    ):  # fmt: skip
        moment = NOW + timedelta(hours=hours, minutes=minutes)
        more = {"sent_at": sent_at.isoformat()} if sent_at else {}
        event = only({**PAID, "timestamp": moment.isoformat()}, **more)
        assert ("timestamp" in event) == is_kept, (hours, minutes)


def test_the_dedupe_id_is_the_uuid_or_what_old_clients_have() -> None:
    old = {key: value for key, value in PAID.items() if key != "uuid"}
    old["properties"] = {"$insert_id": "i1"}
    assert only(old)["event_id"] == only(old)["event_id"]
    assert only(old)["event_id"] != only({**old, "distinct_id": "u2"})["event_id"]
    assert "event_id" not in only({**old, "properties": {}})


def test_persons_revenue_and_addresses() -> None:
    found = read(batch({**PAID, "$set": {"plan": "pro"}, "properties": {
        "$ip": "203.0.113.7", "$revenue": 5, "$currency": "EUR"}})).sent[0]  # fmt: skip
    assert found.address == "203.0.113.7"
    assert found.event["properties"] == {"revenue": 5, "currency": "EUR", "$set": {"plan": "pro"}}


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(PAID).encode(),
        base64.b64encode(json.dumps(PAID).encode()),
        base64.b64encode(gzip.compress(json.dumps(PAID).encode())),
        b"data=" + quote(base64.b64encode(json.dumps(PAID).encode())).encode(),
        b"data=" + quote(json.dumps(PAID)).encode() + b"&api_key=site-key",
        json.dumps([PAID]).encode(),
    ],
)
def test_every_way_to_pack_an_event(body: bytes) -> None:
    (found,) = read(call("/e/?api_key=site-key", body)).sent
    assert (found.key, found.event["name"]) == ("site-key", "paid")


def test_older_paths() -> None:
    one = {**PAID, "api_key": "site-key"}
    for path in ("/capture/", "/track/", "/engage/", "/i/v0/e/", "/e"):
        assert adapter_of(call(path, one)).name == "posthog", path
    data = base64.b64encode(json.dumps(one).encode()).decode()
    assert events(call(f"/e/?data={quote(data)}", method="GET"))[0]["name"] == "paid"


def test_only_the_bad_part_is_refused() -> None:
    reading = read(call("/batch/", {"api_key": "k", "batch": [PAID, 3, None]}))
    assert [each.index for each in reading.sent] == [0]
    assert [(each.index, each.raw, each.key) for each in reading.refused] == [
        (1, b"3", "k"),
        (2, b"null", "k"),
    ]


def test_replies() -> None:
    request = batch(PAID)
    reply = adapter_of(request).reply
    assert (reply(request, Outcome(stored=1)).status, reply(request, Outcome(stored=1)).body) == (
        200,
        b'{"status":1}',
    )
    assert reply(request, Outcome(duplicates=1)).status == 200
    assert reply(request, Outcome(refused=(Refused(0, "x", "no name", b""),))).status == 400
    beacon = call("/e/?beacon=1", PAID)
    assert reply(beacon, Outcome(stored=1)).status == 204
    for error, status in (
        (NotAuthenticated("no"), 401), (InvalidEvents("bad"), 400), (TooLarge("big"), 413),
        (Overloaded("later", retry_after=1), 503),
    ):  # fmt: skip
        answer = reply(request, Outcome(error=error))
        assert answer.status == status
        assert json.loads(answer.body)["detail"] == error.message


def test_capture_v1() -> None:
    request = sent(bodies.V1)
    reading = read(request)
    first = reading.sent[0]
    assert (first.key, first.sent_at, len(reading.sent)) == ("site-key", NOW, 20)
    assert first.event == {
        "name": "paid",
        "event_id": "018f-30",
        "timestamp": datetime(2026, 11, 1, 11, 59, 59, tzinfo=UTC),
        "distinct_id": "u1",
        "session_id": "s1",
        "properties": {
            "amount": 49.9,
            "$set": {"plan": "pro"},
            "$process_person_profile": True,
            "$lib": "posthog-python",
            "$lib_version": "7.91.1",
        },
    }


def test_replies_of_capture_v1() -> None:
    request = sent(bodies.V1)
    reply = adapter_of(request).reply
    refused = (Refused(1, "invalid_name", "no name", b""),)
    results = json.loads(reply(request, Outcome(stored=19, refused=refused)).body)["results"]
    assert len(results) == 20
    assert results["018f-30"] == {"result": "ok"}
    assert results["018f-31"] == {"result": "drop", "details": "no name"}
    for error, status in (
        (NotAuthenticated("no"), 401), (InvalidEvents("bad"), 400), (TooLarge("big"), 413),
        (Overloaded("later"), 503),
    ):  # fmt: skip
        assert reply(request, Outcome(error=error)).status == status


def test_what_clients_ask_before_they_send() -> None:
    settings = call("/array/k/config", method="GET")
    told = json.loads(adapter_of(settings).reply(settings, Outcome()).body)
    assert told["supportedCompression"] == ["gzip", "gzip-js"]
    assert (told["hasFeatureFlags"], told["analytics"]) == (False, {"endpoint": "/e/"})
    for path in ("/flags/?v=2", "/decide/?v=3"):
        asked = call(path, {"token": "k"})
        told = json.loads(adapter_of(asked).reply(asked, Outcome()).body)
        assert (told["flags"], told["featureFlags"]) == ({}, {})
        assert not read(asked).sent
    surveys = call("/api/surveys/?token=k", method="GET")
    assert adapter_of(surveys).reply(surveys, Outcome()).body == b'{"surveys":[]}'


def test_a_token_cannot_leave_the_script_it_stands_in() -> None:
    asked = call('/array/<b>"]/config.js', method="GET")
    answer = adapter_of(asked).reply(asked, Outcome())
    assert answer.content_type.startswith("application/javascript")
    assert b'["\\u003cb>\\"]"]' in answer.body
    assert b"<" not in answer.body


def test_recordings_are_let_go_of() -> None:
    asked = sent(bodies.SAMPLES[-1])
    assert not read(asked).sent
    assert adapter_of(asked).reply(asked, Outcome()).body == b'{"status":1}'
    # Nothing was kept, and nothing has to be: not to be sent again for ever.
    assert adapter_of(asked).reply(asked, Outcome(error=InvalidEvents("x"))).status == 200


def test_the_screen_of_an_app() -> None:
    seen = only({**PAID, "event": "$screen", "properties": {"$screen_name": "Cart"}})
    assert (seen["name"], seen["title"]) == ("screen", "Cart")

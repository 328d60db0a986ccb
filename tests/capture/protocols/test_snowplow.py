from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.capture.protocols.calls import adapter_of, call, events, read

from footfall.capture.protocols.adapter import Outcome, Refused
from footfall.capture.protocols.registry import RouteTable, adapters
from footfall.errors import ExposedError, InvalidEvents, NotAuthenticated, Overloaded, TooLarge

TP2 = "/com.snowplowanalytics.snowplow/tp2"
EID = "a1f0c2aa-7cde-4a35-9c36-7f4f4b3e0d0e"
PAGE = {
    "e": "pv",
    "aid": "shop",
    "eid": EID,
    "dtm": "1793534398000",
    "stm": "1793534400000",
    "url": "https://shop.example/a",
    "page": "A",
    "refr": "https://x.example/",
    "lang": "de-AT",
    "res": "1920x1080",
    "duid": "d1",
    "uid": "u1",
    "sid": "s1",
    "vid": "3",
    "ip": "203.0.113.9",
    "p": "web",
}


def batch(*items: object) -> dict[str, Any]:
    return {"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/…", "data": list(items)}


def described(schema: str, data: object) -> str:
    inner = {"schema": f"iglu:{schema}/jsonschema/1-0-0", "data": data}
    return json.dumps({"schema": "iglu:…/unstruct_event/jsonschema/1-0-0", "data": inner})


def test_a_page_view() -> None:
    (sent,) = read(call(TP2, batch(PAGE))).sent
    assert (sent.key, sent.address, sent.is_anonymous) == ("shop", "203.0.113.9", False)
    assert sent.sent_at == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert sent.event == {
        "name": "page_view",
        "event_id": EID,
        "timestamp": 1793534398000,
        "distinct_id": "u1",
        "anonymous_id": "d1",
        "session_id": "s1",
        "url": "https://shop.example/a",
        "title": "A",
        "referrer": "https://x.example/",
        "language": "de-AT",
        "properties": {"screen": "1920x1080", "platform": "web", "session_number": 3},
    }


def test_an_address_says_the_same_as_a_batch() -> None:
    request = call(f"/i?{urlencode(PAGE)}", method="GET")
    assert adapter_of(request).name == "snowplow"
    assert events(request) == events(call(TP2, batch(PAGE)))
    assert events(request) == events(call("/com.acme/tp2", batch(PAGE)))


def test_the_path_of_others_is_left_to_them() -> None:
    request = call("/i?app_key=k&events=[]&device_id=d", method="GET")
    found = RouteTable(adapters()).find(request)
    assert found is None or found.name != "snowplow"


def test_a_structured_event_is_named_by_its_action() -> None:
    item = {"e": "se", "se_ca": "cart", "se_ac": "add", "se_la": "x", "se_va": "2.5"}
    assert events(call(TP2, batch(item))) == [
        {"name": "add", "properties": {"category": "cart", "label": "x", "value": 2.5}}
    ]


@pytest.mark.parametrize("key", ["ue_pr", "ue_px"])
def test_a_self_describing_event_is_named_by_its_schema(key: str) -> None:
    text = described("com.acme/link_click", {"target": "x"})
    packed = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    item = {"e": "ue", "duid": "d1", key: text if key == "ue_pr" else packed}
    assert events(call(TP2, batch(item))) == [
        {
            "name": "link_click",
            "distinct_id": "d1",
            "properties": {"target": "x", "schema": "iglu:com.acme/link_click/jsonschema/1-0-0"},
        }
    ]


def test_screens_and_contexts() -> None:
    session = {"schema": "iglu:c.s/client_session/jsonschema/1-0-2",
               "data": {"sessionId": "s9", "userId": "phone"}}  # fmt: skip
    tag = {"schema": "iglu:com.acme/tag/jsonschema/1-0-0", "data": {"name": "a"}}
    item = {"e": "ue", "ue_pr": described("c.s.mobile/screen_view", {"id": "1"}),
            "co": json.dumps({"schema": "iglu:…", "data": [session, tag, tag]})}  # fmt: skip
    (event,) = events(call(TP2, batch(item)))
    assert (event["name"], event["distinct_id"], event["session_id"]) == ("screen", "phone", "s9")
    assert event["properties"]["contexts"] == {
        "client_session": {"sessionId": "s9", "userId": "phone"},
        "tag": [{"name": "a"}, {"name": "a"}],
    }


def test_pings_and_transactions() -> None:
    ping = {"e": "pp", "pp_mix": "0", "pp_max": "0", "pp_miy": "10", "pp_may": "250"}
    order = {"e": "tr", "tr_id": "o1", "tr_tt": "49.9", "tr_cu": "EUR"}
    line = {"e": "ti", "ti_id": "o1", "ti_sk": "p1", "ti_pr": "49.9", "ti_qu": "1"}
    assert [(e["name"], e["properties"]) for e in events(call(TP2, batch(ping, order, line)))] == [
        ("page_ping", {"scroll_x_min": 0.0, "scroll_x_max": 0.0, "scroll_y_min": 10.0,
                       "scroll_y_max": 250.0}),
        ("transaction", {"order_id": "o1", "revenue": 49.9, "currency": "EUR"}),
        ("transaction_item", {"order_id": "o1", "sku": "p1", "price": 49.9, "quantity": 1.0}),
    ]  # fmt: skip


def test_a_true_time_is_not_set_right() -> None:
    (sent,) = read(call(TP2, batch({**PAGE, "ttm": "1793530000000"}))).sent
    assert (sent.event["timestamp"], sent.sent_at) == (1793530000000, None)


def test_whoever_asks_to_stay_unknown_does() -> None:
    item = {"e": "pv", "aid": "shop", "nuid": "n1", "tnuid": "n2", "ip": "203.0.113.9"}
    (known,) = read(call(TP2, batch(item))).sent
    assert known.event["distinct_id"] == "n2"
    (sent,) = read(call(TP2, batch(item), sp_anonymous="*")).sent
    assert (sent.address, sent.is_anonymous) == ("", True)
    assert sent.event == {"name": "page_view"}


def test_an_event_that_is_none_costs_itself_only() -> None:
    bad = [{"e": "zz", "aid": "a"}, 5, {"e": "ue", "ue_px": "!"}, {"e": "se"}, {"e": "pv", "co": 1}]
    reading = read(call(TP2, batch(*bad, PAGE)))
    assert [each.index for each in reading.sent] == [5]
    assert [(each.index, each.key) for each in reading.refused] == [
        (0, "a"), (1, ""), (2, ""), (3, ""), (4, ""),
    ]  # fmt: skip


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"data": 1}', b"\x00"])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call(TP2, body))


@pytest.mark.parametrize(
    ("error", "refused", "status"),
    [
        (None, (), 200),
        (InvalidEvents("bad"), (Refused(0, "invalid_events", "bad", b"{"),), 200),
        (InvalidEvents("bad"), (), 400),
        (NotAuthenticated("no"), (), 401),
        (TooLarge("big"), (), 422),
        (Overloaded("later", retry_after=1), (), 503),
    ],
)
def test_only_what_may_succeed_later_is_sent_again(
    error: ExposedError | None, refused: tuple[Refused, ...], status: int
) -> None:
    request = call(TP2, batch(PAGE))
    reply = adapter_of(request).reply(request, Outcome(refused=refused, error=error))
    assert reply.status == status
    # What every tracker of this protocol takes as final, beside success.
    assert (status in (200, 400, 401, 403, 410, 422)) == (status != 503)


def test_an_address_is_answered_with_a_pixel() -> None:
    request = call("/i?e=pv&aid=shop", method="GET")
    reply = adapter_of(request).reply(request, Outcome(stored=1))
    assert (reply.status, reply.content_type, reply.body[:6]) == (200, "image/gif", b"GIF89a")

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.capture.protocols.calls import adapter_of, call, events, read

from footfall.capture.protocols.adapter import Outcome, Refused
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded

PAGE = {
    "idsite": "1",
    "rec": "1",
    "action_name": "A page",
    "url": "https://shop.example/a",
    "urlref": "https://x.example/",
    "_id": "0123456789abcdef",
    "uid": "u1",
    "res": "1920x1080",
    "lang": "de-AT,de;q=0.9",
    "rand": "123456",
    "h": "12",
    "m": "0",
    "s": "1",
    "new_visit": "1",
    "dimension1": "gold",
    "cvar": json.dumps({"1": ["plan", "pro"]}),
    "_cvar": json.dumps({"1": ["team", "red"]}),
    "gt_ms": "120",
}


def tracked(**values: str) -> dict[str, Any]:
    """The event of a request with these parameters."""
    (event,) = events(call(f"/matomo.php?{urlencode({'idsite': '1', **values})}", method="GET"))
    return event


def test_a_page_view_in_the_address_with_an_empty_body() -> None:
    (sent,) = read(call(f"/matomo.php?{urlencode(PAGE)}", b"")).sent
    assert (sent.key, sent.token, sent.secret_for) == ("1", "", "")
    assert sent.event == {
        "name": "page_view",
        "distinct_id": "u1",
        "anonymous_id": "0123456789abcdef",
        "url": "https://shop.example/a",
        "title": "A page",
        "referrer": "https://x.example/",
        "language": "de-AT",
        "properties": {
            "screen": "1920x1080",
            "is_new_visit": True,
            "dimension1": "gold",
            "plan": "pro",
            "team": "red",
            "gt_ms": 120.0,
        },
    }


def test_a_form_and_an_image_say_the_same() -> None:
    form = call("/piwik.php", urlencode(PAGE).encode())
    image = call(f"/matomo.php?{urlencode(PAGE)}", method="GET")
    assert events(form) == events(image)


@pytest.mark.parametrize(
    ("values", "name", "properties"),
    [
        ({"e_c": "Video", "e_a": "Play", "e_n": "Intro", "e_v": "2"}, "Play",
         {"category": "Video", "label": "Intro", "value": 2.0}),
        ({"search": "shoes", "search_cat": "all", "search_count": "7"}, "site_search",
         {"search": "shoes", "search_category": "all", "n_results": 7.0}),
        ({"download": "https://shop.example/a.pdf"}, "download",
         {"download": "https://shop.example/a.pdf"}),
        ({"link": "https://x.example/"}, "outlink", {"link": "https://x.example/"}),
        ({"idgoal": "3", "revenue": "9.5"}, "goal", {"goal_id": "3", "revenue": 9.5}),
        ({"idgoal": "0", "revenue": "5"}, "ecommerce_cart", {"revenue": 5.0}),
        ({"idgoal": "0", "ec_id": "o1", "revenue": "49.9", "ec_tx": "8",
          "ec_items": '[["p1","Shoe","Shoes",49.9,1]]'}, "ecommerce_order",
         {"order_id": "o1", "revenue": 49.9, "tax": 8.0,
          "items": [{"sku": "p1", "name": "Shoe", "category": "Shoes", "price": 49.9,
                     "quantity": 1}]}),
        ({"c_n": "Ad", "c_p": "a.png", "c_i": "click"}, "content_interaction",
         {"content": "Ad", "content_piece": "a.png", "interaction": "click"}),
        ({"c_n": "Ad"}, "content_impression", {"content": "Ad"}),
        ({"ca": "1", "cra": "ValueError()"}, "crash", {"message": "ValueError()"}),
        ({"ping": "1", "ca": "1"}, "ping", None),
        ({"cvar": '{"http_status_code": 200}'}, "page_view", {"http_status_code": 200}),
        ({"cvar": "{broken", "ec_items": "5"}, "page_view", None),
    ],
)  # fmt: skip
def test_kinds_of_requests(
    values: dict[str, str], name: str, properties: dict[str, Any] | None
) -> None:
    event = tracked(**values)
    assert (event["name"], event.get("properties")) == (name, properties)


def test_without_a_user_the_browser_is_the_actor() -> None:
    assert tracked(_id="0123456789abcdef")["distinct_id"] == "0123456789abcdef"
    assert "distinct_id" not in tracked()


def test_a_time_more_than_a_day_ago_needs_a_secret_key() -> None:
    body = {
        "token_auth": "ffw_1",
        "requests": [
            f"?idsite=1&cdt={cdt}"
            for cdt in ("2026-10-31 12:00:00", "2026-10-31 11:59:59", "1793534399")
        ],
    }
    sent = read(call("/matomo.php", body)).sent
    # Now is 2026-11-01 12:00:00.
    assert [bool(each.secret_for) for each in sent] == [False, True, False]
    assert [each.token for each in sent] == ["ffw_1"] * 3
    assert [each.event["timestamp"] for each in sent] == [
        "2026-10-31T12:00:00+00:00",
        "2026-10-31T11:59:59+00:00",
        "2026-11-01T11:59:59+00:00",
    ]


def test_a_bulk_request() -> None:
    body = {"requests": ["?idsite=1&cip=203.0.113.9&e_c=a&e_a=b", {"idsite": 2, "cdt": "soon"},
                         "http://[", 5, {"idsite": 2, "cvar": {"1": ["a", "b"]}}]}  # fmt: skip
    reading = read(call("/matomo.php", body))
    assert [(each.index, each.key, each.address) for each in reading.sent] == [
        (0, "1", "203.0.113.9"),
        (4, "2", ""),
    ]
    assert reading.sent[1].event["properties"] == {"a": "b"}
    assert [(each.index, each.key) for each in reading.refused] == [(1, "2"), (2, ""), (3, "")]


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"requests": 1}', b"{}"])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call("/matomo.php", body))


def test_a_monitor_gets_an_answer_and_leaves_no_event() -> None:
    request = call("/matomo.php", method="GET")
    assert read(request).sent == ()
    assert adapter_of(request).reply(request, Outcome()).status == 200


def test_replies() -> None:
    page = call("/matomo.php?idsite=1", b"")
    silent = call("/matomo.php", b"idsite=1&send_image=0")
    bulk = call("/matomo.php", {"requests": ["?idsite=1"]})
    reply = adapter_of(page).reply
    assert reply(page, Outcome(stored=1)).content_type == "image/gif"
    assert (reply(silent, Outcome(stored=1)).status, reply(silent, Outcome()).body) == (204, b"")
    refused = (Refused(1, "invalid_events", "no", b""),)
    told = reply(bulk, Outcome(stored=1, duplicates=1, refused=refused))
    assert json.loads(told.body) == {
        "status": "success", "tracked": 2, "invalid": 1, "invalid_indices": [1],
    }  # fmt: skip
    for request in (page, silent, bulk):
        for error in (NotAuthenticated("a"), Overloaded("b", retry_after=1), InvalidEvents("c")):
            answer = reply(request, Outcome(error=error))
            assert answer.status == error.status
            assert json.loads(answer.body)["status"] == "error"

from __future__ import annotations

import json

import pytest
from tests.capture.protocols.calls import adapter_of, call, events, read

from footfall.capture.protocols.adapter import Outcome
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded

PAGE = {"n": "pageview", "u": "https://shop.example/a?utm_source=mail", "d": "shop.example",
        "r": "https://news.example/", "v": 4}  # fmt: skip


def test_a_page_view() -> None:
    request = call("/api/event", json.dumps(PAGE).encode(), content_type="text/plain")
    reading = read(request)
    assert [sent.key for sent in reading.sent] == ["shop.example"]
    assert reading.sent[0].event == {
        "name": "page_view",
        "url": "https://shop.example/a?utm_source=mail",
        "referrer": "https://news.example/",
    }


@pytest.mark.parametrize("props", [{"plan": "pro", "n": 2}, '{"plan": "pro", "n": 2}'])
def test_properties_come_as_an_object_or_as_its_text(props: object) -> None:
    assert events(call("/api/event", {**PAGE, "p": props}))[0]["properties"] == {
        "plan": "pro",
        "n": 2,
    }


def test_what_is_empty_of_ones_own_is_kept() -> None:
    assert events(call("/api/event", {**PAGE, "p": {"plan": ""}}))[0]["properties"] == {"plan": ""}
    assert "properties" not in events(call("/api/event", {**PAGE, "p": ""}))[0]


def test_revenue_and_engagement_become_properties() -> None:
    bought = {**PAGE, "n": "Purchase", "$": {"amount": "13.29", "currency": "EUR"}}
    left = {**PAGE, "n": "engagement", "sd": 75, "e": 3500}
    assert events(call("/api/event", bought))[0]["properties"] == {
        "revenue": 13.29,
        "currency": "EUR",
    }
    assert events(call("/api/event", left))[0]["properties"] == {
        "scroll_depth": 75.0,
        "engagement_ms": 3500.0,
    }


def test_every_domain_gets_the_event() -> None:
    sent = read(call("/api/event", {**PAGE, "d": "a.example, b.example"})).sent
    assert [each.key for each in sent] == ["a.example", "b.example"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"d": "x"}', b'{"n": "a", "p": "{"}'])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read(call("/api/event", body))


def test_replies() -> None:
    request = call("/api/event", PAGE)
    reply = adapter_of(request).reply
    stored = reply(request, Outcome(stored=1))
    assert (stored.status, stored.body, stored.headers) == (202, b"ok", ())
    assert reply(request, Outcome()).headers == (("x-plausible-dropped", "1"),)
    unknown = reply(request, Outcome(error=NotAuthenticated("no")))
    assert (unknown.status, unknown.headers) == (202, (("x-plausible-dropped", "1"),))
    assert reply(request, Outcome(error=Overloaded("later", retry_after=1))).status == 503
    assert reply(request, Outcome(error=InvalidEvents("bad"))).status == 400

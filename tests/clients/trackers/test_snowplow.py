"""snowplow-tracker sends to a real server."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import requests
from snowplow_tracker import (
    Emitter,
    PagePing,
    PageView,
    ScreenView,
    SelfDescribing,
    SelfDescribingJson,
    StructuredEvent,
    Subject,
    Tracker,
)
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import LOST, front
from tests.waiting import wait_until

from footfall.intake.enrich import UNKNOWN_VISITOR


class Sending:
    """An emitter with a tracker, and how it went."""

    def __init__(
        self,
        url: str,
        app_id: str,
        method: Literal["get", "post"] = "post",
        session: requests.Session | None = None,
    ) -> None:
        self.sent: list[Any] = []
        self.failed: list[Any] = []
        self.emitter = Emitter(
            url,
            session=session,
            method=method,
            batch_size=1 if method == "get" else 50,
            max_retry_delay_seconds=1,
            on_success=self.sent.extend,
            on_failure=lambda _, events: self.failed.extend(events),
        )
        self.subject = Subject().set_user_id("u1").set_domain_user_id("d1").set_lang("de-AT")
        self.tracker = Tracker("web", self.emitter, subject=self.subject, app_id=app_id)


@pytest.mark.parametrize("method", ["post", "get"])
def test_events_arrive_once_with_their_columns(
    inbox: Inbox, method: Literal["get", "post"]
) -> None:
    sending = Sending(inbox.url, inbox.id, method)
    clicked = SelfDescribingJson("iglu:com.acme/link_click/jsonschema/1-0-0", {"target": "x"})
    context = SelfDescribingJson("iglu:com.acme/shop/jsonschema/1-0-0", {"country": "AT"})
    for event in (
        PageView("https://shop.example/a?utm_source=mail", "A", "https://x.example/",
                 context=[context]),
        PagePing("https://shop.example/a", max_y=250),
        StructuredEvent("cart", "add", label="p1", value=2.5),
        SelfDescribing(clicked),
        ScreenView(id_="s1", name="Cart"),
    ):  # fmt: skip
        sending.tracker.track(event)
    sending.emitter.flush()
    events = {event["name"]: event for event in inbox.events(5)}
    assert sending.failed == []
    assert events.keys() == {"page_view", "page_ping", "add", "link_click", "screen"}
    page = events["page_view"]
    assert (page["path"], page["title"], page["utm_source"]) == ("/a", "A", "mail")
    assert (page["distinct_id"], page["language"]) == ("u1", "de-AT")
    assert page["properties"]["contexts"] == {"shop": {"country": "AT"}}
    assert events["link_click"]["properties"]["target"] == "x"
    assert events["add"]["properties"]["value"] == 2.5
    assert {event["eid"] for event in sending.sent} == {e["event_id"] for e in events.values()}
    inbox.expect("snowplow", 5)


def test_whoever_asks_to_stay_unknown_does(inbox: Inbox) -> None:
    for name, headers in (("plain", {}), ("asked", {"SP-Anonymous": "*"})):
        with requests.Session() as session:
            session.headers.update(headers)
            sending = Sending(inbox.url, inbox.id, session=session)
            for key in ("uid", "duid"):
                sending.subject.standard_nv_pairs.pop(key)
            sending.tracker.track(StructuredEvent("shop", name))
            sending.emitter.flush()
    actors = {event["name"]: event["actor_id"] for event in inbox.events(2)}
    assert actors["asked"] == UNKNOWN_VISITOR
    assert actors["plain"] != UNKNOWN_VISITOR


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 429), 0), ((LOST,), 1)])
def test_an_event_sent_in_an_outage_arrives_once(
    inbox: Inbox, plan: tuple[int, ...], duplicates: int
) -> None:
    with front(inbox.port, *plan) as server:
        sending = Sending(server.url, inbox.id)
        sending.tracker.track(StructuredEvent("shop", "late"))
        sending.emitter.flush()
        wait_until(lambda: bool(sending.sent))
    assert server.seen == [*plan, 200]
    inbox.events(1)
    inbox.expect("snowplow", 1, duplicates)


def test_overload_is_waited_out(inbox: Inbox) -> None:
    with front(inbox.port) as server, overload(inbox, 1, retry_after=1):
        sending = Sending(server.url, inbox.id)
        sending.tracker.track(StructuredEvent("shop", "late"))
        sending.emitter.flush()
        wait_until(lambda: bool(sending.sent))
    assert server.seen == [503, 200]
    inbox.events(1)


def test_what_will_never_succeed_is_sent_once(inbox: Inbox) -> None:
    with front(inbox.port) as server:
        sending = Sending(server.url, "nobody")
        sending.tracker.track(StructuredEvent("shop", "lost"))
        sending.emitter.flush()
        assert not is_tried_again(sending)
    assert (server.seen, len(sending.failed)) == ([401], 1)


def test_a_batch_that_is_too_large_is_sent_once(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox.server.app.state.trackers._intake, "_max_body", 1000)
    with front(inbox.port) as server:
        sending = Sending(server.url, inbox.id)
        sending.tracker.track(StructuredEvent("shop", "x" * 2000))
        sending.emitter.flush()
        assert not is_tried_again(sending)
    # At 413 it would send the batch again for ever, and hold up all that comes after.
    assert server.seen == [422]


def test_a_rejected_event_is_not_sent_again(inbox: Inbox) -> None:
    with front(inbox.port) as server:
        sending = Sending(server.url, inbox.id)
        sending.tracker.track(StructuredEvent("shop", "good"))
        sending.tracker.track(StructuredEvent("shop", "n" * 300))
        sending.emitter.flush()
        assert not is_tried_again(sending)
    assert (server.seen, len(sending.sent)) == ([200], 2)
    inbox.events(1)
    inbox.expect("snowplow", 1, rejected=1)


def is_tried_again(sending: Sending) -> bool:
    """Whether the emitter has set itself a time to send again."""
    return sending.emitter.retry_timer.is_active()

"""segment-analytics-python sends to a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from segment.analytics.client import Client
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import LOST, front


@contextmanager
def client(url: str, key: str, failed: list[Any], **more: Any) -> Iterator[Client]:
    found = Client(
        key, host=url, upload_interval=0.05, on_error=lambda error, _: failed.append(error), **more
    )
    yield found
    found.shutdown()


@pytest.mark.parametrize("gzip", [False, True])
def test_events_arrive_once_with_their_columns(inbox: Inbox, gzip: bool) -> None:
    failed: list[Any] = []
    bought = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with client(inbox.url, inbox.key, failed, gzip=gzip) as segment:
        segment.identify("u1", {"plan": "pro"}, anonymous_id="a1", timestamp=bought)
        segment.track(
            "u1",
            "Order Completed",
            {"revenue": 49.9, "currency": "EUR"},
            context={"campaign": {"source": "mail"}, "locale": "de-AT", "ip": "203.0.113.9"},
            message_id="m1",
        )
        segment.page("u1", None, "Home", {"url": "https://shop.example/a", "title": "A"})
    events = {event["name"]: event for event in inbox.events(3)}
    assert failed == []
    order, page, known = events["Order Completed"], events["page_view"], events["identify"]
    assert (order["event_id"], order["distinct_id"]) == ("m1", "u1")
    assert (order["utm_source"], order["language"]) == ("mail", "de-AT")
    assert (order["properties"]["revenue"], order["properties"]["currency"]) == (49.9, "EUR")
    assert (page["path"], page["title"]) == ("/a", "A")
    assert known["properties"]["traits"] == {"plan": "pro"}
    assert known["timestamp"] == bought
    inbox.expect("segment", 3)


def test_the_source_may_be_named_by_an_id_or_in_front_of_the_path(inbox: Inbox) -> None:
    with client(inbox.url, inbox.id, []) as segment:
        segment.track("u1", "by id")
    with client(f"{inbox.url}/k/{inbox.key}", "anything", []) as segment:
        segment.track("u1", "by prefix")
    assert {event["name"] for event in inbox.events(2)} == {"by id", "by prefix"}


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 429), 0), ((500, LOST), 1)])
def test_an_event_sent_in_an_outage_arrives_once(
    inbox: Inbox, plan: tuple[int, ...], duplicates: int
) -> None:
    failed: list[Any] = []
    with front(inbox.port, *plan) as server, client(server.url, inbox.key, failed) as segment:
        segment.track("u1", "late")
    assert server.seen == [*plan, 200]
    assert failed == []
    inbox.events(1)
    inbox.expect("segment", 1, duplicates)


def test_overload_is_waited_out(inbox: Inbox) -> None:
    failed: list[Any] = []
    with (
        front(inbox.port) as server,
        overload(inbox, 1, retry_after=1),
        client(server.url, inbox.key, failed) as segment,
    ):
        segment.track("u1", "late")
    assert server.seen == [503, 200]
    inbox.events(1)


def test_what_will_never_succeed_is_sent_once(inbox: Inbox) -> None:
    failed: list[Any] = []
    with front(inbox.port) as server, client(server.url, "nobody", failed) as segment:
        segment.track("u1", "lost")
    assert server.seen == [401]
    assert [(error.status, error.code) for error in failed] == [(401, "not_authenticated")]


def test_a_rejected_event_is_not_sent_again(inbox: Inbox) -> None:
    failed: list[Any] = []
    with front(inbox.port) as server, client(server.url, inbox.key, failed) as segment:
        segment.track("u1", "good")
        segment.track("u1", "n" * 300)
    assert (server.seen, failed) == ([200], [])
    inbox.events(1)
    inbox.expect("segment", 1, rejected=1)

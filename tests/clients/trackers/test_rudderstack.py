"""rudder-sdk-python sends to a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from rudderstack.analytics.client import Client
from rudderstack.analytics.request import APIError
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import LOST, front


@contextmanager
def client(url: str, key: str, failed: list[Any]) -> Iterator[Client]:
    found = Client(
        key, host=url, upload_interval=0.05, on_error=lambda error, _: failed.append(error)
    )
    yield found
    found.shutdown()


def test_events_arrive_once_with_their_columns(inbox: Inbox) -> None:
    failed: list[Any] = []
    with client(inbox.url, inbox.key, failed) as rudder:
        rudder.identify("u1", {"plan": "pro"}, anonymous_id="a1")
        rudder.track("u1", "Order Completed", {"revenue": 49.9}, message_id="m1")
        rudder.screen("u1", None, "Cart")
        rudder.alias("old", "u1")
    events = {event["name"]: event for event in inbox.events(4)}
    assert failed == []
    assert events.keys() == {"identify", "Order Completed", "screen", "alias"}
    order = events["Order Completed"]
    assert (order["event_id"], order["distinct_id"]) == ("m1", "u1")
    assert order["properties"]["revenue"] == 49.9
    assert events["identify"]["properties"]["traits"] == {"plan": "pro"}
    assert events["screen"]["properties"]["name"] == "Cart"
    inbox.expect("rudderstack", 4)


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 429), 0), ((LOST,), 1)])
def test_an_event_sent_in_an_outage_arrives_once(
    inbox: Inbox, plan: tuple[int, ...], duplicates: int
) -> None:
    failed: list[Any] = []
    with front(inbox.port, *plan) as server, client(server.url, inbox.key, failed) as rudder:
        rudder.track("u1", "late")
    assert server.seen == [*plan, 200]
    assert failed == []
    inbox.events(1)
    inbox.expect("rudderstack", 1, duplicates)


def test_overload_is_waited_out(inbox: Inbox) -> None:
    failed: list[Any] = []
    with (
        front(inbox.port) as server,
        overload(inbox, 1, retry_after=1),
        client(server.url, inbox.key, failed) as rudder,
    ):
        rudder.track("u1", "late")
    assert server.seen == [503, 200]
    inbox.events(1)


def test_what_will_never_succeed_is_sent_once(inbox: Inbox) -> None:
    failed: list[Any] = []
    with front(inbox.port) as server, client(server.url, "nobody", failed) as rudder:
        rudder.track("u1", "lost")
    assert server.seen == [401]
    (error,) = failed
    # Anything but this class of error is a broken connection to it, and tried again.
    assert isinstance(error, APIError)
    assert error.status == 401


def test_a_rejected_event_is_not_sent_again(inbox: Inbox) -> None:
    failed: list[Any] = []
    with front(inbox.port) as server, client(server.url, inbox.key, failed) as rudder:
        rudder.track("u1", "good")
        rudder.track("u1", "n" * 300)
    assert (server.seen, failed) == ([200], [])
    inbox.events(1)
    inbox.expect("rudderstack", 1, rejected=1)

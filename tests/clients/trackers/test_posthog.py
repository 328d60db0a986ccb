"""The Python client of PostHog sends to a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from posthog import Posthog
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import LOST, front

UUID = "0190f1aa-7cde-7a35-9c36-7f4f4b3e0d0e"
PAID = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's waits between two tries, shortened."""
    for module in ("consumer", "capture_v1"):
        monkeypatch.setattr(f"posthog.{module}._backoff", lambda *_: time.sleep(0.01))


@contextmanager
def client(url: str, key: str, failed: list[Any], **more: Any) -> Iterator[Posthog]:
    found = Posthog(
        key, host=url, flush_interval=0.05, on_error=lambda error, _: failed.append(error), **more
    )
    yield found
    found.shutdown()


@pytest.mark.parametrize(
    ("mode", "protocol", "gzip"),
    [("v0", "posthog", False), ("v0", "posthog", True), ("v1", "posthog_v1", False)],
)
def test_events_arrive_once_with_their_columns(
    inbox: Inbox, mode: str, protocol: str, gzip: bool
) -> None:
    failed: list[Any] = []
    with client(inbox.url, inbox.key, failed, capture_mode=mode, gzip=gzip) as posthog:
        posthog.capture("paid", distinct_id="u1", timestamp=PAID, uuid=UUID, properties={
            "$current_url": "https://shop.example/a?utm_source=mail", "revenue": 49.9,
            "$session_id": "s1", "$ip": "203.0.113.9"})  # fmt: skip
        posthog.alias(previous_id="a1", distinct_id="u1")
        posthog.set(distinct_id="u1", properties={"plan": "pro"})
    events = {event["name"]: event for event in inbox.events(3)}
    assert failed == []
    paid, alias, person = events["paid"], events["$create_alias"], events["$set"]
    assert (paid["event_id"], paid["distinct_id"], paid["timestamp"]) == (UUID, "u1", PAID)
    assert (paid["path"], paid["utm_source"], paid["session_id"]) == ("/a", "mail", "s1")
    assert paid["properties"]["revenue"] == 49.9
    # The system of the machine that sends is not that of the visitor.
    assert (paid["os"], paid["is_bot"]) == (None, False)
    assert paid["properties"]["$os"]
    assert "$ip" not in paid["properties"]
    assert {alias["distinct_id"], alias["anonymous_id"]} == {"a1", "u1"}
    assert person["properties"]["$set"] == {"plan": "pro"}
    inbox.expect(protocol, 3)


def test_flags_are_none(inbox: Inbox) -> None:
    with client(inbox.url, inbox.key, []) as posthog:
        assert posthog.get_all_flags("u1") == {}


@pytest.mark.parametrize("mode", ["v0", "v1"])
@pytest.mark.parametrize(("plan", "duplicates"), [((503, 429), 0), ((500, LOST), 1)])
def test_an_event_sent_in_an_outage_arrives_once(
    inbox: Inbox, mode: str, plan: tuple[int, ...], duplicates: int
) -> None:
    failed: list[Any] = []
    with (
        front(inbox.port, *plan) as server,
        client(server.url, inbox.key, failed, capture_mode=mode) as posthog,
    ):
        posthog.capture("late", distinct_id="u1")
    assert (server.seen, failed) == ([*plan, 200], [])
    inbox.events(1)
    inbox.expect("posthog" if mode == "v0" else "posthog_v1", 1, duplicates)


@pytest.mark.parametrize("mode", ["v0", "v1"])
def test_overload_is_waited_out(inbox: Inbox, mode: str) -> None:
    failed: list[Any] = []
    with (
        front(inbox.port) as server,
        overload(inbox, 2, retry_after=1),
        client(server.url, inbox.key, failed, capture_mode=mode) as posthog,
    ):
        posthog.capture("late", distinct_id="u1")
    assert (server.seen, failed) == ([503, 503, 200], [])
    inbox.events(1)


@pytest.mark.parametrize("mode", ["v0", "v1"])
def test_what_will_never_succeed_is_sent_once(inbox: Inbox, mode: str) -> None:
    failed: list[Any] = []
    with (
        front(inbox.port) as server,
        client(server.url, "nobody", failed, capture_mode=mode) as posthog,
    ):
        posthog.capture("lost", distinct_id="u1")
    assert server.seen == [401]
    assert [error.status for error in failed] == [401]
    assert "No source takes events for 'nobody'" in failed[0].message


def test_a_rejected_event_is_told_by_the_newer_protocol_alone(inbox: Inbox) -> None:
    for mode, n_failed in (("v0", 0), ("v1", 1)):
        failed: list[Any] = []
        with (
            front(inbox.port) as server,
            client(server.url, inbox.key, failed, capture_mode=mode) as posthog,
        ):
            posthog.capture("good", distinct_id="u1")
            uuid = posthog.capture("n" * 300, distinct_id="u1")
        assert (server.seen, len(failed)) == ([200], n_failed)
    ((dropped, reason),) = failed[0].drops
    assert dropped == uuid
    assert "name must be a text" in reason
    inbox.events(2)
    inbox.expect("posthog", 1, rejected=1)
    inbox.expect("posthog_v1", 1, rejected=1)

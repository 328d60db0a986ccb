"""The Python client of Amplitude sends to a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from amplitude import Amplitude, BaseEvent, Config, EventOptions, Identify, Revenue
from amplitude.storage import InMemoryStorage
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import LOST, front
from tests.waiting import wait_until

Told = list[tuple[str, int, str]]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Half a minute's wait takes 30 ms; gives the waits that were asked for, in ms."""
    waits: list[int] = []
    push = InMemoryStorage.push

    def soon(self: InMemoryStorage, event: BaseEvent, delay: int = 0) -> Any:
        waits.append(delay)
        return push(self, event, delay // 1000)

    monkeypatch.setattr(InMemoryStorage, "push", soon)
    return waits


@contextmanager
def client(url: str, key: str, told: Told, path: str = "/2/httpapi") -> Iterator[Amplitude]:
    def callback(event: BaseEvent, code: int, message: str | None = None) -> None:
        told.append((event.event_type, code, message or ""))

    found = Amplitude(key, Config(server_url=url + path, flush_interval_millis=20))
    found.configuration.callback = callback
    yield found
    found.shutdown()


@pytest.mark.parametrize("path", ["/2/httpapi", "/batch"])
def test_events_arrive_once_with_their_columns(inbox: Inbox, path: str) -> None:
    told: Told = []
    with client(inbox.url, inbox.key, told, path) as amplitude:
        amplitude.track(BaseEvent(
            "seen", user_id="u1", device_id="d1", time=1793534400000, session_id=1793534000000,
            language="de-AT", country="AT", os_name="iOS", ip="203.0.113.9", insert_id="i1",
            event_properties={"plan": "pro"}))  # fmt: skip
        amplitude.identify(Identify().set("plan", "pro"), EventOptions(user_id="u1"))
        amplitude.revenue(Revenue(price=3.5, quantity=2), EventOptions(user_id="u1"))
        wait_until(lambda: len(told) == 3)
    assert {code for _, code, _ in told} == {200}
    events = {event["name"]: event for event in inbox.events(3)}
    seen = events["seen"]
    assert (seen["distinct_id"], seen["anonymous_id"]) == ("u1", "d1")
    assert seen["timestamp"].isoformat() == "2026-11-01T12:00:00+00:00"
    assert (seen["session_id"], seen["language"]) == ("1793534000000", "de-AT")
    assert (seen["country"], seen["os"], seen["is_bot"]) == ("AT", "iOS", False)
    assert seen["properties"]["plan"] == "pro"
    assert "ip" not in seen["properties"]
    assert events["$identify"]["properties"]["user_properties"] == {"$set": {"plan": "pro"}}
    assert events["revenue_amount"]["properties"]["revenue"] == 7.0
    inbox.expect("amplitude", 3)


@pytest.mark.parametrize(("plan", "duplicates"), [((500, 503), 0), ((429,), 0), ((LOST,), 1)])
def test_an_event_sent_in_an_outage_arrives_once(
    inbox: Inbox, plan: tuple[int, ...], duplicates: int
) -> None:
    told: Told = []
    with front(inbox.port, *plan) as server, client(server.url, inbox.key, told) as amplitude:
        if plan == (LOST,):
            # It does not see a cut connection as a failure of its own, and never tells.
            amplitude.track(BaseEvent("late", user_id="u1", insert_id="i1"))
            wait_until(lambda: len(server.seen) == 1)
            amplitude.track(BaseEvent("late", user_id="u1", insert_id="i1"))
        else:
            amplitude.track(BaseEvent("late", user_id="u1"))
        wait_until(lambda: bool(told))
    assert server.seen == [*plan, 200]
    assert told == [("late", 200, "Event sent successfully.")]
    inbox.events(1)
    inbox.expect("amplitude", 1, duplicates)


def test_an_overload_is_waited_out_half_a_minute_at_a_time(inbox: Inbox, hurry: list[int]) -> None:
    told: Told = []
    with (
        front(inbox.port) as server,
        overload(inbox, 2),
        client(server.url, inbox.key, told) as amplitude,
    ):
        amplitude.track(BaseEvent("late", user_id="u1"))
        wait_until(lambda: bool(told))
    assert (server.seen, [code for _, code, _ in told]) == ([429, 429, 200], [200])
    assert [wait for wait in hurry if wait] == [30_000, 30_000]
    inbox.events(1)


def test_what_will_never_succeed_is_sent_once(inbox: Inbox) -> None:
    with front(inbox.port) as server, client(server.url, "nobody", []) as amplitude:
        amplitude.track(BaseEvent("lost", user_id="u1"))
        wait_until(lambda: bool(server.seen))
        amplitude.flush()
    assert server.seen == [400]


def test_a_rejected_event_is_told_and_not_sent_again(inbox: Inbox) -> None:
    told: Told = []
    with front(inbox.port) as server, client(server.url, inbox.key, told) as amplitude:
        amplitude.track(BaseEvent("n" * 300, user_id="u1"))
        wait_until(lambda: bool(told))
    assert (server.seen, told[0][1]) == ([400], 400)
    assert "name must be a text" in told[0][2]
    inbox.expect("amplitude", 0, rejected=1)


def test_too_much_at_once_is_sent_in_smaller_pieces(inbox: Inbox) -> None:
    told: Told = []
    with front(inbox.port, 413) as server, client(server.url, inbox.key, told) as amplitude:
        for n in range(4):
            amplitude.track(BaseEvent("step", user_id="u1", event_properties={"n": n}))
        wait_until(lambda: len(told) == 4)
    assert server.seen[0] == 413
    assert {each["properties"]["n"] for each in inbox.events(4)} == {0, 1, 2, 3}

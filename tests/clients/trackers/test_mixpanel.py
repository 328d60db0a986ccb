"""The Python client of Mixpanel sends to a real server."""

from __future__ import annotations

from typing import Any

import pytest
from mixpanel import BufferedConsumer, Consumer, Mixpanel, MixpanelException
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import LOST, front


def consumer(url: str) -> Consumer:
    """A consumer that tries again over plain HTTP as it does over TLS, but sooner."""
    found = Consumer(
        *(f"{url}/{path}" for path in ("track", "engage", "import")),
        groups_url=f"{url}/groups",
        retry_backoff_factor=0.01,
    )
    found._session.mount("http://", found._session.adapters["https://"])
    return found


def test_events_arrive_once_with_their_columns(inbox: Inbox) -> None:
    mixpanel = Mixpanel(inbox.key, consumer(inbox.url))
    mixpanel.track("u1", "paid", {
        "$current_url": "https://shop.example/a?utm_source=mail", "revenue": 49.9,
        "time": 1793534400, "ip": "203.0.113.9", "$device_id": "d1"})  # fmt: skip
    mixpanel.people_set("u1", {"plan": "pro"})
    mixpanel.import_data(None, "u1", "old", 1793530800)
    mixpanel.merge(None, "u1", "u2")
    mixpanel.group_set("firm", "acme", {"size": 3})
    events = {event["name"]: event for event in inbox.events(5)}
    paid = events["paid"]
    assert (paid["distinct_id"], paid["anonymous_id"]) == ("u1", "$device:d1")
    assert paid["timestamp"].isoformat() == "2026-11-01T12:00:00+00:00"
    assert (paid["path"], paid["utm_source"], paid["is_bot"]) == ("/a", "mail", False)
    assert paid["properties"]["revenue"] == 49.9
    assert not {"ip", "token"} & paid["properties"].keys()
    assert events["identify"]["properties"] == {"$set": {"plan": "pro"}}
    assert events["old"]["timestamp"].hour == 11
    assert (events["$merge"]["distinct_id"], events["$merge"]["anonymous_id"]) == ("u1", "u2")
    assert events["group"]["properties"]["$group_id"] == "acme"
    inbox.expect("mixpanel", 5)


def test_many_events_go_together(inbox: Inbox) -> None:
    buffered = BufferedConsumer(events_url=f"{inbox.url}/track")
    mixpanel = Mixpanel(inbox.key, buffered)
    for n in range(70):
        mixpanel.track("u1", "step", {"n": n})
    buffered.flush()
    assert {event["properties"]["n"] for event in inbox.events(70)} == set(range(70))


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 500), 0), ((502,), 0)])
def test_an_event_sent_in_an_outage_arrives_once(
    inbox: Inbox, plan: tuple[int, ...], duplicates: int
) -> None:
    with front(inbox.port, *plan) as server:
        Mixpanel(inbox.key, consumer(server.url)).track("u1", "late")
    assert server.seen == [*plan, 200]
    inbox.events(1)
    inbox.expect("mixpanel", 1, duplicates)


def test_the_same_event_again_is_a_duplicate(inbox: Inbox) -> None:
    again: dict[str, Any] = {"$insert_id": "i1", "time": 1793534400}
    with front(inbox.port, LOST) as server:
        mixpanel = Mixpanel(inbox.key, consumer(server.url))
        mixpanel.track("u1", "late", again)
        mixpanel.track("u1", "late", again)
    inbox.events(1)
    assert server.seen[0] == LOST
    inbox.expect("mixpanel", 1, len(server.seen) - 1)


def test_overload_is_waited_out(inbox: Inbox) -> None:
    with front(inbox.port) as server, overload(inbox, 1, retry_after=1):
        Mixpanel(inbox.key, consumer(server.url)).track("u1", "late")
    assert server.seen == [503, 200]
    inbox.events(1)


def test_over_plain_http_the_caller_is_told_at_once(inbox: Inbox) -> None:
    with front(inbox.port) as server:
        hasty = Consumer(f"{server.url}/track")
        with overload(inbox, 1), pytest.raises(MixpanelException, match="more arrives than"):
            Mixpanel(inbox.key, hasty).track("u1", "lost")
        with pytest.raises(MixpanelException, match="No source takes events for 'nobody'"):
            Mixpanel("nobody", hasty).track("u1", "lost")
        with pytest.raises(MixpanelException, match="name must be a text"):
            Mixpanel(inbox.key, hasty).track("u1", "n" * 300)
    assert server.seen == [503, 401, 400]
    inbox.expect("mixpanel", 0, rejected=1)

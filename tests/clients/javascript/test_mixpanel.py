"""mixpanel-browser sends to a real server."""

from __future__ import annotations

import pytest
from tests.clients.javascript.conftest import REFUSED, Visitor
from tests.clients.trackers.conftest import overload
from tests.clients.trackers.front import LOST, front

START = "window.mixpanel = client.default; mixpanel.init(id, {{ api_host: url{0} }});"


@pytest.mark.parametrize("how", ["", ", batch_requests: false", ", api_transport: 'sendBeacon'"])
def test_events_arrive_once_with_their_columns(visitor: Visitor, how: str) -> None:
    visitor.open("mixpanel", START.format(", track_pageview: true" + how) + """
        mixpanel.identify('u1');
        mixpanel.track('paid', { revenue: 49.9 });
        mixpanel.people.set({ plan: 'pro' });""")  # fmt: skip
    # What is told of the person comes twice: where it came from first, and the plan.
    visitor.until(lambda: sum(visitor.inbox.counts("mixpanel")) >= 5)
    assert visitor.inbox.counts("mixpanel") == (5, 0, 0)
    events = visitor.inbox.events(5)
    found = {event["name"]: event for event in events if event["name"] != "identify"}
    persons = [event for event in events if event["name"] == "identify"]
    assert found.keys() == {"page_view", "$identify", "paid"}
    view, known, paid = (found[name] for name in ("page_view", "$identify", "paid"))
    assert {event["url"] for event in found.values()} == {visitor.url}
    # They came with an id that all can read.
    for event in (paid, known):
        assert (event["distinct_id"], event["anonymous_id"]) == ("u1", None)
        assert event["properties"]["anonymous_id"] == view["distinct_id"]
    assert (view["title"], view["utm_source"], view["language"]) == ("Shop", "mail", "de-AT")
    assert (view["browser"], view["is_bot"]) == ("Chrome", False)
    assert paid["properties"]["revenue"] == 49.9
    assert {event["distinct_id"] for event in persons} == {"u1"}
    assert [event["properties"]["$set"]["plan"] for event in persons
            if "$set" in event["properties"]] == ["pro"]  # fmt: skip


def test_what_waits_is_sent_on_leaving(visitor: Visitor) -> None:
    visitor.open("mixpanel", START.format("") + "mixpanel.track('late');")
    visitor.leave()
    assert visitor.sent("mixpanel", 1).keys() == {"late"}


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 429), 0), ((500, LOST), 1)])
def test_an_event_sent_in_an_outage_arrives_once(
    visitor: Visitor, plan: tuple[int, ...], duplicates: int
) -> None:
    visitor.complaints.allowed += [REFUSED, "ERR_EMPTY_RESPONSE", "Mixpanel"]
    with front(visitor.inbox.port, *plan, path="/track/") as server:
        visitor.open("mixpanel", START.format("") + "mixpanel.track('late');", url=server.url)
        visitor.sent("mixpanel", 1, duplicates, step=2000)
        assert server.seen == [*plan, 200]


def test_overload_is_waited_out(visitor: Visitor) -> None:
    visitor.complaints.allowed += [REFUSED, "Mixpanel"]
    with overload(visitor.inbox, 2, retry_after=1):
        visitor.open("mixpanel", START.format("") + "mixpanel.track('late');")
        visitor.sent("mixpanel", 1, step=2000)


@pytest.mark.parametrize("status", [400, 401, 413])
def test_what_is_refused_is_sent_once(visitor: Visitor, status: int) -> None:
    visitor.complaints.allowed += [REFUSED, "Mixpanel"]
    with front(visitor.inbox.port, *[status] * 20, path="/track/") as server:
        visitor.open("mixpanel", START.format("") + "mixpanel.track('lost');", url=server.url)
        visitor.until(lambda: bool(server.seen))
        visitor.wait()
        assert server.seen == [status]

"""analytics-next and analytics-node send to a real server."""

from __future__ import annotations

import pytest
from tests.clients.javascript.conftest import REFUSED, Node, Visitor, by_name
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import LOST, front

START = "[window.segment] = await client.AnalyticsBrowser.load({{ writeKey: id, cdnURL: url }}{0});"
BATCHES = """, { integrations: { 'Segment.io': { deliveryStrategy: {
    strategy: 'batching', config: { size: 10, timeout: 5000 } } } } }"""
NODE = """
import { Analytics } from '@segment/analytics-node';
const segment = new Analytics({ writeKey: key, host: url, flushInterval: 50 });
segment.on('error', error => console.log('failed', error.reason?.message ?? error.reason));
"""


@pytest.mark.parametrize("how", ["", BATCHES])
def test_events_arrive_once_with_their_columns(visitor: Visitor, how: str) -> None:
    visitor.open("segment", START.format(how) + """
        segment.page('Home');
        segment.identify('u1', { plan: 'pro' });
        segment.track('paid', { revenue: 49.9 });""")  # fmt: skip
    events = visitor.sent("segment", 3)
    view, known, paid = (events[name] for name in ("page_view", "identify", "paid"))
    assert {event["url"] for event in events.values()} == {visitor.url}
    assert (paid["distinct_id"], paid["anonymous_id"]) == ("u1", None)
    # It came with an id that all can read.
    other = paid["properties"]["anonymous_id"]
    assert (bool(other), known["properties"]["anonymous_id"]) == (True, other)
    assert (view["title"], view["utm_source"], view["language"]) == ("Shop", "mail", "de-AT")
    assert (view["browser"], view["is_bot"]) == ("Chrome", False)
    assert (view["properties"]["name"], paid["properties"]["revenue"]) == ("Home", 49.9)
    assert known["properties"]["traits"] == {"plan": "pro"}


def test_what_waits_is_sent_on_leaving(visitor: Visitor) -> None:
    visitor.open("segment", START.format(BATCHES) + "segment.track('late');")
    visitor.leave()
    assert visitor.sent("segment", 1).keys() == {"late"}


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 429), 0), ((500, LOST), 1)])
@pytest.mark.parametrize("how", ["", BATCHES])
def test_an_event_sent_in_an_outage_arrives_once(
    visitor: Visitor, how: str, plan: tuple[int, ...], duplicates: int
) -> None:
    visitor.complaints.allowed += [REFUSED, "ERR_EMPTY_RESPONSE"]
    kind = "/v1/b" if how else "/v1/t"
    with front(visitor.inbox.port, *plan, path=kind) as server:
        visitor.open("segment", START.format(how) + "segment.track('late');", url=server.url)
        visitor.sent("segment", 1, duplicates, step=2000)
        assert server.seen == [*plan, 200]


def test_overload_is_waited_out(visitor: Visitor) -> None:
    visitor.complaints.allowed.append(REFUSED)
    with overload(visitor.inbox, 2, retry_after=1):
        visitor.open("segment", START.format("") + "segment.track('late');")
        visitor.sent("segment", 1, step=500)


@pytest.mark.parametrize("status", [400, 401, 413])
def test_what_is_refused_is_sent_once(visitor: Visitor, status: int) -> None:
    visitor.complaints.allowed.append(REFUSED)
    with front(visitor.inbox.port, *[status] * 20, path="/v1/t") as server:
        visitor.open("segment", START.format("") + "segment.track('lost');", url=server.url)
        visitor.until(lambda: bool(server.seen))
        visitor.wait()
        assert server.seen == [status]


def test_node_has_events_arrive_once_with_their_columns(node: Node, inbox: Inbox) -> None:
    said = node.run(NODE + """
        segment.identify({ userId: 'u1', anonymousId: 'a1', traits: { plan: 'pro' } });
        segment.track({ userId: 'u1', event: 'paid', properties: { revenue: 49.9 } });
        segment.page({ userId: 'u1', name: 'Home', properties: { url: 'https://shop.example/a' } });
        await segment.closeAndFlush();""")  # fmt: skip
    events = by_name(inbox.events(3))
    assert said == ""
    view, known, paid = (events[name] for name in ("page_view", "identify", "paid"))
    assert {event["distinct_id"] for event in events.values()} == {"u1"}
    assert (known["anonymous_id"], known["properties"]["traits"]) == ("a1", {"plan": "pro"})
    assert (view["path"], paid["properties"]["revenue"]) == ("/a", 49.9)
    inbox.expect("segment", 3)


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 429), 0), ((500, LOST), 1)])
def test_node_sends_again_in_an_outage(
    node: Node, inbox: Inbox, plan: tuple[int, ...], duplicates: int
) -> None:
    with front(inbox.port, *plan) as server:
        said = node.run(NODE + """
            segment.track({ userId: 'u1', event: 'late' });
            await segment.closeAndFlush();""", url=server.url)  # fmt: skip
    assert (server.seen, said) == ([*plan, 200], "")
    inbox.events(1)
    inbox.expect("segment", 1, duplicates)


def test_node_sends_what_is_refused_once(node: Node, inbox: Inbox) -> None:
    with front(inbox.port) as server:
        said = node.run(NODE + """
            segment.track({ userId: 'u1', event: 'lost' });
            await segment.closeAndFlush();""", url=server.url, key="nobody")  # fmt: skip
    assert server.seen == [401]
    assert said == "failed [401] Unauthorized"

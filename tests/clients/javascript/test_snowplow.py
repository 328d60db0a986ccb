"""Snowplow's browser tracker and its Node tracker send to a real server."""

from __future__ import annotations

import pytest
from tests.clients.javascript.conftest import REFUSED, Node, Visitor, by_name
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import LOST, front

START = "client.newTracker('sp', url, {{ appId: id{0} }});"
LATE = "client.trackStructEvent({ category: 'shop', action: 'late' });"
NODE = """
import * as snowplow from '@snowplow/node-tracker';
const tracker = snowplow.newTracker(
    { namespace: 'sp', appId: key, encodeBase64: HOW },
    { endpoint: url, bufferSize: 10, eventMethod: METHOD,
      onRequestFailure: failure => console.log('failed', failure.status ?? 'connection') });
"""
FLUSH = "client.flushBuffer()"
"""What failed goes out again with the next event, or when it is told to, and by no timer."""
PATH = "/com.snowplowanalytics.snowplow/tp2"


@pytest.mark.parametrize("how", ["", ", encodeBase64: false", ", eventMethod: 'get'"])
def test_events_arrive_once_with_their_columns(visitor: Visitor, how: str) -> None:
    visitor.open("snowplow", START.format(how) + """
        client.trackPageView();
        client.setUserId('u1');
        client.trackStructEvent({ category: 'shop', action: 'paid', value: 49.9 });
        client.trackSelfDescribingEvent({
            event: { schema: 'iglu:com.acme/link_click/jsonschema/1-0-0', data: { target: 'x' } },
            context: [{ schema: 'iglu:com.acme/shop/jsonschema/1-0-0', data: { country: 'AT' } }],
        });""")  # fmt: skip
    events = visitor.sent("snowplow", 3)
    view, paid, click = (events[name] for name in ("page_view", "paid", "link_click"))
    assert {event["url"] for event in events.values()} == {visitor.url}
    # It came with an id that all can read.
    assert (paid["distinct_id"], paid["anonymous_id"]) == ("u1", None)
    assert paid["properties"]["anonymous_id"] == view["distinct_id"]
    assert view["session_id"] == paid["session_id"] != ""
    assert (view["title"], view["utm_source"], view["language"]) == ("Shop", "mail", "de-AT")
    assert (view["browser"], view["is_bot"]) == ("Chrome", False)
    assert paid["properties"]["value"] == 49.9
    assert click["properties"]["target"] == "x"
    assert click["properties"]["contexts"]["shop"] == {"country": "AT"}


def test_what_waits_is_sent_on_leaving(visitor: Visitor) -> None:
    visitor.open("snowplow", START.format(", bufferSize: 10, keepalive: true") + LATE)
    visitor.leave()
    assert visitor.sent("snowplow", 1).keys() == {"late"}


def test_whoever_asks_to_stay_unknown_does(visitor: Visitor) -> None:
    how = ", anonymousTracking: { withServerAnonymisation: true }"
    visitor.open("snowplow", START.format(how) + LATE)
    late = visitor.sent("snowplow", 1)["late"]
    assert (late["distinct_id"], late["anonymous_id"]) == (None, None)


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 429), 0), ((500, LOST), 1)])
def test_an_event_sent_in_an_outage_arrives_once(
    visitor: Visitor, plan: tuple[int, ...], duplicates: int
) -> None:
    visitor.complaints.allowed += [REFUSED, "ERR_EMPTY_RESPONSE", "Snowplow"]
    with front(visitor.inbox.port, *plan, path=PATH) as server:
        visitor.open("snowplow", START.format("") + LATE, url=server.url)
        visitor.until(lambda: visitor.run(FLUSH) or len(server.seen) > len(plan))
        visitor.sent("snowplow", 1, duplicates)
        assert server.seen == [*plan, 200]


def test_overload_is_waited_out(visitor: Visitor) -> None:
    visitor.complaints.allowed += [REFUSED, "Snowplow"]
    with overload(visitor.inbox, 2, retry_after=1):
        visitor.open("snowplow", START.format("") + LATE)
        visitor.until(lambda: visitor.run(FLUSH) or visitor.inbox.counts("snowplow")[0] > 0)
        visitor.sent("snowplow", 1)


@pytest.mark.parametrize("status", [400, 401, 422])
def test_what_is_refused_is_sent_once(visitor: Visitor, status: int) -> None:
    visitor.complaints.allowed += [REFUSED, "Snowplow"]
    with front(visitor.inbox.port, *[status] * 20, path=PATH) as server:
        visitor.open("snowplow", START.format("") + LATE, url=server.url)
        visitor.until(lambda: bool(server.seen))
        visitor.wait()
        assert server.seen == [status]


@pytest.mark.parametrize(("method", "is_packed"), [("post", True), ("post", False), ("get", True)])
def test_node_has_events_arrive_once_with_their_columns(
    node: Node, inbox: Inbox, method: str, is_packed: bool
) -> None:
    how = NODE.replace("HOW", str(is_packed).lower()).replace("METHOD", repr(method))
    said = node.run(how + """
        tracker.setUserId('u1');
        tracker.track(snowplow.buildPageView({ pageUrl: 'https://shop.example/a' }));
        tracker.track(snowplow.buildStructEvent({ category: 'shop', action: 'paid', value: 49.9 }));
        tracker.track(snowplow.buildSelfDescribingEvent({ event: {
            schema: 'iglu:com.acme/link_click/jsonschema/1-0-0', data: { target: 'x' } } }));
        await tracker.flush();""", key=inbox.id)  # fmt: skip
    events = by_name(inbox.events(3))
    assert said == ""
    assert {event["distinct_id"] for event in events.values()} == {"u1"}
    assert events["page_view"]["path"] == "/a"
    assert events["paid"]["properties"]["value"] == 49.9
    assert events["link_click"]["properties"]["target"] == "x"
    inbox.expect("snowplow", 3)


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 429), 0), ((500, LOST), 1)])
def test_node_sends_again_in_an_outage(
    node: Node, inbox: Inbox, plan: tuple[int, ...], duplicates: int
) -> None:
    how = NODE.replace("HOW", "true").replace("METHOD", "'post'")
    with front(inbox.port, *plan) as server:
        said = node.run(how + """
            tracker.track(snowplow.buildStructEvent({ category: 'shop', action: 'late' }));
            for (let n = 0; n < 3; n++) await tracker.flush();""",
            key=inbox.id, url=server.url)  # fmt: skip
    assert server.seen == [*plan, 200]
    assert said.split() == ["failed", str(plan[0]), "failed", str(plan[1] or "connection")]
    inbox.events(1)
    inbox.expect("snowplow", 1, duplicates)


def test_node_sends_what_is_refused_once(node: Node, inbox: Inbox) -> None:
    how = NODE.replace("HOW", "true").replace("METHOD", "'post'")
    with front(inbox.port) as server:
        said = node.run(how + """
            tracker.track(snowplow.buildStructEvent({ category: 'shop', action: 'lost' }));
            await tracker.flush();""", key="nobody", url=server.url)  # fmt: skip
    assert server.seen == [401]
    assert said.split("\n") == ["Snowplow: Status 401, will not retry.", "", "failed 401"]

"""Amplitude's browser client and its Node client send to a real server."""

from __future__ import annotations

import pytest
from tests.clients.javascript.conftest import REFUSED, Node, Visitor, by_name
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import LOST, front

START = """await client.init(id, { serverUrl: url + '/2/httpapi', logLevel: 0,
    remoteConfig: { fetchRemoteConfig: false },
    autocapture: { pageViews: VIEWS, sessions: false, attribution: false } }).promise;"""
VIEWS, QUIET = START.replace("VIEWS", "true"), START.replace("VIEWS", "false")
LATE = QUIET + "client.track('late');"
NODE = """
import * as amplitude from '@amplitude/analytics-node';
await amplitude.init(key, {
    serverUrl: url + '/2/httpapi', logLevel: 0, flushIntervalMillis: 100 }).promise;
const sent = async what => {
    const { code } = await what.promise;
    if (code !== 200) console.log(code);
};
"""


def test_events_arrive_once_with_their_columns(visitor: Visitor) -> None:
    visitor.open("amplitude", VIEWS + """
        client.setUserId('u1');
        client.identify(new client.Identify().set('plan', 'pro'));
        client.track('paid', { revenue: 49.9 });""")  # fmt: skip
    events = visitor.sent("amplitude", 3)
    view, known, paid = (events[name] for name in ("page_view", "$identify", "paid"))
    assert (view["url"], paid["url"]) == (visitor.url, visitor.url)
    assert {event["distinct_id"] for event in events.values()} == {"u1"}
    # It came with an id that all can read.
    assert {event["anonymous_id"] for event in events.values()} == {None}
    assert len({event["properties"]["anonymous_id"] for event in events.values()}) == 1
    assert (view["title"], view["utm_source"], view["language"]) == ("Shop", "mail", "de-AT")
    assert (view["browser"], view["is_bot"]) == ("Chrome", False)
    assert paid["properties"]["revenue"] == 49.9
    assert known["properties"]["user_properties"] == {"$set": {"plan": "pro"}}


def test_what_waits_is_sent_on_leaving(visitor: Visitor) -> None:
    visitor.open(
        "amplitude",
        LATE
        + """
        addEventListener('pagehide', () => { client.setTransport('beacon'); client.flush() });""",
    )
    visitor.leave()
    assert visitor.sent("amplitude", 1).keys() == {"late"}


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 500), 0), ((500, LOST), 1)])
def test_an_event_sent_in_an_outage_arrives_once(
    visitor: Visitor, plan: tuple[int, ...], duplicates: int
) -> None:
    visitor.complaints.allowed += [REFUSED, "ERR_EMPTY_RESPONSE"]
    with front(visitor.inbox.port, *plan) as server:
        visitor.open("amplitude", LATE, url=server.url)
        visitor.sent("amplitude", 1, duplicates, step=1000)
        assert server.seen == [*plan, 200]


def test_overload_is_waited_out(visitor: Visitor) -> None:
    visitor.complaints.allowed.append(REFUSED)
    with overload(visitor.inbox, 2, retry_after=1):
        visitor.open("amplitude", LATE)
        visitor.sent("amplitude", 1, step=2000)


def test_what_is_refused_is_sent_once(visitor: Visitor) -> None:
    visitor.complaints.allowed.append(REFUSED)
    with front(visitor.inbox.port) as server:
        visitor.open("amplitude", LATE.replace("(id,", "('nobody',"), url=server.url)
        visitor.until(lambda: bool(server.seen))
        visitor.wait()
        assert server.seen == [400]


def test_a_rejected_event_is_sent_once(visitor: Visitor) -> None:
    visitor.complaints.allowed.append(REFUSED)
    with front(visitor.inbox.port) as server:
        visitor.open("amplitude", QUIET + "client.track('n'.repeat(300));", url=server.url)
        visitor.until(lambda: bool(server.seen))
        visitor.wait()
        assert server.seen == [400]
    visitor.inbox.expect("amplitude", 0, rejected=1)


def test_node_has_events_arrive_once_with_their_columns(node: Node, inbox: Inbox) -> None:
    said = node.run(NODE + """
        const who = { user_id: 'u1', device_id: 'd1' };
        await Promise.all([
            sent(amplitude.identify(new amplitude.Identify().set('plan', 'pro'), who)),
            sent(amplitude.track('paid', { revenue: 49.9 }, who))]);""")  # fmt: skip
    events = by_name(inbox.events(2))
    assert said == ""
    assert {(event["distinct_id"], event["anonymous_id"]) for event in events.values()} == {
        ("u1", "d1")
    }
    assert events["paid"]["properties"]["revenue"] == 49.9
    assert events["$identify"]["properties"]["user_properties"] == {"$set": {"plan": "pro"}}
    inbox.expect("amplitude", 2)


def test_node_sends_again_in_an_outage(node: Node, inbox: Inbox) -> None:
    with front(inbox.port, 503, 500) as server:
        said = node.run(NODE + "await sent(amplitude.track('late', {}, { user_id: 'u1' }));",
                        url=server.url, faster=10)  # fmt: skip
    assert (server.seen, said) == ([503, 500, 200], "")
    inbox.events(1)
    inbox.expect("amplitude", 1)


def test_node_waits_an_overload_out(node: Node, inbox: Inbox) -> None:
    with overload(inbox, 1, retry_after=1):
        said = node.run(NODE + "await sent(amplitude.track('late', {}, { user_id: 'u1' }));",
                        faster=100)  # fmt: skip
    assert said == ""
    inbox.expect("amplitude", 1)


def test_node_sends_what_is_refused_once(node: Node, inbox: Inbox) -> None:
    with front(inbox.port) as server:
        said = node.run(NODE + "await sent(amplitude.track('lost', {}, { user_id: 'u1' }));",
                        url=server.url, key="nobody")  # fmt: skip
    assert (server.seen, said) == ([400], "400")

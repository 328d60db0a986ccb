"""posthog-js, today's and that of 2024, and posthog-node send to a real server."""

from __future__ import annotations

import pytest
from tests.clients.javascript.conftest import REFUSED, Node, Visitor, by_name
from tests.clients.trackers.conftest import Inbox
from tests.clients.trackers.front import LOST, front

START = "client.default.init(id, {{ api_host: url, autocapture: false{0} }});"
QUIET = START.format(", capture_pageview: false")
VERSIONS = ["posthog", "posthog-old"]
NODE = """
import { PostHog } from 'posthog-node';
const posthog = new PostHog(key, { host: url, flushInterval: 100, fetchRetryDelay: 20 });
posthog.on('error', error => console.log('failed', error.status ?? error.name));
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_events_arrive_once_with_their_columns(visitor: Visitor, version: str) -> None:
    visitor.open(version, START.format("") + """
        client.default.identify('u1', { plan: 'pro' });
        client.default.capture('paid', { revenue: 49.9 });""")  # fmt: skip
    events = visitor.sent("posthog", 3)
    view, known, paid = (events[name] for name in ("page_view", "$identify", "paid"))
    assert {event["url"] for event in events.values()} == {visitor.url}
    assert {event["distinct_id"] for event in events.values()} == {"u1"}
    # It came with an id that all can read.
    assert known["anonymous_id"] is None
    assert known["properties"]["anonymous_id"] != "u1"
    assert (view["title"], view["utm_source"], view["language"]) == ("Shop", "mail", "de-AT")
    assert (view["browser"], view["is_bot"]) == ("Chrome", False)
    assert paid["properties"]["revenue"] == 49.9
    assert known["properties"]["$set"] == {"plan": "pro"}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_waits_is_sent_on_leaving(visitor: Visitor, version: str) -> None:
    visitor.open(version, START.format(""))
    visitor.sent("posthog", 1)
    visitor.page.evaluate("client.default.capture('late')")
    visitor.leave()
    events = visitor.sent("posthog", 3)
    assert events.keys() == {"page_view", "late", "$pageleave"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("plan", "duplicates"), [((503, 500), 0), ((LOST,), 1)])
def test_an_event_sent_in_an_outage_arrives_once(
    visitor: Visitor, version: str, plan: tuple[int, ...], duplicates: int
) -> None:
    visitor.complaints.allowed += [REFUSED, "ERR_EMPTY_RESPONSE", "PostHog"]
    with front(visitor.inbox.port, *plan, path="/e/") as server:
        visitor.open(version, QUIET, url=server.url)
        # What 1.130 has put into a batch it does not send again at all.
        visitor.page.evaluate("client.default.capture('late', {}, { send_instantly: true })")
        visitor.sent("posthog", 1, duplicates, step=2000)
        assert server.seen == [*plan, 200]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("status", [400, 401, 413])
def test_what_is_refused_is_sent_once(visitor: Visitor, version: str, status: int) -> None:
    visitor.complaints.allowed += [REFUSED, "PostHog"]
    with front(visitor.inbox.port, *[status] * 20, path="/e/") as server:
        visitor.open(version, QUIET, url=server.url)
        visitor.page.evaluate("client.default.capture('lost')")
        visitor.until(lambda: bool(server.seen))
        visitor.wait()
        assert server.seen == [status]


def test_node_has_events_arrive_once_with_their_columns(node: Node, inbox: Inbox) -> None:
    said = node.run(NODE + """
        posthog.capture({ distinctId: 'u1', event: 'paid', properties: {
            $current_url: 'https://shop.example/a', revenue: 49.9 } });
        posthog.identify({ distinctId: 'u1', properties: { plan: 'pro' } });
        posthog.alias({ distinctId: 'u1', alias: 'a1' });
        console.log(JSON.stringify(await posthog.getAllFlags('u1')));
        await posthog.shutdown();""")  # fmt: skip
    assert said == "{}"
    events = by_name(inbox.events(3))
    paid, known, alias = (events[name] for name in ("paid", "$identify", "$create_alias"))
    assert (paid["distinct_id"], paid["path"], paid["os"]) == ("u1", "/a", None)
    assert paid["properties"]["revenue"] == 49.9
    assert known["properties"]["$set"] == {"plan": "pro"}
    assert {alias["distinct_id"], alias["anonymous_id"]} == {"a1", "u1"}
    inbox.expect("posthog", 3)


@pytest.mark.parametrize(("plan", "duplicates"), [((503, 429), 0), ((500, LOST), 1)])
def test_node_sends_again_in_an_outage(
    node: Node, inbox: Inbox, plan: tuple[int, ...], duplicates: int
) -> None:
    with front(inbox.port, *plan, path="/batch/") as server:
        said = node.run(NODE + """
            posthog.capture({ distinctId: 'u1', event: 'late' });
            await posthog.shutdown();""", url=server.url)  # fmt: skip
    assert (server.seen, said) == ([*plan, 200], "")
    inbox.events(1)
    inbox.expect("posthog", 1, duplicates)


def test_node_sends_what_is_refused_once(node: Node, inbox: Inbox) -> None:
    with front(inbox.port, path="/batch/") as server:
        said = node.run(NODE + """
            posthog.capture({ distinctId: 'u1', event: 'lost' });
            await posthog.shutdown();""", url=server.url, key="nobody")  # fmt: skip
    assert server.seen == [401]
    assert said.startswith("failed 401")
    assert said.count("No source takes events for 'nobody'") == 1

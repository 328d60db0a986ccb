"""Clients that are for servers alone send from Node: Umami, Matomo, CloudEvents, OpenTelemetry."""

from __future__ import annotations

import json

import pytest
from tests.clients.javascript.conftest import Node, by_name
from tests.clients.trackers.conftest import Inbox
from tests.clients.trackers.front import front

UMAMI = """
import { Umami } from '@umami/node';
const umami = new Umami({ websiteId: key, hostUrl: url });
const page = { hostname: 'shop.example', url: '/a?utm_source=mail', language: 'de-AT' };
"""
MATOMO = """
import http from 'node:http';
import MatomoTracker from 'matomo-tracker';
// It never reads the answer, and would wait for the connection to be given up.
http.globalAgent = new http.Agent({ keepAlive: false });
const matomo = new MatomoTracker(key, url + '/matomo.php');
matomo.on('error', error => console.log('failed', error.message ?? error));
const page = { url: 'https://shop.example/a?utm_source=mail', uid: 'u1', _id: 'a1' };
"""
CLOUDEVENTS = """
import { CloudEvent, emitterFor, httpTransport, Mode } from 'cloudevents';
const send = emitterFor(httpTransport(url + '/cloudevents'), { mode: Mode.HOW });
const event = new CloudEvent({
    id: 'e1', source: key, type: 'paid', time: '2026-11-01T12:00:00Z',
    data: { revenue: 49.9, distinct_id: 'u1', url: 'https://shop.example/a' } });
"""
OTLP = """
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { LoggerProvider, BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
const exporter = new OTLPLogExporter({
    url: url + '/v1/logs', headers: { authorization: `Bearer ${key}` } });
const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
const logger = provider.getLogger('shop');
"""


def test_umami_has_events_arrive_once(node: Node, inbox: Inbox) -> None:
    said = node.run(UMAMI + """
        const answers = [
            await umami.track(page),
            await umami.track({ ...page, name: 'paid', data: { revenue: 49.9 } }),
            await umami.identify({ plan: 'pro' }),
        ];
        for (const answer of answers) {
            const { cache, sessionId, visitId } = await answer.json();
            console.log(answer.status, Boolean(cache && sessionId && visitId));
        }""", key=inbox.id)  # fmt: skip
    assert said.split("\n") == ["200 true"] * 3
    events = by_name(inbox.events(3))
    view, paid, known = (events[name] for name in ("page_view", "paid", "identify"))
    assert (view["host"], view["path"], view["utm_source"]) == ("shop.example", "/a", "mail")
    assert (view["language"], paid["properties"]["revenue"]) == ("de-AT", 49.9)
    assert known["properties"]["plan"] == "pro"
    inbox.expect("umami", 3)


def test_matomo_has_events_arrive_once(node: Node, inbox: Inbox) -> None:
    said = node.run(MATOMO + """
        matomo.track({ ...page, action_name: 'Shop' });
        matomo.track({ ...page, e_c: 'shop', e_a: 'paid', e_v: '49.9' });""",
        key=inbox.id)  # fmt: skip
    assert said == ""
    events = by_name(inbox.events(2))
    view, paid = events["page_view"], events["paid"]
    assert (view["path"], view["title"], view["utm_source"]) == ("/a", "Shop", "mail")
    # It came with an id that all can read.
    assert (paid["distinct_id"], paid["anonymous_id"]) == ("u1", None)
    assert (paid["properties"]["anonymous_id"], paid["properties"]["value"]) == ("a1", 49.9)
    inbox.expect("matomo", 2)


def test_matomo_sends_many_at_once(node: Node, inbox: Inbox) -> None:
    said = node.run(MATOMO + """
        matomo.trackBulk([page, { ...page, e_c: 'shop', e_a: 'paid' }],
            answer => console.log(answer));""", key=inbox.id)  # fmt: skip
    assert json.loads(said)["tracked"] == 2
    assert by_name(inbox.events(2)).keys() == {"page_view", "paid"}


@pytest.mark.parametrize("how", ["STRUCTURED", "BINARY"])
def test_cloudevents_arrive_once(node: Node, inbox: Inbox, how: str) -> None:
    script = CLOUDEVENTS.replace("HOW", how)
    said = node.run(script + """
        for (const _ of [1, 2]) console.log((await send(event)).body);""",
        key=inbox.id)  # fmt: skip
    assert [json.loads(line)["stored"] for line in said.split("\n")] == [1, 0]
    (event,) = inbox.events(1)
    assert (event["name"], event["distinct_id"], event["path"]) == ("paid", "u1", "/a")
    assert event["properties"]["revenue"] == 49.9
    assert event["timestamp"].isoformat() == "2026-11-01T12:00:00+00:00"
    inbox.expect("cloudevents", 1, duplicates=1)


def test_log_records_arrive_once(node: Node, inbox: Inbox) -> None:
    said = node.run(OTLP + """
        logger.emit({ eventName: 'paid', body: { revenue: 49.9 },
            attributes: { 'user.id': 'u1', 'url.full': 'https://shop.example/a' } });
        logger.emit({ body: 'plain words', severityText: 'INFO' });
        await provider.shutdown();""")  # fmt: skip
    assert said == ""
    events = by_name(inbox.events(2))
    paid, log = events["paid"], events["log"]
    assert (paid["distinct_id"], paid["path"]) == ("u1", "/a")
    assert (paid["properties"]["revenue"], log["properties"]["body"]) == (49.9, "plain words")
    inbox.expect("otlp", 2)


def test_log_records_of_an_outage_arrive_once(node: Node, inbox: Inbox) -> None:
    with front(inbox.port, 503, 429) as server:
        said = node.run(OTLP + """
            logger.emit({ eventName: 'late' });
            await provider.shutdown();""", url=server.url, faster=2)  # fmt: skip
    assert (server.seen, said) == ([503, 429, 200], "")
    inbox.events(1)
    inbox.expect("otlp", 1)


def test_log_records_that_are_refused_are_sent_once(node: Node, inbox: Inbox) -> None:
    with front(inbox.port) as server:
        node.run(OTLP + """
            logger.emit({ eventName: 'lost' });
            await provider.forceFlush().catch(() => {});
            await provider.shutdown().catch(() => {});""",
            url=server.url, key="nobody")  # fmt: skip
    assert server.seen == [401]

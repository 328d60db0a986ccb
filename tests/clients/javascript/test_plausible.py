"""Plausible's tracker, today's and that of 2021, sends to a real server."""

from __future__ import annotations

import pytest
from tests.clients.javascript.conftest import Visitor
from tests.clients.trackers.front import front

TODAY = """client.init({ domain: DOMAIN, endpoint: url + '/api/event', captureOnLocalhost: true });
    client.track('paid', { props: { plan: 'pro' }, revenue: { amount: 49.9, currency: 'EUR' } });"""
BEFORE = """
    window.plausible = client.default({ domain: DOMAIN, apiHost: url, trackLocalhost: true });
    plausible.trackPageview();
    plausible.trackEvent('paid', { props: { plan: 'pro' } });"""


@pytest.mark.parametrize(("name", "script"), [("plausible", TODAY), ("plausible-old", BEFORE)])
def test_events_arrive_once_with_their_columns(visitor: Visitor, name: str, script: str) -> None:
    visitor.open(name, script.replace("DOMAIN", "id"))
    events = visitor.sent("plausible", 2)
    view, paid = events["page_view"], events["paid"]
    assert (view["url"], paid["url"]) == (visitor.url, visitor.url)
    assert view["actor_id"] == paid["actor_id"]
    assert (view["utm_source"], view["browser"], view["is_bot"]) == ("mail", "Chrome", False)
    assert paid["properties"]["plan"] == "pro"
    if script is TODAY:
        assert (paid["properties"]["revenue"], paid["properties"]["currency"]) == (49.9, "EUR")


def test_engagement_is_sent_on_leaving(visitor: Visitor) -> None:
    visitor.open("plausible", TODAY.replace("DOMAIN", "id"))
    before = visitor.sent("plausible", 2)["page_view"]
    # A stay of less than three seconds is none to the tracker.
    visitor.page.clock.fast_forward(4000)
    visitor.leave()
    engagement = visitor.sent("plausible", 3)["engagement"]
    assert (engagement["url"], engagement["actor_id"]) == (before["url"], before["actor_id"])
    assert engagement["properties"]["engagement_ms"] >= 4000


@pytest.mark.parametrize(("name", "script"), [("plausible", TODAY), ("plausible-old", BEFORE)])
def test_nobodys_events_are_dropped_without_a_sound(
    visitor: Visitor, name: str, script: str
) -> None:
    with front(visitor.inbox.port) as server:
        visitor.open(name, script.replace("DOMAIN", "'nobody'"), url=server.url)
        visitor.until(lambda: len(server.seen) > 1)
        visitor.wait()
        assert server.seen == [202, 202]

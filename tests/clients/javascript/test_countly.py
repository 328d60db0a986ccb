"""Countly's browser client sends to a real server."""

from __future__ import annotations

from typing import Any

from tests.clients.javascript.conftest import REFUSED, Visitor
from tests.clients.trackers.conftest import overload
from tests.clients.trackers.front import front

START = """window.countly = client.default;
    countly.init({ app_key: APP, url, interval: 500, fail_timeout: 2, max_events: 10 });"""
OWN, NOBODYS = START.replace("APP", "id"), START.replace("APP", "'nobody'")
LATE = "countly.add_event({ key: 'late', count: 1 });"


def events(visitor: Visitor, *wanted: str) -> dict[str, dict[str, Any]]:
    """The events of these names, each of which came once; others come beside them."""

    def counts() -> list[int]:
        rows = visitor.inbox.stored()
        return [sum(row["name"] == name for row in rows) for name in wanted]

    visitor.until(lambda: all(counts()))
    assert counts() == [1] * len(wanted)
    return {row["name"]: row for row in visitor.inbox.stored() if row["name"] in wanted}


def test_events_arrive_once_with_their_columns(visitor: Visitor) -> None:
    visitor.open("countly", OWN + """
        countly.track_sessions();
        countly.track_pageview();
        countly.add_event({ key: 'paid', count: 1, sum: 49.9, segmentation: { plan: 'pro' } });
        countly.user_details({ name: 'Ada' });""")  # fmt: skip
    found = events(visitor, "begin_session", "page_view", "paid")
    view, paid = found["page_view"], found["paid"]
    assert (view["host"], view["path"], view["utm_source"]) == ("localhost", "/countly/a", "mail")
    assert len({event["distinct_id"] for event in found.values()}) == 1
    assert view["distinct_id"]
    assert (view["browser"], view["language"], view["is_bot"]) == ("Chrome", "de-AT", False)
    assert (paid["properties"]["sum"], paid["properties"]["plan"]) == (49.9, "pro")


def test_a_change_of_the_id_tells_both(visitor: Visitor) -> None:
    visitor.open("countly", OWN + "countly.change_id('u1', true);")

    def known() -> list[dict[str, Any]]:
        return [row for row in visitor.inbox.stored() if "anonymous_id" in row["properties"]]

    visitor.until(lambda: bool(known()))
    # It came with an id that all can read, which joins nobody.
    assert [(row["name"], row["distinct_id"], row["anonymous_id"]) for row in known()] == [
        ("identify", "u1", None)
    ]


def test_what_waits_is_sent_on_leaving_or_coming_back(visitor: Visitor) -> None:
    visitor.open("countly", OWN + LATE)
    visitor.leave()
    visitor.open("countly", OWN)
    events(visitor, "late")


def test_overload_is_waited_out(visitor: Visitor) -> None:
    visitor.complaints.allowed.append(REFUSED)
    with overload(visitor.inbox, 2, retry_after=1):
        visitor.open("countly", OWN + LATE)
        events(visitor, "late")


def test_what_is_refused_is_sent_once(visitor: Visitor) -> None:
    with front(visitor.inbox.port, path="/i") as server:
        visitor.open("countly", NOBODYS + LATE, url=server.url)
        visitor.until(lambda: visitor.run("countly._internals.getRequestQueue().length") == 0)
        n_sent = len(server.seen)
        visitor.wait()
        assert (set(server.seen), len(server.seen)) == ({200}, n_sent)

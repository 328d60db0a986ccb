"""umami-analytics sends to a real server; it never tries again itself."""

from __future__ import annotations

import httpx2
import pytest
import umami
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import front


def point_to(url: str, website: str) -> None:
    umami.set_url_base(url)
    umami.set_website_id(website)
    umami.set_hostname("shop.example")


def test_events_arrive_once_with_their_columns(inbox: Inbox) -> None:
    point_to(inbox.url, inbox.key)
    assert umami.heartbeat()
    umami.new_page_view("A", "/a?utm_source=mail", referrer="https://x.example/",
                        ip_address="203.0.113.9")  # fmt: skip
    told = umami.new_revenue_event(49.9, "EUR", "paid", url="/paid", distinct_id="u1")
    assert {"cache", "sessionId", "visitId"} == told.keys()
    paid, seen = sorted(inbox.events(2), key=lambda each: each["name"] == "page_view")
    assert (seen["name"], seen["title"], seen["host"], seen["path"]) == (
        "page_view", "A", "shop.example", "/a",
    )  # fmt: skip
    assert (seen["utm_source"], seen["referrer_host"]) == ("mail", "x.example")
    assert (paid["name"], paid["distinct_id"]) == ("paid", "u1")
    assert (paid["properties"]["revenue"], paid["properties"]["currency"]) == (49.9, "EUR")
    for each in (seen, paid):
        # It calls itself Chrome on a Mac, which says nothing of the visitor.
        assert (each["browser"], each["os"], each["is_bot"]) == (None, None, False)
        assert "ip" not in each["properties"]
    inbox.expect("umami", 2)


def test_an_address_is_believed_with_a_secret_key_only(inbox: Inbox) -> None:
    actors: list[set[str]] = []
    for website in (inbox.key, inbox.id):
        point_to(inbox.url, website)
        for address in ("203.0.113.9", "198.51.100.7"):
            umami.new_event("a", url=f"/{website == inbox.key}", ip_address=address)
    found = inbox.events(4)
    for path in ("/True", "/False"):
        actors.append({each["actor_id"] for each in found if each["path"] == path})
    assert (len(actors[0]), len(actors[1])) == (2, 1)


def test_only_what_was_not_kept_raises(inbox: Inbox) -> None:
    with front(inbox.port) as server:
        point_to(server.url, "nobody")
        with pytest.raises(httpx2.HTTPStatusError, match="400"):
            umami.new_event("lost")
        point_to(server.url, inbox.id)
        with overload(inbox, 1), pytest.raises(httpx2.HTTPStatusError, match="503"):
            umami.new_event("late")
        # So the caller knows to send it again.
        umami.new_event("late")
    assert server.seen == [400, 503, 200]
    inbox.events(1)
    inbox.expect("umami", 1)

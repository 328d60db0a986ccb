"""ga4mp sends to a real server; it never tries again itself."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError

import pytest
from ga4mp import GtagMP
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import front


def tracker(url: str, name: str, secret: str = "secret") -> GtagMP:
    found = GtagMP(api_secret=secret, measurement_id=name, client_id="1122.3344")
    found._base_domain = f"{url}/mp/collect"
    return found


def event(name: str, **params: Any) -> dict[str, Any]:
    return {"name": name, "params": params}


def test_events_arrive_once_with_their_columns(inbox: Inbox) -> None:
    ga4 = tracker(inbox.url, inbox.id)
    ga4.store.set_user_property("user_id", "u1")
    ga4.store.set_user_property("plan", "pro")
    page = event("page_view", page_location="https://shop.example/a?utm_source=mail",
                 page_title="A", page_referrer="https://x.example/", session_id="s1")  # fmt: skip
    ga4.send([page, event("purchase", value=49.9, currency="EUR")])
    seen, paid = sorted(inbox.events(2), key=lambda each: each["name"])
    assert (seen["name"], seen["title"], seen["path"]) == ("page_view", "A", "/a")
    assert (seen["utm_source"], seen["session_id"]) == ("mail", "s1")
    # It came with an id that all can read.
    assert (seen["distinct_id"], seen["anonymous_id"]) == ("u1", None)
    assert seen["properties"]["anonymous_id"] == "1122.3344"
    assert seen["is_bot"] is False
    assert paid["properties"]["revenue"] == 49.9
    assert paid["properties"]["user_properties"] == {"plan": "pro"}
    inbox.expect("ga4", 2)


def test_the_secret_may_be_a_write_key(inbox: Inbox) -> None:
    tracker(inbox.url, "G-ANYTHING", inbox.key).send([event("a")])
    inbox.events(1)


def test_events_may_be_sent_later_with_their_own_time(inbox: Inbox) -> None:
    ga4 = tracker(inbox.url, inbox.id)
    ga4.send([event("first"), event("second")], postpone=True)
    ga4.postponed_send()
    assert {each["name"] for each in inbox.events(2)} == {"first", "second"}


def test_only_what_was_not_kept_raises(inbox: Inbox) -> None:
    with front(inbox.port) as server:
        tracker(server.url, "G-NOBODY").send([event("lost")])
        tracker(server.url, inbox.id).send([event("n" * 300)])
        with overload(inbox, 1), pytest.raises(HTTPError, match="503"):
            tracker(server.url, inbox.id).send([event("late")])
        # So the caller knows to send it again.
        tracker(server.url, inbox.id).send([event("late")])
    assert server.seen == [204, 204, 503, 204]
    inbox.events(1)
    inbox.expect("ga4", 1, rejected=1)

"""Events through the API, page by page."""

from __future__ import annotations

import json

import httpx
import pytest
from tests.server.api.conftest import EVENTS, RANGE
from tests.server.conftest import Running


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("-timestamp", ["e6", "e5", "e4", "e3", "e2", "e1"]),
        ("timestamp", ["e1", "e2", "e3", "e4", "e5", "e6"]),
    ],
)
def test_events_page_by_page(client: httpx.Client, order: str, ids: list[str]) -> None:
    found: list[str] = []
    asked: dict[str, str] = {"source": "web", "time_range": RANGE, "order": order, "limit": "4"}
    n_pages = 0
    while True:
        page = client.get("/api/v1/events", params=asked).json()
        found += [event["event_id"] for event in page["events"]]
        n_pages += 1
        if page["cursor"] is None:
            break
        asked["cursor"] = page["cursor"]
    assert (found, n_pages) == (ids, 2)


def test_events_that_pass_a_filter_with_chosen_fields(client: httpx.Client) -> None:
    page = client.get(
        "/api/v1/events",
        params={
            "source": "web",
            "time_range": json.dumps({"start": "2025-03-01", "end": "2025-03-03"}),
            "filter": json.dumps({"field": "name", "operator": "is", "value": "buy"}),
            "fields": "path, properties.price",
            "order": "timestamp",
        },
    ).json()
    assert page["events"] == [
        {"path": "/done", "properties.price": 10.5},
        # What did not fit the column was kept as it came.
        {"path": "/done", "properties.price": "free"},
    ]


def test_new_events_are_news_within_three_seconds(server: Running) -> None:
    news = server.news_of(EVENTS[:3])
    assert (news["source"], news["n_stored"]) == ("web", 3)

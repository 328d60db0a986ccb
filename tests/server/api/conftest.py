"""A server with six events whose figures can be counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.server.conftest import Running, make_lake, run

# Times are UTC; the source's zone is Berlin, one hour ahead: the fourth is on the second day.
EVENTS: list[dict[str, Any]] = [
    {"event_id": "e1", "timestamp": "2025-03-01T09:00:00Z", "name": "view", "distinct_id": "u1",
     "country": "DE", "url": "https://shop.example/"},
    {"event_id": "e2", "timestamp": "2025-03-01T09:10:00Z", "name": "view", "distinct_id": "u1",
     "country": "DE", "url": "https://shop.example/cart"},
    {"event_id": "e3", "timestamp": "2025-03-01T09:20:00Z", "name": "buy", "distinct_id": "u1",
     "country": "DE", "url": "https://shop.example/done", "properties": {"price": 10.5}},
    {"event_id": "e4", "timestamp": "2025-03-01T23:30:00Z", "name": "view", "distinct_id": "u2",
     "country": "AT", "url": "https://shop.example/"},
    {"event_id": "e5", "timestamp": "2025-03-02T08:00:00Z", "name": "view", "distinct_id": "u2",
     "country": "AT", "url": "https://shop.example/cart", "plan": "pro"},
    {"event_id": "e6", "timestamp": "2025-03-02T08:05:00Z", "name": "buy", "distinct_id": "u2",
     "country": "AT", "url": "https://shop.example/done", "properties": {"price": "free"}},
]  # fmt: skip
RANGE = "2025-03-01..2025-03-02"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run(make_lake(tmp_path_factory.mktemp("filled") / "lake")) as running:
        answer = running.send([*EVENTS, {"distinct_id": "nameless"}, EVENTS[0]])
        assert (answer.json()["stored"], answer.json()["duplicates"]) == (6, 1)
        yield running


@pytest.fixture
def client(filled: Running) -> Iterator[httpx.Client]:
    with filled.client(filled.token("read")) as client:
        yield client


def ask(client: httpx.Client, **query: Any) -> dict[str, Any]:
    response = client.post("/api/v1/query", json={"source": "web", "time_range": RANGE, **query})
    assert response.status_code == 200, response.text
    return response.json()

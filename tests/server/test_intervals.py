"""Intervals over HTTP: pages of starts and ends in pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lakes import make_lake
from tests.server.conftest import Running, run

from footfall.model.interval import Interval
from footfall.model.source import Source

LAB = Source("lab", timezone="Europe/Berlin", intervals=(Interval("visit", "in", "out"),))
# In Berlin an hour later: 10:00 to 10:01:30, and a start that nothing follows.
EVENTS = [
    {"event_id": "a", "timestamp": "2025-11-01T09:00:00Z", "name": "in", "country": "DE"},
    {"event_id": "b", "timestamp": "2025-11-01T09:01:30Z", "name": "out"},
    {"event_id": "c", "timestamp": "2025-11-02T09:00:00Z", "name": "in", "country": "AT"},
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("intervals") / "lake"
    with run(make_lake(folder, (LAB, EVENTS))) as running:
        yield running


def ask(running: Running, **asked: Any) -> Any:
    asked = {"source": "lab", "name": "visit", "time_range": "all"} | asked
    with running.client(running.token("read")) as client:
        return client.get("/api/v1/intervals", params=asked)


def test_pages_of_intervals(filled: Running) -> None:
    first = ask(filled, limit=1, fields="country").json()
    assert first["intervals"] == [
        {
            "name": "visit",
            "actor_id": "anna",
            "start": "2025-11-01T10:00:00+01:00",
            "end": "2025-11-01T10:01:30+01:00",
            "duration": 90.0,
            "state": "complete",
            "start_id": "a",
            "end_id": "b",
            "country": "DE",
        }
    ]
    second = ask(filled, cursor=first["cursor"]).json()
    assert [(row["start_id"], row["state"]) for row in second["intervals"]] == [("c", "no_end")]
    assert second["cursor"] is None


def test_a_filter_and_a_range(filled: Running) -> None:
    austrian = ask(filled, filter='{"field": "country", "operator": "is", "value": "AT"}')
    assert [row["start_id"] for row in austrian.json()["intervals"]] == ["c"]
    day = ask(filled, time_range='{"start": "2025-11-01", "end": "2025-11-02"}')
    assert [row["start_id"] for row in day.json()["intervals"]] == ["a"]


def test_what_is_wrong_is_named(filled: Running) -> None:
    wrong = ask(filled, name="visits")
    assert (wrong.status_code, wrong.json()["error"]["parameter"]) == (400, "name")
    assert wrong.json()["error"]["suggestions"] == ["visit"]
    assert ask(filled, limit=0).status_code == 400


def test_a_source_that_is_added_may_declare_its_own(server: Running) -> None:
    wanted = {"name": "gym", "intervals": [{"name": "visit", "start": "in", "end": "out"}]}
    with server.client(server.token("write", "read")) as client:
        added = client.post("/api/v1/sources", json=wanted)
        assert added.status_code == 201, added.text
        assert added.json()["intervals"] == [
            {"name": "visit", "start": "in", "end": "out", "key": [], "longest": "24h"}
        ]
        wrong = {"name": "pool", "intervals": [{"name": "visit", "start": "in", "end": "in"}]}
        refused = client.post("/api/v1/sources", json=wrong)
        assert refused.json()["error"]["parameter"] == "intervals[0].end"
        learning = client.post("/api/v1/sources", json={"name": "lab", "mapping": "learning"})
        names = [item["name"] for item in learning.json()["intervals"]]
        assert names == ["session", "exercise"]


def test_a_source_that_is_added_may_say_what_is_kept_of_addresses(server: Running) -> None:
    with server.client(server.token("write", "read")) as client:
        added = client.post("/api/v1/sources", json={"name": "hall", "addresses": "truncated"})
        assert (added.status_code, added.json()["addresses"]) == (201, "truncated")
        plain = client.post("/api/v1/sources", json={"name": "yard"})
        assert plain.json()["addresses"] == "drop"
        refused = client.post("/api/v1/sources", json={"name": "shed", "addresses": "all"})
        assert refused.status_code == 400

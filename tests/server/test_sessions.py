"""Sessions over HTTP: pages of them, the newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lakes import make_lake
from tests.server.conftest import Running, run

from footfall.model.source import Source
from footfall.query.listings.sessions import session_id_of

WEB = Source("web", timezone="Europe/Berlin")
# In Berlin an hour later: a session of two events over midnight, and one of the next evening.
EVENTS = [
    {"event_id": "a", "timestamp": "2025-11-01T22:50:00Z", "path": "/in", "channel": "search"},
    {"event_id": "b", "timestamp": "2025-11-01T23:10:00Z", "path": "/out", "country": "AT"},
    {"event_id": "c", "timestamp": "2025-11-02T20:00:00Z", "path": "/in", "country": "DE"},
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("sessions") / "lake"
    with run(make_lake(folder, (WEB, EVENTS))) as running:
        yield running


def ask(running: Running, **asked: Any) -> Any:
    with running.client(running.token("read")) as client:
        return client.get("/api/v1/sessions", params={"source": "web", "time_range": "all"} | asked)


def test_pages_of_sessions(filled: Running) -> None:
    first = ask(filled, limit=1).json()
    assert [(row["number"], row["is_bounce"]) for row in first["sessions"]] == [(2, True)]
    second = ask(filled, limit=1, cursor=first["cursor"]).json()
    (row,) = second["sessions"]
    assert (row["session_id"], row["number"]) == (session_id_of("anna", "a"), 1)
    assert (row["start"], row["duration"]) == ("2025-11-01T23:50:00+01:00", 1200.0)
    assert (row["entry_page"], row["exit_page"], row["entry_channel"]) == ("/in", "/out", "search")
    assert second["cursor"] is None
    oldest = ask(filled, order="start").json()["sessions"]
    assert [row["number"] for row in oldest] == [1, 2]


def test_a_filter_and_a_range(filled: Running) -> None:
    austrian = ask(filled, filter='{"field": "country", "operator": "is", "value": "AT"}')
    assert [row["number"] for row in austrian.json()["sessions"]] == [1]
    # the first begins on the 1st and reaches into the 2nd
    day = ask(filled, time_range='{"start": "2025-11-02", "end": "2025-11-03"}')
    assert [row["number"] for row in day.json()["sessions"]] == [2, 1]


def test_what_is_wrong_is_named(filled: Running) -> None:
    wrong = ask(filled, order="end")
    assert (wrong.status_code, wrong.json()["error"]["parameter"]) == (400, "order")
    assert ask(filled, source="wep").status_code == 404
    assert ask(filled, limit=0).status_code == 400

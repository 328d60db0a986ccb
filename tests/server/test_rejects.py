"""Lists of rejects and the ledger, as they are asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
from tests.server.conftest import Running
from tests.waiting import wait_until

SOURCE = "web"


def rejected(server: Running, client: httpx.Client, n_rejects: int) -> list[int]:
    """Ids of so many rejects, which have been sent."""
    server.send([{"distinct_id": f"nameless {index}"} for index in range(n_rejects)])
    wait_until(lambda: client.get("/api/v1/rejects").json()["n_rejects"] == n_rejects)
    return [each["id"] for each in client.get("/api/v1/rejects").json()["rejects"]]


def test_rejects_come_page_by_page_and_the_last_has_no_cursor(server: Running) -> None:
    with server.client(server.token()) as client:
        ids = rejected(server, client, 4)
        first = client.get("/api/v1/rejects", params={"limit": 2}).json()
        asked = {"limit": 2, "cursor": first["cursor"]}
        second = client.get("/api/v1/rejects", params=asked).json()
    assert [each["id"] for each in first["rejects"]] == ids[:2]
    assert [each["id"] for each in second["rejects"]] == ids[2:]
    # The page is full, and still the last.
    assert (second["cursor"], second["n_rejects"]) == (None, 4)


def test_rejects_are_told_apart_by_whether_they_were_replayed(server: Running) -> None:
    def ids(**asked: str) -> list[int]:
        page = client.get("/api/v1/rejects", params=asked).json()
        lines = client.get("/api/v1/rejects/export", params=asked).text.splitlines()
        found = [each["id"] for each in page["rejects"]]
        assert ([json.loads(line)["id"] for line in lines], page["n_rejects"]) == (
            found,
            len(found),
        )
        return found

    with server.client(server.token()) as client:
        first, second = rejected(server, client, 2)
        server.app.state.ledger.mark_replayed([first])
        assert ids() == [first, second]
        assert ids(is_replayed="true") == [first]
        assert ids(is_replayed="false") == [second]


def test_the_ledger_is_asked_for_by_a_time_range(server: Running) -> None:
    def n_received(time_range: str, **asked: str) -> int:
        asked = {"source": SOURCE, "time_range": time_range, **asked}
        entries = client.get("/api/v1/ledger", params=asked).json()["entries"]
        return sum(entry["received"] for entry in entries)

    with server.client(server.token()) as client:
        server.send([{"name": "hi", "event_id": "a"}, {"name": "hi", "event_id": "b"}])
        wait_until(lambda: n_received("all") == 2)
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        # From an hour before, in case that one has just ended, to the end of this one.
        edges = [(hour + timedelta(hours=n)).replace(tzinfo=None) for n in (-1, 1)]
        now = json.dumps({"start": edges[0].isoformat(), "end": edges[1].isoformat()})
        assert n_received(now) == n_received("last 24 hours") == 2
        # The same clock times of a zone nine hours ahead have passed there long ago.
        assert n_received(now, timezone="Asia/Tokyo") == 0
        assert n_received("2020") == 0

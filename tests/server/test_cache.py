from __future__ import annotations

from dataclasses import replace

from tests.server.conftest import Running

from footfall.server.cache import Cache

VIEWS = [
    {"event_id": f"e{minute}", "timestamp": f"2025-03-01T09:{minute}:00Z", "name": "view",
     "distinct_id": "u1"}
    for minute in (10, 20)
]  # fmt: skip


def totals(server: Running, metric: str) -> dict[str, float]:
    query = {"source": "web", "metrics": [metric], "time_range": "2025-03-01"}
    with server.client(server.token()) as client:
        return client.post("/api/v1/query", json=query).json()["totals"]


class Timer:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_kept_for_its_lifetime() -> None:
    timer = Timer()
    cache = Cache(lifetime=5.0, timer=timer)
    cache.put("a", b"1")
    timer.now = 5.0
    assert cache.get("a") == b"1"
    timer.now = 5.1
    assert cache.get("a") is None
    assert cache.get("b") is None


def test_what_was_unused_longest_makes_room() -> None:
    cache = Cache(most_bytes=10)
    for key in "abc":
        cache.put(key, b"123")
    assert cache.get("a") == b"123"
    # 9 bytes are kept; 3 more leave room for only three answers, and "b" is the stalest.
    cache.put("d", b"456")
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


def test_an_answer_put_anew_replaces_the_old_one() -> None:
    cache = Cache(most_bytes=10)
    for _ in range(100):
        cache.put("a", b"12345")
    cache.put("b", b"12345")
    assert cache.get("a") == cache.get("b") == b"12345"


def test_an_answer_too_large_is_not_kept_and_drives_nothing_out() -> None:
    cache = Cache(most_bytes=10)
    cache.put("a", b"1")
    cache.put("b", b"x" * 11)
    assert cache.get("a") == b"1"
    assert cache.get("b") is None


def test_an_answer_is_not_older_than_the_data(server: Running) -> None:
    server.send(VIEWS[:1])
    assert totals(server, "events") == {"events": 1}
    assert totals(server, "events") == {"events": 1}
    server.send(VIEWS[1:])
    # The answer before is still kept, but for another version of the table.
    assert totals(server, "events") == {"events": 2}


def test_an_answer_is_not_older_than_the_definition(server: Running) -> None:
    server.send(VIEWS)
    # The gap of ten minutes lies within the half hour of a session, and beyond a minute.
    assert totals(server, "sessions") == {"sessions": 1}
    server.app.state.lake.change_source("web", lambda web: replace(web, session_gap="1m"))
    assert totals(server, "sessions") == {"sessions": 2}

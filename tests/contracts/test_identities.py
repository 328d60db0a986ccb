"""Joined ids count as one actor in every kind of question, on every engine."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.lakes import append_events, make_lake

import footfall
from footfall.engines.base import Engine
from footfall.engines.columns import actors_file
from footfall.engines.registry import get_duckdb
from footfall.lake.folder import LakeFolder
from footfall.model.filter import Condition
from footfall.model.identity import Decision
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.model.time import to_epoch_us
from footfall.query.free_sql import run_sql
from footfall.query.listings.events import list_events
from footfall.query.listings.listing import Listing
from footfall.query.run import run_query

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
DAYS = "2026-11-01..2026-11-04"


def event(day: int, who: str, former: str | None = None, name: str = "page_view", minute: int = 0):
    return {
        "event_id": f"{day}-{who}-{name}-{minute}",
        "timestamp": f"2026-11-0{day}T10:{minute:02}:00Z",
        "name": name,
        "distinct_id": who,
        "anonymous_id": former,
    }


# Two visits before logging in on two devices, then anna is known: of six ids four actors.
EVENTS = [
    event(1, "phone"),
    event(1, "ben", minute=5),
    event(2, "laptop"),
    event(2, "anna", "laptop", "identify", minute=10),
    event(3, "anna", "phone", "identify"),
    event(3, "carl"),
    event(3, "undefined"),
    event(4, "anna"),
]


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    return make_lake(tmp_path / "lake", (Source("web"), EVENTS))


def actors(lake: LakeFolder, engine: Engine, day: str = DAYS) -> int:
    query = Query("web", metrics=("actors",), time_range=day)
    return run_query(query, lake, engine, now=NOW).totals["actors"]


def test_a_merge_holds_for_old_events_too(lake: LakeFolder, engine: Engine) -> None:
    assert actors(lake, engine) == 4  # anna, ben, carl, undefined
    assert actors(lake, engine, "2026-11-01..2026-11-02") == 2  # anna, ben


def test_sessions_go_on_across_the_login(lake: LakeFolder, engine: Engine) -> None:
    query = Query("web", metrics=("sessions",), time_range="2026-11-02..2026-11-02")
    assert run_query(query, lake, engine, now=NOW).totals["sessions"] == 1


def test_a_stream_of_an_actor_has_no_other_columns(lake: LakeFolder) -> None:
    with footfall.open(lake.root) as opened:
        events = opened.events("web", "all").filter(actor_id="anna").to_dicts()
    assert [each["event_id"] for each in events][:2] == [
        "1-phone-page_view-0",
        "2-laptop-page_view-0",
    ]
    assert {each["actor_id"] for each in events} == {"anna"}
    assert not {"stored_actor_id", "id"} & set(events[0])


def test_ids_are_joined_only_where_actors_are_read(lake: LakeFolder) -> None:
    snapshot = lake.table("web").snapshot()
    assert actors_file(snapshot) is not None
    assert actors_file(snapshot.narrowed({"actor_id", "name"})) is not None
    assert actors_file(snapshot.narrowed({"name"})) is None


def test_a_filter_by_actor_finds_what_other_ids_did(lake: LakeFolder, engine: Engine) -> None:
    query = Query("web", filter=Condition("actor_id", "is", "anna"), time_range=DAYS)
    assert run_query(query, lake, engine, now=NOW).totals["events"] == 5
    others = Query("web", filter=Condition("actor_id", "is_not", "anna"), time_range=DAYS)
    assert run_query(others, lake, engine, now=NOW).totals["events"] == 3
    page = list_events(lake, engine, Listing("web", DAYS, query.filter), now=NOW)
    assert [(each["actor_id"], each["distinct_id"]) for each in page.rows] == [
        ("anna", "anna"),
        ("anna", "anna"),
        ("anna", "anna"),
        ("anna", "laptop"),
        ("anna", "phone"),
    ]


def test_a_merge_can_be_taken_back_and_made_by_hand(lake: LakeFolder, engine: Engine) -> None:
    identities = lake.table("web").identities
    at = to_epoch_us(NOW)
    identities.decide(Decision("phone", None, at))
    assert actors(lake, engine) == 5
    identities.decide(Decision("carl", "ben", at + 1))
    assert actors(lake, engine) == 4
    assert identities.revoke("phone") == 1
    assert actors(lake, engine) == 3


def test_new_events_join_more(lake: LakeFolder, engine: Engine) -> None:
    assert actors(lake, engine) == 4
    append_events(lake, "web", [event(4, "dora", "carl", "identify", minute=30)])
    assert actors(lake, engine) == 4  # carl's events are dora's now
    lake.table("web").compact(is_forced=True)
    assert actors(lake, engine) == 4


def test_sql_sees_the_same_actors(lake: LakeFolder) -> None:
    text = "SELECT count(DISTINCT actor_id) AS n, count(DISTINCT distinct_id) AS ids FROM web"
    one = "SELECT * FROM web WHERE event_id = '1-phone-page_view-0'"
    with closing(get_duckdb()) as duckdb:
        assert run_sql(text, lake, duckdb).to_dicts() == [{"n": 4, "ids": 6}]
        (row,) = run_sql(one, lake, duckdb).to_dicts()
    assert (row["actor_id"], row["distinct_id"]) == ("anna", "phone")
    assert "stored_actor_id" not in row


def test_streams_show_the_joined_actor(lake: LakeFolder) -> None:
    with footfall.open(lake.root) as opened:
        wanted = Condition("event_id", "is", "1-phone-page_view-0")
        found = opened.events("web", "all").filter(wanted).to_dicts()
    assert [row["actor_id"] for row in found] == ["anna"]

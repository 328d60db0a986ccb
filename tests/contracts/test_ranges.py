"""Ranges that end anywhere within files: every number is that of a plain filter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lakes import append_events
from tests.lakes import make_lake as make_lake_in

from footfall.engines.base import Engine
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.model.time import TimeRange
from footfall.query.listings.events import list_events
from footfall.query.listings.listing import Listing
from footfall.query.run import run_query

NOW = datetime(2026, 11, 20, tzinfo=UTC)
START = datetime(2026, 10, 20, tzinfo=UTC)
N_DAYS = 16
# Six events a day by three actors, in two commits, so that days have two files each: those of
# the second begin and end within the first's.
HOURS = (0, 3, 8, 13, 20, 23.9999)


def _event(n: int) -> dict[str, Any]:
    time = START + timedelta(days=n // 6, hours=HOURS[n % 6])
    return {
        "event_id": f"e{n:04}",
        "timestamp": time,
        "distinct_id": ("ann", "bob", "cyd")[n * 7 % 3],
        "country": ("DE", "FR", None, "AT")[n % 4],
        "properties": {"n": n % 11, "price": n % 5 + 0.5},
    }


EVENTS = [_event(n) for n in range(6 * N_DAYS)]
SOURCE = Source("web", properties={"n": "int"})


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    root: Path = tmp_path_factory.mktemp("ranges") / "lake"
    lake = make_lake_in(root, (SOURCE, [e for i, e in enumerate(EVENTS) if i % 6 in (0, 3, 5)]))
    append_events(lake, "web", [e for i, e in enumerate(EVENTS) if i % 6 not in (0, 3, 5)])
    return lake


# Instants of events and just beside them, and any other second.
moments = st.one_of(
    st.builds(
        lambda event, us: event["timestamp"] + timedelta(microseconds=us),
        st.sampled_from(EVENTS),
        st.sampled_from([-1, 0, 1, 999, 1000]),
    ),
    st.integers(-86_400, N_DAYS * 86_400).map(lambda s: START + timedelta(seconds=s)),
)


@st.composite
def ranges(draw: st.DrawFn) -> TimeRange:
    start, end = sorted([draw(moments), draw(moments)])
    return TimeRange(start, end + timedelta(microseconds=1), "UTC")


def inside(span: TimeRange) -> list[dict[str, Any]]:
    return [event for event in EVENTS if span.start <= event["timestamp"] < span.end]


@settings(max_examples=12, deadline=None)
@given(span=ranges())
def test_counts_are_those_of_a_plain_filter(engine: Engine, days: LakeFolder, span: TimeRange):
    metrics = ("events", "actors", "sum(properties.n)", "sessions", "max(session.n_events)")
    query = Query("web", metrics, ("country",), time_range=span)
    result = run_query(query, days, engine, now=NOW)
    found = inside(span)
    assert result.totals["events"] == len(found)
    assert result.totals["actors"] == len({event["distinct_id"] for event in found})
    assert result.totals["sum(properties.n)"] == sum(e["properties"]["n"] for e in found)
    # No two events of an actor are within half an hour: the last of a day and the first of
    # the next are 0.36 s apart, of actors (7n mod 3) that differ.
    assert result.totals["sessions"] == len(found)
    assert result.totals["max(session.n_events)"] == (1 if found else None)


@settings(max_examples=8, deadline=None)
@given(span=ranges(), size=st.integers(1, 40), is_newest_first=st.booleans())
def test_pages_hold_every_event_of_a_range_once(
    engine: Engine, days: LakeFolder, span: TimeRange, size: int, is_newest_first: bool
):
    order = "-timestamp" if is_newest_first else "timestamp"
    found: list[str] = []
    cursor = None
    while True:
        german = {"field": "country", "operator": "is", "value": "DE"}
        asked = Listing("web", span, german, ("event_id",), order, size, cursor)
        page = list_events(days, engine, asked, now=NOW)
        found += [event["event_id"] for event in page.rows]
        cursor = page.cursor
        if cursor is None:
            break
    ids = [event["event_id"] for event in inside(span) if event["country"] == "DE"]
    assert found == sorted(ids, reverse=is_newest_first)


def test_a_page_of_the_newest_reads_the_newest_days_only(engine: Engine, days: LakeFolder):
    page = list_events(days, engine, Listing("web", "all", limit=5), now=NOW)
    # Four days of six events.
    assert page.n_rows_read == 24
    rare = {"field": "actor_id", "operator": "is", "value": "nobody"}
    page = list_events(days, engine, Listing("web", "all", rare, limit=5), now=NOW)
    assert (page.rows, page.n_rows_read) == ([], len(EVENTS))


def test_a_page_behind_a_cursor_leaves_out_the_days_before_it(engine: Engine, days: LakeFolder):
    first = list_events(days, engine, Listing("web", "all", limit=12), now=NOW)
    # Its last is the first event of the day before the last: what follows is in the three days
    # before that, or in the file of three events that begins with it.
    following = Listing("web", "all", limit=3, cursor=first.cursor)
    second = list_events(days, engine, following, now=NOW)
    assert [event["event_id"] for event in second.rows] == ["e0083", "e0082", "e0081"]
    assert second.n_rows_read == 3 + 3 * 6


def test_totals_are_left_out_when_not_asked_for(engine: Engine, days: LakeFolder):
    span = TimeRange(START, START + timedelta(days=N_DAYS), "UTC")
    metrics = ("p95(properties.price)", "median(properties.n)", "actors", "sessions", "events")
    shapes: list[dict[str, Any]] = [
        {},
        {"limit": 2},
        {"granularity": "day", "compare": "previous_period"},
    ]
    for parts in shapes:
        query = Query("web", metrics, ("country",), time_range=span, **parts)
        alone = Query("web", metrics, ("country",), time_range=span, has_totals=False, **parts)
        whole, part = (run_query(each, days, engine, now=NOW) for each in (query, alone))
        assert part.table.equals(whole.table)
        # 96 values, 0 to 10 in turn: nine of each up to 7, so the 46th to the 54th are 5.
        assert whole.totals["median(properties.n)"] == 5
        assert part.totals == {}


def test_metrics_without_groups_are_their_own_totals(engine: Engine, days: LakeFolder):
    query = Query("web", ("events",), time_range="all", has_totals=False)
    assert run_query(query, days, engine, now=NOW).to_dicts() == [{"events": len(EVENTS)}]

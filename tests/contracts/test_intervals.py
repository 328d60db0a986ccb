"""Starts and ends in pairs, alike from each engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.lakes import append_events

from footfall.engines.base import Engine
from footfall.errors import InvalidQuery
from footfall.model.interval import Interval
from footfall.model.source import Source
from footfall.query.listings.intervals import list_intervals
from footfall.query.listings.listing import Listing, Page
from footfall.query.result import Result

NOW = datetime(2026, 10, 27, 12, tzinfo=UTC)
EXERCISE = Interval(
    "exercise", "ex.start", "ex.end", key=("properties.exercise", "properties.box"), longest="8h"
)
LAB = Source(
    "lab",
    timezone="Europe/Berlin",
    properties={"exercise": "text", "score": "int"},
    intervals=(EXERCISE, Interval("session", "in", "out")),
)


def mark(id_: str, time: str, name: str, actor: str = "anna", **properties: Any) -> dict[str, Any]:
    return {
        "event_id": id_,
        "timestamp": f"2026-10-{time}:00Z",
        "name": name,
        "distinct_id": actor,
        "properties": properties,
    }


# Times are UTC, in Berlin two hours later.
EVENTS = [
    # anna: dns from 8 to 8:30, and meanwhile web, which is another key
    mark("a1", "20T08:00", "ex.start", exercise="dns", score=1),
    mark("a2", "20T08:10", "ex.start", exercise="web"),
    mark("a3", "20T08:30", "ex.end", exercise="dns", score=9),
    mark("a4", "20T09:10", "ex.end", exercise="web"),
    # a start that is started again, and an end that ended already
    mark("a5", "20T10:00", "ex.start", exercise="dns"),
    mark("a6", "20T10:05", "ex.start", exercise="dns"),
    mark("a7", "20T10:15", "ex.end", exercise="dns"),
    mark("a8", "20T10:20", "ex.end", exercise="dns"),
    # exactly 8 hours, and a minute more
    mark("b1", "20T10:00", "ex.start", "bert", exercise="dns", box="x"),
    mark("b2", "20T18:00", "ex.end", "bert", exercise="dns", box="x"),
    mark("b3", "21T10:00", "ex.start", "bert", exercise="dns", box="x"),
    mark("b4", "21T18:01", "ex.end", "bert", exercise="dns", box="x"),
    # other names play no part
    mark("b5", "21T11:00", "in", "bert"),
    mark("b6", "21T12:00", "page_view", "bert", exercise="dns", box="x"),
]


def page(lake: Any, engine: Engine, name: str = "exercise", **asked: Any) -> Page[Result]:
    wanted = Listing("lab", **{"time_range": "all"} | asked)
    return list_intervals(lake, engine, name, wanted, now=NOW)


def told(found: Page[Result]) -> list[tuple[Any, ...]]:
    names = ("start_id", "end_id", "state", "duration")
    return [tuple(row[name] for name in names) for row in found.rows.rows]


def test_pairs_and_those_without_partner(engine, make_lake):
    lake = make_lake((LAB, EVENTS))
    assert told(page(lake, engine)) == [
        ("a1", "a3", "complete", 1800.0),
        ("a2", "a4", "complete", 3600.0),
        ("a5", None, "no_end", None),
        ("b1", "b2", "complete", 28800.0),
        ("a6", "a7", "complete", 600.0),
        (None, "a8", "no_start", None),
        ("b3", None, "no_end", None),
        (None, "b4", "no_start", None),
    ]
    assert told(page(lake, engine, "session")) == [("b5", None, "no_end", None)]


def test_columns_of_an_interval(engine, make_lake):
    lake = make_lake((LAB, EVENTS))
    first, *_, last = page(lake, engine, fields=["properties.score", "is_bot"]).rows.rows
    assert list(first) == [
        *("name", "actor_id", "start", "end", "duration", "state", "start_id", "end_id"),
        *("properties.exercise", "properties.box", "properties.score", "is_bot"),
    ]
    assert (first["name"], first["actor_id"], first["properties.exercise"]) == (
        "exercise",
        "anna",
        "dns",
    )
    assert (first["properties.box"], last["properties.box"]) == (None, "x")
    assert first["start"] == datetime(2026, 10, 20, 8, tzinfo=UTC)
    assert first["start"].utcoffset() == timedelta(hours=2)
    assert (first["properties.score"], first["is_bot"]) == (1, False)
    assert (last["start"], last["end"]) == (None, datetime(2026, 10, 21, 18, 1, tzinfo=UTC))
    (plain, *_) = page(lake, engine).rows.rows
    assert list(plain)[-2:] == ["properties.exercise", "properties.box"]
    again = page(lake, engine, fields=["properties.exercise", "country"]).rows.rows[0]
    assert list(again)[-3:] == ["properties.exercise", "properties.box", "country"]


def test_ranges_share_out_the_intervals(engine, make_lake):
    lake = make_lake((LAB, EVENTS))

    # b1 starts at 10:00 and ends at 18:00: a range that ends between has it whole, and the
    # range after it does not take its end for a lone one.
    def within(start: str, end: str) -> list[tuple[Any, ...]]:
        return told(page(lake, engine, time_range=f"{start}..{end}", timezone="UTC"))

    parts = within("2026-10-20T00:00", "2026-10-20T12:00")
    parts += within("2026-10-20T12:00", "2026-10-22T00:00")
    assert parts == told(page(lake, engine))
    assert within("2026-10-20T12:00", "2026-10-21T00:00") == []


def test_pages_filter_and_actor(engine, make_lake):
    lake = make_lake((LAB, EVENTS))
    everything = told(page(lake, engine))
    found, cursor = [], None
    for size in (3, 3, 2):
        part = page(lake, engine, limit=3, cursor=cursor)
        assert len(part.rows.rows) == size
        found += told(part)
        cursor = part.cursor
    assert (found, cursor) == (everything, None)
    web = {"field": "properties.exercise", "operator": "is", "value": "web"}
    assert told(page(lake, engine, filter=web)) == [("a2", "a4", "complete", 3600.0)]


def test_late_events_change_what_was_told(engine, make_lake):
    lake = make_lake((LAB, [mark("z", "20T08:30", "ex.end", exercise="dns")]))
    assert told(page(lake, engine)) == [(None, "z", "no_start", None)]
    append_events(lake, "lab", [mark("y", "20T08:00", "ex.start", exercise="dns")])
    assert told(page(lake, engine)) == [("y", "z", "complete", 1800.0)]


def test_what_may_still_end_is_open(engine, make_lake):
    # NOW is the 27th at 12:00, and an exercise lasts 8 hours at most.
    marks = [
        mark("f1", "27T04:00", "ex.start", exercise="dns"),
        mark("f2", "27T03:59", "ex.start", exercise="web"),
        mark("f3", "27T10:00", "ex.start", exercise="tls"),
        mark("f4", "27T11:00", "ex.start", exercise="tls"),
        mark("f5", "27T11:30", "ex.end", exercise="udp"),
    ]
    lake = make_lake((LAB, marks))
    assert told(page(lake, engine)) == [
        ("f2", None, "no_end", None),  # a minute too old
        ("f1", None, "open", None),
        ("f3", None, "no_end", None),  # begun anew
        ("f4", None, "open", None),
        (None, "f5", "no_start", None),
    ]
    append_events(lake, "lab", [mark("f6", "27T11:45", "ex.end", exercise="dns")])
    assert ("f1", "f6", "complete", 27900.0) in told(page(lake, engine))


@pytest.mark.parametrize(
    ("name", "asked", "parameter"),
    [
        ("exercize", {}, "name"),
        ("exercise", {"fields": ["contry"]}, "fields[0]"),
        ("exercise", {"fields": ["path", "session.duration"]}, "fields[1]"),
        ("exercise", {"fields": ["event_id"]}, "fields[0]"),
        ("exercise", {"cursor": "x"}, "cursor"),
        ("exercise", {"filter": {"field": "contry", "value": 1}}, "filter.field"),
    ],
)
def test_what_is_wrong_is_named(engine, make_lake, name, asked, parameter):
    lake = make_lake((LAB, EVENTS[:1]))
    with pytest.raises(InvalidQuery) as caught:
        page(lake, engine, name, **asked)
    assert caught.value.parameter == parameter


MARKS = st.lists(
    st.tuples(
        st.integers(0, 40),  # minutes
        st.sampled_from(["in", "out", "out", "other"]),
        st.sampled_from(["anna", "bert", "cleo", "dora"]),
        st.sampled_from([None, "x"]),
    ),
    min_size=20,
    max_size=60,
)
SHORT = Interval("visit", "in", "out", key=("properties.box",), longest="10m")


def pairs_of(rows: list[dict[str, Any]]) -> set[tuple[str | None, str | None]]:
    """The same by plain Python: who follows whom directly, and how soon."""
    found: set[tuple[str | None, str | None]] = set()
    wanted = [row for row in rows if row["name"] != "other"]

    def key(row: dict[str, Any]) -> tuple[str, str]:
        return row["distinct_id"], str(row["properties"].get("box"))

    for _, group in groupby(sorted(wanted, key=key), key):
        opened: dict[str, Any] | None = None
        for row in sorted(group, key=lambda item: (item["timestamp"], item["event_id"])):
            if row["name"] == "in":
                if opened is not None:
                    found.add((opened["event_id"], None))
                opened = row
            elif opened and row["timestamp"] - opened["timestamp"] <= timedelta(minutes=10):
                found.add((opened["event_id"], row["event_id"]))
                opened = None
            else:
                found |= {(opened["event_id"], None)} if opened else set()
                found.add((None, row["event_id"]))
                opened = None
        if opened is not None:
            found.add((opened["event_id"], None))
    return found


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(marks=MARKS, data=st.data())
def test_every_mark_is_in_one_interval_whatever_order_they_come_in(engine, make_lake, marks, data):
    rows = [
        {
            "event_id": f"e{n:02}",
            "timestamp": datetime(2026, 10, 20, 8, minute % 60, tzinfo=UTC),
            "name": name,
            "distinct_id": actor,
            "properties": {"box": box} if box else {},
        }
        for n, (minute, name, actor, box) in enumerate(marks)
    ]
    lake = make_lake((Source("lab", intervals=(SHORT,)), data.draw(st.permutations(rows))))
    found = page(lake, engine, "visit").rows.rows
    assert {(row["start_id"], row["end_id"]) for row in found} == pairs_of(rows)
    used = [row[end] for row in found for end in ("start_id", "end_id") if row[end]]
    assert sorted(used) == sorted(row["event_id"] for row in rows if row["name"] != "other")
    for row in found:
        is_whole = row["state"] == "complete"
        assert is_whole == (row["start"] is not None and row["end"] is not None)
        assert (row["duration"] is not None) == is_whole
        assert not is_whole or 0 <= row["duration"] <= 600

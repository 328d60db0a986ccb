"""Sessions as rows, alike from each engine and from plain Python."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contracts.reference import MARGIN, Event, Sessions, listed_sessions, matches, measure
from tests.lakes import append_events
from tests.lakes import make_lake as make_lake_in

from footfall.engines.base import Engine
from footfall.errors import InvalidQuery
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.query.listings.listing import Listing, Page
from footfall.query.listings.sessions import list_sessions, session_id_of
from footfall.query.result import Result
from footfall.query.run import run_query

NOW = datetime(2026, 10, 27, 12, tzinfo=UTC)
WEB = Source("web", timezone="Europe/Berlin")
BERLIN = ZoneInfo("Europe/Berlin")


def page(lake: LakeFolder, engine: Engine, source: str = "web", **asked: Any) -> Page[Result]:
    return list_sessions(lake, engine, Listing(source, **{"time_range": "all"} | asked), now=NOW)


def seen(id_: str, time: str, actor: str = "anna", path: str | None = "/", **other: Any):
    return {
        "event_id": id_,
        "timestamp": f"2026-10-{time}:00Z",
        "distinct_id": actor,
        "path": path,
    } | other


# Times are UTC; the pause is 30 minutes.
EVENTS = [
    # anna's first: three events on two pages, 20 minutes
    seen("a1", "20T08:00", path=None, country="DE", utm_source="news", channel="email"),
    seen("a2", "20T08:10", path="/in", country="AT"),
    seen("a3", "20T08:20", path="/out", browser="Firefox"),
    # her second, over midnight, of four events on two pages: 23:40 to 00:50
    seen("a4", "20T23:40", path="/late", device="mobile", os="iOS", referrer_host="x.example"),
    seen("a5", "21T00:05", path="/early"),
    seen("a6", "21T00:30", path="/late"),
    seen("a7", "21T00:50", path=None, name="leave"),
    # bert: one event, and at one moment two, told apart by their ids
    seen("b1", "20T12:00", "bert", path="/only"),
    seen("b3", "22T09:00", "bert", path="/second"),
    seen("b2", "22T09:00", "bert", path="/first"),
]


def test_a_session_is_told_whole(engine, make_lake):
    rows = page(make_lake((WEB, EVENTS)), engine, order="start").rows.rows
    assert [row["entry_page"] for row in rows] == ["/in", "/only", "/late", "/first"]
    first, _, second, last = rows
    assert first == {
        "session_id": session_id_of("anna", "a1"),
        "actor_id": "anna",
        "number": 1,
        "start": datetime(2026, 10, 20, 8, tzinfo=UTC),
        "end": datetime(2026, 10, 20, 8, 20, tzinfo=UTC),
        "duration": 1200.0,
        "n_events": 3,
        "n_pages": 2,
        "is_bounce": False,
        "entry_page": "/in",
        "exit_page": "/out",
        "entry_referrer_host": None,
        "entry_channel": "email",
        "entry_utm_source": "news",
        "entry_utm_medium": None,
        "entry_utm_campaign": None,
        "entry_utm_term": None,
        "entry_utm_content": None,
        "country": "DE",
        "browser": None,
        "os": None,
        "device": None,
    }
    assert first["start"].utcoffset() == timedelta(hours=2)
    assert (second["number"], second["n_events"], second["duration"]) == (2, 4, 4200.0)
    assert (second["exit_page"], second["n_pages"], second["os"]) == ("/late", 2, "iOS")
    assert (last["exit_page"], last["number"], last["duration"]) == ("/second", 2, 0.0)
    assert [row["is_bounce"] for row in rows] == [False, True, False, False]


def test_a_range_has_whole_sessions_with_their_number(engine, make_lake):
    lake = make_lake((WEB, EVENTS))

    def within(time_range: str, **asked: Any) -> list[tuple[Any, ...]]:
        rows = page(lake, engine, time_range=time_range, timezone="UTC", **asked).rows.rows
        return [(row["actor_id"], row["number"], row["n_events"]) for row in rows]

    # the session over midnight belongs to both days, whole
    assert within("2026-10-21..2026-10-21") == [("anna", 2, 4)]
    assert within("2026-10-20..2026-10-20") == [("anna", 2, 4), ("bert", 1, 1), ("anna", 1, 3)]
    # between two of its events there is none of it
    assert within("2026-10-21T00:06..2026-10-21T00:20") == []
    late = {"field": "path", "operator": "is", "value": "/late"}
    assert within("2026-10-21..2026-10-21", filter=late) == [("anna", 2, 4)]
    early = {"field": "path", "operator": "is", "value": "/early"}
    assert within("2026-10-20..2026-10-20", filter=early) == []


def test_a_session_of_days_is_whole_beyond_what_is_read_ahead(engine, make_lake):
    start = datetime(2026, 10, 20, tzinfo=UTC)
    # every 30 minutes for three days: 145 events, and the pause is never longer
    rows = [
        {"event_id": f"e{n:03}", "timestamp": start + timedelta(minutes=30 * n), "path": f"/{n}"}
        for n in range(145)
    ]
    lake = make_lake((WEB, rows))
    for day in ("20", "21", "22"):
        within = f"2026-10-{day}..2026-10-{day}"
        found = page(lake, engine, time_range=within, timezone="UTC")
        (row,) = found.rows.rows
        assert page(lake, engine, time_range=within, timezone="UTC", limit=5).rows.rows == [row]
        assert (row["n_events"], row["n_pages"], row["number"]) == (145, 145, 1)
        assert (row["entry_page"], row["exit_page"]) == ("/0", "/144")


def test_late_events_merge_sessions_and_count_others_anew(engine, make_lake):
    events = [seen("c1", "20T08:00"), seen("c3", "20T09:00"), seen("c4", "21T09:00")]
    lake = make_lake((WEB, events))
    assert [row["number"] for row in page(lake, engine).rows.rows] == [3, 2, 1]
    append_events(lake, "web", [seen("c2", "20T08:30"), seen("c0", "19T09:00")])
    rows = page(lake, engine, order="start").rows.rows
    # 8:00, 8:30 and 9:00 are one session now, and one came before it
    assert [(row["number"], row["n_events"]) for row in rows] == [(1, 1), (2, 3), (3, 1)]
    assert rows[1]["session_id"] == session_id_of("anna", "c1")


def test_ids_that_were_joined_have_one_log(engine, make_lake):
    lake = make_lake((WEB, [seen("d1", "20T08:00", "a-1"), seen("d2", "20T08:10", "dora")]))
    assert [row["number"] for row in page(lake, engine).rows.rows] == [1, 1]
    lake.table("web").identities.merge("a-1", "dora")
    (row,) = page(lake, engine).rows.rows
    assert (row["actor_id"], row["n_events"], row["number"]) == ("dora", 2, 1)


def test_sessions_as_the_sender_names_them(engine, make_lake):
    events = [
        seen("e1", "20T08:00", session_id="s1", path="/a"),
        # hours later, and of another actor, but of the same name
        seen("e2", "20T12:00", "bert", session_id="s1", path="/b"),
        seen("e3", "20T09:00", session_id="s0"),
        seen("e4", "20T10:00"),
        seen("e5", "20T11:00", "bert", session_id="s2"),
    ]
    lake = make_lake((replace(WEB, sessions="given"), events))
    rows = page(lake, engine, order="start").rows.rows
    names = ("session_id", "actor_id", "number", "n_events", "entry_page", "exit_page")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("s1", "anna", 1, 2, "/a", "/b"),
        ("s0", "anna", 2, 1, "/", "/"),
        ("s2", "bert", 1, 1, "/", "/"),
    ]


def test_nothing_is_an_empty_list_with_all_columns(engine, make_lake):
    found = page(make_lake((WEB, [])), engine, time_range="today")
    assert (found.rows.rows, found.cursor) == ([], None)
    assert found.rows.to_arrow().column_names == [c.name for c in found.rows.columns]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"order": "end"}, "order"),
        ({"cursor": "x"}, "cursor"),
        ({"filter": {"field": "contry", "value": 1}}, "filter.field"),
    ],
)
def test_what_is_wrong_is_named(engine, make_lake, asked, parameter):
    with pytest.raises(InvalidQuery) as caught:
        page(make_lake((WEB, EVENTS[:1])), engine, **asked)
    assert caught.value.parameter == parameter


PATHS = [None, "/", "/a", "/b"]


def random_events(rng: random.Random, n: int) -> list[Event]:
    return [
        {
            "event_id": f"e{number:04}",
            # 20 days in steps of 7 minutes, so that pauses of 28 and 35 minutes are frequent
            "timestamp": datetime(2026, 10, 1, tzinfo=UTC)
            + timedelta(minutes=7 * int(abs(rng.gauss(0, 900)))),
            "actor_id": f"u{rng.randint(0, 7)}",
            "session_id": rng.choice([None, *(f"s{k}" for k in range(40))]),
            "path": rng.choice(PATHS),
            "country": rng.choice([None, "DE", "FR"]),
        }
        for number in range(n)
    ]


@pytest.fixture(scope="module")
def random_lake(tmp_path_factory: pytest.TempPathFactory) -> tuple[LakeFolder, list[Event]]:
    events = random_events(random.Random(3), 900)
    root: Path = tmp_path_factory.mktemp("sessions") / "lake"
    rows = [{**event, "distinct_id": event["actor_id"]} for event in events]
    by_name = Source("named", timezone="Europe/Berlin", sessions="given")
    return make_lake_in(root, (WEB, rows), (by_name, rows)), events


def expected(events: list[Event], start: datetime, end: datetime, form: Any, source: str):
    rows: list[tuple[Any, ...]] = []
    for number, actor, session in listed_sessions(events, is_given=source == "named"):
        hits = (e for e in session if start <= e["timestamp"] < end and matches(form, e, BERLIN))
        if not any(hits):
            continue
        paths = [event["path"] for event in session if event["path"] is not None]
        ends = (paths[0], paths[-1]) if paths else (None, None)
        first, last = session[0], session[-1]
        id_ = first["session_id"] if source == "named" else session_id_of(actor, first["event_id"])
        length = (last["timestamp"] - first["timestamp"]).total_seconds()
        rows.append(
            (id_, actor, number, length, len(session), len(set(paths)), *ends, first["country"])
        )
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_like_plain_python(random_lake, engine, seed):
    lake, events = random_lake
    rng = random.Random(seed)
    source = rng.choice(["web", "web", "named"])
    start = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(minutes=rng.randint(0, 12_000))
    end = start + timedelta(minutes=rng.randint(5, 9_000))
    form = rng.choice([None, {"field": "path", "operator": "is", "value": "/a"}])
    wanted: dict[str, Any] = {"time_range": f"{start.isoformat()}..{end.isoformat()}"}
    wanted |= {"filter": form, "order": rng.choice(["start", "-start"])}
    rows = page(lake, engine, source, **wanted).rows.rows
    names = (
        *("session_id", "actor_id", "number", "duration", "n_events", "n_pages"),
        *("entry_page", "exit_page", "country"),
    )
    found = [tuple(row[name] for name in names) for row in rows]
    assert sorted(found, key=repr) == sorted(expected(events, start, end, form, source), key=repr)
    starts = [row["start"] for row in rows]
    assert starts == sorted(starts, reverse=wanted["order"] == "-start")
    # as many as the metric says
    query = Query(source, ("sessions",), filter=form, time_range=wanted["time_range"])
    assert run_query(query, lake, engine, now=NOW).totals["sessions"] == len(rows)
    # and the same in pages
    parts, cursor = list[Any](), None
    while True:
        part = page(lake, engine, source, **wanted, limit=150, cursor=cursor)
        parts += part.rows.rows
        cursor = part.cursor
        if cursor is None:
            break
    assert parts == rows


@pytest.mark.parametrize("form", [None, {"field": "path", "operator": "is", "value": "/a"}])
def test_metrics_of_named_sessions_like_plain_python(random_lake, engine, form):
    """Events that name no session are counted as events, and as those of no session."""
    lake, events = random_lake
    start, end = (datetime(2026, 10, day, 5, tzinfo=UTC) for day in (1, 28))
    metrics = ("events", "sessions", "rate(events, sessions)", "bounce_rate",
               "mean(session.n_events)", "max(session.duration)")  # fmt: skip
    hits = [e for e in events if start <= e["timestamp"] < end and matches(form, e, BERLIN)]
    whole = Sessions(events, start - MARGIN, end + MARGIN, is_given=True)
    assert 0 < sum(event["session_id"] is None for event in hits) < len(hits)
    span = f"{start.isoformat()}..{end.isoformat()}"
    totals = run_query(Query("named", metrics, filter=form, time_range=span), lake, engine, now=NOW)
    wanted = {metric: measure(metric, hits, whole, BERLIN) for metric in metrics}
    assert totals.totals == pytest.approx(wanted, rel=1e-9)


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    marks=st.lists(st.tuples(st.integers(0, 300), st.sampled_from("abc")), min_size=1, max_size=60),
    data=st.data(),
)
def test_sessions_share_out_the_events_whatever_order_they_come_in(engine, make_lake, marks, data):
    rows = [
        {
            "event_id": f"e{n:02}",
            "timestamp": datetime(2026, 10, 20, tzinfo=UTC) + timedelta(minutes=minute),
            "distinct_id": actor,
        }
        for n, (minute, actor) in enumerate(marks)
    ]
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    plain, late = make_lake((WEB, rows)), make_lake((WEB, shuffled[:cut]))
    append_events(late, "web", shuffled[cut:])
    found = page(plain, engine).rows.rows
    assert page(late, engine, time_range="2026-10-20..2026-10-21").rows.rows == found
    for actor in {actor for _, actor in marks}:
        own = sorted((row for row in found if row["actor_id"] == actor), key=lambda r: r["start"])
        assert [row["number"] for row in own] == list(range(1, len(own) + 1))
        assert sum(row["n_events"] for row in own) == sum(name == actor for _, name in marks)
        pairs = pairwise(own)
        assert all(b["start"] - a["end"] > timedelta(minutes=30) for a, b in pairs)

"""Every kind of query on every engine, with numbers worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.pasted import ask_twice
from tests.query.lakes import NOW, SOURCE, lake_of, literal_lake

from footfall.engines.base import Engine
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.query.result import Result

# The three local days that hold all ten events; see tests/query/lakes.py.
DAYS = "2026-10-24..2026-10-26"


@pytest.fixture(scope="module")
def shop_lake(tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    return literal_lake(tmp_path_factory.mktemp("literal") / "lake")


def ask(lake: LakeFolder, engine: Engine, **parts: Any) -> Result:
    query = Query(source="shop", **{"time_range": DAYS, **parts})
    return ask_twice(query, lake, engine, NOW)


# Sessions (pause > 30 min): ann 2 events in 600 s, ann 1, ann 1, bob 4 in 4200 s, cyd 1, cyd 1.
# Prices that are numbers: 10.5, "20", 4; 'nan' and 'free' are none. Quantities: 2, 1, 5.
METRICS: dict[str, Any] = {
    "events": 10,
    "actors": 3,
    "sessions": 6,
    "rate(events, actors)": 10 / 3,
    "rate(events, sessions)": 10 / 6,
    "bounce_rate": 4 / 6,
    "sum(properties.price)": 34.5,
    "mean(properties.price)": 11.5,
    "min(properties.price)": 4.0,
    "max(properties.price)": 20.0,
    "median(properties.price)": 10.5,
    "p90(properties.price)": 18.1,  # 10.5 + 0.8 * 9.5
    "p95(properties.price)": 19.05,  # 10.5 + 0.9 * 9.5
    "p99(properties.price)": 19.81,  # 10.5 + 0.98 * 9.5
    "distinct(properties.price)": 5,  # 10.5, 20, 4, nan, free
    "estimate(properties.price)": 5,
    "sum(properties.qty)": 8,
    "mean(properties.qty)": 2.66666666667,  # 8 / 3 in 12 digits
    "min(properties.qty)": 1,
    "max(properties.qty)": 5,
    "median(properties.qty)": 2.0,
    "distinct(properties.qty)": 3,
    "sum(is_bot)": 2,
    "mean(is_bot)": 0.2,
    "max(is_bot)": 1,
    "distinct(is_bot)": 2,
    "min(path)": "/a",
    "max(path)": "/d",
    "distinct(path)": 4,
    "distinct(actor_id)": 3,
    "estimate(actor_id)": 3,
    "max(hour_of_day)": 23,
    "min(timestamp)": datetime(2026, 10, 24, 9, tzinfo=UTC),
    "max(timestamp)": datetime(2026, 10, 25, 23, 30, tzinfo=UTC),
    "distinct(timestamp)": 10,
    "sum(session.duration)": 4800.0,
    "mean(session.duration)": 800.0,
    "median(session.duration)": 0.0,
    "max(session.duration)": 4200.0,
    "p90(session.duration)": 2400.0,  # 600 + 0.5 * 3600
    "sum(session.n_events)": 10,
    "mean(session.n_events)": 1.66666666667,
    "min(session.n_events)": 1,
    "max(session.n_events)": 4,
    "median(session.n_events)": 1.0,
    "p95(session.n_events)": 3.5,  # rank 4.75 of 1 1 1 1 2 4
}


def test_metrics(shop_lake: LakeFolder, engine: Engine) -> None:
    assert ask(shop_lake, engine, metrics=list(METRICS)).rows == [METRICS]


@pytest.mark.parametrize(
    "shape",
    [
        {"granularity": "day", "dimensions": ["country"]},
        {"dimensions": ["path"], "limit": 1},
        {"dimensions": ["path"], "limit": 2, "order": "-sessions", "granularity": "hour"},
    ],
)
def test_totals_do_not_depend_on_the_groups(
    shop_lake: LakeFolder, engine: Engine, shape: dict[str, Any]
) -> None:
    assert ask(shop_lake, engine, metrics=list(METRICS), **shape).totals == METRICS


@pytest.mark.parametrize("metric", ["events", "actors", "sum(properties.qty)", "distinct(path)"])
def test_one_metric_alone(shop_lake: LakeFolder, engine: Engine, metric: str) -> None:
    # One kind of metric takes another way to the number than all of them together.
    assert ask(shop_lake, engine, metrics=[metric]).rows == [{metric: METRICS[metric]}]
    result = ask(shop_lake, engine, metrics=[metric], dimensions=["path"], limit=1)
    assert (len(result.rows), result.totals) == (2, {metric: METRICS[metric]})


def test_all_metrics_at_once(shop_lake: LakeFolder, engine: Engine) -> None:
    metrics = ["events", "actors", "sessions", "median(properties.price)", "bounce_rate"]
    result = ask(shop_lake, engine, metrics=metrics, dimensions=["country"], order="country")
    assert [tuple(row.values()) for row in result.rows] == [
        ("AT", 1, 1, 1, None, 1.0),
        ("DE", 3, 1, 2, 10.5, 0.5),
        ("US", 4, 1, 1, 20.0, 0.0),
        (None, 2, 1, 2, 4.0, 1.0),
    ]


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        ("country", {"DE": 3, "US": 4, "AT": 1, None: 2}),
        ("path", {"/a": 5, "/b": 2, "/c": 2, "/d": 1}),
        ("is_bot", {False: 8, True: 2}),
        ("properties.plan.tier", {"x": 1, "y": 1, None: 8}),  # a dotted key, and a nested one
        ("properties.qty", {2: 1, 1: 1, 5: 1, None: 7}),  # 2 lies in the older file's JSON
        ("properties.price", {"10.5": 1, "20": 1, "4": 1, "nan": 1, "free": 1, None: 5}),
        ("properties.vip", {"true": 1, None: 9}),
        ("hour_of_day", {11: 3, 1: 1, 2: 3, 13: 1, 23: 1, 0: 1}),
        ("day_of_week", {6: 3, 7: 6, 1: 1}),
    ],
)
def test_dimensions(
    shop_lake: LakeFolder, engine: Engine, dimension: str, expected: dict[Any, int]
) -> None:
    result = ask(shop_lake, engine, dimensions=[dimension])
    assert {row[dimension]: row["events"] for row in result.rows} == expected
    # Largest first, then by value, what is not set last.
    ranked = sorted(expected.items(), key=lambda i: (-i[1], i[0] is None, i[0] or 0))
    assert [row[dimension] for row in result.rows] == [value for value, _ in ranked]


def test_a_time_as_dimension(shop_lake: LakeFolder, engine: Engine) -> None:
    result = ask(shop_lake, engine, dimensions=["timestamp"], order="-timestamp", limit=1)
    last = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)
    assert result.rows == [
        {"timestamp": last, "events": 1},
        {"timestamp": "(other)", "events": 9, "is_other": True},
    ]


ALL = {f"e{number:02}" for number in range(1, 11)}


def condition(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def ids(*numbers: int) -> set[str]:
    return {f"e{number:02}" for number in numbers}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (condition("country", "is", "DE"), ids(1, 2, 3)),
        (condition("country", "is_not", "DE"), ALL - ids(1, 2, 3)),
        (condition("country", "is"), ids(8, 9)),
        (condition("country", "is_not"), ALL - ids(8, 9)),
        (condition("country", "in", ["DE", "AT"]), ids(1, 2, 3, 10)),
        (condition("country", "not_in", ["DE", "US"]), ids(8, 9, 10)),
        (condition("country", "is_set"), ALL - ids(8, 9)),
        (condition("country", "is_not_set"), ids(8, 9)),
        (condition("country", "gt", "DE"), ids(4, 5, 6, 7)),
        (condition("path", "contains", "c"), ids(5, 6)),
        (condition("path", "contains", "%"), set[str]()),
        (condition("name", "starts_with", "pur"), ids(3, 6, 9)),
        (condition("path", "matches", "^/[ab]$"), ids(1, 2, 3, 4, 7, 8, 9)),
        (condition("name", "matches", "(?i)PAGE"), ALL - ids(3, 6, 9)),
        (condition("properties.price", "gt", 4), ids(3, 6)),
        (condition("properties.price", "gte", 4), ids(3, 6, 9)),
        (condition("properties.price", "lt", 20), ids(3, 9)),
        (condition("properties.price", "lte", 20), ids(3, 6, 9)),
        (condition("properties.price", "between", [4, 10.5]), ids(3, 9)),
        (condition("properties.price", "is", 20), ids(6)),
        (condition("properties.price", "is", "20"), ids(6)),
        (condition("properties.price", "in", [4, "free"]), ids(9, 10)),
        (condition("properties.price", "is_set"), ids(3, 6, 8, 9, 10)),
        (condition("properties.vip", "is", True), ids(9)),
        (condition("properties.plan.tier", "in", ["x", "y"]), ids(3, 4)),
        (condition("properties.qty", "is", 2), ids(3)),
        (condition("properties.qty", "gt", 1), ids(3, 9)),
        (condition("properties.qty", "is_not", 5), ALL - ids(9)),
        (condition("properties.qty", "contains", "5"), ids(9)),
        (condition("is_bot", "is", True), ids(8, 9)),
        (condition("is_bot", "is_not", "true"), ALL - ids(8, 9)),
        (condition("hour_of_day", "is", 2), ids(5, 6, 7)),
        (condition("day_of_week", "in", [1, 6]), ids(1, 2, 3, 10)),
        (condition("timestamp", "gte", "2026-10-25T23:00:00Z"), ids(10)),
        (condition("timestamp", "lt", "2026-10-24T11:10"), ids(1)),  # local time of Berlin
        ({"not": condition("properties.price", "gt", 4)}, ALL - ids(3, 6)),
        ({"not": {"not": condition("country", "is", "DE")}}, ids(1, 2, 3)),
        ({"and": [condition("country", "is", "US"), condition("path", "is", "/c")]}, ids(5, 6)),
        ({"or": [condition("country", "is", "AT"), condition("path", "is", "/c")]}, ids(5, 6, 10)),
        ({"and": []}, ALL),
        ({"or": []}, set[str]()),
        (condition("path", "is", "'; DROP TABLE events --"), set[str]()),
        (condition('properties.it\'s "odd"', "is", "a\\b\t'c"), set[str]()),
    ],
)
def test_filters(
    shop_lake: LakeFolder, engine: Engine, form: dict[str, Any], expected: set[str]
) -> None:
    result = ask(shop_lake, engine, dimensions=["event_id"], filter=form)
    assert {row["event_id"] for row in result.rows} == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (condition("country", "is_not", "DE"), ids(4, 8, 9, 10)),
        (condition("path", "is", "/b"), ids(1, 3)),
        ({"not": condition("properties.price", "gt", 4)}, ids(1, 4, 8, 9, 10)),
    ],
)
def test_a_session_counts_where_it_has_a_matching_event(
    shop_lake: LakeFolder, engine: Engine, form: dict[str, Any], expected: set[str]
) -> None:
    sessions = ask(shop_lake, engine, metrics=["sessions"], filter=form)
    assert sessions.totals["sessions"] == len({SESSION_OF[event] for event in expected})


SESSION_OF = {
    "e01": 1, "e02": 1, "e03": 2, "e04": 3, "e05": 3, "e06": 3, "e07": 3,
    "e08": 4, "e09": 5, "e10": 6,
}  # fmt: skip


@pytest.mark.parametrize(
    ("granularity", "expected"),
    [
        ("day", [("2026-10-24", 3, 2), ("2026-10-25", 6, 3), ("2026-10-26", 1, 1)]),
        ("week", [("2026-10-19", 9, 5), ("2026-10-26", 1, 1)]),
        ("month", [("2026-10-01", 10, 6)]),
        ("quarter", [("2026-10-01", 10, 6)]),
        ("year", [("2026-01-01", 10, 6)]),
    ],
)
def test_granularity(
    shop_lake: LakeFolder,
    engine: Engine,
    granularity: Any,
    expected: list[tuple[str, int, int]],
) -> None:
    result = ask(shop_lake, engine, granularity=granularity, metrics=["events", "sessions"])
    rows = [(r["time"].date().isoformat(), r["events"], r["sessions"]) for r in result.rows]
    assert rows == expected
    assert result.totals == {"events": 10, "sessions": 6}


def test_the_hour_that_comes_twice_is_two_buckets(shop_lake: LakeFolder, engine: Engine) -> None:
    result = ask(
        shop_lake,
        engine,
        granularity="hour",
        time_range="2026-10-25..2026-10-25",
        metrics=["events", "sessions", "mean(properties.price)"],
    )
    assert len(result.rows) == len(result.buckets) == 25
    rows = [tuple(row.values()) for row in result.to_dict()["rows"]]
    assert rows[1:5] == [
        ("2026-10-25T01:00:00+02:00", 1, 1, None),
        ("2026-10-25T02:00:00+02:00", 2, 1, 20.0),
        ("2026-10-25T02:00:00+01:00", 1, 1, None),
        ("2026-10-25T03:00:00+01:00", 0, 0, None),
    ]
    assert result.totals == {"events": 6, "sessions": 3, "mean(properties.price)": 12.0}


def test_minutes(shop_lake: LakeFolder, engine: Engine) -> None:
    span = "2026-10-25T01:04..2026-10-25T02:06"
    result = ask(shop_lake, engine, granularity="minute", time_range=span)
    found = [row["time"].isoformat() for row in result.rows if row["events"]]
    assert len(result.rows) == 62
    assert found == ["2026-10-25T01:50:00+02:00", "2026-10-25T02:05:00+02:00"]


def test_the_others_are_computed_truly(shop_lake: LakeFolder, engine: Engine) -> None:
    # /a: e01 ann, e04 bob, e07 bob, e08 cyd, e09 cyd; the rest: ann 3, bob 2.
    metrics = ["events", "actors", "sessions", "max(properties.price)", "bounce_rate"]
    result = ask(shop_lake, engine, metrics=metrics, dimensions=["path"], limit=1)
    assert [tuple(row.values()) for row in result.rows] == [
        # Sessions of /a: ann's first (2 events), bob's, cyd's two: two of four bounced.
        ("/a", 5, 3, 4, 4.0, 0.5),
        # Of the others: ann's three and bob's: two of four bounced.
        ("(other)", 5, 2, 4, 20.0, 0.5, True),
    ]
    assert result.totals["actors"] == 3


def test_the_others_by_bucket_and_two_dimensions(shop_lake: LakeFolder, engine: Engine) -> None:
    result = ask(
        shop_lake,
        engine,
        metrics=["actors", "events"],
        dimensions=["country", "name"],
        granularity="day",
        limit=2,
        order=["time", "-events"],
    )
    # Over all days: (US, page_view) 3, (DE, page_view) 2 lead by events.
    assert [tuple(row.values())[:5] for row in result.to_dict()["rows"]] == [
        ("2026-10-24T00:00:00+02:00", "DE", "page_view", 1, 2),
        ("2026-10-24T00:00:00+02:00", "(other)", "(other)", 1, 1),
        ("2026-10-25T00:00:00+02:00", "US", "page_view", 1, 3),
        ("2026-10-25T00:00:00+02:00", "(other)", "(other)", 2, 3),
        ("2026-10-26T00:00:00+01:00", "(other)", "(other)", 1, 1),
    ]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("-events", ["/a", "/b", "/c", "/d"]),
        ("events", ["/d", "/b", "/c", "/a"]),
        ("path", ["/a", "/b", "/c", "/d"]),
        ("-path", ["/d", "/c", "/b", "/a"]),
        ("-actors", ["/a", "/b", "/c", "/d"]),
        (["actors", "-path"], ["/d", "/c", "/b", "/a"]),
        ("-sessions", ["/a", "/b", "/c", "/d"]),
        ("-max(properties.price)", ["/c", "/b", "/a", "/d"]),
        ("max(properties.price)", ["/a", "/b", "/c", "/d"]),
        ("-rate(events, sessions)", ["/c", "/a", "/b", "/d"]),
    ],
)
def test_order(shop_lake: LakeFolder, engine: Engine, order: Any, expected: list[str]) -> None:
    metrics = [
        "events",
        "actors",
        "sessions",
        "max(properties.price)",
        "rate(events, sessions)",
    ]
    result = ask(shop_lake, engine, metrics=metrics, dimensions=["path"], order=order)
    assert [row["path"] for row in result.rows] == expected
    first = ask(shop_lake, engine, metrics=metrics, dimensions=["path"], order=order, limit=2)
    assert [row["path"] for row in first.rows] == [*expected[:2], "(other)"]


@pytest.mark.parametrize(
    ("compare", "start", "events"),
    [
        ("previous_period", "2026-10-24T00:00:00+02:00", 3),
        ("week", "2026-10-18T00:00:00+02:00", 0),
        ("month", "2026-09-25T00:00:00+02:00", 0),
        ("quarter", "2026-07-25T00:00:00+02:00", 0),
        ("year", "2025-10-25T00:00:00+02:00", 0),
    ],
)
def test_comparison(
    shop_lake: LakeFolder, engine: Engine, compare: Any, start: str, events: int
) -> None:
    result = ask(shop_lake, engine, time_range="2026-10-25", granularity="day", compare=compare)
    assert result.comparison is not None
    form = result.comparison.to_dict()
    assert (form["range"]["start"], form["totals"]) == (start, {"events": events})
    assert form["rows"] == [{"time": start, "events": events}]
    assert result.totals == {"events": 6}


def test_a_comparison_shows_the_same_groups(shop_lake: LakeFolder, engine: Engine) -> None:
    # On the 26th only /d; on the 25th, /d has no events and five others have.
    result = ask(
        shop_lake,
        engine,
        time_range="2026-10-26",
        dimensions=["path"],
        limit=1,
        metrics=["events", "sessions"],
        compare="previous_period",
    )
    assert result.rows == [{"path": "/d", "events": 1, "sessions": 1}]
    assert result.comparison is not None
    assert result.comparison.rows == [
        {"path": "(other)", "events": 6, "sessions": 3, "is_other": True}
    ]


def test_sessions_cut_by_the_range_are_whole(shop_lake: LakeFolder, engine: Engine) -> None:
    # Of bob's session (01:50 to 02:00 after the change) only the event at 02:05 lies within.
    result = ask(
        shop_lake,
        engine,
        time_range="2026-10-25T02:00:00+02:00..2026-10-25T02:10:00+02:00",
        metrics=["events", "sessions", "mean(session.n_events)", "max(session.duration)"],
    )
    assert list(result.rows[0].values()) == [1, 1, 4.0, 4200.0]


def test_given_sessions(tmp_path: Path, engine: Engine) -> None:
    source = Source("shop", sessions="given")
    # s1: 3 events of two actors in 2 h; s2: 1 event; one event without a session.
    rows = [
        ("a", "ann", "s1", 8, "/x"),
        ("b", "ann", "s1", 9, "/y"),
        ("c", "bob", "s1", 10, "/x"),
        ("d", "bob", "s2", 11, "/x"),
        ("e", "cyd", None, 12, "/z"),
    ]
    lake = lake_of(
        tmp_path / "lake",
        source,
        [
            {
                "event_id": event_id,
                "actor_id": actor,
                "session_id": session,
                "timestamp": datetime(2026, 10, 24, hour, tzinfo=UTC),
                "path": path,
            }
            for event_id, actor, session, hour, path in rows
        ],
    )
    metrics = ["sessions", "bounce_rate", "max(session.duration)", "rate(events, sessions)"]
    result = ask(lake, engine, metrics=metrics, dimensions=["path"], order="path")
    assert [tuple(row.values()) for row in result.rows] == [
        ("/x", 2, 0.5, 7200.0, 1.5),
        ("/y", 1, 0.0, 7200.0, 1.0),
        ("/z", 0, None, None, None),
    ]
    assert tuple(result.totals.values()) == (2, 0.5, 7200.0, 2.5)


def test_an_empty_source(tmp_path: Path, engine: Engine) -> None:
    lake = LakeFolder.create(tmp_path / "lake")
    lake.save_source(SOURCE)
    metrics = ["events", "actors", "sessions", "mean(properties.price)", "bounce_rate"]
    result = ask(lake, engine, metrics=metrics, granularity="day")
    assert [list(row.values())[1:] for row in result.rows] == [[0, 0, 0, None, None]] * 3
    assert ask(lake, engine, metrics=metrics, dimensions=["path"], limit=3).rows == []

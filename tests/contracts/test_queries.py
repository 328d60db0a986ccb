"""Groups, buckets, order and comparison on every engine, worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.literal import ask
from tests.query.lakes import SOURCE

from footfall.engines.base import Engine
from footfall.lake.folder import LakeFolder


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
    assert (form["time_range"]["start"], form["totals"]) == (start, {"events": events})
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


def test_an_empty_source(tmp_path: Path, engine: Engine) -> None:
    lake = LakeFolder.create(tmp_path / "lake")
    lake.save_source(SOURCE)
    metrics = ["events", "actors", "sessions", "mean(properties.price)", "bounce_rate"]
    result = ask(lake, engine, metrics=metrics, granularity="day")
    assert [list(row.values())[1:] for row in result.rows] == [[0, 0, 0, None, None]] * 3
    assert ask(lake, engine, metrics=metrics, dimensions=["path"], limit=3).rows == []

"""Every metric on every engine, with numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.literal import ask
from tests.query.lakes import lake_of

from footfall.engines.base import Engine
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source

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
    assert tuple(result.totals.values()) == (2, 0.5, 7200.0, 2.0)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_times_that_not_every_zone_has_are_text(tmp_path: Path, engine: Engine, zone: str) -> None:
    texts = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "1850-05-01", "2026-10-24"]
    rows = [
        {
            "event_id": text,
            "actor_id": "ann",
            "timestamp": datetime(2026, 10, 24, 9, tzinfo=UTC),
            "properties": f'{{"until":"{text}"}}',
        }
        for text in texts
    ]
    lake = lake_of(tmp_path / "lake", Source("shop"), rows)
    lake.change_source("shop", lambda source: replace(source, properties={"until": "time"}))
    bounds = ["min(properties.until)", "max(properties.until)"]
    only = datetime(2026, 10, 24, tzinfo=UTC)
    assert ask(lake, engine, metrics=bounds, timezone=zone).totals == dict.fromkeys(bounds, only)
    by = ask(lake, engine, metrics=["events"], dimensions=["properties.until"], timezone=zone)
    assert {row["properties.until"]: row["events"] for row in by.rows} == {None: 3, only: 1}

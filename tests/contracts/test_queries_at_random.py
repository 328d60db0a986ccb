"""Random queries answered like plain Python answers them, on every engine."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.contracts.reference import (
    MARGIN,
    Event,
    Group,
    Sessions,
    matches,
    measure,
    text_of,
    value_of,
)
from tests.query.lakes import NOW, lake_of

from footfall.engines.base import Engine
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.query.run import run_query

SOURCE = Source("shop", timezone="Europe/Berlin", properties={"size": "int", "weight": "float"})
BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 10, 23, tzinfo=UTC)

METRICS = [
    "events", "actors", "sessions", "bounce_rate", "rate(events, actors)",
    "rate(events, sessions)", "sum(properties.score)", "mean(properties.score)",
    "min(properties.score)", "max(properties.size)", "median(properties.score)",
    "p90(properties.weight)", "p99(properties.score)", "sum(properties.size)",
    "mean(properties.weight)", "distinct(path)", "distinct(properties.score)",
    "median(session.duration)", "max(session.n_events)", "mean(session.n_events)",
    "min(path)", "max(country)", "sum(is_bot)",
]  # fmt: skip
DIMENSIONS = ["path", "country", "name", "is_bot", "properties.score", "properties.size",
              "properties.plan.tier", "hour_of_day", "day_of_week"]  # fmt: skip
RANKED = ["events", "actors", "sessions", "sum(properties.size)", "distinct(path)"]


def make_events(seed: int, n: int) -> list[Event]:
    rng = random.Random(seed)
    events: list[Event] = []
    for number in range(n):
        minutes = rng.gauss(2.2 * 1440, 1000) // 7 * 7 + rng.choice([0, 0, 0, 0.5, 3])
        values = {
            "score": rng.choice([None, None, 3, 2.5, "7", "x", 0.1, 1250, -4]),
            "plan.tier": rng.choice([None, "a", "b"]),
            "size": rng.choice([None, rng.randint(-3, 3)]),
            "weight": rng.choice([None, round(rng.uniform(0, 9), 2)]),
        }
        events.append(
            {
                "event_id": f"e{number}",
                "timestamp": FIRST + timedelta(minutes=minutes),
                "actor_id": f"u{int(rng.expovariate(0.2))}",
                "name": rng.choice(["view", "view", "click", "buy"]),
                "path": rng.choice([None, "/", "/a", "/b", "/ä", "/a/b"]),
                "country": rng.choice([None, "DE", "US", "AT"]),
                "is_bot": rng.random() < 0.1,
                "values": values,
            }
        )
    return events


def to_row(event: Event) -> dict[str, Any]:
    values = event["values"]
    form: dict[str, Any] = {"score": values["score"], "plan": {"tier": values["plan.tier"]}}
    row = {key: value for key, value in event.items() if key != "values"}
    return {
        **row,
        "properties": json.dumps(form),
        "p_size": values["size"],
        "p_weight": values["weight"],
    }


EVENTS = make_events(seed=7, n=700)


@pytest.fixture(scope="module")
def random_lake(tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    folder: Path = tmp_path_factory.mktemp("random") / "lake"
    return lake_of(folder, SOURCE, map(to_row, EVENTS))


def random_filter(rng: random.Random, depth: int = 0) -> dict[str, Any]:
    if depth < 2 and rng.random() < 0.5:
        word = rng.choice(["and", "or", "not"])
        parts = [random_filter(rng, depth + 1) for _ in range(2)]
        return {word: parts[0]} if word == "not" else {word: parts}
    field, operator, value = rng.choice(
        [
            ("country", "is", "DE"),
            ("country", "is_not", "DE"),
            ("country", "not_in", ["US", "AT"]),
            ("path", "starts_with", "/a"),
            ("path", "contains", "ä"),
            ("path", "matches", "^/.$"),
            ("path", "is_not_set", None),
            ("path", "gt", "/a"),
            ("name", "in", ["view", "buy"]),
            ("is_bot", "is", False),
            ("properties.score", "gt", 2.5),
            ("properties.score", "lte", 3),
            ("properties.score", "is", 7),
            ("properties.score", "is_not", "x"),
            ("properties.score", "is_set", None),
            ("properties.size", "between", [-1, 2]),
            ("properties.size", "lt", 0),
            ("properties.weight", "gte", 4.5),
            ("properties.plan.tier", "is", "a"),
            ("hour_of_day", "between", [2, 14]),
            ("day_of_week", "in", [6, 7]),
        ]
    )
    return {"field": field, "operator": operator, "value": value}


def random_query(seed: int) -> Query:
    rng = random.Random(seed)
    start = FIRST + timedelta(minutes=rng.randint(0, 2000))
    end = start + timedelta(minutes=rng.randint(400, 5000))
    leading = rng.choice(RANKED)
    metrics = list(dict.fromkeys([leading, *rng.sample(METRICS, rng.randint(1, 6))]))
    rng.shuffle(metrics)
    return Query(
        "shop",
        metrics=tuple(metrics),
        dimensions=tuple(rng.sample(DIMENSIONS, rng.choice([0, 1, 1, 2, 3]))),
        filter=random_filter(rng) if rng.random() < 0.7 else None,  # type: ignore[arg-type]
        time_range=f"{start.isoformat()}..{end.isoformat()}",
        granularity=rng.choice([None, "hour", "day", "week", "month"]),
        order=(f"-{leading}",),
        limit=rng.choice([None, None, 1, 3]),
    )


def bucket_of(event: Event, granularity: str | None) -> str | None:
    if granularity is None:
        return None
    hour = event["timestamp"].replace(minute=0, second=0, microsecond=0).astimezone(BERLIN)
    day = hour.date()
    date = {
        "hour": day,
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
    }[granularity]
    if granularity == "hour":
        return hour.isoformat()
    return datetime(date.year, date.month, date.day, tzinfo=BERLIN).isoformat()


def answer(query: Query) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """Expected metrics by (bucket, group), and totals."""
    start, end = (datetime.fromisoformat(t) for t in str(query.time_range).split(".."))
    form = query.filter.to_dict() if query.filter else None
    whole = Sessions(EVENTS, start - MARGIN, end + MARGIN)
    found = [
        event
        for event in EVENTS
        if start <= event["timestamp"] < end and matches(form, event, BERLIN)
    ]
    groups = {event["event_id"]: group_of(event, query) for event in found}
    if query.limit is not None and query.dimensions:
        kept = first_groups(query, found, groups, whole)
        groups = {key: group if group in kept else None for key, group in groups.items()}
    cells: dict[Any, list[Event]] = defaultdict(list)
    for event in found:
        cells[bucket_of(event, query.granularity), groups[event["event_id"]]].append(event)
    by_cell = {cell: measured(query, events, whole) for cell, events in cells.items()}
    return by_cell, measured(query, found, whole)


def group_of(event: Event, query: Query) -> Group:
    values = (value_of(event, name, BERLIN) for name in query.dimensions)
    return tuple(
        text_of(value) if name == "properties.score" else value
        for name, value in zip(query.dimensions, values, strict=True)
    )


def first_groups(
    query: Query, found: list[Event], groups: dict[str, Group], sessions: Sessions
) -> set[Group]:
    assert query.order is not None
    by_group: dict[Group, list[Event]] = defaultdict(list)
    for event in found:
        by_group[groups[event["event_id"]]].append(event)
    metric = query.order[0].removeprefix("-")

    def rank(group: Group) -> Any:
        # What is not set comes last among equals.
        ties = tuple((value is None, value or 0) for value in group)
        return -measure(metric, by_group[group], sessions, BERLIN), ties

    return set(sorted(by_group, key=rank)[: query.limit])


def measured(query: Query, events: list[Event], sessions: Sessions) -> dict[str, Any]:
    return {name: measure(name, events, sessions, BERLIN) for name in query.metrics}


def close(value: Any) -> Any:
    # Results keep 12 digits of what is interpolated or divided.
    return pytest.approx(value, rel=1e-11, abs=1e-12) if isinstance(value, float) else value


@pytest.mark.parametrize("seed", range(60))
def test_like_plain_python(random_lake: LakeFolder, engine: Engine, seed: int) -> None:
    query = random_query(seed)
    result = run_query(query, random_lake, engine, now=NOW)
    expected, totals = answer(query)
    assert result.totals == {name: close(value) for name, value in totals.items()}
    found: dict[Any, dict[str, Any]] = {}
    for row in result.rows:
        time = row["time"].isoformat() if query.granularity else None
        is_other = row.get("is_other", False)
        group = None if is_other else tuple(row[name] for name in query.dimensions)
        found[time, group] = {name: row[name] for name in query.metrics}
    if query.granularity and not query.dimensions:
        found = {cell: values for cell, values in found.items() if cell in expected}
        n_buckets = len(result.buckets)
        assert len(result.rows) == min(query.limit or n_buckets, n_buckets)
    if not (query.limit and not query.dimensions) and expected:
        assert found.keys() == expected.keys()
    for cell, values in found.items():
        wanted = expected.get(cell, totals)
        assert values == {name: close(value) for name, value in wanted.items()}, cell

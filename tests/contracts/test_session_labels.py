"""Metrics about sessions by their pages and number, alike from each engine and plain Python."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.contracts.pasted import ask_twice
from tests.contracts.reference import MARGIN, Event, listed_sessions, matches, quantile
from tests.lakes import make_lake as make_lake_in

from footfall.engines.base import Engine
from footfall.errors import InvalidQuery
from footfall.lake.folder import LakeFolder
from footfall.model.field import LOCAL_FIELDS, SESSION_FIELDS
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.query.summary import computed_fields

NOW = datetime(2026, 10, 27, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
WEB = Source("web", timezone="Europe/Berlin")
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
LABELS = ("session.entry_page", "session.exit_page", "session.number")
METRICS = (
    *("sessions", "events", "bounce_rate", "rate(events, sessions)"),
    *("mean(session.duration)", "max(session.n_events)", "median(session.duration)"),
)


def make_events(rng: random.Random, n: int) -> list[Event]:
    return [
        {
            "event_id": f"e{number:04}",
            # ten days in steps of 7 minutes, so that pauses of 28 and 35 minutes are frequent
            "timestamp": FIRST + timedelta(minutes=7 * rng.randint(0, 2000)),
            "actor_id": f"u{rng.randint(0, 9)}",
            "distinct_id": "x",
            "session_id": rng.choice([None, *(f"s{k}" for k in range(60))]),
            "path": rng.choice([None, "/", "/a", "/b"]),
            "country": rng.choice([None, "DE", "FR"]),
        }
        for number in range(n)
    ]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[LakeFolder, list[Event]]:
    events = make_events(random.Random(11), 700)
    root: Path = tmp_path_factory.mktemp("labels") / "lake"
    named = replace(WEB, name="named", sessions="given")
    return make_lake_in(root, (WEB, events), (named, events)), events


def label(name: str, number: int, session: list[Event]) -> Any:
    if name == "session.number":
        return number
    paths = [event["path"] for event in session if event["path"] is not None] or [None]
    return paths[0] if name == "session.entry_page" else paths[-1]


def expected(events: list[Event], query: Query, start: datetime, end: datetime) -> dict[Any, Any]:
    """Metrics by bucket and group, in plain Python."""
    is_given = query.source == "named"
    near = [e for e in events if start - MARGIN <= e["timestamp"] < end + MARGIN]
    numbers = {
        event["event_id"]: number
        for number, _, session in listed_sessions(events, is_given=is_given)
        for event in session
    }
    form = query.filter.to_dict() if query.filter else None
    cells: dict[Any, list[tuple[list[Event], int]]] = defaultdict(list)
    for _, _, session in listed_sessions(near, is_given=is_given):
        hits = defaultdict[Any, int](int)
        for event in session:
            if start <= event["timestamp"] < end and matches(form, event, BERLIN):
                day = event["timestamp"].astimezone(BERLIN).date() if query.granularity else None
                number = numbers[event["event_id"]]
                values = [
                    event[name] if name == "country" else label(name, number, session)
                    for name in query.dimensions
                ]
                hits[day, *values] += 1
        for cell, n in hits.items():
            cells[cell].append((session, n))
    return {cell: measured(found) for cell, found in cells.items()}


def measured(found: list[tuple[list[Event], int]]) -> list[Any]:
    sizes = [len(session) for session, _ in found]
    lengths = [
        (session[-1]["timestamp"] - session[0]["timestamp"]).total_seconds() for session, _ in found
    ]
    n, n_events = len(found), sum(hit for _, hit in found)
    bounces = sum(size == 1 for size in sizes)
    middle = quantile(lengths, 1 / 2)  # type: ignore[arg-type]
    return [n, n_events, bounces / n, n_events / n, sum(lengths) / n, max(sizes), middle]


@pytest.mark.parametrize("seed", range(10))
def test_like_plain_python(log, engine: Engine, seed: int):
    lake, events = log
    rng = random.Random(seed)
    source = rng.choice(["web", "web", "named"])
    start = FIRST + timedelta(minutes=rng.randint(0, 8000))
    end = start + timedelta(minutes=rng.randint(300, 6000))
    names = [*rng.sample(LABELS, rng.randint(1, 2)), *(["country"] if rng.random() < 0.3 else [])]
    form: Any = {"field": "country", "operator": "is", "value": "DE"}
    query = Query(
        source,
        METRICS,
        tuple(rng.sample(names, len(names))),
        filter=rng.choice([None, form]),
        time_range=f"{start.isoformat()}..{end.isoformat()}",
        granularity=rng.choice([None, None, "day"]),
    )
    result = ask_twice(query, lake, engine, NOW)
    # Events of no session have no label; they are among the events, not the sessions.
    rows = [row for row in result.rows if row["sessions"]]
    found = {
        (row["time"].date() if query.granularity else None, *(row[n] for n in query.dimensions)): [
            row[name] for name in METRICS
        ]
        for row in rows
    }
    wanted = expected(events, query, start, end)
    assert found.keys() == wanted.keys()
    for cell, values in wanted.items():
        got = found[cell]
        if source == "named" and cell[1:].count(None):
            continue
        assert got == pytest.approx(values, rel=1e-11), cell


def test_the_first_pages_and_the_rest(engine, make_lake):
    # anna enters at /a twice and at /b once, bert at /c
    events = [
        {"event_id": "1", "timestamp": "2026-10-20T08:00:00Z", "path": "/a"},
        {"event_id": "2", "timestamp": "2026-10-20T08:10:00Z", "path": "/z"},
        {"event_id": "3", "timestamp": "2026-10-20T12:00:00Z", "path": "/a"},
        {"event_id": "4", "timestamp": "2026-10-21T08:00:00Z", "path": "/b"},
        {"event_id": "5", "timestamp": "2026-10-21T08:00:00Z", "path": "/c", "distinct_id": "bert"},
    ]
    lake = make_lake((WEB, events))
    query = Query("web", ("sessions", "bounce_rate"), ("session.entry_page",), time_range="all")
    first = ask_twice(replace(query, limit=1), lake, engine, NOW)
    assert first.rows == [
        {"session.entry_page": "/a", "sessions": 2, "bounce_rate": 0.5},
        {"session.entry_page": "(other)", "sessions": 2, "bounce_rate": 1.0, "is_other": True},
    ]
    assert first.totals == {"sessions": 4, "bounce_rate": 0.75}
    # On the 21st anna comes for the third time, bert for the first; a day before, for her
    # first and second.
    day = replace(
        query,
        metrics=("sessions",),
        dimensions=("session.number",),
        time_range="2026-10-21..2026-10-21",
        compare="previous_period",
    )
    result = ask_twice(day, lake, engine, NOW)
    assert {row["session.number"]: row["sessions"] for row in result.rows} == {3: 1, 1: 1}
    assert result.comparison is not None
    before = {row["session.number"]: row["sessions"] for row in result.comparison.rows}
    assert before == {1: 1, 2: 1}


@pytest.mark.parametrize(
    ("parts", "parameter", "suggestion"),
    [
        ({"metrics": ("actors",)}, "metrics[0]", "sessions"),
        ({"metrics": ("sessions", "sum(properties.x)")}, "metrics[1]", "sessions"),
        ({"dimensions": ("session.entrypage",)}, "dimensions[0]", "session.entry_page"),
        ({"metrics": ("mean(session.number)",)}, "metrics[0]", "mean(session.duration)"),
        ({"dimensions": ("session.duration",)}, "dimensions[0]", None),
    ],
)
def test_what_cannot_be_asked_is_named(parts, parameter, suggestion):
    asked = {"metrics": ("sessions",), "dimensions": ("session.entry_page",)} | parts
    with pytest.raises(InvalidQuery) as caught:
        Query("web", **asked)
    assert caught.value.parameter == parameter
    assert suggestion is None or suggestion in caught.value.suggestions


def test_sources_tell_what_can_be_asked_besides_columns():
    found = {str(item["name"]): item["type"] for item in computed_fields()}
    assert found.keys() == {*LOCAL_FIELDS, *SESSION_FIELDS}
    assert [found[name] for name in LABELS] == ["text", "text", "int"]

"""A result beside what it is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from tests.lakes import make_lake

from footfall.engines.duckdb import DuckDBEngine
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.query.result import Result, ResultColumn
from footfall.query.run import run_query

NOW = datetime(2026, 11, 3, tzinfo=UTC)
SOURCE = Source("web", timezone="Europe/Berlin", properties={"price": "float"})
EVENTS = [
    # Saturday, but for the second, which is Sunday in Berlin.
    {"timestamp": "2026-10-24T10:00:00Z", "country": "DE", "properties": {"price": 1.5}},
    {"timestamp": "2026-10-24T22:30:00Z", "country": "DE", "properties": {"price": 2.5}},
    {"timestamp": "2026-10-24T10:00:00Z", "country": "FR"},
    # Sunday, on which the hour from 2 to 3 comes twice.
    {"timestamp": "2026-10-25T00:30:00Z", "country": "DE"},
    {"timestamp": "2026-10-25T01:30:00Z", "country": "DE", "properties": {"price": 4.0}},
    {"timestamp": "2026-10-25T01:45:00Z"},
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    return make_lake(tmp_path_factory.mktemp("joined") / "lake", (SOURCE, EVENTS))


def ask(lake: LakeFolder, engine: DuckDBEngine, **parts: Any) -> Result:
    # 22:30 UTC of the 24th is half past midnight of the 25th in Berlin.
    given = {"time_range": "2026-10-25", "compare": "previous_period", **parts}
    return run_query(Query("web", **given), lake, engine, now=NOW)


def test_without_a_comparison_it_is_the_result_itself(
    lake: LakeFolder, engine: DuckDBEngine
) -> None:
    result = ask(lake, engine, compare=None)
    assert result.joined() is result


def test_groups_and_those_that_were_there_only_before(
    lake: LakeFolder, engine: DuckDBEngine
) -> None:
    metrics = ["events", "sum(properties.price)"]
    result = ask(lake, engine, dimensions=["country"], metrics=metrics, order="-events").joined()
    assert [tuple(row.values()) for row in result.rows] == [
        ("DE", 3, 1, 6.5, 1.5),
        # There was nothing: a count of 0, and no sum.
        (None, 1, 0, 0.0, None),
        ("FR", 0, 1, None, 0.0),
    ]
    assert result.columns == (
        ResultColumn("country", "dimension", "text"),
        ResultColumn("events", "metric", "int", "events"),
        ResultColumn("events.before", "metric", "int", "events"),
        ResultColumn("sum(properties.price)", "metric", "float"),
        ResultColumn("sum(properties.price).before", "metric", "float"),
    )
    assert result.totals == {
        "events": 4,
        "events.before": 2,
        "sum(properties.price)": 6.5,
        "sum(properties.price).before": 1.5,
    }
    assert result.to_csv().splitlines()[1] == "DE,3,1,6.5,1.5"
    assert result.table.schema.field("events.before").type == pa.int64()
    assert result.comparison is None


def test_with_a_limit_the_others_stand_beside_the_others(
    lake: LakeFolder, engine: DuckDBEngine
) -> None:
    result = ask(lake, engine, dimensions=["country"], limit=1).joined()
    assert result.rows == [
        {"country": "DE", "events": 3, "events.before": 1},
        {"country": "(other)", "events": 1, "events.before": 1, "is_other": True},
    ]


def test_an_hour_that_comes_twice_stays_two_buckets(lake: LakeFolder, engine: DuckDBEngine) -> None:
    result = ask(lake, engine, granularity="hour").joined()
    found = [
        (row["time"].isoformat()[11:], row["events"], row["events.before"]) for row in result.rows
    ]
    assert len(found) == 25
    assert found[:4] == [
        ("00:00:00+02:00", 1, 0),
        ("01:00:00+02:00", 0, 0),
        ("02:00:00+02:00", 1, 0),
        ("02:00:00+01:00", 2, 0),
    ]
    assert sum(before for _, _, before in found) == 2


def test_many_buckets_are_joined_one_by_one(
    lake: LakeFolder, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = ask(lake, engine, time_range="2026-10-24..2026-10-25", granularity="minute")
    n_seen = 0
    started = [bucket.start for bucket in result.buckets]

    class Counted(tuple[Any, ...]):
        def __iter__(self) -> Iterator[Any]:
            nonlocal n_seen
            for item in super().__iter__():
                n_seen += 1
                yield item

    monkeypatch.setitem(result.__dict__, "buckets", Counted(result.buckets))
    assert len(result.joined().rows) == len(started) == 49 * 60
    # Looked through once, not once for every row.
    assert n_seen == len(started)

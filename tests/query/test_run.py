"""Answers from a small lake: errors, the ways that SQL takes, and the forms of a result."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from tests.query.lakes import NOW, SOURCE, literal_lake

from footfall.engines.base import CancelToken, Engine
from footfall.engines.columns import stored_columns
from footfall.engines.registry import get_engine
from footfall.errors import Cancelled, InvalidQuery, UnknownSource
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.model.time import parse_time_range
from footfall.query.result import Result, ResultColumn
from footfall.query.run import run_query
from footfall.query.sql.scope import Scope

DAYS = "2026-10-24..2026-10-26"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    source = Source(
        "shop", timezone="Europe/Berlin", properties={**SOURCE.properties, "note": "text"}
    )
    return literal_lake(tmp_path_factory.mktemp("query") / "lake", source)


def ask(lake: LakeFolder, engine: Engine, **parts: Any) -> Result:
    return run_query(Query("shop", **{"time_range": DAYS, **parts}), lake, engine, now=NOW)


@pytest.mark.parametrize(
    ("parts", "parameter", "message"),
    [
        ({"metrics": ["events", "sum(path)"]}, "metrics[1]", "distinct"),
        ({"metrics": ["mean(timestamp)"]}, "metrics[0]", "min, max"),
        ({"metrics": ["p95(properties.note)"]}, "metrics[0]",
         "remove shop --with-data, then add the source with --property note:float"),
        ({"filter": {"field": "session.duration", "operator": "gt", "value": 1}}, "filter.field",
         "session"),
        ({"filter": {"field": "is_bot", "operator": "is", "value": "maybe"}}, "filter.value",
         "true or false"),
        ({"filter": {"field": "properties.qty", "operator": "gt", "value": "many"}},
         "filter.value", "a number"),
        ({"filter": {"field": "properties.qty", "operator": "is", "value": True}},
         "filter.value", "a number"),
        ({"filter": {"field": "properties.qty", "operator": "gt", "value": 10**400}},
         "filter.value", "between -1.8e308 and 1.8e308"),
        ({"filter": {"field": "properties.qty", "operator": "is", "value": "9" * 400}},
         "filter.value", "999… cannot be compared"),
        ({"filter": {"field": "properties.qty", "operator": "lt", "value": "-1e999"}},
         "filter.value", "between -1.8e308 and 1.8e308"),
        ({"filter": {"field": "timestamp", "operator": "gt", "value": "noon"}}, "filter.value",
         "ISO 8601"),
        ({"filter": {"field": "timestamp", "operator": "gt", "value": 7}}, "filter.value",
         "a time"),
        ({"filter": {"field": "timestamp", "operator": "contains", "value": "7"}},
         "filter.operator", "gte"),
        ({"filter": {"and": [{"field": "path", "operator": "matches", "value": "a("}]}},
         "filter.and[0].value", "missing )"),
        ({"filter": {"not": {"field": "path", "operator": "matches", "value": "(?=a)"}}},
         "filter.not.value", "Look-around"),
        ({"time_range": "soon"}, "time_range", "last 7 days"),
    ],
)  # fmt: skip
def test_errors_name_the_part(
    lake: LakeFolder, engine: Engine, parts: dict[str, Any], parameter: str, message: str
) -> None:
    with pytest.raises(InvalidQuery) as error:
        ask(lake, engine, **parts)
    assert error.value.parameter == parameter
    assert message in error.value.message


def test_an_unknown_source_is_named(lake: LakeFolder, engine: Engine) -> None:
    with pytest.raises(UnknownSource, match="shop"):
        run_query(Query("shpo"), lake, engine, now=NOW)


def test_a_cancelled_query_stops(lake: LakeFolder, engine: Engine) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        run_query(Query("shop"), lake, engine, now=NOW, cancel=token)


def sql_of(lake: LakeFolder, engine: Engine, **parts: Any) -> list[str]:
    return ask(lake, engine, **parts).executed.split(";\n\n")


def test_events_and_actors_need_no_sessions(lake: LakeFolder, engine: Engine) -> None:
    (sql,) = sql_of(lake, engine, metrics=["events", "actors"], granularity="day")
    assert "OVER" not in sql
    assert '"properties"' not in sql


def test_values_are_bound_never_written(lake: LakeFolder, engine: Engine) -> None:
    form = {"field": "path", "operator": "is", "value": "/secret' OR 1=1"}
    (sql,) = sql_of(lake, engine, filter=form)
    assert "secret" not in sql


def test_one_offset_is_a_constant(lake: LakeFolder, engine: Engine) -> None:
    (summer,) = sql_of(lake, engine, granularity="day", time_range="2026-07")
    (change,) = sql_of(lake, engine, granularity="day", time_range="2026-10")
    assert "CASE" not in summer
    assert change.count("WHEN") == 1


def test_a_stored_column_is_read_alone(lake: LakeFolder) -> None:
    # The first file was written before `qty` was declared; the 26th is in the second alone.
    whole = lake.table("shop").snapshot()
    days = parse_time_range("2026-10-26", "Europe/Berlin", NOW)
    newer = whole.prune(days)
    assert stored_columns(whole) == set()
    assert stored_columns(newer) == {"p_qty", "p_note"}
    engine = get_engine("duckdb")
    scope = Scope.of(newer, engine.dialect, days)
    form = Query("shop", filter={"field": "properties.qty", "operator": "gt", "value": 1}).filter  # type: ignore[arg-type]
    assert "properties" not in scope.where(form)


def test_sessions_read_a_day_around_the_range(lake: LakeFolder, engine: Engine) -> None:
    counted = ask(lake, engine, time_range="2026-10-26", metrics=["sessions"])
    described = ask(lake, engine, time_range="2026-10-26", metrics=["bounce_rate"])
    assert counted.n_rows_read < described.n_rows_read


def test_sessions_of_the_first_year_can_be_asked(lake: LakeFolder, engine: Engine) -> None:
    result = ask(lake, engine, time_range="1900", timezone="UTC", metrics=["bounce_rate"])
    assert result.rows == [{"bounce_rate": None}]


def test_columns_have_types_and_units(lake: LakeFolder, engine: Engine) -> None:
    result = ask(
        lake,
        engine,
        dimensions=["properties.qty", "is_bot"],
        granularity="day",
        metrics=["actors", "median(session.duration)", "bounce_rate", "max(timestamp)"],
    )
    assert result.columns == (
        ResultColumn("time", "time", "time"),
        ResultColumn("properties.qty", "dimension", "int"),
        ResultColumn("is_bot", "dimension", "bool"),
        ResultColumn("actors", "metric", "int", "actors"),
        ResultColumn("median(session.duration)", "metric", "float", "seconds"),
        ResultColumn("bounce_rate", "metric", "float", "ratio"),
        ResultColumn("max(timestamp)", "metric", "time"),
    )
    assert result.table.schema.field("time").type == pa.timestamp("us", "Europe/Berlin")


def test_the_json_form(lake: LakeFolder, engine: Engine) -> None:
    result = ask(
        lake,
        engine,
        time_range="2026-10-25T12:00..2026-10-26T12:00",
        granularity="day",
        metrics=["events", "mean(properties.qty)"],
        compare="previous_period",
    )
    form = json.loads(result.to_json())
    assert form["query"] == result.query.to_dict()  # type: ignore[union-attr]
    assert form["rows"] == [
        {"time": "2026-10-25T00:00:00+02:00", "events": 2, "mean(properties.qty)": 5.0},
        {"time": "2026-10-26T00:00:00+01:00", "events": 1, "mean(properties.qty)": None},
    ]
    assert form["totals"] == {"events": 3, "mean(properties.qty)": 5.0}
    assert form["time_range"] == {
        "start": "2026-10-25T12:00:00+01:00",
        "end": "2026-10-26T12:00:00+01:00",
        "timezone": "Europe/Berlin",
    }
    assert form["buckets"][0] == {
        "start": "2026-10-25T00:00:00+02:00",
        "end": "2026-10-26T00:00:00+01:00",
        "is_partial": True,
    }
    # Half a day before on the 24th and 25th: e02 to e07 without e01 at 11:00 local time.
    assert form["comparison"]["totals"]["events"] == 4
    assert len(form["comparison"]["buckets"]) == 2
    assert (form["engine"], form["is_estimate"]) == ("duckdb", False)
    assert "SELECT" in form["sql"]
    assert form["n_rows_read"] > 0


def test_a_running_day_is_compared_up_to_the_same_time(lake: LakeFolder, engine: Engine) -> None:
    now = datetime(2026, 10, 26, 0, 15, tzinfo=UTC)
    asked = Query("shop", time_range="today", compare="previous_period")
    # Until 01:15 of the 26th came e10; until 01:15 of the 25th, 24 October 23:15 UTC, nothing.
    result = run_query(asked, lake, engine, now=now)
    assert result.comparison is not None
    form = result.comparison.to_dict()
    assert (result.totals, form["totals"]) == ({"events": 1}, {"events": 0})
    assert form["time_range"]["end"] == "2026-10-25T01:15:00+02:00"
    # Hour by hour each stands beside its own, so the whole day before comes back.
    by_hour = run_query(replace(asked, granularity="hour"), lake, engine, now=now)
    assert by_hour.comparison is not None
    form = by_hour.comparison.to_dict()
    assert form["totals"] == {"events": 6}
    assert form["time_range"]["end"] == "2026-10-26T00:00:00+01:00"


def test_an_estimate_says_so(lake: LakeFolder, engine: Engine) -> None:
    assert ask(lake, engine, metrics=["events", "estimate(path)"]).is_estimate


def test_rows_as_csv(lake: LakeFolder, engine: Engine) -> None:
    result = ask(lake, engine, dimensions=["country"], metrics=["events"], limit=2)
    rows = list(csv.reader(io.StringIO(result.to_csv())))
    assert rows == [["country", "events"], ["US", "4"], ["DE", "3"], ["(other)", "3"]]


def test_rows_as_frames(lake: LakeFolder, engine: Engine) -> None:
    for extra in ("polars", "pandas"):
        pytest.importorskip(extra, reason=f"the extra {extra} is not installed")
    result = ask(lake, engine, dimensions=["hour_of_day"], limit=1, granularity="month")
    assert result.to_dicts()[1]["hour_of_day"] == "(other)"
    table = result.to_arrow()
    assert table.column_names == ["time", "hour_of_day", "events", "is_other"]
    assert table["hour_of_day"].to_pylist() == [2, None]
    assert result.to_polars().shape == (2, 4)
    assert list(result.to_pandas()["events"]) == [3, 7]


def test_the_source_s_zone_is_the_query_s_unless_given(lake: LakeFolder, engine: Engine) -> None:
    local = ask(lake, engine, time_range="2026-10-24", granularity="day")
    utc = ask(lake, engine, time_range="2026-10-24", granularity="day", timezone="UTC")
    # e04 at 23:50 UTC is the 25th in Berlin.
    assert (local.totals["events"], utc.totals["events"]) == (3, 4)
    assert utc.rows[0]["time"] == datetime(2026, 10, 24, tzinfo=UTC)

from __future__ import annotations

import dataclasses
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import component_missing

from footfall.engines import clickhouse
from footfall.engines.base import CancelToken, Limits
from footfall.engines.clickhouse import ClickHouseEngine
from footfall.engines.duckdb import DuckDBEngine
from footfall.errors import Cancelled, EngineError, LimitExceeded, MissingComponent, StaleSnapshot
from footfall.lake.schema import arrow_schema

ENDLESS = "SELECT count() AS n FROM numbers(100000000000000) WHERE sipHash64(number) = 1"


@pytest.fixture(scope="module")
def engine():
    try:
        return ClickHouseEngine()
    except MissingComponent as error:
        if sys.platform == "win32":
            pytest.skip("chdb has no wheel for Windows")
        return component_missing(error.message)


def test_reads_the_same_rows_and_types_as_duckdb(engine, snapshot):
    sql = "SELECT * FROM events ORDER BY event_id"
    ours = engine.run(sql, {"events": snapshot})
    theirs = DuckDBEngine().run(sql, {"events": snapshot})
    assert ours.table.equals(theirs.table)
    assert ours.n_rows_read == 4


def test_an_empty_snapshot_has_its_types(engine, empty_snapshot):
    table = engine.run("SELECT * FROM events", {"events": empty_snapshot}).table
    expected = arrow_schema(empty_snapshot.source)
    assert [(f.name, f.type) for f in table.schema] == [(f.name, f.type) for f in expected]
    assert table.num_rows == 0


def test_aggregates_over_nothing_are_null_and_counts_zero(engine, empty_snapshot):
    sql = "SELECT count(*) AS n, sum(p_price) AS s, min(timestamp) AS t FROM events"
    table = engine.run(sql, {"events": empty_snapshot}).table
    assert table.to_pylist() == [{"n": 0, "s": None, "t": None}]
    assert table.schema.field("n").type == pa.int64()


def test_a_left_join_without_a_match_gives_null(engine):
    sql = (
        "SELECT b.y AS y FROM (SELECT 1 AS x) AS a LEFT JOIN (SELECT 2 AS x, 3 AS y) AS b USING (x)"
    )
    assert engine.run(sql, {}).table.to_pylist() == [{"y": None}]


@settings(max_examples=40, deadline=None)
@given(value=st.text())
def test_a_text_parameter_arrives_as_it_is(engine, value):
    answer = engine.run("SELECT {v:String} AS v", {}, {"v": value})
    assert answer.table.to_pylist() == [{"v": value}]


def test_parameters_of_other_types(engine):
    sql = "SELECT {a:Int64} AS a, {b:Float64} AS b, {c:Bool} AS c, {d:Nullable(String)} AS d"
    parameters = {"a": -5, "b": 0.1, "c": True, "d": None}
    assert engine.run(sql, {}, parameters).table.to_pylist() == [parameters]


def test_time_rows_and_memory_are_limited(engine):
    with pytest.raises(LimitExceeded, match=r"longer than 0\.3 seconds"):
        engine.run(ENDLESS, {}, limits=Limits(seconds=0.3))
    with pytest.raises(LimitExceeded, match="more than 10 rows"):
        engine.run("SELECT number FROM numbers(11)", {}, limits=Limits(rows=10))
    with pytest.raises(LimitExceeded, match="more than the 10MiB"):
        sql = "SELECT length(groupArray(number)) AS n FROM numbers(100000000)"
        engine.run(sql, {}, limits=Limits(memory="10MiB"))


def test_cancel_from_another_thread_ends_a_query(engine):
    token = CancelToken()
    threading.Timer(0.2, token.cancel).start()
    with pytest.raises(Cancelled):
        engine.run(ENDLESS, {}, cancel=token, limits=Limits(seconds=20))


def test_a_vacuumed_file_makes_the_snapshot_stale(engine, snapshot):
    Path(snapshot.files[0].path).unlink()
    with pytest.raises(StaleSnapshot, match=r"old\.parquet"):
        engine.run("SELECT count(*) AS n FROM events", {"events": snapshot})


def test_a_path_that_would_be_a_pattern_is_refused(engine, snapshot, tmp_path):
    moved = tmp_path / "a{b,c}.parquet"
    Path(snapshot.files[0].path).rename(moved)
    file = dataclasses.replace(snapshot.files[0], path=str(moved))
    with pytest.raises(EngineError, match="as a pattern"):
        engine.run(
            "SELECT 1 AS n FROM events", {"events": dataclasses.replace(snapshot, files=(file,))}
        )


def test_a_missing_package_names_the_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "chdb.session", None)
    with pytest.raises(MissingComponent, match=r"\[clickhouse\]"):
        clickhouse.ClickHouseEngine()

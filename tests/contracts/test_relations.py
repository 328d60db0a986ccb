"""Both engines show the same relation, with the same types, for the same snapshot."""

from __future__ import annotations

import pyarrow as pa

from footfall.engines.base import Engine
from footfall.lake.folder import LakeFolder
from footfall.lake.schema import arrow_schema
from footfall.model.source import Source


def test_every_column_has_the_type_of_the_lake(engine: Engine, lake: LakeFolder):
    snapshot = lake.table("shop").snapshot()
    table = engine.run("SELECT * FROM events", {"events": snapshot}).table
    expected = arrow_schema(snapshot.source)
    assert [(f.name, f.type) for f in table.schema] == [(f.name, f.type) for f in expected]
    assert table.num_rows == 10


def test_declared_properties_are_columns(engine: Engine, lake: LakeFolder):
    sql = (
        "SELECT event_id, p_price, p_plan_tier FROM events "
        "WHERE p_price IS NOT NULL OR p_plan_tier IS NOT NULL ORDER BY event_id"
    )
    table = engine.run(sql, {"events": lake.table("shop").snapshot()}).table
    assert table.to_pylist() == [
        {"event_id": "e0001", "p_price": None, "p_plan_tier": 2},
        {"event_id": "e0002", "p_price": 10.0, "p_plan_tier": None},
        {"event_id": "e0007", "p_price": 5.5, "p_plan_tier": None},
        {"event_id": "e0009", "p_price": 7.0, "p_plan_tier": None},
    ]


def test_aggregates_have_the_same_types(engine: Engine, lake: LakeFolder):
    sql = (
        "SELECT count(*) AS n, sum(p_plan_tier) AS s, avg(p_price) AS m, max(timestamp) AS t, "
        "min(country) AS c FROM events"
    )
    table = engine.run(sql, {"events": lake.table("shop").snapshot()}).table
    assert [field.type for field in table.schema] == [
        pa.int64(),
        pa.int64(),
        pa.float64(),
        pa.timestamp("us", "UTC"),
        pa.string(),
    ]
    assert table.drop_columns(["t"]).to_pylist() == [
        {"n": 10, "s": 2, "m": 7.5, "c": "AT"}  # (10 + 5.5 + 7) / 3
    ]


def test_a_source_without_events_is_an_empty_relation(engine: Engine, make_lake):
    lake = make_lake((Source("blank", properties={"price": "float"}), []))
    sql = "SELECT count(*) AS n, max(p_price) AS m FROM events"
    table = engine.run(sql, {"events": lake.table("blank").snapshot()}).table
    assert table.to_pylist() == [{"n": 0, "m": None}]


def test_nothing_read_is_nothing_counted(engine: Engine, make_lake):
    lake = make_lake((Source("blank"), []))
    answer = engine.run("SELECT 1 AS one", {"events": lake.table("blank").snapshot()})
    assert answer.n_rows_read == 0


def test_a_statement_sees_only_the_columns_that_it_reads(engine: Engine, lake: LakeFolder):
    snapshot = lake.table("shop").snapshot().narrowed({"name", "p_price"})
    table = engine.run("SELECT * FROM events", {"events": snapshot}).table
    # The time is always there: files at the edges of a range are cut by it.
    assert table.column_names == ["timestamp", "name", "p_price"]
    assert table.num_rows == 10


def test_a_statement_that_reads_no_column_counts_every_event(engine: Engine, lake: LakeFolder):
    snapshot = lake.table("shop").snapshot().narrowed(())
    table = engine.run("SELECT count(*) AS n FROM events", {"events": snapshot}).table
    assert table.to_pylist() == [{"n": 10}]

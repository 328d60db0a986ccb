"""Statements that only read, though they do not begin with SELECT."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from footfall.engines.base import Limits
from footfall.engines.duckdb import DuckDBEngine
from footfall.errors import InvalidSQL
from footfall.lake.snapshot import Snapshot

LIMITS = Limits(memory="200MiB", threads=1, rows=100, seconds=10)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine()
    yield engine
    engine.close()


def rows(engine: DuckDBEngine, snapshot: Snapshot, sql: str) -> list[dict[str, Any]]:
    return engine.run_locked(sql, {"web": snapshot}, limits=LIMITS).table.to_pylist()


@pytest.mark.parametrize("sql", ["DESCRIBE web", "desc web", "FROM (DESCRIBE SELECT * FROM web)"])
def test_columns_of_a_source_are_described(
    sql: str, snapshot: Snapshot, engine: DuckDBEngine
) -> None:
    described = {row["column_name"]: row["column_type"] for row in rows(engine, snapshot, sql)}
    assert described["price"] == "DOUBLE"
    assert described["timestamp"] == "TIMESTAMP WITH TIME ZONE"
    assert described["p_country"] == "VARCHAR"
    # The columns in the files are the engine's own.
    assert "p_price" not in described


def test_values_are_summarized(snapshot: Snapshot, engine: DuckDBEngine) -> None:
    sql = "SUMMARIZE SELECT price FROM web"
    (found,) = rows(engine, snapshot, sql)
    # Of four events two have a price: 1.5 and 4.
    assert (found["count"], found["min"], found["max"]) == (4, "1.5", "4.0")
    assert float(found["null_percentage"]) == 50.0


def test_values_become_columns_and_back(snapshot: Snapshot, engine: DuckDBEngine) -> None:
    pivot = "PIVOT web ON country IN ('DE', 'FR') USING count(*) GROUP BY name"
    assert rows(engine, snapshot, pivot) == [{"name": "page_view", "DE": 2, "FR": 1}]
    back = "UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b INTO NAME key VALUE n"
    assert rows(engine, snapshot, back) == [{"key": "a", "n": 1}, {"key": "b", "n": 2}]


def test_a_pivot_that_has_to_look_for_its_values_is_told_what_to_write(
    snapshot: Snapshot, engine: DuckDBEngine
) -> None:
    with pytest.raises(InvalidSQL, match=r"ON country IN \('DE', 'FR'\)"):
        rows(engine, snapshot, "PIVOT web ON country USING count(*)")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SHOW TABLES", "`DESCRIBE source`"),
        ("SHOW web", "`DESCRIBE source`"),
        ("DESCRIBE", "`DESCRIBE source`"),
        ("DESCRIBE TABLES", "`DESCRIBE source`"),
        ("DESCRIBE duckdb_views", "no source 'duckdb_views'"),
        ("SUMMARIZE '/etc/passwd'", "no source '/etc/passwd'"),
        ("SUMMARIZE FROM read_text('/etc/passwd')", "'read_text' is not allowed in FROM"),
        ("SUMMARIZE SELECT getenv('PATH')", "'getenv' is not allowed"),
        ("PIVOT read_text('/x') ON size IN (1) USING max(content)", "'read_text' is not allowed"),
    ],
)
def test_they_reach_no_further_than_a_select(
    sql: str, message: str, snapshot: Snapshot, engine: DuckDBEngine
) -> None:
    with pytest.raises(InvalidSQL, match=re.escape(message)):
        rows(engine, snapshot, sql)

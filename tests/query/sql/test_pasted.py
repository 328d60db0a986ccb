"""What is shown as SQL can be asked as it stands; the contract tests do so for every query."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.lakes import make_lake

from footfall.engines.duckdb import DuckDBEngine
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.query.free_sql import run_sql
from footfall.query.result import Result
from footfall.query.run import run_query

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ODD = "$p0::VARCHAR"
TEXT = "it's FROM events $p0::VARCHAR"
AT = "2026-11-01T10:00:00Z"
ROWS = [
    {"timestamp": AT, "country": TEXT, "properties": {"name": 5, ODD: "a", "price": 2.5}},
    {"timestamp": AT, "country": TEXT, "properties": {"name": 7, ODD: "b", "price": 2.5}},
    {"timestamp": AT, "country": "DE", "properties": {"name": 9, ODD: "b", "price": 9}},
]


def asked(folder: Path, engine: DuckDBEngine, name: str, **parts: object) -> tuple[Result, object]:
    """A result, and the first metric's total by its SQL."""
    source = Source(name, properties={"name": "int", "price": "float"})
    root = folder / name
    lake = LakeFolder.open(root) if root.exists() else make_lake(root, (source, ROWS))
    result = run_query(Query(source=name, time_range="all", **parts), lake, engine, now=NOW)  # type: ignore[arg-type]
    rows = run_sql(result.sql, lake, engine).rows
    return result, next(row["m0"] for row in rows if row["is_total"] == 1)


@pytest.mark.parametrize(
    ("where", "n_events"),
    [
        ({"field": "country", "operator": "is", "value": TEXT}, 2),
        ({"field": f"properties.{ODD}", "operator": "is", "value": "b"}, 2),
        ({"field": "properties.name", "operator": "gte", "value": 7}, 2),
        ({"field": "properties.price", "operator": "is", "value": 2.5}, 2),
        ({"field": "is_bot", "operator": "is", "value": False}, 3),
        ({"field": "timestamp", "operator": "gt", "value": AT}, 0),
    ],
)
def test_values_and_names_are_written_out(
    tmp_path: Path, engine: DuckDBEngine, where: dict[str, object], n_events: int
) -> None:
    result, total = asked(tmp_path, engine, "web", filter=where)
    assert result.totals["events"] == total == n_events
    assert 'FROM "web"' in result.sql
    assert "FROM events" in result.executed


@pytest.mark.parametrize("name", ["base", "order", "parts"])
def test_sources_with_names_of_steps_and_of_words(
    tmp_path: Path, engine: DuckDBEngine, name: str
) -> None:
    result, total = asked(tmp_path, engine, name, metrics=["actors"], dimensions=["country"])
    assert result.totals["actors"] == total == 1


def test_metrics_of_events_and_of_sessions_are_a_statement_each(
    tmp_path: Path, engine: DuckDBEngine
) -> None:
    lake = make_lake(tmp_path / "lake", (Source("web"), ROWS))
    query = Query(source="web", metrics=("events", "sessions"), time_range="all")
    first, second = run_query(query, lake, engine, now=NOW).sql.split(";\n\n")
    assert run_sql(first, lake, engine).rows == [{"is_total": 1, "m0": 3}]
    # Three events of one actor at one moment.
    assert run_sql(second, lake, engine).rows == [{"is_total": 1, "m0": 1}]

"""Sums beyond the largest float are nothing in every form of a result."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from tests.query.lakes import NOW, lake_of

from footfall.engines.base import Engine
from footfall.engines.duckdb import DuckDBEngine
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.query.free_sql import run_sql
from footfall.query.result import Result
from footfall.query.run import run_query

SHOP = Source("shop", properties={"price": "float"})
AT = datetime(2026, 11, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    # 1.5e308 and as much again is more than the largest float, 1.797…e308.
    prices = [("DE", 1.5e308), ("DE", 1.5e308), ("AT", -1.5e308), ("AT", -1.5e308), ("FR", 2.0)]
    rows = [
        {
            "event_id": str(place),
            "actor_id": "a",
            "timestamp": AT,
            "country": country,
            "p_price": price,
        }
        for place, (country, price) in enumerate(prices)
    ]
    return lake_of(tmp_path_factory.mktemp("beyond") / "lake", SHOP, rows)


def by_country(lake: LakeFolder, engine: Engine) -> Result:
    query = Query(
        "shop",
        metrics=("sum(properties.price)",),
        dimensions=("country",),
        time_range="2026-11-01",
    )
    return run_query(query, lake, engine, now=NOW)


def test_a_sum_that_overflows_is_nothing(lake: LakeFolder, engine: Engine) -> None:
    result = by_country(lake, engine)
    wanted = {"DE": None, "AT": None, "FR": 2.0}
    price = "sum(properties.price)"
    assert {row["country"]: row[price] for row in result.to_dicts()} == wanted
    assert {row["country"]: row[price] for row in json.loads(result.to_json())["rows"]} == wanted
    assert result.to_arrow()[price].null_count == 2
    cells = {row["country"]: row[price] for row in csv.DictReader(io.StringIO(result.to_csv()))}
    assert cells == {"DE": "", "AT": "", "FR": "2.0"}
    # Groups without a number come last, as others do.
    assert result.to_dicts()[0]["country"] == "FR"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_of_sql_too(lake: LakeFolder, number: str) -> None:
    engine = DuckDBEngine()
    try:
        result = run_sql(
            f"SELECT CASE WHEN price = 2 THEN 2.5 ELSE '{number}'::DOUBLE END AS a, 1 AS b "
            "FROM shop ORDER BY price DESC",
            lake,
            engine,
        )
    finally:
        engine.close()
    assert [row["a"] for row in result.to_dicts()] == [None, None, 2.5, None, None]
    assert result.to_arrow()["a"].null_count == 4
    assert result.to_csv() == "a,b\r\n,1\r\n,1\r\n2.5,1\r\n,1\r\n,1\r\n"
    assert result.to_arrow().schema.field("a").type == pa.float64()

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.lakes import make_lake

from footfall.engines.base import CancelToken, Limits
from footfall.engines.duckdb import DuckDBEngine
from footfall.errors import Cancelled, InvalidSQL, LimitExceeded, StaleSnapshot
from footfall.model.source import Source
from footfall.query.free_sql import run_sql

WEB = Source("web", properties={"price": "float", "two words": "int"})
SHOP = Source("shop")
EVENTS = [
    {"timestamp": "2026-11-01T10:00:00Z", "country": "DE",
     "properties": {"price": 2.5, "two words": 3}},
    {"timestamp": "2026-11-01T11:00:00Z", "country": "FR", "properties": {"plan": "pro"}},
]  # fmt: skip


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("sql") / "lake", (WEB, EVENTS), (SHOP, EVENTS[:1]))


@pytest.fixture(scope="module")
def engine():
    engine = DuckDBEngine()
    yield engine
    engine.close()


def test_a_result_has_typed_columns_and_rows(lake, engine):
    result = run_sql("SELECT country, sum(price) AS s FROM web GROUP BY 1 ORDER BY 1", lake, engine)
    assert [(c.name, c.role, c.type) for c in result.columns] == [
        ("country", "dimension", "text"),
        ("s", "metric", "float"),
    ]
    assert result.to_dicts() == [{"country": "DE", "s": 2.5}, {"country": "FR", "s": None}]
    assert (result.engine, result.n_rows_read) == ("duckdb", 2)


def test_sources_can_be_joined(lake, engine):
    sql = "SELECT count(*) AS n FROM web JOIN shop USING (country)"
    result = run_sql(sql, lake, engine)
    assert result.to_dicts() == [{"n": 1}]
    assert result.n_rows_read == 3


def test_odd_keys_and_json(lake, engine):
    sql = "SELECT max(\"two words\") AS w, max(properties->>'plan') AS p FROM web"
    assert run_sql(sql, lake, engine).to_dicts() == [{"w": 3, "p": "pro"}]


def test_properties_with_names_of_columns_are_all_there(tmp_path):
    keys = ("name", "p_name", "p_p_name", "price", "p_price")
    source = Source("web", properties=dict.fromkeys(keys, "int"))
    values = {key: number for number, key in enumerate(keys)}
    lake = make_lake(tmp_path, (source, [{**EVENTS[0], "name": "view", "properties": values}]))
    (row,) = run_sql("SELECT * FROM web", lake).rows
    shown = ("p_name", "p_p_name", "p_p_p_name", "price", "p_price")
    assert (row["name"], [row[name] for name in shown]) == ("view", list(range(5)))
    asked = ", ".join(f'"{name}"' for name in shown)
    assert list(run_sql(f"SELECT {asked} FROM web", lake).rows[0].values()) == list(range(5))


@pytest.mark.parametrize(
    "value",
    [
        "'infinity'::TIMESTAMP",
        "TIMESTAMP '99999-01-01'",
        "DATE '-infinity'",
        "DATE '0044-03-15 (BC)'",
        "[TIMESTAMPTZ '99999-01-01 00:00:00Z']",
    ],
)
def test_a_time_that_cannot_be_shown_is_told(lake, engine, value):
    result = run_sql(f"SELECT 1 AS n, {value} AS end_of_days", lake, engine)
    for show in (result.to_dicts, result.to_json, result.to_csv):
        with pytest.raises(InvalidSQL, match=r"'end_of_days'.*Cast it to text"):
            show()
    assert result.to_arrow().num_rows == 1
    text = run_sql(f"SELECT cast({value} AS VARCHAR) AS t", lake, engine)
    assert isinstance(text.rows[0]["t"], str)


def test_parameters(lake, engine):
    sql = "SELECT count(*) AS n FROM web WHERE timestamp > $after AND country = $country"
    after = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
    found = run_sql(sql, lake, engine, parameters={"after": after, "country": "FR"})
    assert found.to_dicts() == [{"n": 1}]


def test_a_parameter_that_is_missing_or_too_many_is_told(lake, engine):
    with pytest.raises(InvalidSQL, match="country"):
        run_sql("SELECT 1 AS n FROM web WHERE country = $country", lake, engine)
    with pytest.raises(InvalidSQL, match="contry"):
        sql = "SELECT 1 AS n FROM web WHERE country = $country"
        run_sql(sql, lake, engine, parameters={"country": "DE", "contry": "DE"})


def test_errors_are_the_engine_s_own_with_near_names(lake, engine):
    with pytest.raises(InvalidSQL, match='"contry" not found') as caught:
        run_sql("SELECT contry FROM web", lake, engine)
    assert caught.value.suggestions[0] == "country"
    assert str(lake.root) not in caught.value.message


def test_the_settings_limits_hold(lake, engine):
    with pytest.raises(LimitExceeded, match="more than 100000 rows"):
        run_sql("SELECT * FROM range(100001)", lake, engine)
    with pytest.raises(LimitExceeded, match="more than 5 rows"):
        run_sql("SELECT * FROM range(6)", lake, engine, limits=Limits(rows=5))


def test_a_cancelled_token_stops_it(lake, engine):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        run_sql("SELECT 1", lake, engine, cancel=token)


def test_duckdb_answers_where_the_engine_cannot_be_locked(lake):
    class Other:
        name = "other"

    assert run_sql("SELECT 1 AS one", lake, Other()).to_dicts() == [{"one": 1}]  # type: ignore[arg-type]


def test_a_stale_snapshot_is_taken_anew_once(lake, engine, monkeypatch):
    tries: list[int] = []
    run_locked = engine.run_locked

    def stale_first(*arguments, **keywords):
        tries.append(1)
        if len(tries) == 1:
            raise StaleSnapshot("gone")
        return run_locked(*arguments, **keywords)

    monkeypatch.setattr(engine, "run_locked", stale_first)
    assert run_sql("SELECT count(*) AS n FROM web", lake, engine).to_dicts() == [{"n": 2}]
    assert len(tries) == 2

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.lakes import make_lake

from footfall.engines.base import CancelToken, Limits
from footfall.errors import Cancelled, InvalidSQL, LimitExceeded, StaleSnapshot
from footfall.model.interval import Interval
from footfall.model.source import Source
from footfall.query.free_sql import run_sql
from footfall.query.listings.intervals import list_intervals
from footfall.query.listings.listing import Listing

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


def test_a_result_has_typed_columns_and_rows(lake, engine):
    result = run_sql("SELECT country, sum(price) AS s FROM web GROUP BY 1 ORDER BY 1", lake, engine)
    assert [(c.name, c.role, c.type) for c in result.columns] == [
        ("country", "dimension", "text"),
        ("s", "metric", "float"),
    ]
    assert result.to_dicts() == [{"country": "DE", "s": 2.5}, {"country": "FR", "s": None}]
    assert (result.engine, result.n_rows_read) == ("duckdb", 2)


def test_the_json_form_leaves_out_what_only_queries_have(lake, engine):
    form = run_sql("SELECT country FROM shop", lake, engine).to_dict()
    assert list(form) == ["columns", "rows", "engine", "milliseconds", "n_rows_read", "sql"]
    assert form["rows"] == [{"country": "DE"}]
    # no rows are an answer
    assert run_sql("SELECT country FROM shop LIMIT 0", lake, engine).to_dict()["rows"] == []


def test_sources_can_be_joined(lake, engine):
    sql = "SELECT count(*) AS n FROM web JOIN shop USING (country)"
    result = run_sql(sql, lake, engine)
    assert result.to_dicts() == [{"n": 1}]
    assert result.n_rows_read == 3


def test_odd_keys_and_json(lake, engine):
    sql = "SELECT max(\"two words\") AS w, max(properties->>'plan') AS p FROM web"
    assert run_sql(sql, lake, engine).to_dicts() == [{"w": 3, "p": "pro"}]


@pytest.mark.parametrize("name", ["plan", "properties.plan"])
def test_a_property_that_is_no_column_is_within_reach(lake, engine, name):
    with pytest.raises(InvalidSQL) as caught:
        run_sql(f"SELECT {name} FROM web", lake, engine)
    way = "json_extract_string(properties, '$.plan')"
    assert way in caught.value.message
    assert "footfall source set web --property plan:text" in caught.value.message
    (row,) = run_sql(f"SELECT max({way}) AS plan FROM web", lake, engine).to_dicts()
    assert row == {"plan": "pro"}


def test_properties_with_names_of_columns_are_all_there(tmp_path, engine):
    keys = ("name", "p_name", "p_p_name", "price", "p_price")
    source = Source("web", properties=dict.fromkeys(keys, "int"))
    values = {key: number for number, key in enumerate(keys)}
    lake = make_lake(tmp_path, (source, [{**EVENTS[0], "name": "view", "properties": values}]))
    (row,) = run_sql("SELECT * FROM web", lake, engine).rows
    shown = ("p_name", "p_p_name", "p_p_p_name", "price", "p_price")
    assert (row["name"], [row[name] for name in shown]) == ("view", list(range(5)))
    asked = ", ".join(f'"{name}"' for name in shown)
    assert list(run_sql(f"SELECT {asked} FROM web", lake, engine).rows[0].values()) == list(
        range(5)
    )


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


LAB = Source(
    "lab",
    properties={"exercise": "text"},
    intervals=(
        Interval("exercise", "ex'start", "ex.end", ("properties.exercise", "properties.box"), "8h"),
        Interval("state", "in", "out", ("properties.state",)),
    ),
)
MARKS = [
    {"event_id": id_, "timestamp": f"2026-11-01T{time}:00Z", "name": name, "distinct_id": "ann",
     "properties": {"exercise": "dns", "box": box, "state": "x"}}
    for id_, time, name, box in [
        ("a", "08:00", "ex'start", 1), ("b", "08:30", "ex.end", 1), ("c", "09:00", "ex.end", 2),
        ("d", "01:00", "ex'start", 3), ("e", "10:00", "ex'start", 4), ("f", "11:00", "in", 4),
    ]
]  # fmt: skip
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("lab") / "lake", (LAB, MARKS), (WEB, EVENTS))


def test_intervals_are_tables(lab, engine):
    sql = "SELECT * FROM lab_exercise ORDER BY coalesce(start_id, end_id)"
    result = run_sql(sql, lab, engine, clock=lambda: NOW)
    first, lone, old, young = result.to_dicts()
    assert first == {
        "actor_id": "ann",
        "start": datetime(2026, 11, 1, 8, tzinfo=UTC),
        "end": datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
        "duration": 1800.0,
        "state": "complete",
        "start_id": "a",
        "end_id": "b",
        "exercise": "dns",
        "box": "1",
    }
    assert (lone["start"], lone["end_id"], lone["state"]) == (None, "c", "no_start")
    assert lone["end"] == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert [row["state"] for row in (old, young)] == ["no_end", "open"]
    # They are the intervals that the list has.
    page = list_intervals(lab, engine, "exercise", Listing("lab", "all"), now=NOW)
    assert sorted(row["state"] for row in page.rows.rows) == [
        *("complete", "no_end", "no_start", "open"),
    ]
    summed = run_sql("SELECT sum(duration) AS s FROM lab_exercise", lab, engine)
    assert summed.to_dicts() == [{"s": 1800.0}]


def test_a_key_that_is_named_like_a_column_of_intervals(lab, engine):
    (row,) = run_sql("SELECT * FROM LAB_state", lab, engine, clock=lambda: NOW).to_dicts()
    assert (row["state"], row["key_state"], row["start_id"]) == ("open", "x", "f")


def test_intervals_are_joined_with_their_source(lab, engine):
    sql = (
        "WITH long AS (SELECT * FROM lab_exercise WHERE duration > 60) "
        "SELECT count(*) AS n FROM lab JOIN long ON lab.event_id = long.start_id"
    )
    assert run_sql(sql, lab, engine).to_dicts() == [{"n": 1}]
    described = run_sql("DESCRIBE lab_exercise", lab, engine).to_dicts()
    assert described[1]["column_type"] == "TIMESTAMP WITH TIME ZONE"


def test_what_an_interval_has_no_column_for_is_told_with_the_join(lab, engine):
    with pytest.raises(InvalidSQL) as caught:
        run_sql("SELECT path FROM lab_exercise", lab, engine)
    told = "JOIN lab AS e ON e.event_id = lab_exercise.start_id"
    assert told in caught.value.message
    assert "--property" not in caught.value.message
    assert run_sql(f"SELECT e.path FROM lab_exercise {told}", lab, engine).rows
    with pytest.raises(InvalidSQL, match="footfall source set lab --property colour:text"):
        run_sql("SELECT colour FROM lab", lab, engine)


def test_an_interval_that_is_not_declared_is_no_table(lab, engine):
    with pytest.raises(InvalidSQL) as caught:
        run_sql("SELECT * FROM lab_exercize", lab, engine)
    assert caught.value.suggestions[0] == "lab_exercise"
    with pytest.raises(InvalidSQL):
        run_sql("SELECT * FROM web_exercise", lab, engine)

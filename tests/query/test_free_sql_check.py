from __future__ import annotations

import pytest
import sqlglot

from footfall.errors import InvalidSQL
from footfall.query.free_sql_check import MAX_CHARACTERS, check_sql

SOURCES = ["web", "shop"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", set()),
        ("VALUES (1)", set()),
        ("SELECT * FROM web", {"web"}),
        ('SELECT * FROM "WEB"', {"web"}),
        ("FROM web", {"web"}),
        ("SELECT * FROM web, shop", {"web", "shop"}),
        ("SELECT * FROM web UNION ALL SELECT * FROM shop", {"web", "shop"}),
        ("WITH a AS (SELECT * FROM web) SELECT * FROM a", {"web"}),
        ("WITH web AS (SELECT * FROM web) SELECT * FROM web", {"web"}),
        ("SELECT * FROM web WHERE EXISTS (SELECT 1 FROM shop)", {"web", "shop"}),
        ("SELECT * FROM range(3), generate_series(1, 2), unnest([1])", set()),
        ("SELECT * FROM web, json_each(properties)", {"web"}),
        ("SELECT 'COPY web; DROP TABLE x' FROM web -- INSERT", {"web"}),
        ("SELECT * FROM web;", {"web"}),
        ("DESCRIBE web", {"web"}),
        ("SUMMARIZE SELECT * FROM web JOIN shop USING (name)", {"web", "shop"}),
        ("PIVOT web ON country IN ('DE', 'FR') USING count(*)", {"web"}),
        ("WITH a AS (FROM shop) UNPIVOT a ON price INTO NAME n VALUE v", {"shop"}),
        ("SELECT column_name FROM (DESCRIBE web)", {"web"}),
    ],
)
def test_what_reads_is_allowed_and_its_sources_are_found(sql, expected):
    assert check_sql(sql, SOURCES) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "SELECT 1; SELECT 2",
        "COPY web TO 'x'",
        "ATTACH 'x'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA version",
        "SET threads = 1",
        "CALL pragma_version()",
        "EXPLAIN SELECT 1",
        "SHOW TABLES",
        "DESCRIBE SELECT getenv('PATH')",
        "SUMMARIZE SELECT * FROM read_csv('x')",
        "PIVOT read_csv('x') ON a IN (1) USING count(*)",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO web VALUES (1)",
        "DELETE FROM web",
        "UPDATE web SET name = 'x'",
        "DROP VIEW web",
        "SELECT * FROM read_csv('x')",
        "SELECT * FROM read_parquet('x')",
        "SELECT * FROM glob('*')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM 'web.csv'",
        "SELECT * FROM main.web",
        "SELECT * FROM pg_catalog.pg_views",
        "SELECT getenv('PATH')",
        "SELECT current_setting('threads')",
        "SELECT 'PATH'.getenv()",
        "WITH x AS (INSERT INTO web VALUES (1) RETURNING *) SELECT * FROM x",
    ],
)
def test_anything_else_is_refused(sql):
    with pytest.raises(InvalidSQL):
        check_sql(sql, SOURCES)


def test_a_misspelled_source_gets_near_names():
    with pytest.raises(InvalidSQL, match="no source 'shpo'; there are shop, web") as caught:
        check_sql("SELECT * FROM shpo", SOURCES)
    assert caught.value.suggestions == ["shop"]


def test_without_sources_that_is_said():
    with pytest.raises(InvalidSQL, match="this lake has none yet"):
        check_sql("SELECT * FROM web", [])


def test_what_this_parser_cannot_read_is_left_to_the_engine():
    assert check_sql("SELECT FROM WHERE GROUP", SOURCES) == {"web", "shop"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 5000 + "1" + ")" * 5000,
        "SELECT " + "f(" * 5000 + "1" + ")" * 5000,
        "SELECT " + "[" * 5000,
        "x" * (MAX_CHARACTERS + 1),
    ],
)
def test_what_is_too_long_or_too_deep_is_refused_before_it_is_parsed(sql, monkeypatch):
    monkeypatch.setattr(sqlglot, "parse", lambda *_, **__: pytest.fail("it was parsed"))
    with pytest.raises(InvalidSQL, match=r"nested deeper|characters"):
        check_sql(sql, SOURCES)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("1 + ", set()),
        ("a.", set()),
        # Too much for this parser: the engine's own will tell.
        ("NOT ", {"web", "shop"}),
        ("- ", {"web", "shop"}),
        ("CASE WHEN ", {"web", "shop"}),
        ("1::", {"web", "shop"}),
    ],
)
def test_long_chains_do_not_break_the_parser(part, expected):
    assert check_sql("SELECT " + part * (50_000 // len(part)) + "1", SOURCES) == expected

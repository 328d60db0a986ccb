"""A result in a notebook, as CSV, as a frame and as a chart."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from tests.lakes import make_lake

from footfall.engines.duckdb import DuckDBEngine
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.query.result import Result
from footfall.query.run import run_query

NOW = datetime(2026, 11, 3, tzinfo=UTC)
EVENTS = [
    {"timestamp": "2026-11-01T10:00:00Z", "country": "DE"},
    {"timestamp": "2026-11-02T10:00:00Z", "country": "<b>"},
]


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> Result:
    lake = make_lake(tmp_path_factory.mktemp("views") / "lake", (Source("web"), EVENTS))
    engine = DuckDBEngine()
    query = Query("web", dimensions=("country",), time_range="2026-11-01..2026-11-02")
    found = run_query(query, lake, engine, now=NOW)
    engine.close()
    return found


def test_repr_says_what_it_is(result):
    text = repr(result)
    assert text.startswith("<Result of 2 rows, 2026-11-01 00:00 to 2026-11-03 00:00 UTC, 2 events")
    assert text.endswith("ms: country, events>")


def test_a_notebook_shows_the_rows(result):
    html = result._repr_html_()
    assert ">DE</td>" in html
    assert "&lt;b&gt;" in html
    assert "2 rows" in html


def test_csv_and_frames_hold_the_rows(result):
    assert sorted(result.to_csv().split("\r\n")) == ["", "<b>,1", "DE,1", "country,events"]
    assert sorted(result.to_polars()["country"].to_list()) == ["<b>", "DE"]
    assert sorted(result.to_pandas()["country"].tolist()) == ["<b>", "DE"]


def test_the_chart_of_a_real_result(result):
    made = json.loads(result.to_chart().to_json())
    assert [layer["mark"]["type"] for layer in made["layer"]] == ["bar", "text"]

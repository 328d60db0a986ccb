"""Queries through the API, over six events whose figures can be counted by hand."""

from __future__ import annotations

import csv
import io
import json

import httpx
from tests.server.api.conftest import RANGE, ask
from tests.server.conftest import Running


def test_all_is_understood_here_as_well(client: httpx.Client) -> None:
    assert ask(client, time_range="all")["totals"] == {"events": 6}
    listed = client.get("/api/v1/events", params={"source": "web", "time_range": "all"})
    assert len(listed.json()["events"]) == 6


def test_events_by_local_day(client: httpx.Client) -> None:
    result = ask(client, metrics=["events", "actors"], granularity="day")
    assert result["rows"] == [
        {"time": "2025-03-01T00:00:00+01:00", "events": 3, "actors": 1},
        {"time": "2025-03-02T00:00:00+01:00", "events": 3, "actors": 1},
    ]
    assert result["totals"] == {"events": 6, "actors": 2}
    assert result["time_range"]["timezone"] == "Europe/Berlin"
    assert result["engine"] == "duckdb"


def test_a_filter_and_a_declared_property(client: httpx.Client) -> None:
    buys = {"field": "name", "operator": "is", "value": "buy"}
    result = ask(
        client,
        metrics=["events", "sum(properties.price)"],
        dimensions=["country"],
        filter=buys,
        order="-events",
    )
    # The price "free" is no number: the event counts, the value does not.
    assert sorted((row["country"], row["events"]) for row in result["rows"]) == [
        ("AT", 1),
        ("DE", 1),
    ]
    assert result["totals"] == {"events": 2, "sum(properties.price)": 10.5}


def test_the_same_query_by_url_and_as_csv(client: httpx.Client) -> None:
    query = {"source": "web", "time_range": RANGE, "dimensions": ["country"], "order": "country"}
    by_url = client.get("/api/v1/query", params={"q": json.dumps(query)}).json()
    assert by_url["rows"] == ask(client, dimensions=["country"], order="country")["rows"]
    table = client.get("/api/v1/query", params={"q": json.dumps(query), "format": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert list(csv.reader(io.StringIO(table.text))) == [
        ["country", "events"],
        ["AT", "3"],
        ["DE", "3"],
    ]


def test_csv_of_a_comparison_has_what_was_before(client: httpx.Client) -> None:
    query = {
        "source": "web",
        "metrics": ["events"],
        "dimensions": ["country"],
        "time_range": "2025-03-02",
        "compare": "previous_period",
    }
    table = client.get("/api/v1/query", params={"q": json.dumps(query), "format": "csv"})
    # In Berlin e4 to e6 are on the second of March; the three on the first are from DE.
    assert list(csv.reader(io.StringIO(table.text))) == [
        ["country", "events", "events.before"],
        ["AT", "3", "0"],
        ["DE", "0", "3"],
    ]


def test_csv_holds_no_formulas(server: Running) -> None:
    server.send([{"name": "view", "country": "DE", "title": "=1+1"}])
    with server.client(server.token()) as client:
        query = json.dumps({"source": "web", "dimensions": ["title"]})
        table = client.get("/api/v1/query", params={"q": query, "format": "csv"})
    assert table.text == "title,events\r\n'=1+1,1\r\n"


def test_numbers_and_times_beyond_all_bounds_are_the_asker_s_fault(client: httpx.Client) -> None:
    large = {"field": "properties.price", "operator": "gt", "value": 10**400}
    wrong = client.post("/api/v1/query", json={"source": "web", "filter": large})
    assert (wrong.status_code, wrong.json()["error"]["parameter"]) == (400, "filter.value")
    never = client.post("/api/v1/sql", json={"sql": "select 'infinity'::timestamp as t"})
    assert (never.status_code, never.json()["error"]["code"]) == (400, "invalid_sql")

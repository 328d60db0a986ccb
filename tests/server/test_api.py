"""What the API answers, over six events whose figures can be counted by hand."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.server.conftest import Running, make_lake, run
from tests.waiting import wait_until

# Times are UTC; the source's zone is Berlin, one hour ahead: the fourth is on the second day.
EVENTS: list[dict[str, Any]] = [
    {"event_id": "e1", "timestamp": "2025-03-01T09:00:00Z", "name": "view", "distinct_id": "u1",
     "country": "DE", "url": "https://shop.example/"},
    {"event_id": "e2", "timestamp": "2025-03-01T09:10:00Z", "name": "view", "distinct_id": "u1",
     "country": "DE", "url": "https://shop.example/cart"},
    {"event_id": "e3", "timestamp": "2025-03-01T09:20:00Z", "name": "buy", "distinct_id": "u1",
     "country": "DE", "url": "https://shop.example/done", "properties": {"price": 10.5}},
    {"event_id": "e4", "timestamp": "2025-03-01T23:30:00Z", "name": "view", "distinct_id": "u2",
     "country": "AT", "url": "https://shop.example/"},
    {"event_id": "e5", "timestamp": "2025-03-02T08:00:00Z", "name": "view", "distinct_id": "u2",
     "country": "AT", "url": "https://shop.example/cart", "plan": "pro"},
    {"event_id": "e6", "timestamp": "2025-03-02T08:05:00Z", "name": "buy", "distinct_id": "u2",
     "country": "AT", "url": "https://shop.example/done", "properties": {"price": "free"}},
]  # fmt: skip
RANGE = "2025-03-01..2025-03-02"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run(make_lake(tmp_path_factory.mktemp("filled") / "lake")) as running:
        answer = running.send([*EVENTS, {"distinct_id": "nameless"}, EVENTS[0]])
        assert (answer.json()["stored"], answer.json()["duplicates"]) == (6, 1)
        yield running


@pytest.fixture
def client(filled: Running) -> Iterator[httpx.Client]:
    with filled.client(filled.token("read")) as client:
        yield client


def ask(client: httpx.Client, **query: Any) -> dict[str, Any]:
    response = client.post("/api/v1/query", json={"source": "web", "time_range": RANGE, **query})
    assert response.status_code == 200, response.text
    return response.json()


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


def test_sql_over_a_source(client: httpx.Client) -> None:
    response = client.post(
        "/api/v1/sql",
        json={
            "sql": "select country, count(*) as n, max(price) as p from web group by 1 order by 1"
        },
    )
    assert response.status_code == 200, response.text
    result = response.json()
    assert result["rows"] == [
        {"country": "AT", "n": 3, "p": None},
        {"country": "DE", "n": 3, "p": 10.5},
    ]
    assert [column["type"] for column in result["columns"]] == ["text", "int", "float"]


@pytest.mark.parametrize(
    "sql",
    [
        "drop table web",
        "select * from read_text('/etc/passwd')",
        "copy web to '/tmp/x'",
        "select getenv('HOME')",
        "attach '/tmp/x.db'",
        "pragma database_list",
        "select 1; select 2",
    ],
)
def test_sql_that_does_more_than_read_is_refused(client: httpx.Client, sql: str) -> None:
    response = client.post("/api/v1/sql", json={"sql": sql})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_sql")


def test_rows_of_sql_are_limited(client: httpx.Client) -> None:
    response = client.post("/api/v1/sql", json={"sql": "select * from web", "rows": 5})
    assert (response.status_code, response.json()["error"]["code"]) == (422, "limit_exceeded")
    response = client.post("/api/v1/sql", json={"sql": "select * from web", "rows": 6})
    assert len(response.json()["rows"]) == 6


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("-timestamp", ["e6", "e5", "e4", "e3", "e2", "e1"]),
        ("timestamp", ["e1", "e2", "e3", "e4", "e5", "e6"]),
    ],
)
def test_events_page_by_page(client: httpx.Client, order: str, ids: list[str]) -> None:
    found: list[str] = []
    asked: dict[str, str] = {"source": "web", "time_range": RANGE, "order": order, "limit": "4"}
    n_pages = 0
    while True:
        page = client.get("/api/v1/events", params=asked).json()
        found += [event["event_id"] for event in page["events"]]
        n_pages += 1
        if page["cursor"] is None:
            break
        asked["cursor"] = page["cursor"]
    assert (found, n_pages) == (ids, 2)


def test_events_that_pass_a_filter_with_chosen_fields(client: httpx.Client) -> None:
    page = client.get(
        "/api/v1/events",
        params={
            "source": "web",
            "time_range": json.dumps({"start": "2025-03-01", "end": "2025-03-03"}),
            "filter": json.dumps({"field": "name", "operator": "is", "value": "buy"}),
            "fields": "path, properties.price",
            "order": "timestamp",
        },
    ).json()
    assert page["events"] == [
        {"path": "/done", "properties.price": 10.5},
        # What did not fit the column was kept as it came.
        {"path": "/done", "properties.price": "free"},
    ]


def test_what_a_source_is(client: httpx.Client) -> None:
    (source,) = client.get("/api/v1/sources").json()["sources"]
    assert source == client.get("/api/v1/sources/web").json()
    assert (source["name"], source["n_events"], source["timezone"]) == ("web", 6, "Europe/Berlin")
    assert (source["first"], source["last"]) == ("2025-03-01T09:00:00Z", "2025-03-02T08:05:00Z")
    columns = {column["name"]: column["type"] for column in source["columns"]}
    assert columns["timestamp"] == "time"
    assert columns["properties.price"] == "float"


def test_the_ledger_adds_up(client: httpx.Client) -> None:
    counts = {"received": 8, "stored": 6, "duplicates": 1, "rejected": 1, "mismatched": 1}
    wait_until(
        lambda: client.get("/api/v1/ledger").json()["balance"].get("web", {}).get("stored") == 6
    )
    ledger = client.get("/api/v1/ledger", params={"source": "web"}).json()
    assert ledger["balance"] == {"web": {**counts, "is_balanced": True}}
    sums = {name: sum(entry[name] for entry in ledger["entries"]) for name in counts}
    assert sums == counts
    text = client.get("/metrics").text
    for outcome, n_events in counts.items():
        line = f'footfall_events{{outcome="{outcome}",source="web"}} {float(n_events)}'
        assert line in text


def test_a_reject_tells_why_and_as_it_came(client: httpx.Client) -> None:
    page = client.get("/api/v1/rejects", params={"source": "web"}).json()
    (reject,) = page["rejects"]
    assert (page["n_rejects"], page["cursor"]) == (1, None)
    assert "name" in reject["reason"]
    assert json.loads(reject["raw"]) == {"distinct_id": "nameless"}
    exported = client.get("/api/v1/rejects/export").text.splitlines()
    assert [json.loads(line)["id"] for line in exported] == [reject["id"]]


def test_sources_are_added_and_get_properties(server: Running) -> None:
    with server.client(server.token("read", "write")) as client:
        made = client.post("/api/v1/sources", json={"name": "logs", "mapping": "combined"})
        assert made.status_code == 201
        assert made.json()["properties"]["status"] == "int"
        declared = client.post("/api/v1/sources/logs/properties", json={"plan.tier": "text"})
        assert declared.json()["properties"]["plan.tier"] == "text"
        assert declared.json()["properties"]["status"] == "int"
        wrong = client.post("/api/v1/sources/logs/properties", json={"x": "decimal"})
        assert wrong.status_code == 400
        names = [source["name"] for source in client.get("/api/v1/sources").json()["sources"]]
        assert names == ["logs", "web"]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"format": "nonsense"}, "Format 'nonsense' is not known"),
        ({"format": "csv"}, "does not say where timestamp comes from"),
        ({"format": ["csv"]}, "mapping.format"),
        ({"format": "csv", "drop": 3}, "mapping.drop"),
        ({"fields": {"timestmp": "t"}}, "Did you mean 'timestamp'"),
        ({"fields": {"timestamp": "t", "name": 7}}, "mapping.fields"),
        ({"shape": "csv"}, "mapping.shape is not known"),
        ({"format": "csv", "fields": {"timestamp": {"pth": "t"}}}, "Did you mean 'path'"),
        ("nonsense", "There is no mapping 'nonsense'"),
        ("/etc/footfall.toml", "There is no mapping '/etc/footfall.toml'"),
        ("csv", "There is no mapping 'csv'"),
        (7, "mapping"),
    ],
)
def test_a_mapping_that_says_nothing_is_refused(
    server: Running, mapping: object, message: str
) -> None:
    with server.client(server.token("read", "write")) as client:
        answer = client.post("/api/v1/sources", json={"name": "logs", "mapping": mapping})
        assert answer.status_code == 400, answer.text
        assert message in answer.json()["error"]["message"]
        assert client.get("/api/v1/sources/logs").status_code == 404


def test_a_whole_mapping_is_that_of_a_mapping_file(server: Running) -> None:
    mapping = {"format": "csv", "fields": {"time": "created:epoch_s", "name": "=order"}}
    with server.client(server.token("read", "write")) as client:
        made = client.post(
            "/api/v1/sources",
            json={"name": "orders", "mapping": mapping, "properties": {"a:b": "int"}},
        ).json()
        assert made["mapping"]["fields"]["timestamp"]["format"] == "epoch_s"
        assert made["mapping"]["fields"]["name"]["constant"] == "order"
        assert (made["properties"], made["timezone"]) == ({"a:b": "int"}, "UTC")
        # As it is shown it can be sent.
        again = client.post("/api/v1/sources", json={"name": "more", "mapping": made["mapping"]})
        assert again.json()["mapping"] == made["mapping"]
        plain = client.post("/api/v1/sources", json={"name": "app"}).json()
        assert plain["mapping"] == {"format": "canonical"}
        same = client.post("/api/v1/sources", json={"name": "b", "mapping": plain["mapping"]})
        assert same.json()["mapping"] == {"format": "canonical"}


def test_a_source_says_itself_what_its_ready_made_mapping_would(server: Running) -> None:
    own = {"name": "lab", "start": "in", "end": "out", "key": ["path"], "longest": "8h"}
    wanted = {
        "name": "logs",
        "mapping": "combined",
        "properties": {"status": "text", "self": "int"},
        "sessions": "given",
        "session_gap": "1h",
        "timezone": None,
        "intervals": [own],
    }
    with server.client(server.token("read", "write")) as client:
        made = client.post("/api/v1/sources", json=wanted).json()
        declared = client.post("/api/v1/sources/logs/properties", json={"name": "text"}).json()
    assert (made["mapping"]["format"], made["timezone"]) == ("combined", "UTC")
    assert (made["sessions"], made["session_gap"], made["intervals"]) == ("given", "1h", [own])
    # The mapping declares `bytes` as well; what is declared here comes before that.
    properties = made["properties"]
    assert [properties[key] for key in ("bytes", "status", "self")] == ["int", "text", "int"]
    assert declared["properties"] == {**made["properties"], "name": "text"}


@pytest.mark.parametrize(
    ("wanted", "parameter", "message"),
    [
        ({"name": "shop", "timezon": "UTC"}, "timezon", "Did you mean 'timezone'"),
        ({"name": "shop", "session_gap": "soon"}, "session_gap", "'soon' is not a duration"),
        ({"name": "shop", "properties": {"a": "flaot"}}, "properties.a", "Did you mean 'float'"),
        ({"name": "shop", "sessions": "none"}, "sessions", "allowed are gap, given"),
        ({"name": "shop", "tracker_ids": 5}, None, "tracker_ids"),
        ({"mapping": "combined"}, "name", "name is None"),
    ],
)
def test_a_wrong_source_is_told_as_its_file_would_be(
    server: Running, wanted: dict[str, Any], parameter: str | None, message: str
) -> None:
    with server.client(server.token("write")) as client:
        answer = client.post("/api/v1/sources", json=wanted)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["parameter"]) == (
        *(400, "invalid_mapping"),
        parameter,
    )
    assert message in error["message"]


def test_a_source_is_never_written_over(server: Running) -> None:
    with server.client(server.token("read", "write")) as client:
        names = ["twice"] * 8
        with ThreadPoolExecutor(len(names)) as threads:
            found = threads.map(
                lambda n: client.post("/api/v1/sources", json={"name": n}).status_code, names
            )
            assert sorted(found) == [201] + [409] * 7
        again = client.post("/api/v1/sources", json={"name": "web", "mapping": "combined"})
        assert (again.status_code, again.json()["error"]["parameter"]) == (409, "name")
        assert client.get("/api/v1/sources/web").json()["mapping"] == {"format": "canonical"}


@pytest.mark.parametrize("name", ["../footfall", "../web", "..", "web/../web", "a b", "", "W"])
def test_names_of_sources_lead_nowhere_else(client: httpx.Client, name: str) -> None:
    response = client.post("/api/v1/query", json={"source": name})
    assert (response.status_code, response.json()["error"]["code"]) in [
        (404, "unknown_source"),
        (400, "invalid_query"),
        (400, "invalid_mapping"),
    ]
    assert "footfall.toml" not in response.text


def test_a_key_made_here_sends_and_a_revoked_one_does_not(server: Running) -> None:
    with server.client(server.token("admin")) as client:
        made = client.post("/api/v1/sources/web/keys", json={"label": "app"}).json()
        assert made["key"].startswith(made["prefix"])
        with server.client(made["key"]) as sender:
            assert sender.post("/v1/events", json={"name": "hi"}).json()["stored"] == 1
        listed = client.get("/api/v1/sources/web/keys").json()["keys"]
        assert [(key["label"], key["revoked_at"]) for key in listed] == [("app", None)]
        assert made["key"] not in json.dumps(listed)
        # A key is revoked by its own source's address only.
        assert client.post("/api/v1/sources", json={"name": "shop"}).status_code == 201
        assert client.delete(f"/api/v1/sources/shop/keys/{made['prefix']}").status_code == 404
        assert client.delete(f"/api/v1/sources/web/keys/{made['prefix']}").status_code == 200
        other = client.post("/api/v1/sources/web/keys", json={}).json()["key"]
        client.delete(f"/api/v1/sources/web/keys/{other[:12]}")
        with server.client(other) as sender:
            assert sender.post("/v1/events", json={"name": "hi"}).status_code == 401


def test_a_token_made_here_works(server: Running) -> None:
    with server.client(server.token("admin")) as client:
        made = client.post("/api/v1/tokens", json={"label": "x", "rights": ["read"]})
        assert made.status_code == 201
        with server.client(made.json()["token"]) as reader:
            assert reader.get("/api/v1/sources").status_code == 200
        listed = client.get("/api/v1/tokens").json()["tokens"]
        assert made.json()["prefix"] in [token["prefix"] for token in listed]
        assert made.json()["token"] not in json.dumps(listed)
        assert client.post("/api/v1/tokens", json={"rights": ["all"]}).status_code == 400


def test_new_events_are_news_within_three_seconds(server: Running) -> None:
    news = server.news_of(EVENTS[:3])
    assert (news["source"], news["n_stored"]) == ("web", 3)


def test_health_tells_what_is_the_matter(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    with server.client() as client:
        assert client.get("/healthz").json()["status"] == "ok"
        assert client.get("/readyz").json()["checks"] == {"intake": "ok", "lake": "ok"}

        def fail() -> None:
            raise OSError("/secret/disk is gone")

        monkeypatch.setattr(server.app.state.lake, "sources", fail)
        broken = client.get("/readyz")
        assert (broken.status_code, broken.json()["checks"]["lake"]) == (503, "OSError")
        assert "secret" not in broken.text
        assert client.get("/healthz").status_code == 200

"""Sources through the API: what they are, and how they are added."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.server.conftest import Running


def test_what_a_source_is(client: httpx.Client) -> None:
    (source,) = client.get("/api/v1/sources").json()["sources"]
    assert source == client.get("/api/v1/sources/web").json()
    assert (source["name"], source["n_events"], source["timezone"]) == ("web", 6, "Europe/Berlin")
    assert (source["first"], source["last"]) == ("2025-03-01T09:00:00Z", "2025-03-02T08:05:00Z")
    columns = {column["name"]: column["type"] for column in source["columns"]}
    assert columns["timestamp"] == "time"
    assert columns["properties.price"] == "float"


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

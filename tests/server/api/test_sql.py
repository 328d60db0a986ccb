"""SQL through the API."""

from __future__ import annotations

import httpx
import pytest


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

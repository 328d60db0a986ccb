"""Joined ids over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.conftest import Running, make_lake, run

PATH = "/api/v1/sources/web/identities"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with run(make_lake(tmp_path / "lake")) as running:
        running.send(
            [
                {"name": "look", "distinct_id": "v1"},
                {"name": "identify", "distinct_id": "anna", "anonymous_id": "v1"},
                {"name": "look", "distinct_id": "ben"},
            ]
        )
        yield running


def test_ids_are_joined_and_parted_and_answers_follow_at_once(server: Running) -> None:
    with server.client(server.token("read", "write")) as client:

        def actors() -> int:
            query = {"source": "web", "metrics": ["actors"], "time_range": "last 24 hours"}
            return client.post("/api/v1/query", json=query).json()["totals"]["actors"]

        assert client.get(PATH, params={"id": "v1"}).json()["actor_id"] == "anna"
        assert actors() == 2
        merged = client.post(f"{PATH}/merge", json={"id": "ben", "into": "anna"}).json()
        assert merged["ids"] == ["anna", "ben", "v1"]
        assert actors() == 1
        assert client.post(f"{PATH}/split", json={"id": "v1"}).json()["actor_id"] == "v1"
        assert actors() == 2
        client.delete(f"{PATH}/decisions", params={"id": "ben"})
        assert actors() == 3


def test_who_may_only_read_decides_nothing(server: Running) -> None:
    with server.client(server.token("read")) as client:
        answer = client.post(f"{PATH}/merge", json={"id": "ben", "into": "anna"})
        assert answer.status_code == 403
    with server.client() as client:
        assert client.get(PATH, params={"id": "v1"}).status_code == 401


def test_an_id_that_is_too_long_is_told(server: Running) -> None:
    longer = "x" * 257
    server.send([{"name": "login", "distinct_id": "anna", "anonymous_id": longer}])
    with server.client(server.token("read", "write")) as client:
        assert client.get(PATH, params={"id": longer}).json()["actor_id"] == longer
        for body in ({"id": longer, "into": "anna"}, {"id": "anna", "into": longer}):
            error = client.post(f"{PATH}/merge", json=body).json()["error"]
            assert error["code"] == "invalid_identity"
            assert "of more than 256 is kept in its events, and joins no other" in error["message"]
        answer = client.post(f"{PATH}/split", json={"id": longer})
        assert (answer.status_code, answer.json()["error"]["parameter"]) == (400, "id")


def test_errors_name_the_way_out(server: Running) -> None:
    with server.client(server.token("read", "write")) as client:
        answer = client.post(f"{PATH}/merge", json={"id": "null", "into": "anna"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_identity")
        assert client.post(f"{PATH}/split", json={}).status_code == 400
        assert client.get(PATH.replace("web", "wep"), params={"id": "a"}).status_code == 404

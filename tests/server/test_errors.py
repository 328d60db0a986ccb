from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
import structlog
from tests.server.conftest import Running

from footfall.errors import (
    Conflict,
    EngineError,
    LimitExceeded,
    Overloaded,
    StaleSnapshot,
    TableDamaged,
)
from footfall.server.logs import configure_logs
from footfall.server.openapi import describe
from footfall.workspace.secrets import TOKEN, WRITE_KEY, new_secret

SHAPE = {"code", "message", "parameter", "suggestions"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "parameter"),
    [
        ("GET", "/nothing", None, 404, "not_found", None),
        ("PUT", "/api/v1/sources", None, 405, "method_not_allowed", None),
        ("GET", "/api/v1/sources/nix", None, 404, "unknown_source", "source"),
        ("GET", "/api/v1/rejects?limit=0", None, 400, "invalid_input", "limit"),
        ("GET", "/api/v1/rejects?limit=x", None, 400, "invalid_input", "limit"),
        ("GET", "/api/v1/rejects?cursor=x", None, 400, "invalid_query", "cursor"),
        ("GET", f"/api/v1/rejects?cursor={'9' * 23}", None, 400, "invalid_query", "cursor"),
        ("GET", "/api/v1/rejects?cursor=-1", None, 400, "invalid_query", "cursor"),
        ("GET", "/api/v1/ledger?time_range=soon", None, 400, "invalid_query", "time_range"),
        ("GET", "/api/v1/ledger?time_range={", None, 400, "invalid_input", "time_range"),
        ("GET", "/api/v1/ledger?timezone=Mars", None, 400, "invalid_query", "timezone"),
        ("GET", "/api/v1/events?source=web&limit=0", None, 400, "invalid_input", "limit"),
        ("GET", "/api/v1/query", None, 400, "invalid_input", "q"),
        ("GET", "/api/v1/ledger?start=2026-11-01", None, 400, "invalid_input", "start"),
        ("GET", "/api/v1/rejects?after=7", None, 400, "invalid_input", "after"),
        ("GET", "/api/v1/sources?source=web", None, 400, "invalid_input", "source"),
        ("GET", "/api/v1/sources/web/identities?name=web&id=u", None, 400, "invalid_input", "name"),
        ("POST", "/api/v1/query?fromat=csv", {"source": "web"}, 400, "invalid_input", "fromat"),
        ("DELETE", "/api/v1/tokens/fft_x?force=1", None, 400, "invalid_input", "force"),
        ("GET", "/api/v1/query?q=nonsense", None, 400, "invalid_query", None),
        ("POST", "/api/v1/query", {"sauce": "web"}, 400, "invalid_query", "sauce"),
        (
            "POST",
            "/api/v1/query",
            {"source": "web", "metrics": ["events", "evnts"]},
            400,
            "invalid_query",
            "metrics[1]",
        ),
        ("POST", "/api/v1/query", {"source": "wbe"}, 404, "unknown_source", "source"),
        ("POST", "/api/v1/sql", {"sql": "drop table web"}, 400, "invalid_sql", None),
        ("POST", "/api/v1/sql", {"statement": "x"}, 400, "invalid_input", None),
        ("POST", "/api/v1/sources", {"name": "Web!"}, 400, "invalid_mapping", "name"),
        ("POST", "/api/v1/sources", {"name": "web"}, 409, "conflict", "name"),
        ("GET", "/api/v1/events?source=web&order=x", None, 400, "invalid_query", "order"),
        ("GET", "/api/v1/events?source=web&filter={", None, 400, "invalid_input", "filter"),
        ("GET", "/api/v1/events?source=web&cursor=x", None, 400, "invalid_query", "cursor"),
    ],
)
def test_every_error_has_one_shape(
    shared_server: Running,
    method: str,
    path: str,
    body: Any,
    status: int,
    code: str,
    parameter: str | None,
) -> None:
    with shared_server.client(shared_server.token("admin")) as client:
        response = client.request(method, path, json=body)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json")
    assert set(response.json()) == {"error"}
    error = response.json()["error"]
    assert set(error) == SHAPE
    assert (error["code"], error["parameter"]) == (code, parameter), error["message"]
    assert error["message"]


@pytest.mark.parametrize(
    ("method", "status", "code"),
    [("PUT", 405, "method_not_allowed"), ("POST", 401, "not_authenticated")],
)
def test_the_intake_tells_errors_in_that_shape(
    shared_server: Running, method: str, status: int, code: str
) -> None:
    with shared_server.client() as client:
        response = client.request(method, "/v1/events", json={"name": "a"})
    assert response.status_code == status
    assert (set(response.json()["error"]), response.json()["error"]["code"]) == (SHAPE, code)


def test_a_foreign_host_is_told_in_that_shape(shared_server: Running) -> None:
    with shared_server.client(Host="evil.example") as client:
        response = client.get("/api/v1/sources")
    assert (response.status_code, set(response.json()["error"])) == (421, SHAPE)


def test_described_errors_are_as_those_sent(shared_server: Running) -> None:
    described = [
        (path, method, status, media["example"])
        for path, methods in describe(shared_server.app.api)["paths"].items()
        for method, operation in methods.items()
        for status, answer in operation["responses"].items()
        # Not being ready is no error but an answer of its own.
        if int(status) >= 400 and path != "/readyz"
        for media in answer.get("content", {}).values()
        if "example" in media
    ]
    assert {status for _, _, status, _ in described} >= {"400", "401", "403", "409", "422"}
    for *place, example in described:
        assert set(example) == {"error"}, place
        assert set(example["error"]) == SHAPE, place


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/tokens/{}x"),
        ("DELETE", "/api/v1/sources/web/keys/{}x"),
        ("GET", "/api/v1/sources/{}"),
        ("GET", "/array/{}/nope"),
        ("GET", "/nope/{}"),
        ("PATCH", "/api/v1/sources/{}"),
        ("GET", "/api/v1/ledger?{}=1"),
        ("GET", "/api/v1/ledger?time_range={}"),
    ],
)
@pytest.mark.parametrize("kind", [TOKEN, WRITE_KEY])
def test_a_secret_in_an_address_is_not_told_back_nor_logged(
    shared_server: Running,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    kind: str,
) -> None:
    secret, logged = new_secret(kind), StringIO()
    with shared_server.client(shared_server.token("admin")) as client, logs_to(logged, monkeypatch):
        answers = [
            client.request(method, path.format(secret), headers={"Accept": accepted})
            for accepted in ("application/json", "text/html")
        ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert secret[12:] not in answer.text
    assert secret[12:] not in logged.getvalue()
    if "?" not in path:
        # What tells it apart from others stays, for whoever reads the log.
        assert f"{secret[:12]}*" in logged.getvalue()


@contextmanager
def logs_to(stream: StringIO, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """The log of `serve`, written to that stream as long as this lasts."""
    root, before = logging.getLogger(), structlog.get_config()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    configure_logs(as_json=True, stream=stream)
    try:
        yield
    finally:
        structlog.configure(**before)


def test_near_names_are_suggested(shared_server: Running) -> None:
    with shared_server.client(shared_server.token()) as client:
        error = client.get("/api/v1/sources/wbe").json()["error"]
        other = client.get("/api/v1/rejects?is_replayd=true").json()["error"]
        bare = client.get("/api/v1/sources?limit=1").json()["error"]
    assert error["suggestions"] == ["web"]
    assert other["suggestions"] == ["is_replayed"]
    assert other["message"] == (
        "There is no parameter 'is_replayd' at /api/v1/rejects; there are code, cursor, "
        "is_replayed, limit, source. Did you mean 'is_replayed'?"
    )
    assert bare["message"] == "There is no parameter 'limit' at /api/v1/sources; it takes none."


def test_pages_and_intake_take_what_others_append(shared_server: Running) -> None:
    key = shared_server.app.state.workspace.keys.create("web", "test").secret
    with shared_server.browser() as browser:
        for path in ("/?utm_source=mail", "/sql?fbclid=x", "/healthz?probe=1", "/docs?x=1"):
            assert browser.get(path).status_code == 200, path
    with shared_server.client() as client:
        sent = client.post(f"/v1/events?key={key}&_=17", json={"name": "a"})
    assert sent.status_code == 200


@pytest.mark.parametrize(
    ("raised", "status", "code", "retry_after"),
    [
        (Conflict("It changed."), 409, "conflict", None),
        (LimitExceeded("Too long."), 422, "limit_exceeded", None),
        (Overloaded("Later.", retry_after=7), 503, "overloaded", "7"),
        (StaleSnapshot("/secret/path is gone"), 503, "busy", "1"),
        (TableDamaged("Run `footfall doctor`."), 500, "table_damaged", None),
        (EngineError("/secret/path exploded"), 500, "internal", None),
        (RuntimeError("/secret/path exploded"), 500, "internal", None),
    ],
)
def test_what_is_raised_inside_keeps_its_secrets(
    shared_server: Running,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    raised: Exception,
    status: int,
    code: str,
    retry_after: str | None,
) -> None:
    def fail() -> None:
        raise raised

    monkeypatch.setattr(shared_server.app.state.lake, "sources", fail)
    with (
        caplog.at_level(logging.CRITICAL),
        shared_server.client(shared_server.token()) as client,
    ):
        response = client.get("/api/v1/sources")
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.headers.get("retry-after") == retry_after
    assert "secret" not in response.text
    if code == "internal":
        assert response.headers["x-request-id"] in response.text


def test_a_body_too_large_is_refused(shared_server: Running) -> None:
    with shared_server.client(shared_server.token()) as client:
        response = client.post(
            "/api/v1/query",
            content=b" " * (2**20 + 1),
            headers={"Content-Type": "application/json"},
        )
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "too_large"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"source": "web", "filter": ' + b'{"not": ' * 3000 + b"{}" + b"}" * 3001,
        b'{"source": "web", "filter": {"field": "timestamp", "operator": "gt", '
        b'"value": "0001-01-01T00:00:00+14:00"}}',
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/query", "/api/v1/sql"])
def test_a_body_made_to_break_is_the_senders_fault(
    shared_server: Running, path: str, body: bytes
) -> None:
    with shared_server.client(shared_server.token()) as client:
        response = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400, response.text

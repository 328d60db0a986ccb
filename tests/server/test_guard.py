from __future__ import annotations

import socket
import threading
from pathlib import Path

import httpx
import pytest
import uvicorn
from tests.server.conftest import Running, make_lake
from tests.waiting import wait_until

from footfall.server.app import create_app
from footfall.server.serve import bind, make_config


@pytest.mark.parametrize("path", ["/healthz", "/", "/nothing", "/api/v1/sources", "/docs.css"])
def test_every_answer_carries_the_security_headers(shared_server: Running, path: str) -> None:
    with shared_server.client() as client:
        headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert len(headers["x-request-id"]) == 16


@pytest.mark.parametrize("path", ["/healthz", "/nothing"])
def test_no_answer_of_serve_names_the_software(tmp_path: Path, path: str) -> None:
    app = create_app(make_lake(tmp_path / "lake"))
    server = uvicorn.Server(make_config(app))
    with bind("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive())
            headers = httpx.get(f"http://127.0.0.1:{listener.getsockname()[1]}{path}").headers
        finally:
            server.should_exit = True
            thread.join()
    assert headers["x-request-id"]
    assert "server" not in headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8790", "127.0.0.1.evil.example"])
def test_a_foreign_host_gets_nothing(shared_server: Running, host: str) -> None:
    token = shared_server.token()
    with shared_server.client(token) as client:
        response = client.get("/api/v1/sources", headers={"Host": host})
    assert response.status_code == 421
    assert response.json()["error"]["code"] == "foreign_host"


def test_a_request_without_a_host_gets_nothing(shared_server: Running) -> None:
    with socket.create_connection(("127.0.0.1", shared_server.port)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 421")


@pytest.mark.parametrize(
    "path",
    [
        "/static/x/../../app.py",
        "/static/x/..%2F..%2Fpages.py",
        "/static/x/%2e%2e/%2e%2e/pages.py",
        "/static/x//etc/passwd",
        "/static/x/....//pages.py",
        "/static/x/js%5C..%5C..%5Cpages.py",
        "/static/..%2F..%2F..%2Fsecret.key/x",
    ],
)
def test_static_files_are_no_way_out(shared_server: Running, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", shared_server.port)) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"import" not in answer


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("DELETE", 405)])
def test_the_log_names_who_asked_for_what_there_is_not(
    shared_server: Running, monkeypatch: pytest.MonkeyPatch, method: str, status: int
) -> None:
    lines: list[dict[str, str]] = []
    monkeypatch.setattr("footfall.server.guard.log.info", lambda *_, **line: lines.append(line))
    path = "/nothing" if status == 404 else "/api/v1/sources"
    token = shared_server.token()
    with shared_server.client(token) as program, shared_server.browser() as browser:
        assert program.request(method, path).status_code == status
        assert browser.request(method, path).status_code == status
    with shared_server.client("fft_wrong") as wrong, shared_server.client() as nobody:
        assert wrong.request(method, path).status_code == status
        assert nobody.request(method, path).status_code == status
    wait_until(lambda: len([line for line in lines if line["path"] == path]) == 4)
    told = sorted(line["who"] for line in lines if line["path"] == path)
    assert told[:2] == ["nobody", "nobody"]
    assert told[2].startswith("session ")
    assert told[3].startswith("token fft_")
    assert token.startswith(told[3].removeprefix("token "))


def test_metrics_are_for_this_machine_or_a_token(shared_server: Running) -> None:
    with shared_server.client() as client:
        here = client.get("/metrics")
        assert here.status_code == 200
        assert "footfall_requests_total{" in here.text
        own = {"Accept": "text/plain", "X-Prometheus-Scrape-Timeout-Seconds": "10"}
        assert client.get("/metrics", headers=own).status_code == 200
    with shared_server.client(shared_server.token("read")) as client:
        assert client.get("/metrics", headers={"Via": "proxy"}).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        *("Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "Client-IP"),
        *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server"),
        *("X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded", "X-Original-URL", "X-Scheme"),
        *("CF-Connecting-IP", "CF-Ray", "True-Client-IP", "CDN-Loop", "Fastly-Client-IP"),
        *("X-Envoy-External-Address", "X-Amzn-Trace-Id", "X-Host", "Front-End-Https"),
    ],
)
def test_a_proxy_on_this_machine_asks_for_somebody_elsewhere(
    shared_server: Running, header: str
) -> None:
    with shared_server.client() as client:
        assert client.get("/metrics", headers={header: "10.1.2.3"}).status_code == 401


def test_a_caller_that_goes_away_is_no_fault(
    shared_server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr("footfall.server.errors.log.error", lambda *text, **_: told.append(text))
    token = shared_server.token()
    head = (
        f"POST /api/v1/query HTTP/1.1\r\nHost: 127.0.0.1:{shared_server.port}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", shared_server.port)) as connection:
        connection.sendall(head.encode())
    line = 'method="POST",route="/api/v1/query",status="499"'
    with shared_server.client() as client:
        wait_until(lambda: line in client.get("/metrics").text)
        assert 'route="/api/v1/query",status="500"' not in client.get("/metrics").text
    assert told == []


def test_metrics_count_patterns_and_never_paths(shared_server: Running) -> None:
    with shared_server.client() as client:
        client.get("/no/such/path/secret-1")
        client.get("/api/v1/sources/secret-2")
        text = client.get("/metrics").text
    assert "secret" not in text
    assert 'route="/api/v1/sources/{name}",status="401"' in text
    assert 'route="none",status="404"' in text

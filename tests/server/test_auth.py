from __future__ import annotations

import http.cookies

import httpx
import pytest
from tests.server.conftest import Running

READ = [
    ("GET", "/api/v1/sources"),
    ("GET", "/api/v1/sources/web"),
    ("GET", "/api/v1/query?q=%7B%22source%22%3A%22web%22%7D"),
    ("POST", "/api/v1/query"),
    ("POST", "/api/v1/sql"),
    ("GET", "/api/v1/events?source=web"),
    ("GET", "/api/v1/sessions?source=web"),
    ("GET", "/api/v1/intervals?source=web&name=visit"),
    ("GET", "/api/v1/sources/web/identities?id=u1"),
    ("GET", "/api/v1/rejects"),
    ("GET", "/api/v1/rejects/export"),
    ("GET", "/api/v1/ledger"),
    ("GET", "/api/v1/live"),
    ("GET", "/openapi.json"),
]
WRITE = [
    ("POST", "/api/v1/sources"),
    ("POST", "/api/v1/sources/web/properties"),
    ("POST", "/api/v1/rejects/replay"),
    ("POST", "/api/v1/sources/web/identities/merge"),
    ("POST", "/api/v1/sources/web/identities/split"),
    ("DELETE", "/api/v1/sources/web/identities/decisions?id=u1"),
]
ADMIN = [
    ("GET", "/api/v1/sources/web/keys"),
    ("POST", "/api/v1/sources/web/keys"),
    ("DELETE", "/api/v1/sources/web/keys/ffw_x"),
    ("GET", "/api/v1/sources/web/embeds"),
    ("POST", "/api/v1/sources/web/embeds"),
    ("DELETE", "/api/v1/sources/web/embeds/ffw_x"),
    ("GET", "/api/v1/tokens"),
    ("POST", "/api/v1/tokens"),
    ("DELETE", "/api/v1/tokens/fft_x"),
]
PAGES = ["/", "/sql", "/docs"]
OPEN = {
    "/v1/events",
    "/healthz",
    "/readyz",
    "/metrics",
    "/login",
    "/docs.css",
    # Answers to whoever has a token in the address; see test_embedding.
    "/embed/overview",
    "/static/{digest}/{name:path}",
}


def test_every_route_is_known_to_these_tests(shared_server: Running) -> None:
    """A new route has to be put into one of the lists above, or this fails."""
    schema = shared_server.app.api.openapi()
    described = {
        (method.upper(), path)
        for path, methods in schema["paths"].items()
        for method in methods
        if path not in OPEN
    }
    listed = {
        (method, path.partition("?")[0].replace("/web", "/{name}").replace("ffw_x", "{prefix}"))
        for method, path in READ + WRITE + ADMIN
    }
    listed = {(method, path.replace("fft_x", "{prefix}")) for method, path in listed}
    assert described == listed - {("GET", "/openapi.json")}
    hidden = {
        route.path
        for route in shared_server.app.api.routes
        if not getattr(route, "include_in_schema", True)
    }
    assert hidden <= OPEN | {*PAGES, "/openapi.json", "/logout"}


@pytest.mark.parametrize(("method", "path"), READ + WRITE + ADMIN)
def test_nobody_gets_nothing(shared_server: Running, method: str, path: str) -> None:
    with shared_server.client() as client:
        response = client.request(method, path)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), READ + WRITE + ADMIN)
@pytest.mark.parametrize(
    "authorization",
    [
        *("Bearer fft_wrong", "Bearer", "Basic dTpw", "fft_wrong", "Bearer \xff\xfe"),
        *("Embed f1.e30.e30", "Embed", "Embed fft_wrong", "Bearer f1.e30.e30", "Embed \xff\xfe"),
    ],
)
def test_a_wrong_token_gets_nothing(
    shared_server: Running, method: str, path: str, authorization: str
) -> None:
    header = {"Authorization": authorization.encode("latin-1")}
    with shared_server.client() as client:
        assert client.request(method, path, headers=header).status_code == 401


@pytest.mark.parametrize(("method", "path"), READ + WRITE + ADMIN)
def test_a_write_key_is_no_token(shared_server: Running, method: str, path: str) -> None:
    key = shared_server.app.state.workspace.keys.create("web", "k").secret
    with shared_server.client(key) as client:
        response = client.request(method, path)
    assert response.status_code == 403
    assert "only sends events" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("right", "calls"),
    [("read", WRITE + ADMIN), ("write", READ + ADMIN)],
    ids=["read", "write"],
)
def test_each_right_is_good_for_its_own(
    shared_server: Running, right: str, calls: list[tuple[str, str]]
) -> None:
    needed = {**dict.fromkeys(READ, "read"), **dict.fromkeys(WRITE, "write")}
    with shared_server.client(shared_server.token(right)) as client:
        for call in calls:
            response = client.request(*call, json={"name": "evil"})
            assert response.status_code == 403, call
            message = response.json()["error"]["message"]
            assert f"this needs {needed.get(call, 'admin')}." in message


def test_a_token_to_write_keeps_sources(server: Running) -> None:
    with server.client(server.token("write")) as client:
        assert client.post("/api/v1/sources", json={"name": "shop"}).status_code == 201
        assert client.get("/api/v1/sources").status_code == 403


def test_a_revoked_token_gets_nothing_at_once(shared_server: Running) -> None:
    token = shared_server.token("admin")
    with shared_server.client(token) as client:
        assert client.get("/api/v1/sources").status_code == 200
        assert client.delete(f"/api/v1/tokens/{token[:12]}").status_code == 200
        assert client.get("/api/v1/sources").status_code == 401


def test_a_wrong_token_is_not_made_up_for_by_a_cookie(shared_server: Running) -> None:
    with shared_server.browser() as browser:
        wrong = browser.get("/api/v1/sources", headers={"Authorization": "Bearer fft_wrong"})
        assert wrong.status_code == 401


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_for_a_login(shared_server: Running, path: str) -> None:
    with shared_server.client() as client:
        response = client.get(path)
    assert response.status_code == 401
    assert "footfall token login" in response.text
    with shared_server.browser() as browser:
        assert browser.get(path).status_code == 200


def test_a_login_link_works_once(shared_server: Running) -> None:
    key = shared_server.app.state.workspace.logins.create()
    with shared_server.client() as first, shared_server.client() as second:
        response = first.get("/login", params={"key": key})
        assert (response.status_code, response.headers["location"]) == (303, "/")
        assert response.headers["referrer-policy"] == "no-referrer"
        refused = second.get("/login", params={"key": key})
        assert refused.status_code == 401
        assert "works once" in refused.text
        assert "<code>footfall token login</code>" in refused.text
        assert second.get("/").status_code == 401
        # The browser that is logged in may open its link again.
        assert first.get("/login", params={"key": key}).status_code == 303


def test_the_cookie_is_kept_from_scripts_and_other_sites(shared_server: Running) -> None:
    key = shared_server.app.state.workspace.logins.create()
    with shared_server.client() as client:
        response = client.get("/login", params={"key": key})
    cookie = http.cookies.SimpleCookie(response.headers["set-cookie"])
    (morsel,) = cookie.values()
    assert morsel["httponly"] is True
    assert morsel["samesite"] == "lax"
    assert morsel["path"] == "/"
    assert int(morsel["max-age"]) == 30 * 86400


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
        lambda value: value.partition(".")[0],
        lambda value: value.partition(".")[0] + ".",
        lambda value: "ffs_" + "x" * 43 + "." + value.partition(".")[2],
        lambda value: "",
        lambda value: ".",
    ],
)
def test_a_cookie_that_was_changed_is_worth_nothing(shared_server: Running, change: object) -> None:
    assert callable(change)
    with shared_server.browser() as browser:
        ((name, value),) = browser.cookies.items()
        with shared_server.client(Cookie=f"{name}={change(value)}") as forged:
            assert forged.get("/api/v1/sources").status_code == 401
        with shared_server.client(Cookie=f"{name}={value}") as same:
            assert same.get("/api/v1/sources").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "{url}"}, 201),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_changes_by_cookie_come_from_our_own_pages(
    shared_server: Running, headers: dict[str, str], status: int
) -> None:
    headers = {name: value.format(url=shared_server.url) for name, value in headers.items()}
    with shared_server.browser() as browser:
        response = browser.post("/api/v1/sources/web/keys", json={}, headers=headers)
    assert response.status_code == status


def test_a_form_of_another_site_is_no_json(shared_server: Running) -> None:
    with shared_server.client(shared_server.token("admin")) as client:
        response = client.post(
            "/api/v1/tokens", content='{"label": "x"}', headers={"Content-Type": "text/plain"}
        )
    assert response.status_code == 400
    assert response.json()["error"]["parameter"] == "Content-Type"


def test_logging_out_ends_the_session(shared_server: Running) -> None:
    with shared_server.browser() as browser:
        before = dict(browser.cookies)
        same_site = {"Sec-Fetch-Site": "same-origin"}
        assert browser.post("/logout").status_code == 403
        assert browser.post("/logout", headers=same_site).headers["location"] == "/login"
        assert not browser.cookies
        again = browser.post("/logout", headers=same_site)
        assert again.status_code == 401
        assert "footfall token login" in again.text
        ((name, value),) = before.items()
        with shared_server.client(Cookie=f"{name}={value}") as stolen:
            assert stolen.get("/api/v1/sources").status_code == 401


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/sql?q=1#x", "/sql?q=1#x"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("", "/"),
    ],
)
def test_a_login_leads_nowhere_else(shared_server: Running, asked: str, location: str) -> None:
    key = shared_server.app.state.workspace.logins.create()
    with shared_server.client() as client:
        response = client.get("/login", params={"key": key, "next": asked})
    assert (response.status_code, response.headers["location"]) == (303, location)


def test_two_servers_on_one_machine_do_not_log_each_other_out(
    shared_server: Running, server: Running
) -> None:
    # A browser shares cookies between the ports of a host.
    assert shared_server.app.state.cookies.name != server.app.state.cookies.name
    with shared_server.browser() as first, server.browser() as second:
        both = {**dict(first.cookies), **dict(second.cookies)}
    for running in (shared_server, server):
        with httpx.Client(base_url=running.url, cookies=both, timeout=60) as client:
            assert client.get("/api/v1/sources").status_code == 200

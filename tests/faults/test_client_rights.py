"""What a key may, what an id that all can read may, and what nobody may."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psutil
import pytest
from tests.faults.server_process import ID, Process, serving, wait_until

from footfall.model.time import utc_now
from footfall.workspace.workspace import Workspace

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with serving(tmp_path_factory.mktemp("rights") / "lake") as server:
        yield server
        server.stop()
        server.check()


def message(event_id: str, key: str = "", **more: object) -> bytes:
    event = {"type": "track", "event": event_id, "messageId": event_id, "userId": "u1", **more}
    return json.dumps({"writeKey": key, "batch": [event]}).encode()


def names(server: Process) -> list[str]:
    server.settle()
    return [row["name"] for row in server.rows()]


def test_a_key_that_was_revoked_is_refused_soon(server: Process) -> None:
    with Workspace(server.root, utc_now) as workspace:
        made = workspace.keys.create("web", "short")
        paths = (f"/k/{made.secret}/v1/batch", "/v1/batch")
        for path in paths:
            assert server.ask("POST", path, message("before", made.secret))[0] == 200
        workspace.keys.revoke(made.info.prefix)
    # It is remembered for some seconds.
    for path in paths:
        wait_until(lambda path=path: server.ask("POST", path, message("x", made.secret))[0] == 401)
    headers = {"x_footfall_key": made.secret}
    assert server.ask("POST", "/v1/events", b'{"name":"y"}', **headers)[0] == 401
    assert "y" not in names(server)


def test_addresses_are_believed_with_a_secret_key_only(server: Process) -> None:
    told = {"context": {"ip": "81.10.3.4", "userAgent": AGENT}}
    assert server.ask("POST", "/v1/batch", message("by id", ID, **told))[0] == 200
    assert server.ask("POST", "/v1/batch", message("by key", server.key, **told))[0] == 200
    server.settle()
    countries = {row["name"]: row["country"] for row in server.rows()}
    assert (countries["by id"], bool(countries["by key"])) == (None, True)


@pytest.mark.parametrize(
    "path",
    ["/k/x/../../v1/events", "/k/x/..%2f..%2fv1/events", "//e", "/e%2f", "/%65/../e/", "/k//e/",
     "/k/%00/e/", "/k/%0d%0aset-cookie:%20a=b/e/", "/k/%ff%fe/e/", "/k/..;/e/", "/k/'--/e/",
     "/k/%F0%9F%94%91/e/", "/k/{key}/../{key}/e/", "/K/{key}/e/", "/k/{key}/k/{key}/e/",
     "/k/{key}//e/", "/k/{key}/v1/events", "/k/{key}/api/v1/sources", "/k/{key}/%2e%2e/e/"],
)  # fmt: skip
def test_paths_that_try_tricks_lead_nowhere(server: Process, path: str) -> None:
    body = json.dumps({"event": f"trick {path}", "distinct_id": "u1"}).encode()
    status, headers, answer = server.ask("POST", path.replace("{key}", server.key), body)
    assert 400 <= status < 500
    assert "set-cookie" not in headers
    assert server.key.encode() not in answer or "{key}" in path
    assert f"trick {path}" not in names(server)


@pytest.mark.parametrize("wanted", ["%20{key}", "{key}%20", "{key}%00", "{key}%0a"])
def test_a_key_with_something_around_it_is_another(server: Process, wanted: str) -> None:
    path = f"/k/{wanted.format(key=server.key)}/v1/batch"
    assert server.ask("POST", path, message("around"))[0] == 401


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "GET"])
@pytest.mark.parametrize("path", ["/e/", "/v1/batch", "/v1/events", "/i", "/api/event", "/nowhere"])
@pytest.mark.parametrize(
    "origin", ["https://shop.example", "null", "*", "https://a b\t", "x" * 999]
)
def test_no_page_gets_credentials_for_all(
    server: Process, method: str, path: str, origin: str
) -> None:
    asked = {"access_control_request_method": "POST", "access_control_request_headers": "*"}
    _, headers, _ = server.ask(method, path, b"{}", origin=origin, **asked)
    allowed = headers.get("access-control-allow-origin")
    if headers.get("access-control-allow-credentials") == "true":
        assert allowed != "*"
    if path == "/nowhere":
        assert allowed is None


def test_pages_of_others_cannot_read_what_is_kept(server: Process) -> None:
    for path in ("/api/v1/sources", "/api/v1/events", "/", "/login"):
        _, headers, _ = server.ask("GET", path, origin="https://evil.example")
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("name", ["origin", "access-control-request-headers",
                                  "webhook-request-origin", "user-agent", "referer"])  # fmt: skip
@pytest.mark.parametrize("break_", [b"\r", b"\n", b"\r\n ", b"\0", b"\x0b"])
def test_no_header_of_a_request_splits_an_answer(server: Process, name: str, break_: bytes) -> None:
    head = b"OPTIONS /cloudevents HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
    heard = server.talk(head + b"%s: a%sset-cookie: b\r\n\r\n" % (name.encode(), break_))
    lines = heard.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert not any(line.lower().startswith((b"set-cookie", b" ", b"\t")) for line in lines)
    assert not any(bad in line for line in lines for bad in (b"\r", b"\n", b"\0"))


def warm(server: Process) -> None:
    """Have the server load all that it loads late, which is not what is measured."""
    for n in range(20):
        assert server.ask("POST", "/v1/batch", message(f"warm {n}", ID))[0] == 200
    server.settle()


def test_keys_made_up_by_the_thousand_fill_neither_memory_nor_log(server: Process) -> None:
    warm(server)
    before, log = server.memory(), server.log.stat().st_size
    for n in range(4):
        events = [{"type": "track", "event": "a", "userId": "u", "writeKey": f"{n}-{m}" + "k" * 200}
                  for m in range(5000)]  # fmt: skip
        status, _, answer = server.ask("POST", "/v1/batch", json.dumps({"batch": events}).encode())
        assert status == 401
        assert len(answer) < 2000
    for n in range(100):
        assert server.ask("POST", f"/k/{n}/v1/batch", message("flood", f"flood-{n}"))[0] == 401
    assert server.log.stat().st_size - log < 20_000
    assert server.memory() - before < 200 * 2**20
    assert server.ask("POST", "/v1/batch", message("after the flood", server.key))[0] == 200


def test_agents_of_many_kilobytes_are_not_remembered(server: Process) -> None:
    warm(server)
    answering = psutil.Process(server.pid)
    before = answering.memory_info().rss
    for n in range(600):
        agent = f"{n}" + "a" * 60_000
        status, *_ = server.ask("POST", "/v1/batch", message(f"agent {n}", ID), user_agent=agent)
        assert status == 200
    # Thirty-six megabytes came, in two forms.
    assert answering.memory_info().rss - before < 50 * 2**20

"""Requests that are wrong as HTTP, on trackers' paths and on Footfall's own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.faults.server_process import Process, serving

EVENT = b'{"name":"a","distinct_id":"u1","event_id":"%d"}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    # Whoever does not send the rest of a request is let go of after two seconds.
    settings = '[intake]\nmove_every = "50ms"\n[server]\nrequest_timeout = "2s"\n'
    with serving(tmp_path_factory.mktemp("wire") / "lake", settings) as server:
        yield server


def request(server: Process, *headers: str, path: str = "/v1/events", body: bytes = b"") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: x", f"x-footfall-key: {server.key}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def statuses(heard: bytes) -> list[int]:
    """Statuses of the answers in what was heard, one after another."""
    return [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]


def names_of(server: Process, prefix: str) -> list[str]:
    server.settle()
    return sorted(row["event_id"] for row in server.rows() if row["event_id"].startswith(prefix))


def event(event_id: str) -> bytes:
    return json.dumps({"name": "a", "distinct_id": "u1", "event_id": event_id}).encode()


@pytest.mark.parametrize(
    "headers",
    [
        ("content-length: -1",),
        ("content-length: +5",),
        ("content-length: 5x",),
        ("content-length: 5, 6",),
        ("content-length: 5", "content-length: 6"),
        ("content-length: 99999999999999999999999",),
        ("content-length: 5", "transfer-encoding: chunked"),
        ("transfer-encoding: chunked", "content-length: 5"),
        ("transfer-encoding: chunked, identity",),
        ("transfer-encoding: xchunked",),
        ("transfer-encoding : chunked",),
        (" x: folded",),
        ("x: a\rb",),
        ("x: a\nb c",),
        ("x: a\0b",),
        ("no colon",),
        (": no name",),
        ("bad name: 1",),
    ],
)
@pytest.mark.parametrize("path", ["/v1/events", "/v1/batch"])
def test_heads_that_two_servers_could_read_differently_are_refused(
    server: Process, headers: tuple[str, ...], path: str
) -> None:
    inner = request(server, "content-length: 49", body=event("smuggled"))
    heard = server.talk(request(server, *headers, path=path, body=b"0\r\n\r\n" + inner))
    assert statuses(heard)[:1] == [400]


@pytest.mark.parametrize(
    "line",
    [b"GET", b"GET /", b"GET / HTTP/9.9", b"\x16\x03\x01\x02\x00\x01", b"GET http:// HTTP/1.1",
     b"GET /\xff\xfe HTTP/1.1", b"CONNECT x:1 HTTP/1.1", b"GET /\x00 HTTP/1.1",
     b"PRI * HTTP/2.0"],
)  # fmt: skip
def test_first_lines_that_are_none(server: Process, line: bytes) -> None:
    heard = server.talk(line + b"\r\nhost: x\r\n\r\n")
    assert statuses(heard)[:1] in ([400], [404], [405], [408], [421])


def test_a_body_shorter_than_announced_is_not_taken(server: Process) -> None:
    body = event("short")
    heard = server.talk(request(server, f"content-length: {len(body) + 5}", body=body))
    assert statuses(heard) == [408]
    assert names_of(server, "short") == []


def test_a_body_longer_than_announced_is_one_event_and_rubbish(server: Process) -> None:
    body = event("long")
    heard = server.talk(request(server, f"content-length: {len(body)}", body=body + b"xx\r\n\r\n"))
    assert statuses(heard)[-1] == 400
    assert names_of(server, "long") in ([], ["long"])


def test_requests_behind_one_another_are_answered_in_order(server: Process) -> None:
    bodies = [event(f"behind{n}") for n in range(5)]
    heads = [f"content-length: {len(body)}" for body in bodies]
    requests = [request(server, head, body=body) for head, body in zip(heads, bodies, strict=True)]
    last = request(server, "content-length: 2", "connection: close", path="/e/", body=b"[{")
    heard = server.talk(b"".join(requests) + last)
    assert statuses(heard) == [200] * 5 + [400]
    assert len(names_of(server, "behind")) == 5


def test_chunks_with_rubbish_behind_them(server: Process) -> None:
    body = event("chunked")
    chunk = b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    heard = server.talk(
        request(server, "transfer-encoding: chunked", body=chunk + b"rubbish\r\n\r\n")
    )
    assert statuses(heard)[-1] == 400
    assert names_of(server, "chunked") in ([], ["chunked"])


@pytest.mark.parametrize("size", [b"-5", b"fffffffffffffffff", b"0x5", b"5 5", b""])
def test_chunks_without_a_size(server: Process, size: bytes) -> None:
    body = size + b"\r\nabcde\r\n0\r\n\r\n"
    heard = server.talk(request(server, "transfer-encoding: chunked", body=body))
    assert statuses(heard)[:1] == [400]


def test_a_body_that_is_announced_larger_than_allowed_is_not_waited_for(server: Process) -> None:
    for path in ("/v1/events", "/v1/batch"):
        head = request(server, "content-length: 99000000000", "expect: 100-continue", path=path)
        assert statuses(server.talk(head))[0] == 413


def test_an_upgrade_to_what_there_is_not_is_an_ordinary_request(server: Process) -> None:
    head = request(server, "connection: upgrade, close", "upgrade: websocket", path="/userale")
    assert statuses(server.talk(head))[0] < 500


def test_many_headers_of_one_name(server: Process) -> None:
    heard = server.talk(
        request(server, *[f"x-{n}: {n}" for n in range(2000)], "content-length: 2",
                "connection: close", path="/e/", body=b"{}")
    )  # fmt: skip
    assert statuses(heard) == [400]


def test_the_server_is_as_well_as_before(server: Process) -> None:
    """Last, after all of the above."""
    body = event("after")
    status, *_ = server.ask("POST", "/v1/events", body, x_footfall_key=server.key)
    assert status == 200
    assert names_of(server, "smuggled") == []
    server.stop()
    server.check()
    assert "Traceback" not in server.log.read_text("utf-8")

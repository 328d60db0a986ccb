"""Slow senders on a real socket; nothing is asserted of how long anything takes."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.server.conftest import Running, make_lake, run
from tests.server.test_serve import serving
from tests.waiting import PATIENCE, wait_until

from footfall.server.arrival import SLOWEST, arrival

SECONDS = 0.4
EVENT = b'{"name":"view","distinct_id":"u1"}'

Connect = Callable[[], socket.socket]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    lake = make_lake(tmp_path_factory.mktemp("arrival") / "lake")
    with run(lake, http=arrival(SECONDS)) as running:
        yield running


@pytest.fixture
def connect(server: Running) -> Iterator[Connect]:
    with connecting(server) as connect:
        yield connect


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Running]:
    """A server whose time no machine needs, for what is refused or taken for other reasons."""
    with run(make_lake(tmp_path / "lake"), http=arrival(PATIENCE)) as running:
        yield running


@contextmanager
def connecting(server: Running) -> Generator[Connect]:
    opened: list[socket.socket] = []

    def connect() -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def head(server: Running, n_bytes: int, path: str = "/v1/events") -> bytes:
    key = server.app.state.workspace.keys.create("web", "test").secret
    bearer = server.token("read") if path.startswith("/api") else key
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"Authorization: Bearer {bearer}",
        "Content-Type: application/json",
        f"Content-Length: {n_bytes}",
    )
    return "\r\n".join([*lines, "", ""]).encode()


def until_closed(connection: socket.socket) -> bytes:
    """What comes before the server closes the connection; fails if it does not."""
    heard = b""
    while piece := connection.recv(65536):
        heard += piece
    return heard


def answer(connection: socket.socket) -> bytes:
    """One answer, whose body ends with a brace; the connection stays open."""
    heard = b""
    while not heard.endswith(b"}"):
        piece = connection.recv(65536)
        assert piece, heard
        heard += piece
    return heard


@pytest.mark.parametrize("path", ["/v1/events", "/api/v1/query"])
def test_a_body_that_does_not_come_is_told_and_let_go(
    server: Running, connect: Connect, path: str
) -> None:
    connection = connect()
    connection.sendall(head(server, 1000, path) + EVENT)
    told, _, body = until_closed(connection).partition(b"\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"connection: close" in told
    assert json.loads(body)["error"]["code"] == "too_slow"
    # What was there of it is held no longer.
    wait_until(lambda: server.app.state.events._intake.load.waiting == 0)
    assert server.app.state.lake.table("web").snapshot().n_rows == 0


@pytest.mark.parametrize("sent", [b"P", b"POST /v1/events HTTP/1.1\r\nHost: x", b"\r\n"])
def test_headers_that_do_not_come_are_told(connect: Connect, sent: bytes) -> None:
    connection = connect()
    connection.sendall(sent)
    assert until_closed(connection).startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_says_nothing_is_closed(connect: Connect) -> None:
    assert until_closed(connect()) == b""


def test_a_large_body_has_longer(server: Running, connect: Connect) -> None:
    connection = connect()
    body = b'{"name":"a","distinct_id":"u1","event_id":"long","note":"'
    body += b"x" * 4 * SLOWEST + b'"}'
    connection.sendall(head(server, len(body)))
    for place in range(0, len(body), SLOWEST // 2):
        connection.sendall(body[place : place + SLOWEST // 2])
        # Nine pieces: more than the time that a small body has, less than it takes at worst.
        time.sleep(SECONDS / 5)
    assert answer(connection).startswith(b"HTTP/1.1 200 ")


def test_only_requests_that_are_under_way_are_timed(server: Running, connect: Connect) -> None:
    connection = connect()
    for _ in range(2):
        connection.sendall(head(server, len(EVENT)) + EVENT)
        assert answer(connection).startswith(b"HTTP/1.1 200 ")
        # Between requests it may be silent for longer.
        time.sleep(SECONDS * 1.5)
    connection.sendall(head(server, len(EVENT)) + EVENT[:-1])
    assert until_closed(connection).startswith(b"HTTP/1.1 408 ")


def test_an_answer_may_last(server: Running, connect: Connect) -> None:
    with server.client(server.token()) as client, client.stream("GET", "/api/v1/live") as stream:
        lines = stream.iter_lines()
        next(lines)
        time.sleep(SECONDS * 2)
        # In one piece: it is to be there in time on any machine.
        connect().sendall(head(server, len(EVENT)) + EVENT)
        assert any("web" in line for line in lines)


def test_what_was_refused_early_is_not_read_for_ever(server: Running, connect: Connect) -> None:
    connection = connect()
    connection.sendall(head(server, 2**40) + EVENT)
    # The answer to its length comes at once; the body that follows is not waited for.
    heard = until_closed(connection)
    assert heard.startswith(b"HTTP/1.1 413 ")
    assert heard.count(b"HTTP/1.1") == 1


def test_the_setting_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_SERVER_REQUEST_TIMEOUT", "1s")
    lake = make_lake(tmp_path / "lake")
    with serving(lake.root) as (_, lines):
        port = int("".join(lines).partition("127.0.0.1:")[2].partition("/")[0].split()[0])
        with closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n")
            assert b"within 1 seconds" in until_closed(connection)


ENDLESS = {
    "address": (b"POST /v1/events?", b"x" * 65536),
    "header": (b"POST /v1/events HTTP/1.1\r\nx-long: ", b"x" * 65536),
    "headers": (b"POST /v1/events HTTP/1.1\r\n", b"x-a: 1\r\n" * 8192),
    "chunk's extension": (
        b"POST /v1/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2;",
        b"x" * 65536,
    ),
    "trailer": (
        b"POST /v1/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: ",
        b"x" * 65536,
    ),
}


@pytest.mark.parametrize("part", ENDLESS)
def test_what_comes_around_a_body_has_an_end(connect: Connect, part: str) -> None:
    begin, more = ENDLESS[part]
    connection = connect()
    connection.sendall(begin)
    n_sent = 0
    try:
        while n_sent < 2**24:
            n_sent += connection.send(more)
    except OSError:
        pass
    assert n_sent < 2**24


def test_a_head_that_is_too_long_is_told(patient: Running) -> None:
    with connecting(patient) as connect:
        connection = connect()
        connection.sendall(b"GET /healthz HTTP/1.1\r\nx-long: " + b"x" * 65_000)
        time.sleep(0.1)
        # Few enough to be read at once: who closes with some unread takes the answer back.
        connection.sendall(b"x" * 1_000)
        heard = until_closed(connection)
    assert heard.startswith(b"HTTP/1.1 431 ")
    assert b"send what is long as the body" in heard


def test_bodies_may_come_in_the_smallest_pieces(patient: Running) -> None:
    """100,000 chunks of one byte: six bytes on the wire for each that counts."""
    event = EVENT[:-1] + b" " * (100_000 - len(EVENT)) + b"}"
    request = head(patient, 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    body = b"".join(b"1\r\n%c\r\n" % byte for byte in event) + b"0\r\n\r\n"
    with connecting(patient) as connect:
        connection = connect()
        connection.sendall(request + body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")

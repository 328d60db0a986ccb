"""Answers of one piece on a real socket: the same as those that go the usual way."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.server.conftest import Running, make_lake, run

from footfall.server import intake_http
from footfall.server.arrival import arrival
from footfall.server.gathered import gathered

Head = dict[str, str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    lake = make_lake(tmp_path_factory.mktemp("whole") / "lake")
    with run(lake, http=gathered(arrival(30))) as running:
        yield running


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Statuses of the answers that went the usual way."""
    found: list[int] = []
    send = vars(intake_http)["_send"]

    async def note(send_: object, status: int, *rest: object) -> None:
        found.append(status)
        await send(send_, status, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(intake_http, "_send", note)
    return found


def request(server: Running, event_id: str, *more: str) -> bytes:
    body = f'{{"name":"a","event_id":"{event_id}"}}'
    key = server.app.state.workspace.keys.create("web", "test").secret
    lines = ("POST /v1/events HTTP/1.1", f"Host: 127.0.0.1:{server.port}", f"X-Footfall-Key: {key}",
             f"Content-Length: {len(body)}", *more)  # fmt: skip
    return "\r\n".join([*lines, "", body]).encode()


def answers(server: Running, content: bytes, number: int) -> list[tuple[Head, bytes]]:
    """So many answers to what is sent in one piece, and nothing behind them."""
    address = ("127.0.0.1", server.port)
    with closing(socket.create_connection(address, timeout=20)) as connection:
        connection.sendall(content)
        with connection.makefile("rb") as stream:
            found = [_answer(stream.readline, stream.read) for _ in range(number)]
            connection.shutdown(socket.SHUT_WR)
            assert stream.read() == b""
    return found


def _answer(line, read) -> tuple[Head, bytes]:  # type: ignore[no-untyped-def]
    assert line() == b"HTTP/1.1 200 OK\r\n"
    head: Head = {}
    while (text := line().decode().rstrip("\r\n")) != "":
        name, _, value = text.partition(": ")
        head[name] = value
    return head, read(int(head["content-length"]))


def test_both_ways_say_the_same(server: Running, usual: list[int]) -> None:
    ((whole, body),) = answers(server, request(server, "1"), 1)
    assert usual == []
    assert body == b'{"stored":1,"duplicates":0,"rejected":[]}'
    ((parted, body),) = answers(server, request(server, "2", "Origin: https://a.example"), 1)
    assert usual == [200]
    assert body == b'{"stored":1,"duplicates":0,"rejected":[]}'
    assert parted.pop("access-control-allow-origin") == "https://a.example"
    assert parted.pop("vary") == "origin"
    assert whole.pop("date")
    assert parted.pop("date")
    assert whole == parted
    assert whole["cache-control"] == "no-store"


def test_a_connection_goes_on_behind_such_an_answer(server: Running, usual: list[int]) -> None:
    address = ("127.0.0.1", server.port)
    with closing(socket.create_connection(address, timeout=20)) as connection:
        stream = connection.makefile("rb")
        for number in range(3):
            connection.sendall(request(server, f"go-{number}"))
            assert b'"stored":1' in _answer(stream.readline, stream.read)[1]
        stream.close()
    assert usual == []


def test_requests_sent_without_waiting_are_answered_in_order(server: Running) -> None:
    ids = ["p1", "p2", "p1"]
    found = answers(server, b"".join(request(server, each) for each in ids), 3)
    bodies = [body for _, body in found]
    assert bodies[:2] == [b'{"stored":1,"duplicates":0,"rejected":[]}'] * 2
    assert bodies[2] == b'{"stored":0,"duplicates":1,"rejected":[]}'


def test_who_wants_no_more_has_the_connection_closed(server: Running, usual: list[int]) -> None:
    content = request(server, "c1", "Connection: close")
    ((head, body),) = answers(server, content, 1)
    assert (head["connection"], usual) == ("close", [200])
    assert b'"stored":1' in body


def test_a_server_that_does_not_know_it_answers_all_the_same(
    tmp_path: Path, usual: list[int]
) -> None:
    with run(make_lake(tmp_path / "lake")) as plain:
        ((_, body),) = answers(plain, request(plain, "1"), 1)
    assert (usual, body) == ([200], b'{"stored":1,"duplicates":0,"rejected":[]}')

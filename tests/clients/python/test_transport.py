from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from tests.clients.python.sink import Sink, serving

from footfall_client.sender import pack
from footfall_client.transport import HttpTransport, Outcome, retry_after

BODY = pack([b'{"event_id":"1","name":"x"}', b'{"event_id":"2","name":"y"}'])


@pytest.fixture
def sink() -> Iterator[Sink]:
    with serving() as sink:
        yield sink


@pytest.fixture
def transport(sink: Sink) -> Iterator[HttpTransport]:
    transport = HttpTransport(f"{sink.url}/base/", "ffw_1", timeout=60)
    transport.load()
    yield transport
    transport.close()


def test_a_batch_goes_out_packed_with_its_key(sink: Sink, transport: HttpTransport) -> None:
    outcome = transport.send(BODY)
    assert (outcome.kind, outcome.stored, outcome.duplicates) == ("stored", 2, 0)
    (headers,) = sink.requests
    assert headers["path"] == "/base/v1/events"
    assert headers["Authorization"] == "Bearer ffw_1"
    assert headers["Content-Encoding"] == "gzip"


def test_the_connection_is_kept(sink: Sink, transport: HttpTransport) -> None:
    outcomes = [transport.send(BODY) for _ in range(3)]
    assert [outcome.duplicates for outcome in outcomes] == [0, 2, 2]
    assert sink.n_connections == 1


@pytest.mark.parametrize(
    ("status", "headers", "kind", "wait"),
    [
        (400, {}, "refused", None),
        (401, {}, "refused", None),
        (404, {}, "refused", None),
        (302, {"Location": "https://elsewhere.example"}, "refused", None),
        (413, {}, "large", None),
        (408, {}, "later", None),
        (429, {"Retry-After": "7"}, "later", 7.0),
        (500, {}, "later", None),
        (503, {"Retry-After": "2.5"}, "later", 2.5),
        (502, {"Retry-After": "whenever"}, "later", None),
    ],
)
def test_what_a_status_means(
    sink: Sink, transport: HttpTransport, status: int, headers: dict[str, str], kind: str,
    wait: float | None,
) -> None:  # fmt: skip
    sink.script = [(status, headers)]
    outcome = transport.send(BODY)
    assert (outcome.kind, outcome.retry_after) == (kind, wait)
    assert str(status) in outcome.message
    assert transport.send(BODY).kind == "stored"


def test_an_idle_connection_that_was_closed_is_made_anew(
    sink: Sink, transport: HttpTransport
) -> None:
    transport.send(BODY)
    sink.script = ["cut"]
    # The answer is lost, so it is sent again; the server knows the events.
    outcome = transport.send(BODY)
    assert (outcome.kind, outcome.duplicates) == ("stored", 2)
    assert sink.n_connections == 2


def test_a_first_connection_that_is_cut_is_for_later(sink: Sink, transport: HttpTransport) -> None:
    sink.script = ["cut"]
    assert transport.send(BODY).kind == "later"
    assert transport.send(BODY).duplicates == 2


def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    outcome = HttpTransport(url, "k", timeout=60).send(BODY)
    assert outcome.kind == "later"
    assert "cannot be reached" in outcome.message


def test_a_server_that_is_none_of_ours_swallows_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = HttpTransport(f"http://127.0.0.1:{listener.getsockname()[1]}", "k", timeout=60)
        outcome = _answered(transport, listener, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        assert outcome.kind == "refused"
        assert "not as Footfall does" in outcome.message


def test_an_answer_that_never_comes_is_for_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        outcome = HttpTransport(url, "k", timeout=0.05).send(BODY)
    assert outcome.kind == "later"


def test_dates_of_retry_after_and_their_bounds() -> None:
    # 00:01:40 is 100 s after the epoch; it is 40 s after it now.
    assert retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 40.0) == 60.0
    assert retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 200.0) == 0.0
    assert retry_after("86400", 0.0) == 3600.0
    assert retry_after("-5", 0.0) == 0.0
    assert retry_after("nan", 0.0) is None
    assert retry_after(None, 0.0) is None


def _answered(transport: HttpTransport, listener: socket.socket, answer: bytes) -> Outcome:
    import threading

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        return transport.send(BODY)
    finally:
        thread.join()
        transport.close()


ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n"
    b'{"stored":2,"duplicates":0,"rejected":[]}'[:40]
)


@pytest.mark.parametrize("n_bytes", [10, 30, 60, 75, len(ANSWER) - 1])
def test_an_answer_that_is_cut_says_nothing_of_the_events(n_bytes: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(ANSWER[:n_bytes])

        thread = threading.Thread(target=answer)
        thread.start()
        transport = HttpTransport(f"http://127.0.0.1:{port}", "ffw_1", timeout=60)
        outcome = transport.send(BODY)
        thread.join()
        transport.close()
    assert outcome.kind == "later"
    assert "cannot be reached" in outcome.message

"""The load generators against a server that answers at once."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from pathlib import Path

import pytest
from benchmarks.baseline import append_and_sync
from benchmarks.load import PATH, check_answer, request_maker, send_load
from benchmarks.servers import at_once_server, free_port


@pytest.mark.parametrize("own", [True, False], ids=["own", "wrk"])
def test_requests_are_answered_and_counted(own: bool) -> None:
    if not own and shutil.which("wrk") is None:
        pytest.skip("wrk is not installed")
    with at_once_server() as server:
        for events in (1, 10):
            load = send_load(server.port, events=events, connections=4, seconds=1, run="t", own=own)
            assert load.errors == 0
            assert load.requests > 100
            assert 0 < load.p50_ms <= load.p99_ms < 1000
            assert load.rate == load.requests / load.seconds


def test_failures_are_counted() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(target=_refuse, args=(listener,), daemon=True)
        thread.start()
        load = send_load(port, events=1, connections=2, seconds=0.3, run="t", own=True)
    assert load.errors > 0
    assert load.requests == 0


def test_an_answer_that_is_no_success_is_told() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as listener:
        threading.Thread(target=_refuse, args=(listener,), daemon=True).start()
        with pytest.raises(AssertionError, match="503 No"):
            check_answer(port, 1, "")


def _refuse(listener: socket.socket) -> None:
    for _ in range(2):
        try:
            connection, _ = listener.accept()
        except OSError:  # the test is over
            return
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno")
        connection.close()


def test_every_request_has_events_of_its_own() -> None:
    make = request_maker(3, "run", "fwk_secret")
    ids: list[str] = []
    for _ in range(2):
        head, _, body = make().partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0] == f"POST {PATH} HTTP/1.1"
        assert "Authorization: Bearer fwk_secret" in lines
        assert f"Content-Length: {len(body)}" in lines
        ids += [event["event_id"] for event in json.loads(body)]
    assert ids == [f"run-{n}" for n in range(1, 7)]


def test_append_loop_leaves_nothing_behind(tmp_path: Path) -> None:
    assert append_and_sync(tmp_path, b"x" * 100, group=8, seconds=0.05) > 8
    assert list(tmp_path.iterdir()) == []

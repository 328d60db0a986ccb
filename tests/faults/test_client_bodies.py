"""Hostile bodies on every tracker's path: each is answered, nothing stalls, memory has an end."""

from __future__ import annotations

import base64
import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import zstandard
from benchmarks.processes import PeakMemory
from benchmarks.tracker_bodies.sample import samples
from tests.faults.server_process import Process, serving

from footfall.capture.protocols.registry import adapters

MAX_BODY = 10 * 2**20
GROWTH = 1500 * 2**20
"""Bytes that hostile bodies may take at once; two that are read as objects take 600 MB."""

PATHS = sorted(
    {
        route.path.replace("{vendor}", "com.acme").replace("{key}", "k").replace("{token}", "k")
        for adapter in adapters()
        for route in adapter.routes
    }
)
SHORT = [path for path in PATHS if not path.endswith("/")]
DISTINCT = (
    "/api/event", "/api/send", "/e", "/batch", "/i/v1/analytics/events", "/track", "/import",
    "/2/httpapi", "/mp/collect", "/debug/mp/collect", "/i", "/i/bulk", "/v1/batch", "/v1/track",
    "/beacon/v1/batch", "/com.acme/tp2", "/matomo.php", "/userale", "/cloudevents", "/v1/logs",
)  # fmt: skip
"""One of each that reads in a way of its own, for bodies that take long."""


def nested(n_levels: int, body: bytes) -> bytes:
    for _ in range(n_levels):
        body = gzip.compress(body)
    return body


def deflated(body: bytes) -> bytes:
    return zlib.compress(body, 9)


SPACES = b" " * (32 * 2**20)
ODD = {
    "nothing": b"",
    "nul": b"\x00" * 1000,
    "nul in text": b'{"event":"a\\u0000b","name":"a\x00b","properties":{"a":"\\u0000"}}',
    "no utf-8": b'{"event":"\xff\xfe\xc0\x80","properties":{"\xed\xa0\x80":"\xff"}}',
    "surrogates": b'{"event":"\\ud800","batch":[{"event":"\\udfff\\ud800"}]}',
    "deep array": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep in a batch": b'{"batch":[{"event":"a","type":"track","properties":'
    + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}]}",
    "numbers": b'{"event":"a","name":"a","timestamp":1e999,"time":-0,"value":'
    + b"1" * 401 + b',"revenue":' + b"9" * 5000 + b',"x":-1e-999}',
    "no numbers": b'{"event":"a","properties":{"a":NaN,"b":Infinity,"c":-Infinity},"time":NaN}',
    "garbage in base64": b"data=" + base64.b64encode(b"\xff\x00garbage" * 99),
    "no base64": b"data=%ZZ*&^%$#@!",
    "base64 of a packed bomb": b"data=" + base64.b64encode(gzip.compress(SPACES)),
    "bomb": gzip.compress(SPACES),
    "bomb, deflate": deflated(SPACES),
    "bomb, zstd": zstandard.compress(SPACES),
    "bomb in bombs": nested(3, SPACES),
    "many members": gzip.compress(b"{}") * 20_000,
    "cut gzip": gzip.compress(b'{"event":"a"}' * 99)[:-9],
    "cut zstd": zstandard.compress(b'{"event":"a"}' * 99)[:-9],
    "many brackets": b"[]" * 50_000,
    "broken protobuf": b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f" * 50,
    "deep protobuf": b"\x0a\x80\x08" * 5000,
    "wide form": b"&".join(b"a%d=1" % n for n in range(3000)),
}  # fmt: skip
LARGE = {
    "one over": b" " * (MAX_BODY + 1),
    "exactly": b'{"event":"a","x":"' + b"x" * (MAX_BODY - 20) + b'"}',
    "zeros": b"[" + b"0," * (MAX_BODY // 2 - 2) + b"0]",
    "zeros in a batch": b'{"batch":[' + b"0," * (MAX_BODY // 2 - 20) + b"0]}",
    "objects": b"[" + b"{}," * (MAX_BODY // 3 - 2) + b"{}]",
    "lines": b"{}\n" * (MAX_BODY // 3),
    "keys": json.dumps({f"k{n}": n for n in range(500_000)}).encode(),
    "form": b"&".join(b"%d=" % n for n in range(1_000_000)),
    "escapes": b'{"event":"' + b"\\u0000" * (MAX_BODY // 6 - 5) + b'"}',
    "protobuf": b"\x0a\xfa\xff\xff\x04\x12\xf5\xff\xff\x04" + b"\x12\x00" * (5 * 2**20 - 6),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with serving(tmp_path_factory.mktemp("bodies") / "lake") as server:
        yield server


@contextmanager
def watched(server: Process) -> Iterator[None]:
    """Ask whether the server is well all the time; its memory has an end."""
    before = server.memory()
    is_done = threading.Event()
    found: list[int] = []

    def ask() -> None:
        while not is_done.wait(0.05):
            found.append(server.ask("GET", "/healthz")[0])

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        with PeakMemory(server.pid) as memory:
            yield
    finally:
        is_done.set()
        thread.join()
    assert set(found) <= {200}
    assert memory.peak - before < GROWTH


def answers(server: Process, paths: tuple[str, ...] | list[str], body: bytes) -> dict[str, int]:
    """Status of each path for a body; what is told as an overload has a time to come back."""
    found: dict[str, int] = {}
    for path in (*paths, "/v1/events"):
        status, headers, _ = server.ask("POST", f"/k/{server.key}{path}", body)
        if path == "/v1/events":
            status, headers, _ = server.ask("POST", path, body, authorization=bearer(server))
        assert status != 503 or "retry-after" in headers
        found[path] = status
    return found


def bearer(server: Process) -> str:
    return f"Bearer {server.key}"


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_body(server: Process, kind: str) -> None:
    with watched(server):
        found = answers(server, DISTINCT if "bomb" in kind else SHORT, ODD[kind])
    assert {path: status for path, status in found.items() if status >= 500} == {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", LARGE)
def test_a_large_body(server: Process, kind: str) -> None:
    with watched(server):
        found = answers(server, DISTINCT, LARGE[kind])
    assert {path: status for path, status in found.items() if status >= 500} == {}
    if kind == "one over":
        assert found["/v1/events"] == found["/api/event"] == 413


@pytest.mark.slow
def test_many_large_bodies_at_once(server: Process) -> None:
    """Thirty of ten megabytes: some are taken, and the others are told to come again."""
    found: list[tuple[int, str]] = []

    def send() -> None:
        path = f"/k/{server.key}/v1/batch"
        status, headers, _ = server.ask("POST", path, LARGE["zeros in a batch"])
        found.append((status, headers.get("retry-after", "")))

    threads = [threading.Thread(target=send) for _ in range(30)]
    with watched(server):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 30
    assert {each for each in found if each[0] not in (413, 503)} == set()
    assert all(wait for status, wait in found if status == 503)


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "PUT", "DELETE", "PATCH", "GET"])
def test_other_methods(server: Process, method: str) -> None:
    for path in (*PATHS, "/v1/events", "/k/", "/k/x", "/k//e"):
        status, headers, body = server.ask(method, path, b"{" if method == "PUT" else b"")
        assert status < 500, path
        assert not body or method != "HEAD"
        assert headers.get("access-control-allow-origin") is None


def test_normal_events_still_go_in_and_the_ledger_adds_up(server: Process) -> None:
    """Last, after all of the above: every sample is taken, and nothing is amiss."""
    for sample in samples():
        status, *_ = server.ask(
            sample.method,
            f"/k/{server.key}{sample.address()}",
            sample.content(),
            **sample.headers,
        )
        assert status in (200, 202, 204, 404), sample.protocol
    server.stop()
    assert server.rows()
    server.check()
    assert "Traceback" not in server.log.read_text("utf-8")
    assert "adapter failed" not in server.log.read_text("utf-8")

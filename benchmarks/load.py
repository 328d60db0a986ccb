"""A load generator in a process of its own: wrk where it is installed, else this module.

`python -m benchmarks.load PORT EVENTS CONNECTIONS SECONDS RUN [KEY]` prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.processes import CommandFailed

PATH = "/v1/events"
# About what a browser's page view weighs: id, time, actor and product page differ.
EVENT = (
    '{"event_id":"%s","name":"page_view","timestamp":%d,"distinct_id":"v-%d",'
    '"url":"https://shop.example/p/kit-%d","referrer":"https://www.google.com/",'
    '"country":"DE","language":"de-DE","properties":{"ttfb_ms":76,"value":12.5}}'
)


@dataclass(frozen=True, slots=True)
class Load:
    """What was sent: requests answered with 2xx within `seconds`, latencies, failures."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: int

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds


def load_generator(*, own: bool) -> str:
    """Who sends: wrk where it is installed, unless our own is wanted."""
    return "the built-in generator" if own or shutil.which("wrk") is None else "wrk"


def send_load(
    port: int,
    *,
    events: int,
    connections: int,
    seconds: float,
    run: str,
    key: str = "",
    own: bool = False,
) -> Load:
    """Send requests of `events` events each over kept-alive connections, as fast as answered."""
    wrk = None if own else shutil.which("wrk")
    if wrk is None:
        arguments = [str(port), str(events), str(connections), str(seconds), run, key]
        command = [sys.executable, "-m", "benchmarks.load", *arguments]
    else:
        script = str(Path(__file__).with_name("post.lua"))
        command = [wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", script,
                   f"http://127.0.0.1:{port}{PATH}"]  # fmt: skip
    environment = {
        **os.environ,
        "BENCH_EVENTS": str(events),
        "BENCH_RUN": run,
        "BENCH_KEY": key,
        "BENCH_EPOCH_MS": str(int(time.time() * 1000) - 5_000),
        "BENCH_EVENT": EVENT,
    }
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise CommandFailed(f"{command[0]}: {done.stderr[-2000:]}")
    return msgspec.json.decode(done.stdout.strip().splitlines()[-1], type=Load)


def request_maker(events: int, run: str, key: str) -> Callable[[], bytes]:
    """A function that gives the bytes of the next request."""
    counter = 0
    epoch_ms = int(time.time() * 1000) - 5_000
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + (
        f"Authorization: Bearer {key}\r\n" if key else ""
    )

    def event() -> str:
        nonlocal counter
        counter += 1
        return EVENT % (f"{run}-{counter}", epoch_ms + counter % 1000, counter % 5000,
                        counter % 300)  # fmt: skip

    def make() -> bytes:
        body = event() if events == 1 else f"[{','.join(event() for _ in range(events))}]"
        return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    return make


def check_answer(port: int, events: int, key: str) -> None:
    """Send one request and fail, with what came back, unless it is answered with 200."""
    request = request_maker(events, f"check{events}", key)()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        answer = connection.recv(65536)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise AssertionError(f"the server does not take events in: {answer.decode()}")


class _Connection(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, sends the next."""

    def __init__(self, make: Callable[[], bytes], until: float) -> None:
        self.latencies: list[float] = []
        self.errors = 0
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._make, self._until = make, until
        self._buffer = b""
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue]
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        length = _answer_length(self._buffer)
        if length is None or len(self._buffer) < length:
            return
        if self._buffer[9:10] == b"2":
            self.latencies.append(time.perf_counter() - self._sent)
        else:
            self.errors += 1
        self._buffer = self._buffer[length:]
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None or time.perf_counter() < self._until:
            self.errors += 1
        if not self.closed.done():
            self.closed.set_result(None)

    def _send(self) -> None:
        if self._transport is None:
            return
        self._sent = time.perf_counter()
        if self._sent >= self._until:
            self._transport.close()
        else:
            self._transport.write(self._make())


def _answer_length(data: bytes) -> int | None:
    """Bytes of the first answer in `data`, or None while its head is not complete."""
    head, separator, _ = data.partition(b"\r\n\r\n")
    if not separator:
        return None
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return len(head) + 4 + int(value)
    raise ValueError("an answer without Content-Length")


async def _send_all(
    port: int, events: int, connections: int, seconds: float, run: str, key: str
) -> Load:
    loop = asyncio.get_running_loop()
    make = request_maker(events, run, key)
    started = time.perf_counter()
    made = [
        await loop.create_connection(
            lambda: _Connection(make, started + seconds), "127.0.0.1", port
        )
        for _ in range(connections)
    ]
    protocols = [protocol for _, protocol in made]
    await asyncio.gather(*(protocol.closed for protocol in protocols))
    latencies = sorted(value for protocol in protocols for value in protocol.latencies)
    errors = sum(protocol.errors for protocol in protocols)
    elapsed = time.perf_counter() - started
    return Load(len(latencies), elapsed, _rank(latencies, 0.5), _rank(latencies, 0.99), errors)


def _rank(ordered: list[float], share: float) -> float:
    return ordered[int(share * (len(ordered) - 1))] * 1000 if ordered else 0.0


def main(arguments: list[str]) -> None:
    port, events, connections, seconds, run, *key = arguments
    load = asyncio.run(
        _send_all(
            int(port), int(events), int(connections), float(seconds), run, key[0] if key else ""
        )
    )
    print(msgspec.json.encode(load).decode())


if __name__ == "__main__":
    main(sys.argv[1:])

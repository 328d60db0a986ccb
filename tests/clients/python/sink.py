"""Where tests send events to: a transport in memory, and a server with a script."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from footfall_client.sender import unpack
from footfall_client.transport import Outcome

Event = dict[str, Any]


class Catcher:
    """A transport that keeps what it gets; `script` holds outcomes other than "stored"."""

    def __init__(self, *script: Outcome) -> None:
        self.script = list(script)
        self.batches: list[list[Event]] = []
        self.n_forked = 0
        self.gate = threading.Event()
        self.gate.set()

    @property
    def events(self) -> list[Event]:
        return [event for batch in self.batches for event in batch]

    def load(self) -> None:
        pass

    def send(self, body: bytes) -> Outcome:
        self.gate.wait(20)
        events = [json.loads(line) for line in unpack(body)]
        outcome = self.script.pop(0) if self.script else Outcome("stored", stored=len(events))
        if outcome.kind == "stored":
            self.batches.append(events)
        return outcome

    def idle(self) -> float:
        return float("inf")

    def forked(self) -> None:
        self.n_forked += 1

    def close(self) -> None:
        pass


class Sink:
    """A server that keeps each event once by its id, as Footfall does, and follows a script.

    An entry of `script` is (status, headers) or "cut", which closes the connection after
    the events were kept, without an answer.
    """

    def __init__(self) -> None:
        self.script: list[tuple[int, dict[str, str]] | str] = []
        self.events: dict[str, Event] = {}
        self.requests: list[dict[str, str]] = []
        self.n_received = 0
        self.n_connections = 0
        self.lock = threading.Lock()
        self.url = ""

    def take(
        self, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes] | None:
        with self.lock:
            self.requests.append(headers)
            entry = self.script.pop(0) if self.script else (200, {})
            if entry != "cut" and entry[0] != 200:
                answer = {"error": {"message": f"as the script says: {entry[0]}"}}
                return int(entry[0]), dict(entry[1]), json.dumps(answer).encode()
            events = json.loads(gzip.decompress(body))
            fresh = {event["event_id"]: event for event in events}
            n_new = len(fresh.keys() - self.events.keys())
            self.n_received += len(events)
            self.events = fresh | self.events
            if entry == "cut":
                return None
            receipt = {"stored": n_new, "duplicates": len(events) - n_new, "rejected": []}
            return 200, {}, json.dumps(receipt).encode()


@contextmanager
def serving(port: int = 0) -> Iterator[Sink]:
    """A sink on a real socket until the block ends."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            sink.n_connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found = sink.take({**dict(self.headers.items()), "path": self.path}, body)
            if found is None:
                self.close_connection = True
                return
            status, headers, answer = found
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    sink.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A server in front of another that fails as told, and then lets everything through."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOST = 0
"""In a plan: the request gets through, and the connection is cut before its answer."""

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class Front:
    """Answers its first requests with the statuses of `plan`; `seen` are all it answered with.

    Requests to paths that do not begin with `path` are passed on, and not counted.
    """

    def __init__(self, port: int, plan: tuple[int, ...], path: str = "/") -> None:
        self.path = path
        self.plan = list(plan)
        self.seen: list[int] = []
        self._target = port
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                front.answer(self)

            do_GET = do_POST  # noqa: N815 - as the base class calls it

            def do_OPTIONS(self) -> None:
                # What a browser asks before it sends is no part of the plan.
                front.pass_on(self, b"")

            def log_message(self, *_: Any) -> None: ...

        return Handler

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request by the plan."""
        body = _body(request)
        if not request.path.startswith(self.path):
            self.pass_on(request, body)
            return
        planned = self.plan.pop(0) if self.plan else None
        if planned:
            self.seen.append(planned)
            _reply(request, planned, _cors(request), b"not now")
            return
        status, headers, answer = self._ask(request, body)
        self.seen.append(LOST if planned == LOST else status)
        if planned == LOST:
            request.close_connection = True
            return
        _reply(request, status, headers, answer)

    def pass_on(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer as the server behind does."""
        _reply(request, *self._ask(request, body))

    def _ask(
        self, request: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        server = http.client.HTTPConnection("127.0.0.1", self._target, timeout=30)
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in _HOP
        }
        server.request(request.command, request.path, body, headers)
        answer = server.getresponse()
        found = answer.status, answer.getheaders(), answer.read()
        server.close()
        return found


def _body(request: BaseHTTPRequestHandler) -> bytes:
    """The whole body, also where it comes in chunks without its length."""
    if "chunked" not in request.headers.get("transfer-encoding", ""):
        return request.rfile.read(int(request.headers.get("content-length", 0)))
    parts: list[bytes] = []
    while size := int(request.rfile.readline(), 16):
        parts.append(request.rfile.read(size))
        request.rfile.readline()
    request.rfile.readline()
    return b"".join(parts)


def _cors(request: BaseHTTPRequestHandler) -> list[tuple[str, str]]:
    """What lets a page read the answer, as Footfall's own errors have it."""
    origin = request.headers.get("origin")
    if origin is None:
        return []
    return [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")]


def _reply(
    request: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    request.send_response(status)
    for name, value in headers:
        if name.lower() not in _HOP | {"date", "server"}:
            request.send_header(name, value)
    if status != 204:
        request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@contextmanager
def front(port: int, *plan: int, path: str = "/") -> Iterator[Front]:
    """A front of the server on that port, until the block ends."""
    running = Front(port, plan, path)
    thread = running.start()
    try:
        yield running
    finally:
        running.stop()
        thread.join()

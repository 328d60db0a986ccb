"""What every request but intake passes: host check, request id, security headers, log, metrics."""

from __future__ import annotations

import secrets
import time
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from footfall.errors import ForeignHost
from footfall.server.errors import exposed_response, internal_response
from footfall.server.hosts import host_name
from footfall.server.metrics import Metrics

log = structlog.get_logger("footfall.request")

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

# Asked every few seconds by machines; a line each would drown the rest.
_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class Guard:
    """ASGI wrapper around the API and the pages."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None, metrics: Metrics) -> None:
        self._app = app
        self._hosts = hosts
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a defect inside becomes a 500 and a line in the log."""
        request = _Observed(scope, send)
        try:
            if self._is_foreign(scope):
                await _foreign_host(scope)(scope, receive, request.send)
            else:
                await self._app(scope, receive, request.send)
        except Exception:
            # The inner handler has logged it, and answered unless the answer had begun.
            if request.status is None:
                await internal_response(scope)(scope, receive, request.send)
        finally:
            self._record(scope, request)

    def _is_foreign(self, scope: Scope) -> bool:
        if self._hosts is None:
            return False
        return host_name(Headers(scope=scope).get("host", "")) not in self._hosts

    def _record(self, scope: Scope, request: _Observed) -> None:
        seconds = time.perf_counter() - request.started
        status = request.status or 499
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.request(scope["method"], route, status, seconds)
        if scope["path"] not in _QUIET and not scope["path"].startswith("/static/"):
            # The path alone: a query string may carry a login or a person's filter.
            log.info(
                "request",
                id=scope["footfall.request_id"],
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round(seconds * 1000, 1),
                who=scope.get("footfall.who", "nobody"),
            )


class _Observed:
    """`send` of one request, which adds headers and remembers the status."""

    def __init__(self, scope: Scope, send: Send) -> None:
        scope["footfall.request_id"] = self.request_id = secrets.token_hex(8)
        self.started = time.perf_counter()
        self.status: int | None = None
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = self.request_id
        await self._send(message)


def _foreign_host(scope: Scope) -> ASGIApp:
    host = Headers(scope=scope).get("host", "")
    return exposed_response(
        ForeignHost(
            f"This server does not go by the name {host!r}: set public_url in [server] of "
            "footfall.toml to the address people use.",
            parameter="Host",
        )
    )

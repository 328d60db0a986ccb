"""The session cookie: signed, out of reach of scripts, not sent along by other sites' forms."""

from __future__ import annotations

import hmac
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response


class Cookies:
    """Sets and reads the session cookie of one lake.

    The name differs from lake to lake: browsers share cookies between the ports of a host,
    so that two servers on one machine would log each other's people out.
    """

    def __init__(self, secret: bytes, lifetime: timedelta, *, is_secure: bool) -> None:
        self._key = hmac.digest(secret, b"session cookie", "sha256")
        self.name = "footfall_" + hmac.digest(secret, b"cookie name", "sha256").hex()[:8]
        self.lifetime = lifetime
        self._is_secure = is_secure

    def set(self, response: Response, session: str) -> None:
        """Give the browser this session."""
        response.set_cookie(
            self.name,
            f"{session}.{self._signature(session)}",
            max_age=int(self.lifetime.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=self._is_secure,
        )

    def read(self, request: Request) -> str | None:
        """The session that the browser sent; None where its signature is not ours."""
        session, _, signature = request.cookies.get(self.name, "").rpartition(".")
        is_ours = hmac.compare_digest(signature.encode(), self._signature(session).encode())
        return session if session and is_ours else None

    def clear(self, response: Response) -> None:
        """Take the session from the browser."""
        response.delete_cookie(self.name, httponly=True, samesite="lax", secure=self._is_secure)

    def _signature(self, session: str) -> str:
        return hmac.digest(self._key, session.encode(), "sha256").hex()

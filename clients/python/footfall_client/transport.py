"""Ways out of the process: what a batch met with, and the one over HTTP."""

from __future__ import annotations

import os
import threading
import time
from importlib import import_module

from footfall_client.errors import SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from http.client import HTTPConnection, HTTPResponse
    from ssl import SSLContext
    from typing import Any, Protocol
    from urllib.parse import SplitResult

    class Transport(Protocol):
        """Where batches go. `send` is called by one thread at a time and may take its time."""

        def send(self, body: bytes) -> Outcome:
            """What became of a batch, a JSON array that is packed with gzip; never raises."""
            ...

        def load(self) -> None:
            """Import what `send` needs; called first, in the thread that sends."""
            ...

        def idle(self) -> float:
            """Called whenever nothing is left to send; seconds until it wants to be again."""
            ...

        def forked(self) -> None:
            """Called in the child of a fork: let go of what is the parent's, without a word."""
            ...

        def close(self) -> None:
            """Let go of connections; the next `send` makes new ones."""
            ...


EVENTS = "/v1/events"
IMPORTS = threading.Lock()
"""Held while modules are imported in the background: a fork in the middle of an import
would leave the child with a module that nobody ever finishes."""

_GZIP = b"\x1f\x8b"
_LONGEST_ANSWER = 2**20
_LONGEST_WAIT = 3600.0


class Outcome:
    """What became of a batch.

    `kind` is "stored" (acknowledged: on the server's disk), "later" (try again, after
    `retry_after` seconds if the server said so), "large" (send it in smaller pieces), or
    "refused" (it never will be taken). `rejected` are reasons of single events.
    """

    __slots__ = ("duplicates", "kind", "message", "rejected", "retry_after", "stored")

    def __init__(
        self,
        kind: str,
        message: str = "",
        *,
        retry_after: float | None = None,
        stored: int = 0,
        duplicates: int = 0,
        rejected: tuple[str, ...] = (),
    ) -> None:
        self.kind = kind
        self.message = message
        self.retry_after = retry_after
        self.stored = stored
        self.duplicates = duplicates
        self.rejected = rejected


class HttpTransport:
    """`POST /v1/events` over a connection that is kept open."""

    def __init__(
        self, url: str, key: str, *, timeout: float, context: SSLContext | None = None
    ) -> None:
        from urllib.parse import urlsplit

        parts = urlsplit(url)
        _check(url, parts, key)
        self.url = url.rstrip("/") + EVENTS
        self._parts = parts
        self._path = parts.path.rstrip("/") + EVENTS
        self._timeout = timeout
        self._context = context
        self._connection: HTTPConnection | None = None
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "User-Agent": "footfall-client",
        }

    def send(self, body: bytes) -> Outcome:
        """What the server answered, or that it cannot be reached."""
        from http.client import HTTPException

        is_used = self._connection is not None
        try:
            return self._post(body)
        except (OSError, HTTPException) as error:
            self.close()
            if not is_used:
                return self._unreachable(error)
        # A server may close a connection that was idle; that says nothing about a new one.
        try:
            return self._post(body)
        except (OSError, HTTPException) as error:
            self.close()
            return self._unreachable(error)

    def load(self) -> None:
        """Import what is needed on the way."""
        # The codec is what a socket imports when it is first given a name.
        for name in ("email.utils", "encodings.idna", "http.client", "ssl"):
            import_module(name)

    def idle(self) -> float:
        """Nothing is to be done."""
        return float("inf")

    def forked(self) -> None:
        """Close the child's end of the connection; the parent's stays as it is.

        The descriptor alone: the parent's thread may have been reading, and in the child the
        lock of the reader is then held for ever.
        """
        connection, self._connection = self._connection, None
        if connection is not None and connection.sock is not None:
            os.close(connection.sock.detach())

    def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _post(self, body: bytes) -> Outcome:
        if self._connection is None:
            self._connection = self._connect()
        headers = self._headers
        if body[:2] == _GZIP:
            headers = {**headers, "Content-Encoding": "gzip"}
        self._connection.request("POST", self._path, body, headers)
        response = self._connection.getresponse()
        answer = response.read(_LONGEST_ANSWER)
        if _is_cut(response, answer):
            from http.client import IncompleteRead

            raise IncompleteRead(answer, response.length)
        if response.will_close or not response.isclosed():
            self.close()
        return read_answer(response, answer, self.url)

    def _connect(self) -> HTTPConnection:
        from http.client import HTTPConnection, HTTPSConnection

        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return HTTPConnection(host, port, timeout=self._timeout)
        return HTTPSConnection(host, port, timeout=self._timeout, context=self._context)

    def _unreachable(self, error: Exception) -> Outcome:
        reason = str(error) or type(error).__name__
        return Outcome("later", f"{self.url} cannot be reached: {reason}.")


def _is_cut(response: HTTPResponse, answer: bytes) -> bool:
    """Whether the connection ended within the answer, which then says nothing of the events."""
    if response.length:
        return len(answer) < _LONGEST_ANSWER
    # An end within the headers looks like an answer without a body.
    has_end = response.chunked or response.getheader("Content-Length") is not None
    return not answer and not has_end


def read_answer(
    response: HTTPResponse, answer: bytes, url: str, clock: Callable[[], float] = time.time
) -> Outcome:
    """The outcome that a status and a body stand for.

    408, 429 and 5xx are worth another try, 413 one in pieces; every other 4xx is final.
    """
    status = response.status
    if 200 <= status < 300:
        return _receipt(answer, url)
    message = f"{url} answered {status}: {_reason(answer) or response.reason}"
    if status == 413:
        return Outcome("large", message)
    if status in (408, 429) or status >= 500:
        wait = retry_after(response.getheader("Retry-After"), clock())
        return Outcome("later", message, retry_after=wait)
    if 300 <= status < 400:
        message = f"{url} answered {status}: give the address that it leads to as url."
    return Outcome("refused", message)


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds to wait, of a header with seconds or a date (RFC 9110, 10.2.3); an hour at most.

    >>> retry_after("7", 0.0), retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 40.0)
    (7.0, 60.0)
    >>> retry_after("soon", 0.0) is None
    True
    """
    if not header:
        return None
    try:
        wait = float(header)
    except ValueError:
        from email.utils import parsedate_to_datetime

        try:
            wait = parsedate_to_datetime(header).timestamp() - now
        except (TypeError, ValueError, OverflowError):
            return None
    return min(max(wait, 0.0), _LONGEST_WAIT) if wait == wait else None


def _receipt(answer: bytes, url: str) -> Outcome:
    import json

    try:
        receipt: dict[str, Any] = json.loads(answer)
        rejects: list[dict[str, Any]] = receipt["rejected"]
        return Outcome(
            "stored",
            stored=int(receipt["stored"]),
            duplicates=int(receipt["duplicates"]),
            rejected=tuple(f"{each['code']}: {each['reason']}" for each in rejects),
        )
    except (KeyError, TypeError, ValueError):
        message = f"{url} answered, but not as Footfall does: check url, it is the server's own."
        return Outcome("refused", message)


def _reason(answer: bytes) -> str:
    import json

    try:
        return str(json.loads(answer)["error"]["message"])
    except (KeyError, TypeError, ValueError):
        return ""


def _check(url: str, parts: SplitResult, key: str) -> None:
    try:
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise SettingError(
            "url",
            f"{url!r} is neither a server such as 'https://footfall.example' nor a lake folder "
            "such as 'file:///var/lib/footfall'.",
        )
    if not key or not key.isascii() or not key.isprintable():
        raise SettingError(
            "key",
            f"{'none came' if not key else 'it is not a write key'}: "
            "`footfall token create --write SOURCE` makes one (ffw_…).",
        )

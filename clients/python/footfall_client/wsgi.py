"""Middleware for WSGI applications: Flask and whatever else speaks it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from footfall_client import current
from footfall_client.exchange import Recorder
from footfall_client.facts import Facts
from footfall_client.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from footfall_client.client import Client
    from footfall_client.exchange import Exchange

    Environ = dict[str, Any]
    Start = Callable[..., Any]
    App = Callable[[Environ, Start], Iterable[bytes]]


class FootfallMiddleware:
    """Makes an event of each request, until the server has sent the last of its answer.

    `options` are those of `Settings`, whose hooks get the environment; raises
    `SettingError`. `app.wsgi_app = FootfallMiddleware(app.wsgi_app, client)` for Flask.
    Bodies pass through untouched.
    """

    def __init__(self, app: App, client: Client, **options: Any) -> None:
        self.app = app
        self._recorder = Recorder(client, Settings(**options), secret=client.secret)
        _hear_flask()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer one request, as the application does."""
        if not self._recorder.client.is_enabled:
            return self.app(environ, start_response)
        watch = _Watch(environ, start_response)
        exchange, token = self._recorder.begin(environ, Facts.of_environ, user_of)
        watch.exchange = exchange
        try:
            body = self.app(environ, watch.start)
        except Exception as error:
            exchange.error = error
            exchange.end(500, watch.route)
            raise
        finally:
            self._recorder.leave(token)
        return watch.over(body)


def user_of(environ: Environ) -> object:
    """Whom the server found."""
    return environ.get("REMOTE_USER")


def _hear_flask() -> None:
    """Flask answers exceptions itself, and tells of them by a signal alone."""
    flask: Any = sys.modules.get("flask")
    if flask is not None:
        flask.got_request_exception.connect(_note_exception)


def _note_exception(_sender: object, exception: BaseException, **_: object) -> None:
    current.note_error(exception)


class _Watch:
    """What an application does with one request; `route` is Flask's pattern, "" elsewhere."""

    __slots__ = ("_environ", "_start", "exchange", "route", "status")

    exchange: Exchange

    def __init__(self, environ: Environ, start_response: Start) -> None:
        self._environ = environ
        self._start = start_response
        self.status = 200
        self.route = ""

    def start(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        """Stands for `start_response`."""
        # Flask forgets its request before its body is sent.
        rule = getattr(self._environ.get("werkzeug.request"), "url_rule", None)
        self.route = str(getattr(rule, "rule", ""))
        self.status = int(status[:3]) if status[:3].isdigit() else 200
        if 300 <= self.status < 400:
            found = {key.lower(): value for key, value in headers}
            self.exchange.location = found.get("location", "")
        if exc_info is None:
            return self._start(status, headers)
        self.exchange.error = exc_info[1]
        return self._start(status, headers, exc_info)

    def over(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """The body, watched until its end: what is whole already ends now."""
        if isinstance(body, (list, tuple)):
            self.end()
            return body
        wrapper = self._environ.get("wsgi.file_wrapper")
        if isinstance(wrapper, type) and isinstance(body, wrapper):
            # The server sends files its own, faster way, if it is given the very object.
            self._end_on_close(body)
            return body
        return _Body(body, self)

    def end(self) -> None:
        """Take note that all is sent."""
        self.exchange.end(self.status, self.route)

    def _end_on_close(self, body: Any) -> None:
        close = getattr(body, "close", None)

        def closed() -> None:
            if close is not None:
                close()
            self.end()

        try:
            body.close = closed
        except AttributeError:
            self.end()


class _Body:
    """Hands on what an application yields, within the context of its request."""

    __slots__ = ("_body", "_parts", "_watch")

    def __init__(self, body: Iterable[bytes], watch: _Watch) -> None:
        self._body = body
        self._watch = watch
        self._parts: Iterator[bytes] | None = None

    def __iter__(self) -> _Body:
        return self

    def __next__(self) -> bytes:
        token = current.exchange.set(self._watch.exchange)
        try:
            if self._parts is None:
                self._parts = iter(self._body)
            return next(self._parts)
        except StopIteration:
            raise
        except Exception as error:
            self._watch.exchange.error = error
            self._watch.exchange.end(500, self._watch.route, is_cut=True)
            raise
        finally:
            current.exchange.reset(token)

    def close(self) -> None:
        """Called by the server when all is sent, or the sender went away."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._watch.end()

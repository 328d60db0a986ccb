"""Middleware for ASGI applications: FastAPI, Starlette, Litestar and whatever else speaks it."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING

from footfall_client.exchange import CUT, Recorder
from footfall_client.facts import Facts
from footfall_client.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any

    from footfall_client.client import Client
    from footfall_client.exchange import Exchange

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]


class FootfallMiddleware:
    """Makes an event of each request, from its first byte to the last of its answer.

    `options` are those of `Settings`, whose hooks get the scope; raises `SettingError`.
    Put it last among the middleware: what is before it is not timed, and whom they find is
    known. Bodies pass through untouched. In websockets `capture` works, and no event is made.
    """

    def __init__(self, app: App, client: Client, **options: Any) -> None:
        self.app = app
        self._recorder = Recorder(client, Settings(**options), secret=client.secret)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as the application does."""
        kind = scope["type"]
        if kind not in ("http", "websocket") or not self._recorder.client.is_enabled:
            await self.app(scope, receive, send)
            return
        exchange, token = self._recorder.begin(scope, Facts.of_scope, user_of)
        try:
            if kind == "http":
                await _answer(self.app, scope, receive, send, exchange)
            else:
                await self.app(scope, receive, send)
        finally:
            self._recorder.leave(token)


async def _answer(app: App, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
    status, root = 0, scope.get("root_path", "")

    async def watched(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            if 300 <= status < 400:
                exchange.location = _location(message)
        await send(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            exchange.end(status, route_of(scope, root))

    try:
        await app(scope, receive, watched)
    except CancelledError:
        exchange.end(status or CUT, route_of(scope, root), is_cut=True)
        raise
    except Exception as error:
        exchange.error = error
        exchange.end(500, route_of(scope, root), is_cut=status > 0)
        raise
    # An application that ended without an end of its body: the server makes a 500 of it,
    # or the sender went away.
    exchange.end(status or CUT, route_of(scope, root), is_cut=True)


def _location(message: Message) -> str:
    headers: dict[bytes, bytes] = {key.lower(): value for key, value in message["headers"]}
    return headers.get(b"location", b"").decode("latin-1")


def user_of(scope: Scope) -> object:
    """The id of the user that an authentication middleware put into the scope."""
    user = scope.get("user")
    if user is None or not getattr(user, "is_authenticated", True):
        return None
    if isinstance(user, (str, int)):
        return user
    for name in ("pk", "id", "identity", "username"):
        try:
            found = getattr(user, name, None)
        except NotImplementedError:  # Starlette's base class leaves `identity` to others
            continue
        if isinstance(found, (str, int)) and found != "":
            return found
    return None


def route_of(scope: Scope, root: str = "") -> str:
    """The pattern that the routers found, else the name of what it leads to.

    Routers write what they find into the scope, so it is to be asked at the end; `root` is
    the scope's root path at the beginning.
    """
    found = scope.get("path_template")  # Litestar
    if found:
        return str(found)
    route = scope.get("route")  # FastAPI, Starlette
    found = getattr(route, "path_format", None) or getattr(route, "path", None)
    if found:
        mounted = scope.get("root_path", "")[len(root) :]
        return str(found) if found == mounted else f"{mounted}{found}"
    endpoint = scope.get("endpoint")
    return getattr(endpoint, "__name__", "") if endpoint is not None else ""

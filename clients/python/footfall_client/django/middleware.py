"""Middleware for Django, sync and async."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import MiddlewareNotUsed

from footfall_client.django import conf
from footfall_client.exchange import CUT, Recorder
from footfall_client.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from footfall_client.exchange import Exchange

_KEY = "_footfall_exchange"


class FootfallMiddleware:
    """Makes an event of each request; last in MIDDLEWARE, so that it sees what views raise.

    It is left out altogether where FOOTFALL has no URL or is turned off. It asks nothing of
    the database, the session or the user that the project did not ask for itself.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        if not conf.is_enabled():
            raise MiddlewareNotUsed("FOOTFALL has no URL, or is turned off.")
        self._get_response = get_response
        self._recorder = Recorder(conf.client(), conf.recording(), secret=conf.secret())
        self._is_async = iscoroutinefunction(get_response)  # pyright: ignore[reportDeprecated]
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        """The project's own response."""
        if self._is_async:
            return self._answer(request)
        exchange, token = self._begin(request)
        try:
            response = self._get_response(request)
        finally:
            self._recorder.leave(token)
        return _watched(exchange, request, response)

    def process_exception(self, request: Any, exception: Exception) -> None:
        """Remember what a view raised; the project answers it as ever."""
        exchange = getattr(request, _KEY, None)
        if exchange is not None:
            exchange.error = exception

    async def _answer(self, request: Any) -> Any:
        exchange, token = self._begin(request)
        try:
            response = await self._get_response(request)
        except CancelledError:
            exchange.end(CUT, route_of(request), is_cut=True)
            raise
        finally:
            self._recorder.leave(token)
        return _watched(exchange, request, response)

    def _begin(self, request: Any) -> Any:
        exchange, token = self._recorder.begin(request, facts_of, user_of)
        setattr(request, _KEY, exchange)
        return exchange, token


def facts_of(request: Any) -> Facts:
    """What a request says of itself; META looks much like WSGI's environment, in ASGI too."""
    facts = Facts.of_environ(request.META, request.scheme)
    facts.path = request.path
    return facts


def user_of(request: Any) -> object:
    """The id of the user, if the project looked it up in this request.

    `request.user` itself would ask the session and the database, and make the answer vary
    by cookie.
    """
    user = request.__dict__.get("_cached_user")
    if user is None:
        user = request.__dict__.get("_acached_user")
    if user is None or not user.is_authenticated:
        return None
    return user.pk


def route_of(request: Any) -> str:
    """Name of the view's route with its namespaces, else its pattern."""
    match = request.resolver_match
    if match is None:
        return ""
    return match.view_name if match.url_name else match.route


def _watched(exchange: Exchange, request: Any, response: Any) -> Any:
    """The response itself; one that streams is watched until it is closed."""
    exchange.location = response.headers.get("Location", "")
    if not response.streaming:
        exchange.end(response.status_code, route_of(request))
        return response
    close = response.close

    def closed() -> None:
        try:
            close()
        finally:
            exchange.end(response.status_code, route_of(request))

    # The body is left alone, so that servers may still send files in their own way.
    response.close = closed
    return response

"""`capture` from anywhere: it knows the request that is being answered."""

from __future__ import annotations

from contextvars import ContextVar
from functools import wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from footfall_client.client import Client
    from footfall_client.exchange import Exchange

    View = TypeVar("View", bound=Callable[..., Any])

exchange: ContextVar[Exchange | None] = ContextVar("footfall_exchange", default=None)
"""The request being answered, None outside of requests."""

_clients: list[Client] = []


def use(client: Client) -> Client:
    """Make this the client of `capture` outside of requests; returns it."""
    _clients[:] = [client]
    return client


def capture(
    name: str,
    distinct_id: object = None,
    *,
    properties: Mapping[str, Any] | None = None,
    **columns: Any,
) -> bool:
    """Take an event; False if it was not taken. Neither waits nor raises.

    Within a request that a middleware watches the event gets the request's actor, session,
    page, referrer, language and user agent, and is not taken where the visitor declined.
    Elsewhere it goes to the client of `use`.
    """
    found = exchange.get()
    if found is not None:
        return found.capture(name, distinct_id, properties, columns)
    for client in _clients:
        return client.capture(name, distinct_id, properties=properties, **columns)
    return False


def set_user(user: object) -> None:
    """Say whose request this is; nothing happens outside of requests."""
    found = exchange.get()
    if found is not None:
        found.user = user


def name_request(name: str, **properties: Any) -> None:
    """Name the event of the current request, and add properties to it."""
    found = exchange.get()
    if found is not None:
        found.name = name
        found.properties.update(properties)


def note_error(error: BaseException) -> None:
    """Say why the current request fails, where a framework answers exceptions itself."""
    found = exchange.get()
    if found is not None:
        found.error = error


def named(name: str, *arguments: str) -> Callable[[View], View]:
    """Decorator: requests that this view answers are events of this name.

    Keyword arguments of the view that are listed become properties of the event.
    """

    def note(given: Mapping[str, Any]) -> None:
        name_request(name, **{key: _plain(given[key]) for key in arguments if key in given})

    return _before(note)


def captures(name: str, *arguments: str) -> Callable[[View], View]:
    """Decorator: each call of the function that ends without an exception is an event.

    Keyword arguments of the call that are listed become properties of the event.
    """

    def note(given: Mapping[str, Any]) -> None:
        properties = {key: _plain(given[key]) for key in arguments if key in given}
        capture(name, properties=properties)

    return _after(note)


def _before(note: Callable[[Mapping[str, Any]], None]) -> Callable[[View], View]:
    def decorate(view: Any) -> Any:
        if _is_async(view):

            @wraps(view)
            async def answer(*args: Any, **kwargs: Any) -> Any:
                note(kwargs)
                return await view(*args, **kwargs)

            return answer

        @wraps(view)
        def reply(*args: Any, **kwargs: Any) -> Any:
            note(kwargs)
            return view(*args, **kwargs)

        return reply

    return decorate


def _after(note: Callable[[Mapping[str, Any]], None]) -> Callable[[View], View]:
    def decorate(view: Any) -> Any:
        if _is_async(view):

            @wraps(view)
            async def answer(*args: Any, **kwargs: Any) -> Any:
                result = await view(*args, **kwargs)
                note(kwargs)
                return result

            return answer

        @wraps(view)
        def reply(*args: Any, **kwargs: Any) -> Any:
            result = view(*args, **kwargs)
            note(kwargs)
            return result

        return reply

    return decorate


def _is_async(view: Any) -> bool:
    # Not at the top: it takes as long to import as the rest of this module.
    from inspect import iscoroutinefunction

    return iscoroutinefunction(view)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool)) else str(value)

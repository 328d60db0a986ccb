"""Refuses what an address asks for and nobody would look at."""

from __future__ import annotations

from typing import cast

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from footfall.errors import InvalidInput, near_names, suggest


def check_names(request: Request) -> None:
    """Raise `InvalidInput` for a query parameter that the route does not declare.

    Passed over, a misspelled one would give an answer to another question.
    """
    if not request.query_params:
        return
    known = _declared(cast("APIRoute", request.scope["route"]))
    for name in request.query_params:
        if name not in known:
            near = near_names(name, known)
            there_are = f"there are {', '.join(known)}" if known else "it takes none"
            raise InvalidInput(
                f"There is no parameter {name!r} at {request.url.path}; {there_are}."
                + suggest(near),
                parameter=name,
                suggestions=near,
            )


def _declared(route: APIRoute) -> tuple[str, ...]:
    """Query parameters of a route and of all it depends on, in the order of the alphabet."""
    fields = get_flat_params(route.dependant)
    return tuple(sorted(each.alias for each in fields if isinstance(each.field_info, Query)))

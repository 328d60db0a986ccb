"""The Overview of one source inside a page of another application."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from footfall.errors import NotAuthenticated, TokenExpired
from footfall.model.filter import And, Condition
from footfall.server.auth import framers_of, grant_of
from footfall.server.framing import framing_headers
from footfall.server.grants import Grant
from footfall.server.state import WithState
from footfall.server.web.pages import render_page

router: Final = APIRouter(include_in_schema=False)


@router.get("/embed/overview")
def embedded_overview(
    request: Request, state: WithState, token: Annotated[str, Query()] = ""
) -> HTMLResponse:
    """The page for a frame, or why there is none; no cookie is read or set.

    The token goes into the page, which sends it with each question, and cuts nothing down by
    itself: what it may show, the API decides anew each time.
    """
    try:
        grant = grant_of(token, state)
        request.scope["footfall.who"] = grant.label
        grant.check_time(state.clock())
    except NotAuthenticated as error:
        return _refused(error, framers_of(token, state))
    told = msgspec.json.encode(_told(token, grant)).decode()
    page = render_page("embedded.html", theme=grant.theme, embed=told)
    page.headers.update(framing_headers(grant.origins or state.embed_origins))
    return page


def _refused(error: NotAuthenticated, framers: tuple[str, ...]) -> HTMLResponse:
    page = render_page(
        "embedded-refused.html",
        status=error.status,
        reason=error.message,
        is_expired=isinstance(error, TokenExpired),
    )
    page.headers.update(framing_headers(framers))
    return page


def _told(token: str, grant: Grant) -> dict[str, Any]:
    """What the page has to know; `filters` are shown, not asked: the server adds them itself."""
    return {
        "token": token,
        "source": grant.source,
        "period": grant.period,
        "events": grant.has_events,
        "fields": sorted(grant.fields),
        "is_narrowed": grant.filter is not None,
        "filters": [item.to_dict() for item in _conditions(grant)],
    }


def _conditions(grant: Grant) -> list[Condition]:
    """The token's filter as plain conditions; none where it is more than a list of them."""
    found = grant.filter.filters if isinstance(grant.filter, And) else (grant.filter,)
    plain = [item for item in found if isinstance(item, Condition)]
    return plain if len(plain) == len(found) else []

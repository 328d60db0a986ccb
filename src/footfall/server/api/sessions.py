"""Sessions as rows, page by page."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from footfall.engines.base import CancelToken
from footfall.query.listings.listing import Listing
from footfall.server.api.common import ERRORS, PREFIX, json_response, page_of
from footfall.server.api.parameters import WithListing, page_form
from footfall.server.auth import Reader
from footfall.server.state import State, WithState

router = APIRouter(prefix=f"{PREFIX}/sessions", tags=["events"], responses=ERRORS)

_SESSION: Final = {
    "session_id": "s_93edb2b24722a88ac1ab",
    "actor_id": "anna",
    "number": 3,
    "start": "2026-11-01T09:05:00+01:00",
    "end": "2026-11-01T09:35:30+01:00",
    "duration": 1830.0,
    "n_events": 12,
    "n_pages": 4,
    "is_bounce": False,
    "entry_page": "/",
    "exit_page": "/checkout",
    "entry_referrer_host": "example.org",
    "entry_channel": "referral",
    "entry_utm_source": None,
    "entry_utm_medium": None,
    "entry_utm_campaign": None,
    "entry_utm_term": None,
    "entry_utm_content": None,
    "country": "DE",
    "browser": "Firefox",
    "os": "Linux",
    "device": "desktop",
}


@router.get(
    "",
    operation_id="list_sessions",
    summary="List sessions",
    responses=page_of("sessions", _SESSION, milliseconds=4.2, n_rows_read=812),
)
async def list_sessions(
    request: Request,
    state: WithState,
    _: Reader,
    asked: WithListing,
    order: Annotated[str, Query(description="`-start`, the newest first, or `start`.")] = "-start",
) -> Response:
    """Sessions that have an event in the range which passes the filter, each whole.

    `duration` is in seconds, `n_pages` counts different paths, `number` the actor's sessions
    from the beginning of the log.
    """
    wanted = replace(asked, order=order)
    return json_response(await state.work.query(request, lambda token: _list(state, wanted, token)))


def _list(state: State, asked: Listing, token: CancelToken) -> dict[str, Any]:
    from footfall.query.listings.sessions import list_sessions

    page = list_sessions(state.lake, state.engine, asked, now=state.clock(), cancel=token)
    return page_form("sessions", page)

"""What lasts from one event to another, page by page."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from footfall.engines.base import CancelToken
from footfall.query.listings.listing import Listing
from footfall.server.api.common import ERRORS, PREFIX, json_response, page_of
from footfall.server.api.parameters import FieldsText, WithListing, page_form, read_fields
from footfall.server.auth import Reader
from footfall.server.state import State, WithState

router = APIRouter(prefix=f"{PREFIX}/intervals", tags=["events"], responses=ERRORS)

_INTERVAL: Final = {
    "name": "exercise",
    "actor_id": "anna",
    "start": "2026-11-01T09:05:00+01:00",
    "end": "2026-11-01T09:35:30+01:00",
    "duration": 1830.0,
    "state": "complete",
    "start_id": "5f2c9d1e",
    "end_id": "77ab01c4",
    "properties.exercise": "dns-basics",
}


@router.get(
    "",
    operation_id="list_intervals",
    summary="List intervals",
    responses=page_of("intervals", _INTERVAL, milliseconds=4.2, n_rows_read=812),
)
async def list_intervals(
    request: Request,
    state: WithState,
    _: Reader,
    asked: WithListing,
    name: Annotated[str, Query(description="Name of the interval, as the source declares it.")],
    fields: FieldsText = None,
) -> Response:
    """Starts and ends of an actor in pairs, in the order of time, with durations in seconds.

    `state` is `complete`, `open` (it still runs), `no_end` or `no_start`. The event that opens an
    interval decides: it has to lie in the range and to pass the filter, and has the `fields`.
    """
    wanted = replace(asked, fields=read_fields(fields))
    return json_response(
        await state.work.query(request, lambda token: _list(state, name, wanted, token))
    )


def _list(state: State, name: str, asked: Listing, token: CancelToken) -> dict[str, Any]:
    from footfall.query.listings.intervals import list_intervals

    page = list_intervals(state.lake, state.engine, name, asked, now=state.clock(), cancel=token)
    return page_form("intervals", page)

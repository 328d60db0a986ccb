"""Single events, page by page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from footfall.engines.base import CancelToken
from footfall.server.api.common import ERRORS, PREFIX, json_response, page_of
from footfall.server.api.parameters import FieldsText, Listing, WithListing, read_fields
from footfall.server.auth import Viewer
from footfall.server.grants import Grant
from footfall.server.narrowing import check_source, narrow_fields, narrow_filter, own_words
from footfall.server.state import State, WithState

if TYPE_CHECKING:
    from footfall.query.events import EventPage

router = APIRouter(prefix=f"{PREFIX}/events", tags=["events"], responses=ERRORS)

_EVENT: Final = {
    "event_id": "5f2c9d1e",
    "timestamp": "2026-11-01T11:59:58.250000Z",
    "name": "purchase",
    "actor_id": "u_812",
    "path": "/checkout",
    "properties": {"price": 59.9},
}


@router.get(
    "",
    operation_id="list_events",
    summary="List events",
    responses=page_of("events", _EVENT, milliseconds=4.2, n_rows_read=812),
)
async def list_events(
    request: Request,
    state: WithState,
    who: Viewer,
    asked: WithListing,
    order: Annotated[
        str, Query(description="`-timestamp` for the newest first, `timestamp` for the oldest.")
    ] = "-timestamp",
    fields: FieldsText = None,
) -> Response:
    """Events of a source that pass a filter, in the order of time, with all columns by default.

    A page stays where it is while events are added: follow `cursor` until it is null.
    """
    shown = read_fields(fields)
    with own_words(asked.filter, who.grant):
        wanted, shown = (asked, shown) if who.grant is None else _narrow(asked, shown, who.grant)
        page = await state.work.query(
            request, lambda token: _list(state, wanted, order, shown, token)
        )
    cost = {"milliseconds": page.milliseconds, "n_rows_read": page.n_rows_read}
    answer = {"events": page.events, "cursor": page.cursor}
    return json_response(answer if who.grant else answer | cost)


def _narrow(
    asked: Listing, fields: tuple[str, ...], grant: Grant
) -> tuple[Listing, tuple[str, ...]]:
    check_source(asked.source, grant)
    fields = narrow_fields(fields, grant)
    return replace(asked, filter=narrow_filter(asked.filter, grant)), fields


def _list(
    state: State, asked: Listing, order: str, fields: tuple[str, ...], token: CancelToken
) -> EventPage:
    from footfall.query.events import list_events

    return list_events(
        state.lake,
        asked.source,
        state.engine,
        now=state.clock(),
        time_range=asked.time_range,
        filter=asked.filter,
        fields=fields,
        order=order,
        limit=asked.limit,
        cursor=asked.cursor,
        timezone=asked.timezone,
        cancel=token,
    )

"""Single events, page by page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from footfall.engines.base import CancelToken
from footfall.query.listings.listing import Listing, Page
from footfall.server.api.common import ERRORS, PREFIX, json_response, page_of
from footfall.server.api.parameters import FieldsText, WithListing, read_fields
from footfall.server.auth import Viewer
from footfall.server.grants import Grant
from footfall.server.narrowing import check_source, narrow_fields, narrow_filter, own_words
from footfall.server.state import State, WithState

if TYPE_CHECKING:
    from footfall.model.filter import Filter

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
    asked = replace(asked, order=order, fields=read_fields(fields))
    with own_words(_filter(asked), who.grant):
        wanted = asked if who.grant is None else _narrow(asked, who.grant)
        page = await state.work.query(request, lambda token: _list(state, wanted, token))
    cost = {"milliseconds": page.milliseconds, "n_rows_read": page.n_rows_read}
    answer = {"events": page.rows, "cursor": page.cursor}
    return json_response(answer if who.grant else answer | cost)


def _filter(asked: Listing) -> Filter | None:
    # The parameters of the request gave a filter, not its JSON form.
    return cast("Filter | None", asked.filter)


def _narrow(asked: Listing, grant: Grant) -> Listing:
    check_source(asked.source, grant)
    fields = narrow_fields(asked.fields, grant)
    return replace(asked, filter=narrow_filter(_filter(asked), grant), fields=fields)


def _list(state: State, asked: Listing, token: CancelToken) -> Page[list[dict[str, Any]]]:
    from footfall.query.listings.events import list_events

    return list_events(state.lake, state.engine, asked, now=state.clock(), cancel=token)

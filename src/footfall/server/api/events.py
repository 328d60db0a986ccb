"""Single events, page by page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from footfall.engines.base import CancelToken
from footfall.model.filter import Filter, filter_from_dict
from footfall.model.query import DEFAULT_TIME_RANGE
from footfall.server.api.common import ERRORS, PREFIX, answer_of, decode, json_response
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
_FILTER: Final = '{"field": "name", "operator": "is", "value": "purchase"}'


@dataclass(frozen=True, slots=True)
class _Asked:
    source: str
    filter: Filter | None
    # A text, or start and end: read in the zone of the query.
    time_range: Any
    order: str
    fields: tuple[str, ...]
    cursor: str | None
    limit: int
    timezone: str | None


@router.get(
    "",
    operation_id="list_events",
    summary="List events",
    responses={
        200: answer_of(
            "A page of events; `cursor` asks for the next one, null on the last.",
            {
                "events": [_EVENT],
                "cursor": "WyItdGltZXN0YW1wIiwx…",
                "milliseconds": 4.2,
                "n_rows_read": 812,
            },
        )
    },
)
async def list_events(
    request: Request,
    state: WithState,
    who: Viewer,
    source: Annotated[str, Query(description="Source of the events.")],
    filter: Annotated[  # noqa: A002 - its name everywhere
        str | None, Query(description=f"A filter as JSON, such as `{_FILTER}`.")
    ] = None,
    time_range: Annotated[
        str, Query(description='`last 7 days`, or `{"start": …, "end": …}` as JSON.')
    ] = DEFAULT_TIME_RANGE,
    sort: Annotated[
        str, Query(description="`-timestamp` for the newest first, `timestamp` for the oldest.")
    ] = "-timestamp",
    fields: Annotated[
        str | None,
        Query(description="Columns and `properties.<key>`, comma-separated; all by default."),
    ] = None,
    cursor: Annotated[str | None, Query(description="Where the page before ended.")] = None,
    limit: Annotated[int, Query(description="Most events of the page, 1 to 1000.")] = 100,
    timezone: Annotated[
        str | None, Query(description="Zone of the time range; the source's by default.")
    ] = None,
) -> Response:
    """Events of a source that pass a filter, in the order of time.

    A page stays where it is while events are added: follow `cursor` until it is null.
    """
    asked = _Asked(
        source=source,
        filter=filter_from_dict(decode(filter, dict[str, Any], "filter")) if filter else None,
        time_range=decode(time_range, dict[str, Any], "time_range")
        if time_range.startswith("{")
        else time_range,
        order=sort,
        fields=tuple(part.strip() for part in fields.split(",")) if fields else (),
        cursor=cursor,
        limit=limit,
        timezone=timezone,
    )
    with own_words(asked.filter, who.grant):
        wanted = asked if who.grant is None else _narrow(asked, who.grant)
        page = await state.work.query(request, lambda token: _list(state, wanted, token))
    cost = {"milliseconds": page.milliseconds, "n_rows_read": page.n_rows_read}
    answer = {"events": page.events, "cursor": page.next}
    return json_response(answer if who.grant else answer | cost)


def _narrow(asked: _Asked, grant: Grant) -> _Asked:
    check_source(asked.source, grant)
    fields = narrow_fields(asked.fields, grant)
    return replace(asked, fields=fields, filter=narrow_filter(asked.filter, grant))


def _list(state: State, asked: _Asked, token: CancelToken) -> EventPage:
    from footfall.query.events import list_events

    return list_events(
        state.lake,
        asked.source,
        state.engine,
        now=state.clock(),
        time_range=asked.time_range,
        filter=asked.filter,
        fields=asked.fields,
        order=asked.order,
        limit=asked.limit,
        cursor=asked.cursor,
        timezone=asked.timezone,
        cancel=token,
    )

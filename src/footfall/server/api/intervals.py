"""What lasts from one event to another, page by page."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from footfall.engines.base import CancelToken
from footfall.model.query import DEFAULT_TIME_RANGE
from footfall.query.intervals import Wanted
from footfall.server.api.common import ERRORS, PREFIX, answer_of, decode, json_response
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
_FILTER: Final = '{"field": "properties.exercise", "operator": "is", "value": "dns-basics"}'


@router.get(
    "",
    operation_id="list_intervals",
    summary="List intervals",
    responses={
        200: answer_of(
            "A page of intervals; `cursor` asks for the next one, null on the last.",
            {
                "intervals": [_INTERVAL],
                "cursor": "WyJ0aW1lc3RhbXAi…",
                "milliseconds": 4.2,
                "n_rows_read": 812,
            },
        )
    },
)
async def list_intervals(
    request: Request,
    state: WithState,
    _: Reader,
    source: Annotated[str, Query(description="Source of the events.")],
    name: Annotated[str, Query(description="Name of the interval, as the source declares it.")],
    filter: Annotated[  # noqa: A002 - its name everywhere
        str | None,
        Query(description=f"A filter on the opening event as JSON, such as `{_FILTER}`."),
    ] = None,
    time_range: Annotated[
        str, Query(description='`last 7 days`, or `{"start": …, "end": …}` as JSON.')
    ] = DEFAULT_TIME_RANGE,
    fields: Annotated[
        str | None,
        Query(description="Of the opening event: columns and `properties.<key>`, comma-separated."),
    ] = None,
    cursor: Annotated[str | None, Query(description="Where the page before ended.")] = None,
    limit: Annotated[
        int, Query(description="Most intervals of the page, 1 to 1000.", ge=1, le=1000)
    ] = 100,
    timezone: Annotated[
        str | None, Query(description="Zone of the times; the source's by default.")
    ] = None,
) -> Response:
    """Starts and ends of an actor in pairs, in the order of time, with durations in seconds.

    `state` is `complete`, `open` (it still runs), `no_end` or `no_start`; an interval belongs to
    the range in which the event that opens it lies.
    """
    wanted = Wanted(
        decode(time_range, dict[str, Any], "time_range")
        if time_range.startswith("{")
        else time_range,
        decode(filter, dict[str, Any], "filter") if filter else None,
        [part.strip() for part in fields.split(",")] if fields else [],
        limit,
        cursor,
        timezone,
    )
    return json_response(
        await state.work.query(request, lambda token: _list(state, source, name, wanted, token))
    )


def _list(
    state: State, source: str, name: str, wanted: Wanted, token: CancelToken
) -> dict[str, Any]:
    from footfall.query.intervals import list_intervals

    page = list_intervals(
        state.lake, source, name, state.engine, wanted, now=state.clock(), cancel=token
    )
    return {
        "intervals": page.result.to_dict()["rows"],
        "cursor": page.next,
        "milliseconds": page.result.milliseconds,
        "n_rows_read": page.result.n_rows_read,
    }

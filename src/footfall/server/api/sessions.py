"""Sessions as rows, page by page."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from footfall.engines.base import CancelToken
from footfall.model.query import DEFAULT_TIME_RANGE
from footfall.query.sessions import WantedSessions
from footfall.server.api.common import ERRORS, PREFIX, answer_of, decode, json_response
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
_FILTER: Final = '{"field": "path", "operator": "is", "value": "/checkout"}'


@router.get(
    "",
    operation_id="list_sessions",
    summary="List sessions",
    responses={
        200: answer_of(
            "A page of sessions; `cursor` asks for the next one, null on the last.",
            {
                "sessions": [_SESSION],
                "cursor": "WyItdGltZXN0YW1w…",
                "milliseconds": 18.4,
                "n_rows_read": 31106,
            },
        )
    },
)
async def list_sessions(
    request: Request,
    state: WithState,
    _: Reader,
    source: Annotated[str, Query(description="Source of the events.")],
    filter: Annotated[  # noqa: A002 - its name everywhere
        str | None,
        Query(description=f"A filter that one event has to pass, as JSON, such as `{_FILTER}`."),
    ] = None,
    time_range: Annotated[
        str, Query(description='`last 7 days`, or `{"start": …, "end": …}` as JSON.')
    ] = DEFAULT_TIME_RANGE,
    order: Annotated[str, Query(description="`-start`, the newest first, or `start`.")] = "-start",
    cursor: Annotated[str | None, Query(description="Where the page before ended.")] = None,
    limit: Annotated[
        int, Query(description="Most sessions of the page, 1 to 1000.", ge=1, le=1000)
    ] = 100,
    timezone: Annotated[
        str | None, Query(description="Zone of the times; the source's by default.")
    ] = None,
) -> Response:
    """Sessions that have an event in the range which passes the filter, each whole.

    `duration` is in seconds, `n_pages` counts different paths, `number` the actor's sessions
    from the beginning of the log.
    """
    wanted = WantedSessions(
        decode(time_range, dict[str, Any], "time_range")
        if time_range.startswith("{")
        else time_range,
        decode(filter, dict[str, Any], "filter") if filter else None,
        order,
        limit,
        cursor,
        timezone,
    )
    return json_response(
        await state.work.query(request, lambda token: _list(state, source, wanted, token))
    )


def _list(state: State, source: str, wanted: WantedSessions, token: CancelToken) -> dict[str, Any]:
    from footfall.query.sessions import list_sessions

    page = list_sessions(state.lake, source, state.engine, wanted, now=state.clock(), cancel=token)
    return {
        "sessions": page.result.to_dict()["rows"],
        "cursor": page.next,
        "milliseconds": page.result.milliseconds,
        "n_rows_read": page.result.n_rows_read,
    }

"""Metrics of a source: the one way to a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from footfall.engines.base import CancelToken
from footfall.model.query import Query
from footfall.server.api.common import (
    ERRORS,
    PREFIX,
    TOO_MUCH,
    answer_of,
    raw_json,
    read_json,
)
from footfall.server.auth import Viewer
from footfall.server.grants import Grant
from footfall.server.narrowing import narrow_query, own_words, shown_result
from footfall.server.state import State, WithState

if TYPE_CHECKING:
    from footfall.query.result import Result

router = APIRouter(prefix=f"{PREFIX}/query", tags=["query"], responses=ERRORS)

Format = Annotated[
    Literal["json", "csv"],
    Parameter(
        description="`json`, or `csv` for the rows alone, with what was before beside each metric."
    ),
]

_BY_COUNTRY: Final = {
    "source": "web",
    "metrics": ["events", "actors"],
    "dimensions": ["country"],
    "filter": {"field": "device", "operator": "is", "value": "mobile"},
    "time_range": "last 7 days",
    "order": "-actors",
    "limit": 10,
}
_BY_DAY: Final = {
    "source": "web",
    "metrics": ["actors", "median(session.duration)"],
    "time_range": {"start": "2026-11-01", "end": "2026-11-08"},
    "granularity": "day",
    "timezone": "Europe/Berlin",
    "compare": "previous_period",
}
_ANSWER: Final = {
    "query": {"source": "web", "metrics": ["events"], "dimensions": ["country"]},
    "columns": [
        {"name": "country", "role": "dimension", "type": "text", "unit": None},
        {"name": "events", "role": "metric", "type": "int", "unit": "events"},
    ],
    "rows": [{"country": "DE", "events": 12}, {"country": None, "events": 3}],
    "totals": {"events": 15},
    "time_range": {
        "start": "2026-10-26T00:00:00+01:00",
        "end": "2026-11-02T00:00:00+01:00",
        "timezone": "Europe/Berlin",
    },
    "buckets": [],
    "comparison": None,
    "engine": "duckdb",
    "milliseconds": 12.3,
    "n_rows_read": 1000,
    "is_estimate": False,
    "notes": [],
    "sql": 'WITH base … FROM "web" …',
    "executed": "WITH base … FROM events …",
}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: answer_of("The answer, with the SQL that found it.", _ANSWER),
    422: TOO_MUCH,
}
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "required": ["source"]},
                "examples": {
                    "by_country": {"summary": "Countries of the last week", "value": _BY_COUNTRY},
                    "by_day": {"summary": "A week by day beside the one before", "value": _BY_DAY},
                },
            }
        },
    }
}


@router.post(
    "",
    operation_id="run_query",
    summary="Ask for metrics",
    openapi_extra=_BODY,
    responses=_RESPONSES,
)
async def post_query(
    request: Request,
    state: WithState,
    who: Viewer,
    format: Format = "json",  # noqa: A002 - its name in the URL
) -> Response:
    """The answer to a query; it stops when the caller disconnects.

    Metrics: `events`, `actors`, `sessions`, `bounce_rate`, `sum(f)`, `mean(f)`, `min(f)`,
    `max(f)`, `median(f)`, `p90(f)`, `p95(f)`, `p99(f)`, `distinct(f)`, `estimate(f)`,
    `rate(events, actors)`, with `session.duration` and `session.n_events` as fields too.
    Dimensions: any column, `properties.key`, `hour_of_day`, `day_of_week`; of what is counted
    of sessions also `session.entry_page`, `session.exit_page`, `session.number`.

    Operators of a filter: `is`, `is_not`, `contains`, `starts_with`, `matches`, `in`,
    `not_in`, `gt`, `gte`, `lt`, `lte`, `between`, `is_set`, `is_not_set`; join conditions
    with `{"and": [...]}`, `{"or": [...]}`, `{"not": {...}}`.
    """
    return await _answer(
        request, state, who.grant, Query.from_json(await read_json(request)), format
    )


@router.get(
    "",
    operation_id="run_query_by_url",
    summary="Ask for metrics by URL",
    responses=_RESPONSES,
)
async def get_query(
    request: Request,
    state: WithState,
    who: Viewer,
    q: Annotated[str, Parameter(description='The query as JSON, such as `{"source": "web"}`.')],
    format: Format = "json",  # noqa: A002 - its name in the URL
) -> Response:
    """The answer to the same query as `POST` takes, for links and spreadsheets."""
    return await _answer(request, state, who.grant, Query.from_json(q), format)


async def _answer(
    request: Request, state: State, grant: Grant | None, query: Query, kind: str
) -> Response:
    with own_words(query.filter, grant):
        asked = query if grant is None else narrow_query(query, grant)
        answer = await state.work.query(
            request, lambda token: _run(state, asked, kind, token, is_whole=grant is None)
        )
    if kind == "json":
        return raw_json(answer)
    name = f'attachment; filename="{query.source}.csv"'
    return Response(answer, 200, {"Content-Disposition": name}, "text/csv; charset=utf-8")


def _run(state: State, query: Query, kind: str, token: CancelToken, *, is_whole: bool) -> bytes:
    from footfall.query.run import run_query

    table = state.lake.table(query.source)
    version = table.snapshot().version
    data = (version, table.log.table_id, table.identities.mark)
    key = (query.to_json(), kind, is_whole, data, repr(table.source))
    answer = state.cache.get(key)
    if answer is None:
        result = run_query(query, state.lake, state.engine, now=state.clock(), cancel=token)
        answer = _written(result, kind, is_whole=is_whole)
        state.cache.put(key, answer)
    return answer


def _written(result: Result, kind: str, *, is_whole: bool) -> bytes:
    if kind == "csv":
        return result.joined().to_csv().encode()
    form = result.to_dict()
    return msgspec.json.encode(form if is_whole else shown_result(form))

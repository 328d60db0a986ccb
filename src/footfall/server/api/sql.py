"""Read-only SQL over the sources."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from footfall.engines.base import CancelToken, Limits
from footfall.server.api.common import (
    ERRORS,
    PREFIX,
    TOO_MUCH,
    answer_of,
    body_of,
    raw_json,
    read_body,
)
from footfall.server.auth import Reader
from footfall.server.state import State, WithState

router = APIRouter(prefix=f"{PREFIX}/sql", tags=["sql"], responses=ERRORS)

_STATEMENT: Final = "select path, count(*) as n from web group by path order by n desc limit 3"
_ANSWER: Final = {
    "columns": [
        {"name": "path", "role": "dimension", "type": "text", "unit": None},
        {"name": "n", "role": "metric", "type": "int", "unit": None},
    ],
    "rows": [{"path": "/", "n": 812}, {"path": "/cart", "n": 96}],
    "engine": "duckdb",
    "milliseconds": 8.1,
    "n_rows_read": 31106,
    "sql": _STATEMENT,
}


class SqlRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A SELECT that is asked; `rows` may only lower the most rows that the settings allow."""

    sql: str
    rows: Annotated[int, msgspec.Meta(ge=1)] | None = None


@router.post(
    "",
    operation_id="run_sql",
    summary="Run a SELECT",
    openapi_extra=body_of(SqlRequest, ("Most visited pages", {"sql": _STATEMENT})),
    responses={
        200: answer_of("The rows.", _ANSWER),
        422: TOO_MUCH,
    },
)
async def run_statement(request: Request, state: WithState, _: Reader) -> Response:
    """Rows of one read-only SELECT; it stops when the caller disconnects.

    Each source is a table of its own name, with the canonical columns, its declared
    properties under their own keys, and `properties` as JSON text.
    """
    asked = await read_body(request, SqlRequest)
    return raw_json(await state.work.query(request, lambda token: _run(state, asked, token)))


def _run(state: State, asked: SqlRequest, token: CancelToken) -> bytes:
    from footfall.query.free_sql import run_sql

    limits = Limits.from_settings(state.lake.settings.query)
    if asked.rows is not None and (limits.rows == 0 or asked.rows < limits.rows):
        limits = replace(limits, rows=asked.rows)
    result = run_sql(asked.sql, state.lake, state.sql_engine, limits=limits, cancel=token)
    return result.to_json().encode()

"""What became of the events that were received."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from footfall.model.ledger import Entry
from footfall.model.time import TimeRange, zone
from footfall.query.listings.listing import definite_range
from footfall.server.api.common import ERRORS, PREFIX, answer_of, json_response
from footfall.server.api.parameters import OnlySource, TimeRangeText, read_time_range
from footfall.server.auth import Reader
from footfall.server.state import WithState

router = APIRouter(prefix=f"{PREFIX}/ledger", tags=["ledger"], responses=ERRORS)

_COUNTS = {"received": 120, "stored": 117, "duplicates": 2, "rejected": 1, "mismatched": 0}
_ENTRY = {"source": "web", "hour": "2026-11-01T12:00:00Z", "protocol": "http", **_COUNTS}


@router.get(
    "",
    operation_id="read_ledger",
    summary="Read the ledger",
    responses={
        200: answer_of(
            "Counts per hour of receipt, and their sums.",
            {"balance": {"web": {**_COUNTS, "is_balanced": True}}, "entries": [_ENTRY]},
        )
    },
)
async def read_ledger(
    state: WithState,
    _: Reader,
    source: OnlySource = None,
    time_range: TimeRangeText = "all",
    timezone: Annotated[str, Query(description="Zone of the time range.")] = "UTC",
) -> Response:
    """What became of every event received, per source, hour and protocol.

    For each line `received` = `stored` + `duplicates` + `rejected`; `mismatched` values did
    not fit their declared column and stayed in the JSON of a stored event. Entries are those
    of the hours (UTC) that begin in the time range; `balance` is of all time.
    """
    zone(timezone)
    asked = definite_range(read_time_range(time_range), timezone, state.clock())
    return json_response(await state.work.quick(lambda: _read(state, source, asked)))


def _read(state: WithState, source: str | None, asked: TimeRange | None) -> dict[str, Any]:
    start, end = (asked.start, asked.end) if asked else (None, None)
    if source is not None:
        state.lake.source(source)
    balance = state.ledger.balance(source)
    return {
        "balance": {name: _sums(entry) for name, entry in balance.items()},
        "entries": [
            msgspec.to_builtins(entry, builtin_types=(datetime,))
            for entry in state.ledger.entries(source, start, end)
        ],
    }


def _sums(entry: Entry) -> dict[str, Any]:
    counts = {name: getattr(entry, name) for name in _COUNTS}
    return {**counts, "is_balanced": entry.is_balanced}

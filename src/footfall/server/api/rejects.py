"""What could not be taken in, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from footfall.errors import InvalidQuery
from footfall.server.api.common import (
    ERRORS,
    PREFIX,
    answer_of,
    body_of,
    json_response,
    page_of,
    read_body,
)
from footfall.server.api.parameters import Cursor, Limit, OnlySource
from footfall.server.auth import Reader, Writer
from footfall.server.state import State, WithState

if TYPE_CHECKING:
    from footfall.capture.replay import Replayed

router = APIRouter(prefix=f"{PREFIX}/rejects", tags=["rejects"], responses=ERRORS)

IsReplayed = Annotated[
    bool | None, Query(description="Only those replayed since, or only those still open.")
]

_EXAMPLE: Final = {
    "id": 7,
    "source": "logs",
    "origin": "access.log",
    "line": 812,
    "code": "bad_line",
    "reason": "not a line of the combined log",
    "raw": "83.149.9.216 - - [17/May",
    "is_cut": False,
    "protocol": "file",
    "received_at": "2026-11-01T12:00:00Z",
    "replayed_at": None,
}


@router.get(
    "",
    operation_id="list_rejects",
    summary="List rejects",
    responses=page_of("rejects", _EXAMPLE, cursor="7", n_rejects=12, codes={"bad_line": 12}),
)
async def list_rejects(
    state: WithState,
    _: Reader,
    source: OnlySource = None,
    is_replayed: IsReplayed = None,
    code: Annotated[str | None, Query(description="Only those with that code.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """What could not be taken in, oldest first: its origin, why, and the first bytes of it."""
    wanted = _Wanted(source, is_replayed, code, _id(cursor), limit)
    return json_response(await state.work.quick(lambda: _page(state, wanted)))


@router.get(
    "/export",
    operation_id="export_rejects",
    summary="Export rejects",
    response_class=StreamingResponse,
    responses={
        200: answer_of(
            "One reject a line.", msgspec.json.encode(_EXAMPLE).decode(), "application/x-ndjson"
        )
    },
)
async def export_rejects(
    state: WithState, _: Reader, source: OnlySource = None, is_replayed: IsReplayed = None
) -> StreamingResponse:
    """All rejects as JSON lines."""
    await state.work.quick(lambda: _check(state, source))
    headers = {"Content-Disposition": 'attachment; filename="rejects.jsonl"'}
    return StreamingResponse(
        _lines(state, source, is_replayed), headers=headers, media_type="application/x-ndjson"
    )


class Replay(msgspec.Struct, forbid_unknown_fields=True):
    """A replay that is wanted: of one source's open rejects."""

    source: str


@router.post(
    "/replay",
    operation_id="replay_rejects",
    summary="Replay rejects",
    openapi_extra=body_of(Replay, ("Of an access log", {"source": "logs"})),
    responses={
        200: answer_of(
            "What became of them.", {"read": 12, "stored": 11, "duplicates": 0, "rejected": 1}
        )
    },
)
async def replay_rejects(request: Request, state: WithState, _: Writer) -> Response:
    """Read a source's open rejects once more, by its mapping as it is now.

    What can be read now is stored and no longer listed. Needs the right `write`.
    """
    wanted = await read_body(request, Replay)
    replayed = await state.work.quick(lambda: _replay(state, wanted.source))
    return json_response(msgspec.to_builtins(replayed))


def _replay(state: State, source: str) -> Replayed:
    from footfall.capture.replay import replay

    return replay(state.lake, state.lake.source(source).name, state.ledger, state.clock)


@dataclass(frozen=True, slots=True)
class _Wanted:
    source: str | None
    is_replayed: bool | None
    code: str | None
    after: int
    limit: int


def _id(cursor: str | None) -> int:
    """Id of the reject that a cursor continues behind."""
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise InvalidQuery(
            "cursor is not one that a page of rejects gave; start without a cursor.",
            parameter="cursor",
        )
    return int(cursor or 0)


def _page(state: State, wanted: _Wanted) -> dict[str, Any]:
    _check(state, wanted.source)
    # One more than the page holds tells whether another follows.
    found = list(
        state.ledger.rejects(
            wanted.source,
            is_replayed=wanted.is_replayed,
            code=wanted.code,
            after=wanted.after,
            limit=wanted.limit + 1,
        )
    )
    page = found[: wanted.limit]
    return {
        "rejects": [each.to_dict() for each in page],
        "cursor": str(page[-1].id) if len(found) > len(page) else None,
        "n_rejects": state.ledger.n_rejects(wanted.source, is_replayed=wanted.is_replayed),
        "codes": state.ledger.reject_codes(wanted.source),
    }


def _check(state: State, source: str | None) -> None:
    if source is not None:
        state.lake.source(source)


def _lines(state: State, source: str | None, is_replayed: bool | None) -> Iterator[bytes]:
    for each in state.ledger.rejects(source, is_replayed=is_replayed):
        yield msgspec.json.encode(each.to_dict()) + b"\n"

"""Which ids of a source are one actor, and what people decide about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from footfall.model.identity import LONGEST_ID
from footfall.server.api.common import ERRORS, PREFIX, answer_of, body_of, json_response, read_body
from footfall.server.api.parameters import SourceName
from footfall.server.auth import Reader, Writer
from footfall.server.state import State, WithState

if TYPE_CHECKING:
    from footfall.lake.identities import Identities

router = APIRouter(prefix=PREFIX + "/sources/{name}/identities", tags=["sources"], responses=ERRORS)

Text = Annotated[str, msgspec.Meta(min_length=1)]

_BY = "API"
_ID = f"A `distinct_id` or `actor_id`; one of more than {LONGEST_ID} characters joins no other."
_EXAMPLE: dict[str, Any] = {
    "id": "7f3a-laptop",
    "actor_id": "u_812",
    "ids": ["7f3a-laptop", "u_812"],
    "links": [
        {
            "anonymous_id": "7f3a-laptop",
            "distinct_id": "u_812",
            "timestamp": "2026-11-01T12:00:00+00:00",
            "is_explicit": False,
        }
    ],
    "decisions": [],
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: answer_of("The actor, its ids, and why they are one.", _EXAMPLE)
}


class Merge(msgspec.Struct, forbid_unknown_fields=True):
    """An id that is to be the same actor as another."""

    id: Text
    into: Text


class Split(msgspec.Struct, forbid_unknown_fields=True):
    """An id that is to stand for itself again."""

    id: Text


@router.get("", operation_id="show_identity", summary="Show an actor's ids", responses=_ANSWER)
async def show_identity(
    name: SourceName,
    state: WithState,
    _: Reader,
    each: Annotated[str, Query(alias="id", description=_ID)],
) -> Response:
    """The actor that an id belongs to, all its ids, and why they are one."""
    found = await state.work.quick(lambda: _of(state, name).show(each).to_dict())
    return json_response(found)


@router.post(
    "/merge",
    operation_id="merge_identities",
    summary="Join two ids",
    openapi_extra=body_of(Merge, ("Two accounts", {"id": "u_7", "into": "u_812"})),
    responses=_ANSWER,
)
async def merge_identities(
    request: Request, name: SourceName, state: WithState, _: Writer
) -> Response:
    """Let `id` be the actor of `into`, in all queries from now on. Needs the right `write`."""
    wanted = await read_body(request, Merge)
    found = await state.work.quick(
        lambda: _of(state, name).merge(wanted.id, wanted.into, _BY).to_dict()
    )
    return json_response(found)


@router.post(
    "/split",
    operation_id="split_identity",
    summary="Part an id from its actor",
    openapi_extra=body_of(Split, ("A shared device", {"id": "7f3a-laptop"})),
    responses=_ANSWER,
)
async def split_identity(
    request: Request, name: SourceName, state: WithState, _: Writer
) -> Response:
    """Let `id` stand for itself, whatever was said of it until now. Needs the right `write`."""
    wanted = await read_body(request, Split)
    found = await state.work.quick(lambda: _of(state, name).split(wanted.id, _BY).to_dict())
    return json_response(found)


@router.delete(
    "/decisions",
    operation_id="undo_identity",
    summary="Take decisions back",
    responses=_ANSWER,
)
async def undo_identity(
    name: SourceName,
    state: WithState,
    _: Writer,
    each: Annotated[str, Query(alias="id", description="The id that was merged or split.")],
) -> Response:
    """Take back what was decided about an id. Needs the right `write`."""

    def undo() -> dict[str, Any]:
        identities = _of(state, name)
        identities.revoke(each)
        return identities.show(each).to_dict()

    return json_response(await state.work.quick(undo))


def _of(state: State, name: str) -> Identities:
    return state.lake.table(name).identities

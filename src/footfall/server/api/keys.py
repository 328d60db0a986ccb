"""Write keys of a source."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from footfall.server.api.common import ERRORS, PREFIX, answer_of, body_of, json_response, read_body
from footfall.server.auth import Admin
from footfall.server.state import State, WithState
from footfall.workspace.keys import WriteKey

router = APIRouter(prefix=PREFIX + "/sources/{name}/keys", tags=["sources"], responses=ERRORS)

SourceName = Annotated[str, Path(description="Name of the source.")]

_EXAMPLE = {
    "prefix": "ffw_Zp0sV7bn",
    "source": "web",
    "label": "backend",
    "created_at": "2026-11-01T12:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}


class NewKey(msgspec.Struct, forbid_unknown_fields=True):
    """A write key that is wanted."""

    label: Annotated[str, msgspec.Meta(max_length=200)] = ""


@router.get(
    "",
    operation_id="list_keys",
    summary="List write keys",
    responses={200: answer_of("All keys, without their secrets.", {"keys": [_EXAMPLE]})},
)
async def list_keys(name: SourceName, state: WithState, _: Admin) -> Response:
    """The source's write keys, revoked ones too. Needs the right `admin`."""
    keys = await state.work.quick(lambda: _list(state, name))
    return json_response({"keys": [_shown(key) for key in keys]})


@router.post(
    "",
    operation_id="create_key",
    summary="Make a write key",
    status_code=201,
    openapi_extra=body_of(NewKey, ("With a label", {"label": "backend"})),
    responses={201: answer_of("The key, this once.", {"key": "ffw_Zp0sV7bn…", **_EXAMPLE})},
)
async def create_key(request: Request, name: SourceName, state: WithState, _: Admin) -> Response:
    """A new write key, in the answer this once. Needs the right `admin`."""
    wanted = await read_body(request, NewKey)
    issued = await state.work.quick(
        lambda: state.workspace.keys.create(state.lake.source(name).name, wanted.label)
    )
    return json_response({"key": issued.secret, **_shown(issued.info)}, 201)


@router.delete(
    "/{prefix}",
    operation_id="revoke_key",
    summary="Revoke a write key",
    responses={200: answer_of("The key, revoked.", _EXAMPLE)},
)
async def revoke_key(
    name: SourceName,
    prefix: Annotated[str, Path(description="First letters of the key, as listed.")],
    state: WithState,
    _: Admin,
) -> Response:
    """Make a key worthless from now on. Needs the right `admin`."""
    revoked = await state.work.quick(lambda: state.workspace.keys.revoke(prefix, name))
    return json_response(_shown(revoked))


def _list(state: State, name: str) -> list[WriteKey]:
    return state.workspace.keys.list(state.lake.source(name).name)


def _shown(key: WriteKey) -> dict[str, Any]:
    return {
        "prefix": key.prefix,
        "source": key.source,
        "label": key.label,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }

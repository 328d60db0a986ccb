"""API tokens, for those who may administer."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from footfall.server.api.common import ERRORS, PREFIX, answer_of, body_of, json_response, read_body
from footfall.server.auth import Admin
from footfall.server.state import WithState
from footfall.workspace.tokens import Token

router = APIRouter(prefix=f"{PREFIX}/tokens", tags=["tokens"], responses=ERRORS)

_EXAMPLE = {
    "prefix": "fft_k3J9xQ2a",
    "label": "notebook",
    "rights": ["read"],
    "created_at": "2026-11-01T12:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """A token that is wanted."""

    label: Annotated[str, msgspec.Meta(max_length=200)] = ""
    rights: list[str] = msgspec.field(default_factory=lambda: ["read"])


@router.get(
    "",
    operation_id="list_tokens",
    summary="List tokens",
    responses={200: answer_of("All tokens, without their secrets.", {"tokens": [_EXAMPLE]})},
)
async def list_tokens(state: WithState, _: Admin) -> Response:
    """All tokens, revoked ones too. Needs the right `admin`."""
    tokens = await state.work.quick(state.workspace.tokens.list)
    return json_response({"tokens": [_shown(token) for token in tokens]})


@router.post(
    "",
    operation_id="create_token",
    summary="Make a token",
    status_code=201,
    openapi_extra=body_of(NewToken, ("May read", {"label": "notebook", "rights": ["read"]})),
    responses={201: answer_of("The token, this once.", {"token": "fft_k3J9xQ2a…", **_EXAMPLE})},
)
async def create_token(request: Request, state: WithState, _: Admin) -> Response:
    """A new token, in the answer this once. Needs the right `admin`."""
    wanted = await read_body(request, NewToken)
    issued = await state.work.quick(
        lambda: state.workspace.tokens.create(wanted.label, wanted.rights)
    )
    return json_response({"token": issued.secret, **_shown(issued.info)}, 201)


@router.delete(
    "/{prefix}",
    operation_id="revoke_token",
    summary="Revoke a token",
    responses={200: answer_of("The token, revoked.", _EXAMPLE)},
)
async def revoke_token(
    state: WithState,
    _: Admin,
    prefix: Annotated[str, Path(description="First letters of the token, as listed.")],
) -> Response:
    """Make a token worthless from now on. Needs the right `admin`."""
    return json_response(
        _shown(await state.work.quick(lambda: state.workspace.tokens.revoke(prefix)))
    )


def _shown(token: Token) -> dict[str, Any]:
    return {
        "prefix": token.prefix,
        "label": token.label,
        "rights": sorted(token.rights),
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
    }

"""Embed secrets of a source."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from footfall.server.api.common import ERRORS, PREFIX, answer_of, body_of, json_response, read_body
from footfall.server.auth import Admin
from footfall.server.state import State, WithState
from footfall.workspace.embeds import EmbedSecret

router = APIRouter(prefix=PREFIX + "/sources/{name}/embeds", tags=["sources"], responses=ERRORS)

SourceName = Annotated[str, Path(description="Name of the source.")]

_EXAMPLE = {
    "prefix": "ffe_8hQz3LwK",
    "source": "web",
    "label": "intranet",
    "created_at": "2026-11-01T12:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}


class NewSecret(msgspec.Struct, forbid_unknown_fields=True):
    """An embed secret that is wanted."""

    label: Annotated[str, msgspec.Meta(max_length=200)] = ""


@router.get(
    "",
    operation_id="list_embeds",
    summary="List embed secrets",
    responses={200: answer_of("All of them, without what is secret.", {"embeds": [_EXAMPLE]})},
)
async def list_embeds(name: SourceName, state: WithState, _: Admin) -> Response:
    """The source's embed secrets, revoked ones too. Needs the right `admin`."""
    found = await state.work.quick(lambda: _list(state, name))
    return json_response({"embeds": [_shown(each) for each in found]})


@router.post(
    "",
    operation_id="create_embed",
    summary="Make an embed secret",
    status_code=201,
    openapi_extra=body_of(NewSecret, ("With a label", {"label": "intranet"})),
    responses={201: answer_of("The secret, this once.", {"secret": "ffe_8hQz3LwK…", **_EXAMPLE})},
)
async def create_embed(request: Request, name: SourceName, state: WithState, _: Admin) -> Response:
    """A new secret to sign embed tokens with, in the answer this once. Needs the right `admin`."""
    wanted = await read_body(request, NewSecret)
    issued = await state.work.quick(
        lambda: state.workspace.embeds.create(
            state.lake.source(name).name, wanted.label, state.lake.secret
        )
    )
    return json_response({"secret": issued.secret, **_shown(issued.info)}, 201)


@router.delete(
    "/{prefix}",
    operation_id="revoke_embed",
    summary="Revoke an embed secret",
    responses={200: answer_of("The secret, revoked.", _EXAMPLE)},
)
async def revoke_embed(
    name: SourceName,
    prefix: Annotated[str, Path(description="First letters of the secret, as listed.")],
    state: WithState,
    _: Admin,
) -> Response:
    """Make a secret worthless from now on, with all tokens that it signed. Needs `admin`."""
    revoked = await state.work.quick(lambda: state.workspace.embeds.revoke(prefix, name))
    return json_response(_shown(revoked))


def _list(state: State, name: str) -> list[EmbedSecret]:
    return state.workspace.embeds.list(state.lake.source(name).name)


def _shown(found: EmbedSecret) -> dict[str, Any]:
    return {
        "prefix": found.prefix,
        "source": found.source,
        "label": found.label,
        "created_at": found.created_at,
        "last_used_at": found.last_used_at,
        "revoked_at": found.revoked_at,
    }

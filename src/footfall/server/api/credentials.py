"""One way of listing, making and revoking credentials, of whatever kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from footfall.server.api.common import ERRORS, PREFIX, answer_of, body_of, json_response, read_body
from footfall.server.api.parameters import SourceName
from footfall.server.auth import Admin
from footfall.server.state import State, WithState
from footfall.workspace.credentials import Credential, Issued

_NEW: Final[Mapping[str, Any]] = {
    "created_at": "2026-11-01T12:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}

Prefix = Annotated[str, Path(description="First letters of it, as listed, or all of it.")]


class Labeled(msgspec.Struct, forbid_unknown_fields=True):
    """A credential that is wanted."""

    label: Annotated[str, msgspec.Meta(max_length=200)] = ""


Wanted = TypeVar("Wanted", bound=Labeled)


@dataclass(frozen=True, slots=True)
class CredentialKind(Generic[Wanted]):
    """One kind of credential: its words, and how the workspace keeps it.

    `name` is what operations call one, `field` what carries its secret in answers, `example`
    what one looks like beside its times. The functions get the source that the path names,
    an empty text where it names none.
    """

    path: str
    tag: str
    name: str
    noun: str
    field: str
    example: Mapping[str, Any]
    wanted: type[Wanted]
    list: Callable[[State, str], Sequence[Credential]]
    create: Callable[[State, str, Wanted], Issued[Credential]]
    revoke: Callable[[State, str, str], Credential]

    @property
    def shown(self) -> dict[str, Any]:
        """One as it is shown."""
        return {**self.example, **_NEW}

    @property
    def source(self) -> Callable[..., str]:
        """A dependency: the source that the path names."""
        return _named if "{name}" in self.path else _unnamed

    @property
    def one(self) -> str:
        """The noun behind its article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"


def credential_router(kind: CredentialKind[Any]) -> APIRouter:
    """The operations on credentials of that kind."""
    router = APIRouter(prefix=PREFIX + kind.path, tags=[kind.tag], responses=ERRORS)
    _add_list(router, kind)
    _add_create(router, kind)
    _add_revoke(router, kind)
    return router


def _add_list(router: APIRouter, kind: CredentialKind[Any]) -> None:
    many = f"{kind.name}s"

    @router.get(
        "",
        operation_id=f"list_{many}",
        summary=f"List {kind.noun}s",
        description=f"All {kind.noun}s, revoked ones too. Needs the right `admin`.",
        responses={200: answer_of("All of them, without what is secret.", {many: [kind.shown]})},
    )
    async def list_all(state: WithState, _: Admin, source: str = Depends(kind.source)) -> Response:
        found = await state.work.quick(lambda: kind.list(_having(state, source), source))
        return json_response({many: [each.to_dict() for each in found]})


def _add_create(router: APIRouter, kind: CredentialKind[Any]) -> None:
    wish = {key: kind.example[key] for key in kind.wanted.__struct_fields__}
    answer = {kind.field: f"{kind.example['prefix']}…", **kind.shown}

    @router.post(
        "",
        operation_id=f"create_{kind.name}",
        summary=f"Make {kind.one}",
        description=f"A new {kind.noun}, in the answer this once. Needs the right `admin`.",
        status_code=201,
        openapi_extra=body_of(kind.wanted, (f"The {kind.noun}", wish)),
        responses={201: answer_of(f"The {kind.noun}, this once.", answer)},
    )
    async def create(
        request: Request, state: WithState, _: Admin, source: str = Depends(kind.source)
    ) -> Response:
        wanted = await read_body(request, kind.wanted)
        issued = await state.work.quick(lambda: kind.create(_having(state, source), source, wanted))
        return json_response({kind.field: issued.secret, **issued.info.to_dict()}, 201)


def _add_revoke(router: APIRouter, kind: CredentialKind[Any]) -> None:
    @router.delete(
        "/{prefix}",
        operation_id=f"revoke_{kind.name}",
        summary=f"Revoke {kind.one}",
        description=f"Make the {kind.noun} worthless from now on. Needs the right `admin`.",
        responses={200: answer_of(f"The {kind.noun}, revoked.", kind.shown)},
    )
    async def revoke(
        prefix: Prefix, state: WithState, _: Admin, source: str = Depends(kind.source)
    ) -> Response:
        found = await state.work.quick(lambda: kind.revoke(_having(state, source), source, prefix))
        return json_response(found.to_dict())


def _named(name: SourceName) -> str:
    return name


def _unnamed() -> str:
    return ""


def _having(state: State, source: str) -> State:
    """The state, after a look whether its lake has that source; raises `UnknownSource`."""
    if source:
        state.lake.source(source)
    return state

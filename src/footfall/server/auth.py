"""Who asks, and whether they may.

Programs send `Authorization: Bearer fft_…`; browsers send the session cookie. A cookie is
believed for a change only when the browser says that our own page sent the request. A page in
another application's frame sends `Authorization: Embed f1.…`, for cookies do not reach it; that
carries no right at all: only what asks for a `Viewer` takes it, and cuts its answer down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from footfall.errors import NotAllowed, NotAuthenticated
from footfall.server.grants import Grant, read_grant, signed_origins
from footfall.server.state import State, get_state
from footfall.workspace.credentials import SourceCredential
from footfall.workspace.rights import Right, Rights
from footfall.workspace.secrets import EMBED, WRITE_KEY

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(
    scheme_name="token", description="An API token (`footfall token create`).", auto_error=False
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, as far as it proved it."""

    kind: Literal["nobody", "token", "session", "embed"]
    label: str
    rights: Rights
    # What an embed token shows; None for everybody who has rights.
    grant: Grant | None = None


NOBODY: Final = Caller("nobody", "nobody", frozenset())


def identify(request: Request) -> Caller:
    """Whoever sent this request, by token or by cookie; nobody where it proves nothing.

    Raises `NotAuthenticated` where a token came that is not valid: falling back to
    something else would hide the mistake.
    """
    state = get_state(request)
    header = request.headers.get("authorization")
    caller = _by_cookie(request, state) if header is None else _by_header(header, state)
    request.scope["footfall.who"] = caller.label
    return caller


def require(right: Right) -> Callable[..., Caller]:
    """A dependency that lets pass whoever has that right."""

    def check(request: Request, _: Annotated[object, Security(_bearer)]) -> Caller:
        return _checked(request, identify(request), right)

    return check


def view(request: Request, _: Annotated[object, Security(_bearer)]) -> Caller:
    """Whoever may read, or holds an embed token: then the answer is to be cut down to it."""
    caller = identify(request)
    return caller if caller.grant else _checked(request, caller, Right.READ)


def grant_of(token: str, state: State) -> Grant:
    """What an embed token grants, at whatever time; raises `NotAuthenticated`."""

    def signer(source: str, signed: bytes, signature: bytes) -> SourceCredential | None:
        return state.workspace.embeds.signer(source, signed, signature, state.lake.secret)

    return read_grant(token, signer)


def framers_of(token: str, state: State) -> tuple[str, ...]:
    """Origins that may show why a token is worth nothing: its own, if it was ever signed."""

    def signer(source: str, signed: bytes, signature: bytes) -> SourceCredential | None:
        return state.workspace.embeds.past_signer(source, signed, signature, state.lake.secret)

    return signed_origins(token, signer) or state.embed_origins


def check_right(caller: Caller, right: Right) -> None:
    """Raise `NotAuthenticated` for nobody, `NotAllowed` for someone without that right."""
    if caller.kind == "nobody":
        raise NotAuthenticated(
            "This needs a login or a token: send 'Authorization: Bearer fft_…' "
            "(`footfall token create` makes one), or open a login link "
            "(`footfall token login` prints one)."
        )
    if caller.kind == "embed":
        raise NotAllowed(
            f"An embed token shows the Overview of its source, nothing else; this needs {right}."
        )
    if right not in caller.rights:
        raise NotAllowed(
            f"{caller.label} has the rights {', '.join(sorted(caller.rights))}; this needs "
            f"{right}. `footfall token create --right {right}` makes a token that has it."
        )


Viewer = Annotated[Caller, Depends(view)]
Reader = Annotated[Caller, Depends(require(Right.READ))]
Writer = Annotated[Caller, Depends(require(Right.WRITE))]
Admin = Annotated[Caller, Depends(require(Right.ADMIN))]


def _checked(request: Request, caller: Caller, right: Right) -> Caller:
    check_right(caller, right)
    if caller.kind == "session" and request.method not in _SAFE:
        _check_same_origin(request)
    return caller


def _by_header(header: str, state: State) -> Caller:
    scheme, _, secret = header.partition(" ")
    read = {"bearer": _by_token, "embed": _by_grant}.get(scheme.lower())
    if read is None or not secret.strip():
        raise NotAuthenticated("The Authorization header must be 'Bearer fft_…'.")
    return read(secret.strip(), state)


def _by_grant(token: str, state: State) -> Caller:
    grant = grant_of(token, state)
    grant.check_time(state.clock())
    return Caller("embed", grant.label, frozenset(), grant)


def _by_token(secret: str, state: State) -> Caller:
    if secret.startswith(WRITE_KEY):
        raise NotAllowed("A write key only sends events to /v1/events; this needs a token.")
    if secret.startswith(EMBED):
        raise NotAllowed(
            "An embed secret is never sent: it signs tokens, which are sent as 'Embed f1.…'."
        )
    token = state.workspace.tokens.recognize(secret)
    if token is None:
        raise NotAuthenticated(
            "This token is not valid: it is unknown or revoked. `footfall token list` shows "
            "those there are."
        )
    return Caller("token", f"token {token.prefix}", token.rights)


def _by_cookie(request: Request, state: State) -> Caller:
    secret = state.cookies.read(request)
    session = state.workspace.logins.recognize(secret) if secret else None
    if session is None:
        return NOBODY
    return Caller("session", f"session {session.id}", session.rights)


def _check_same_origin(request: Request) -> None:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        is_ours = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("origin", ""))
        is_ours = bool(origin.netloc) and origin.netloc == request.headers.get("host")
    if not is_ours:
        raise NotAllowed(
            "This change came from another site's page (or from a program that sends a "
            "browser's cookie); programs use a token instead."
        )

"""Who asks, and whether they may.

Programs send `Authorization: Bearer fft_…`; browsers send the session cookie. A cookie is
believed for a change only when the browser says that our own page sent the request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from footfall.errors import NotAllowed, NotAuthenticated
from footfall.server.state import State, get_state
from footfall.workspace.rights import Right, Rights
from footfall.workspace.secrets import WRITE_KEY

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(
    scheme_name="token", description="An API token (`footfall token create`).", auto_error=False
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sent a request, as far as it proved it."""

    kind: Literal["nobody", "token", "session"]
    label: str
    rights: Rights


NOBODY: Final = Identity("nobody", "nobody", frozenset())


def identify(request: Request) -> Identity:
    """Whoever sent this request, by token or by cookie; nobody where it proves nothing.

    Raises `NotAuthenticated` where a token came that is not valid: falling back to
    something else would hide the mistake.
    """
    state = get_state(request)
    header = request.headers.get("authorization")
    identity = _by_cookie(request, state) if header is None else _by_token(header, state)
    request.scope["footfall.who"] = identity.label
    return identity


def require(right: Right) -> Callable[..., Identity]:
    """A dependency that lets pass whoever has that right."""

    def check(request: Request, _: Annotated[object, Security(_bearer)]) -> Identity:
        identity = identify(request)
        check_right(identity, right)
        if identity.kind == "session" and request.method not in _SAFE:
            _check_same_origin(request)
        return identity

    return check


def check_right(identity: Identity, right: Right) -> None:
    """Raise `NotAuthenticated` for nobody, `NotAllowed` for someone without that right."""
    if identity.kind == "nobody":
        raise NotAuthenticated(
            "This needs a login or a token: send 'Authorization: Bearer fft_…' "
            "(`footfall token create` makes one), or open a login link "
            "(`footfall token login` prints one)."
        )
    if right not in identity.rights:
        raise NotAllowed(
            f"{identity.label} has the rights {', '.join(sorted(identity.rights))}; this needs "
            f"{right}. `footfall token create --right {right}` makes a token that has it."
        )


Reader = Annotated[Identity, Depends(require(Right.READ))]
Writer = Annotated[Identity, Depends(require(Right.WRITE))]
Admin = Annotated[Identity, Depends(require(Right.ADMIN))]


def _by_token(header: str, state: State) -> Identity:
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotAuthenticated("The Authorization header must be 'Bearer fft_…'.")
    secret = secret.strip()
    if secret.startswith(WRITE_KEY):
        raise NotAllowed("A write key only sends events to /v1/events; this needs a token.")
    token = state.workspace.tokens.recognize(secret)
    if token is None:
        raise NotAuthenticated(
            "This token is not valid: it is unknown or revoked. `footfall token list` shows "
            "those there are."
        )
    return Identity("token", f"token {token.prefix}", token.rights)


def _by_cookie(request: Request, state: State) -> Identity:
    secret = state.cookies.read(request)
    session = state.workspace.sessions.recognize(secret) if secret else None
    if session is None:
        return NOBODY
    return Identity("session", f"session {session.id}", session.rights)


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

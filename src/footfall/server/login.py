"""A login link turns into a session cookie; logging out takes it back."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from footfall.errors import NotAuthenticated
from footfall.server.auth import Caller, check_right, identify, require
from footfall.server.state import WithState
from footfall.server.web.pages import login_page
from footfall.workspace.rights import Right

router = APIRouter(include_in_schema=False)


class LoginNeeded(Exception):
    """A person asked for a page without being logged in: they get the login page."""


def page_reader(request: Request) -> None:
    """Let pages pass for whoever may read; the files they load are for everyone."""
    if request.url.path.startswith("/static/"):
        return
    try:
        check_right(identify(request), Right.READ)
    except NotAuthenticated as error:
        raise LoginNeeded from error


@router.get("/login")
def login(
    request: Request,
    state: WithState,
    key: Annotated[str, Query(max_length=200)] = "",
    next: Annotated[str, Query(max_length=2000)] = "/",  # noqa: A002 - the usual name in URLs
) -> Response:
    """The page asked for with `next`, and a session, in exchange for a one-time key."""
    if not key:
        return login_page(status=200)
    try:
        issued = state.workspace.logins.redeem(key, state.cookies.lifetime)
    except NotAuthenticated as error:
        # Whoever opens a used link in the browser that used it is logged in already.
        if identify(request).kind == "session":
            return _to(next)
        return login_page(error.message)
    response = _to(next)
    state.cookies.set(response, issued.secret)
    return response


def _still_there(request: Request) -> None:
    """Whoever leaves once more, as from a page left open, only has to log in again."""
    if identify(request).kind == "nobody":
        raise LoginNeeded


@router.post("/logout", dependencies=[Depends(_still_there)])
def logout(
    request: Request, state: WithState, _: Annotated[Caller, Depends(require(Right.READ))]
) -> Response:
    """The login page, with the session ended."""
    secret = state.cookies.read(request)
    if secret is not None:
        state.workspace.logins.end(secret)
    response = RedirectResponse("/login", 303)
    state.cookies.clear(response)
    return response


def safe_path(text: str) -> str:
    """`text` where it is a path on this server, else the first page.

    >>> safe_path("/sql?q=1"), safe_path("//evil.example"), safe_path("https://evil.example")
    ('/sql?q=1', '/', '/')
    """
    # Browsers read a backslash as a slash, and skip control characters.
    if not text.startswith("/") or "\\" in text or any(ord(letter) < 33 for letter in text):
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or text.startswith("//") else text


def _to(path: str) -> Response:
    response = RedirectResponse(safe_path(path), 303)
    response.headers["Cache-Control"] = "no-store"
    # The key in the address must not reach the next page as its referrer.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response

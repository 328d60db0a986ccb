"""Errors as the API sends them: `{"error": {"code", "message", "parameter", "suggestions"}}`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, cast

import msgspec
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from footfall.errors import (
    ExposedError,
    FootfallError,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    StaleSnapshot,
    TableDamaged,
    TooLarge,
    WrongMethod,
    error_dict,
)
from footfall.intake.issued import without_secrets

log = structlog.get_logger("footfall.server")

_BUSY: Final = "The data was rewritten while it was read, more than once: ask again."
_CODES: Final = {404: NotFound.code, 405: WrongMethod.code, 413: TooLarge.code}


def add_error_handlers(api: FastAPI) -> None:
    """Let every error of this API leave it in the one shape."""
    api.add_exception_handler(FootfallError, _ours)
    api.add_exception_handler(RequestValidationError, _validation)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(ClientDisconnect, _gone)
    api.add_exception_handler(Exception, _unexpected)


def error_response(
    status: int, error: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """A response with that error as its body."""
    # What was asked may hold a secret, as an address does that names a token.
    body = without_secrets(msgspec.json.encode({"error": error}))
    return Response(
        body, status, {"Cache-Control": "no-store", **(headers or {})}, "application/json"
    )


def exposed_response(error: ExposedError) -> Response:
    """An exposed error with its status and the headers that go with it."""
    headers: dict[str, str] = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return error_response(error.status, error.to_dict(), headers)


async def _ours(request: Request, error: Exception) -> Response:
    if isinstance(error, TableDamaged):
        log.error("damaged", path=request.url.path, cause=str(error.__cause__))
    if isinstance(error, ExposedError):
        return exposed_response(error)
    if isinstance(error, StaleSnapshot):
        log.warning("stale", path=request.url.path, error=str(error))
        return error_response(503, error_dict("busy", _BUSY), {"Retry-After": "1"})
    log.error("failed", path=request.url.path, exc_info=error)
    return internal_response(request.scope)


async def _gone(_request: Request, _error: Exception) -> Response:
    # Nobody reads this; it is here so that log and metrics tell it from a fault.
    return error_response(499, error_dict("cancelled", "The request was broken off."))


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("failed", path=request.url.path, exc_info=error)
    return internal_response(request.scope)


async def _validation(_request: Request, error: Exception) -> Response:
    first = cast("RequestValidationError", error).errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    message = f"{place}: {first['msg']}."
    return error_response(400, error_dict(InvalidInput.code, message, place))


async def _http(request: Request, error: Exception) -> Response:
    http = cast("HTTPException", error)
    if request.scope.get("footfall.who") is None:
        await run_in_threadpool(_note_who, request)
    message = str(http.detail)
    if http.status_code == 404:
        message = f"There is nothing at {request.url.path}; /docs lists what there is."
    elif http.status_code == 405:
        message = f"{request.method} is not possible at {request.url.path}."
    if http.status_code == 404 and "text/html" in request.headers.get("accept", ""):
        # Templates are loaded with the first page that somebody looks at.
        from footfall.server.web.pages import missing_page

        return missing_page(without_secrets(request.url.path.encode()).decode())
    code = _CODES.get(http.status_code, InvalidInput.code)
    return error_response(http.status_code, error_dict(code, message), http.headers)


def _note_who(request: Request) -> None:
    """Let the log name whoever asked for an address at which nothing asks who they are."""
    # The guard, which the pages build on, builds on this module.
    from footfall.server.auth import identify

    with suppress(NotAuthenticated, NotAllowed):
        identify(request)


def internal_response(scope: Mapping[str, Any]) -> Response:
    """What a caller may know of a fault inside: where in the log it can be found."""
    request_id = scope.get("footfall.request_id", "unknown")
    message = f"Something failed inside Footfall; its log tells more under request {request_id}."
    return error_response(500, error_dict("internal", message))

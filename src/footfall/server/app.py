"""The ASGI application: intake's raw path first, everything else behind the guard."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from footfall import __version__
from footfall.capture.protocols.registry import adapters
from footfall.errors import FootfallError, InvalidInput, InvalidSetting, Overloaded
from footfall.intake.ledger import FILE_NAME as LEDGER
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.time import Clock, parse_duration, utc_now
from footfall.server.cookies import Cookies
from footfall.server.errors import add_error_handlers, exposed_response
from footfall.server.framing import check_origins
from footfall.server.guard import Guard
from footfall.server.hosts import allowed_hosts
from footfall.server.lifecycle import Lifecycle
from footfall.server.live import LiveHub
from footfall.server.login import LoginNeeded
from footfall.server.metrics import Metrics
from footfall.server.openapi import DESCRIPTION, EVENTS_PATH, TAGS
from footfall.server.script import ScriptEndpoint
from footfall.server.state import State
from footfall.server.trackers import TrackerPaths
from footfall.server.work import Work
from footfall.settings import ServerSettings
from footfall.workspace.workspace import Workspace

# Whatever the environment asks of other programs, nothing is sent anywhere from here.
_NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}


class Application:
    """The server of one lake as an ASGI application; `state` is what its parts share."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.api = _make_api(state)
        self._trackers = TrackerPaths(adapters())
        self._script = ScriptEndpoint(state.lake.settings.tracker)
        self._events_paths = {EVENTS_PATH, state.lake.settings.tracker.endpoint}
        self._guarded = Guard(self.api, allowed_hosts(state.lake.settings.server), state.metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop with the server."""
        if scope["type"] != "http":
            await self.api(scope, receive, send)
        elif scope["path"] in self._events_paths:
            await (self.state.events or _stopped)(scope, receive, send)
        elif self._script.is_asked(scope["path"]):
            await self._script(scope, receive, send)
        elif self._trackers.is_asked(scope["path"]):
            await (self.state.trackers or _stopped)(scope, receive, send)
        else:
            await self._guarded(scope, receive, send)


def create_app(lake: LakeFolder | Path | str, clock: Clock = utc_now) -> Application:
    """The server of that lake, which must exist; it starts and stops with its lifespan."""
    folder = lake if isinstance(lake, LakeFolder) else LakeFolder.open(lake, clock=clock)
    metrics = Metrics()
    state = State(
        lake=folder,
        clock=clock,
        workspace=Workspace(folder.root, clock),
        ledger=Ledger(folder.root / LEDGER, clock),
        metrics=metrics,
        work=Work(metrics),
        live=LiveHub(metrics),
        cookies=_cookies(folder.secret, folder.settings.server),
        embed_origins=_embed_origins(folder.settings.server),
    )
    return Application(state)


def _cookies(secret: bytes, settings: ServerSettings) -> Cookies:
    lifetime: timedelta = parse_duration(settings.login_lifetime)
    return Cookies(secret, lifetime, is_secure=settings.public_url.startswith("https://"))


def _embed_origins(settings: ServerSettings) -> tuple[str, ...]:
    try:
        return check_origins(settings.embed_origins, "[server] embed_origins")
    except InvalidInput as error:
        raise InvalidSetting(error.message) from error


def _make_api(state: State) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        lifecycle = await _started(state)
        try:
            yield
        finally:
            await lifecycle.stop()

    api = FastAPI(
        title="Footfall API",
        description=DESCRIPTION,
        version=__version__,
        openapi_tags=TAGS,
        # The usual pages load scripts from elsewhere; ours is in server/docs.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
        lifespan=lifespan,
    )
    api.state.footfall = state
    add_error_handlers(api)
    api.add_exception_handler(LoginNeeded, _ask_for_login)
    _add_routes(api)
    return api


async def _started(state: State) -> Lifecycle:
    try:
        lifecycle = Lifecycle(state)
        await lifecycle.start()
    except FootfallError as error:
        state.failure = error
        raise
    return lifecycle


def _add_routes(api: FastAPI) -> None:
    from fastapi import Depends

    from footfall.server import login
    from footfall.server.api import health
    from footfall.server.api.routers import ROUTERS
    from footfall.server.api.undeclared import check_names
    from footfall.server.docs import page as docs
    from footfall.server.web import embedded, pages

    for router in ROUTERS:
        api.include_router(router, dependencies=[Depends(check_names)])
    for router in (health.router, login.router, docs.router, embedded.router):
        api.include_router(router)
    api.include_router(pages.router, dependencies=[Depends(login.page_reader)])


async def _ask_for_login(_request: Request, _error: Exception) -> Response:
    from footfall.server.web.pages import login_page

    return login_page()


async def _stopped(scope: Scope, receive: Receive, send: Send) -> None:
    error = Overloaded("The server is starting or stopping; send again.", retry_after=2)
    await exposed_response(error)(scope, receive, send)

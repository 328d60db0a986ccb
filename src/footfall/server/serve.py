"""Run the server of a lake until it is told to stop."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from footfall.errors import Conflict, InvalidInput
from footfall.model.time import parse_duration
from footfall.server.hosts import base_url, is_loopback, local_url
from footfall.server.logs import configure_logs
from footfall.server.presence import announced

if TYPE_CHECKING:
    import uvicorn

    from footfall.intake.worker import Worker
    from footfall.lake.folder import LakeFolder
    from footfall.server.app import Application

# Answers that take longer than this are cut off when the server stops.
_GRACE_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that has begun to answer; `login_url` works once, None where none was made.

    `url` is its public address where there is one; at `local_url` it listens.
    """

    url: str
    local_url: str
    login_url: str | None
    is_loopback: bool


def serve(
    lake: LakeFolder,
    *,
    host: str | None = None,
    port: int | None = None,
    login: bool = False,
    announce: Callable[[Serving], None],
) -> None:
    """Serve until a signal comes; everything taken in by then is on disk.

    `host` and `port` stand before the lake's settings; port 0 takes any that is free.
    `announce` is called once requests are answered, with a login URL where `login` or
    where no browser is logged in yet. Raises `Conflict` when the port is taken.
    """
    given = lake.settings.server
    settings = replace(
        given,
        host=given.host if host is None else host,
        port=given.port if port is None else port,
    )
    with bind(settings.host, settings.port) as listener:
        settings = replace(settings, port=listener.getsockname()[1])
        lake.settings = replace(lake.settings, server=settings)
        _run(lake, listener, login, announce)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises `Conflict` when the port is taken."""
    listener = socket.socket(_family(host, port), socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # There, the option of the same name would let two servers share a port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise _explained(error, host, port) from error
    listener.set_inheritable(False)
    return listener


def _run(
    lake: LakeFolder, listener: socket.socket, login: bool, announce: Callable[[Serving], None]
) -> None:
    from footfall.intake.worker import Worker

    configure_logs()
    url = base_url(lake.settings.server)
    with announced(lake.root, url), closing(Worker(lake.root)) as worker:
        # It starts while this process loads what answering needs.
        worker.launch()
        _answer(lake, worker, listener, login, announce)


def _answer(
    lake: LakeFolder,
    worker: Worker,
    listener: socket.socket,
    login: bool,
    announce: Callable[[Serving], None],
) -> None:
    from footfall.server.app import create_app
    from footfall.server.process import Server

    app = create_app(lake)
    app.state.worker = worker
    server = Server(
        make_config(app),
        started=lambda: announce(_serving(app, login)),
        # Streams that stay open would otherwise be waited for.
        stopping=app.state.live.close,
    )
    try:
        server.run(sockets=[listener])
    except SystemExit:
        # Uvicorn's way to say that starting failed; its exit code means something else here.
        if app.state.failure is not None:
            raise app.state.failure from None
        raise


def make_config(app: Application) -> uvicorn.Config:
    """How Uvicorn is to serve the application."""
    import uvicorn

    from footfall.server.arrival import arrival
    from footfall.server.gathered import gathered

    settings = app.state.lake.settings.server
    return uvicorn.Config(
        app,
        http=gathered(arrival(parse_duration(settings.request_timeout).total_seconds())),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Forwarded addresses are believed only where a proxy is known to stand before us.
        proxy_headers=bool(settings.public_url),
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _serving(app: Application, login: bool) -> Serving:
    settings = app.state.lake.settings.server
    url = base_url(settings)
    logins = app.state.workspace.logins
    wanted = login or not logins.has_any()
    login_url = f"{url}/login?key={logins.create()}" if wanted else None
    return Serving(url, local_url(settings), login_url, is_loopback(settings.host))


def _family(host: str, port: int) -> socket.AddressFamily:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise InvalidInput(
            f"--host {host!r} is not an address of this machine: {error}. "
            "Use 127.0.0.1 for this machine alone, 0.0.0.0 for the network.",
            parameter="host",
        ) from error
    return found[0][0]


def _explained(error: OSError, host: str, port: int) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return Conflict(
            f"Port {port} on {host} is taken, perhaps by a server that still runs: stop that "
            f"one, or choose another with --port {port + 1}.",
            parameter="port",
        )
    if error.errno == errno.EACCES:
        return InvalidInput(
            f"Port {port} may not be used by this user: choose one above 1023 with --port.",
            parameter="port",
        )
    return InvalidInput(f"Cannot listen on {host}, port {port}: {error}.", parameter="host")

"""Whether the server lives, whether it is ready, and what Prometheus wants to know."""

from __future__ import annotations

import re
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from footfall import __version__
from footfall.server.api.common import answer_of, json_response
from footfall.server.auth import check_right, identify
from footfall.server.hosts import host_name, is_loopback
from footfall.server.state import State, WithState
from footfall.workspace.rights import Right

router = APIRouter(tags=["health"])

# What proxies add to a request of somebody else, each in its own way.
_PROXIED: Final = re.compile(
    "(x-)?forwarded.*|via|.*-(ip|addr)|x-(.*-)?(host|proto|scheme|port|server)|front-end-https"
    "|x-(original|envoy|arr|azure|amzn|appengine|cloud|vercel)-.*|(cf|cdn|fly|fastly)-.*"
)


@router.get(
    "/healthz",
    operation_id="is_alive",
    responses={200: answer_of("The process answers.", {"status": "ok", "version": "0.1.0"})},
)
async def healthz() -> Response:
    """Whether the process answers; asks nothing of disk or engine."""
    return json_response({"status": "ok", "version": __version__})


@router.get(
    "/readyz",
    operation_id="is_ready",
    responses={
        200: answer_of("Events are taken in.", {"status": "ready", "checks": {"intake": "ok"}}),
        503: answer_of(
            "Not yet, or not any more.", {"status": "not ready", "checks": {"intake": "stopped"}}
        ),
    },
)
async def readyz(state: WithState) -> Response:
    """Whether events are taken in and the lake can be read."""
    checks = await run_in_threadpool(_checks, state)
    is_ready = all(found == "ok" for found in checks.values())
    body = {"status": "ready" if is_ready else "not ready", "checks": checks}
    return json_response(body, 200 if is_ready else 503)


@router.get(
    "/metrics",
    operation_id="metrics",
    responses={
        200: answer_of("Text format of Prometheus.", "footfall_queries_running 0.0", "text/plain")
    },
)
def metrics(request: Request, state: WithState) -> Response:
    """Counts and times for Prometheus; open on this machine, with a token from elsewhere."""
    if not _is_local(request):
        check_right(identify(request), Right.READ)
    return Response(state.metrics.text(), media_type="text/plain; version=0.0.4")


def _checks(state: State) -> dict[str, Any]:
    return {"intake": "ok" if state.events is not None else "stopped", "lake": _lake(state)}


def _lake(state: State) -> str:
    try:
        state.lake.sources()
    except Exception as error:
        # Details stay in the log of whoever needs the lake; this is public.
        return type(error).__name__
    return "ok"


def _is_local(request: Request) -> bool:
    """Whether a process on this machine asks for itself, not a proxy for somebody else."""
    if any(map(_PROXIED.fullmatch, request.headers)):
        return False
    is_near = request.client is not None and is_loopback(request.client.host)
    return is_near and is_loopback(host_name(request.headers.get("host", "")))

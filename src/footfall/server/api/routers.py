"""All of the API's routers, in the order in which it is described."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from footfall.server.api import (
    embeds,
    events,
    identities,
    intervals,
    ledger,
    live,
    query,
    rejects,
    sessions,
    sources,
    sql,
    tokens,
    write_keys,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    *(query.router, sql.router),
    *(events.router, sessions.router, intervals.router, live.router),
    *(sources.router, write_keys.router, embeds.router, identities.router),
    *(rejects.router, ledger.router),
    tokens.router,
)

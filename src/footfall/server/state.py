"""What the parts of one server share."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request
from starlette.types import ASGIApp

from footfall.errors import FootfallError
from footfall.model.time import Clock
from footfall.server.cache import Cache
from footfall.server.cookies import Cookies
from footfall.server.live import LiveHub
from footfall.server.metrics import Metrics
from footfall.server.work import Work
from footfall.workspace.workspace import Workspace

if TYPE_CHECKING:
    from footfall.engines.base import Engine, SandboxEngine
    from footfall.intake.ledger import Ledger
    from footfall.intake.worker import Worker
    from footfall.lake.folder import LakeFolder


@dataclass
class State:
    """The lake being served and everything that works on it."""

    lake: LakeFolder
    clock: Clock
    workspace: Workspace
    ledger: Ledger
    metrics: Metrics
    work: Work
    live: LiveHub
    cookies: Cookies
    # Origins that may frame an embedded page where its token names none.
    embed_origins: tuple[str, ...] = ()
    cache: Cache = field(default_factory=Cache)
    # The raw handler of POST /v1/events; there is none before start and after stop.
    events: ASGIApp | None = None
    # Likewise that of other people's trackers.
    trackers: ASGIApp | None = None
    # Writes to the lake from a process of its own; None: this process does it.
    worker: Worker | None = None
    # Why starting failed, for whoever started the server.
    failure: FootfallError | None = None

    def close(self) -> None:
        """Let go of everything that is open, even where a part fails to close.

        What tables know in memory is saved.
        """
        with ExitStack() as parts:
            parts.callback(self.workspace.close)
            parts.callback(self.ledger.close)
            parts.callback(self.lake.close)
            for name in ("engine", "sql_engine"):
                if name in self.__dict__:
                    parts.callback(self.__dict__[name].close)

    @cached_property
    def engine(self) -> Engine:
        """The engine that answers, loaded with the first question."""
        from footfall.engines.registry import get_engine

        settings = self.lake.settings.query
        return get_engine(settings.engine, settings)

    @cached_property
    def sql_engine(self) -> SandboxEngine:
        """What runs SQL that people write, whose process it keeps from one to the next."""
        from footfall.engines.registry import get_duckdb

        return get_duckdb(self.lake.settings.query)


def get_state(request: Request) -> State:
    """The state of the server that this request came to."""
    return cast("State", request.app.state.footfall)


WithState = Annotated[State, Depends(get_state)]

"""What runs beside the answering of requests, from start to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import structlog

from footfall.server.live import Seen, watch_tables
from footfall.server.state import State

log = structlog.get_logger("footfall.server")


class Lifecycle:
    """Starts and stops the tasks of one server."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin."""
        state = self._state
        state.live.start()
        self._tasks.append(
            asyncio.create_task(watch_tables(state.live, self._look, state.clock), name="watch")
        )

    async def stop(self) -> None:
        """End in order: first what comes in, then what answers."""
        state = self._state
        state.live.close()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(state.work.close)
        state.ledger.close()
        state.workspace.close()

    def _look(self) -> Mapping[str, Seen]:
        return {}

"""Blocking work beside the event loop: bounded, and stopped when nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import Request

from footfall.engines.base import CancelToken
from footfall.errors import Overloaded
from footfall.server.metrics import Metrics

T = TypeVar("T")

# How soon a query ends after its caller has gone.
_LOOK_EVERY = 0.25


class Work:
    """Two small pools: queries may fill theirs without holding up what is quick.

    At most `queries` run at once and `waiting` more wait; further ones are refused with
    `Overloaded`, so that a flood of queries cannot take memory or the intake's processor.
    """

    def __init__(self, metrics: Metrics, *, queries: int = 2, waiting: int = 64) -> None:
        self._queries = ThreadPoolExecutor(queries, "query")
        self._quick = ThreadPoolExecutor(4, "work")
        self._most = queries + waiting
        self._n_queries = 0
        self._tokens: set[CancelToken] = set()
        self._metrics = metrics

    async def quick(self, job: Callable[[], T]) -> T:
        """What a short blocking job returns."""
        return await asyncio.get_running_loop().run_in_executor(self._quick, job)

    async def query(self, request: Request, job: Callable[[CancelToken], T]) -> T:
        """What `job` returns; its token is set as soon as the caller disconnects."""
        if self._n_queries >= self._most:
            self._metrics.queries_refused.inc()
            raise Overloaded(
                f"{self._n_queries} queries are waiting already; ask again in a moment.",
                retry_after=2,
            )
        token = CancelToken()
        self._n_queries += 1
        self._tokens.add(token)
        try:
            return await self._watched(request, token, job)
        finally:
            self._tokens.discard(token)
            self._n_queries -= 1

    def close(self) -> None:
        """Cancel what runs, and wait for it to end."""
        for token in list(self._tokens):
            token.cancel()
        self._queries.shutdown(cancel_futures=True)
        self._quick.shutdown(cancel_futures=True)

    async def _watched(
        self, request: Request, token: CancelToken, job: Callable[[CancelToken], T]
    ) -> T:
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._queries, self._run, token, job)
        try:
            while not (await asyncio.wait({future}, timeout=_LOOK_EVERY))[0]:
                if await request.is_disconnected():
                    token.cancel()
            return future.result()
        finally:
            # Reached with the job still running only when this task itself is cancelled;
            # what the job then raises is nobody's any more.
            if not future.done():
                token.cancel()
                future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())

    def _run(self, token: CancelToken, job: Callable[[CancelToken], T]) -> T:
        # It may have waited long enough for the caller to have gone.
        token.check()
        with self._metrics.queries_running.track_inprogress():
            return job(token)

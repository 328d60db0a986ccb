"""News of tables that changed, passed to every page that listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
import structlog

from footfall.server.metrics import Metrics

log = structlog.get_logger("footfall.server")

HEARTBEAT: Final = 15.0
# A listener that reads nothing is cut off; its browser comes back by itself.
_MAX_UNREAD: Final = 256


class News(msgspec.Struct, frozen=True):
    """A table has a new version, with `n_stored` more events in it."""

    source: str
    version: int
    n_stored: int
    at: datetime


class LiveHub:
    """Hands news to listeners, each version once.

    `publish` and `close` may be called by any thread, and by a signal's handler.
    """

    def __init__(self, metrics: Metrics, heartbeat: float = HEARTBEAT) -> None:
        self._metrics = metrics
        self._heartbeat = heartbeat
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queues: set[asyncio.Queue[News | None]] = set()
        self._versions: dict[str, int] = {}
        self._is_closed = False

    @property
    def has_listeners(self) -> bool:
        """Whether anybody would hear news."""
        return bool(self._queues)

    def start(self) -> None:
        """Belong to the running event loop from now on."""
        self._loop = asyncio.get_running_loop()
        self._is_closed = False

    def publish(self, news: News) -> None:
        """Pass the news on, unless its version is known already."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, news)

    def close(self) -> None:
        """End every stream, so that a stopping server need not wait for its pages."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self._is_closed = True
        for queue in self._queues:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(None)

    async def listen(self) -> AsyncGenerator[News | None]:
        """News as it comes, None as a heartbeat; ends when the hub closes."""
        queue: asyncio.Queue[News | None] = asyncio.Queue(_MAX_UNREAD)
        self._queues.add(queue)
        self._metrics.live_listeners.inc()
        try:
            while not (self._is_closed and queue.empty()):
                try:
                    news = await asyncio.wait_for(queue.get(), self._heartbeat)
                except TimeoutError:
                    yield None
                    continue
                if news is None:
                    return
                yield news
        finally:
            self._queues.discard(queue)
            self._metrics.live_listeners.dec()

    def _deliver(self, news: News) -> None:
        if news.version <= self._versions.get(news.source, -1):
            return
        self._versions[news.source] = news.version
        for queue in list(self._queues):
            if queue.full():
                self._queues.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(news)


class Seen(NamedTuple):
    """What a look at a table showed."""

    version: int
    n_rows: int


async def watch_tables(
    hub: LiveHub,
    look: Callable[[], Mapping[str, Seen]],
    clock: Callable[[], datetime],
    every: float = 1.0,
) -> None:
    """Publish what other processes write; looks only while somebody listens.

    `look` blocks: it returns what it saw, by source; what one look missed counts as
    unchanged. A new version with as many rows as before is a compaction, which is no news.
    """
    before: dict[str, Seen] | None = None
    is_blind = False
    while True:
        await asyncio.sleep(every)
        if not hub.has_listeners:
            before = None
            continue
        try:
            now = await asyncio.to_thread(look)
        except Exception as error:
            # The next look may succeed, and then tells what this one missed; until then it
            # is said once.
            if not is_blind:
                log.error("tables cannot be looked at", exc_info=error)
            is_blind = True
            continue
        is_blind = False
        if before is not None:
            for news in _differences(before, now, clock()):
                hub.publish(news)
        before = {**(before or {}), **now}


def _differences(
    before: Mapping[str, Seen], now: Mapping[str, Seen], at: datetime
) -> Iterator[News]:
    for source, seen in now.items():
        n_before = before[source].n_rows if source in before else 0
        if seen.n_rows != n_before:
            yield News(source, seen.version, max(0, seen.n_rows - n_before), at)

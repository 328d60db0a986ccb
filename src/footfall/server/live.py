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
# Tables that cannot be looked at in this time are not waited for.
_LONGEST_LOOK: Final = 5.0


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
        self._begin()

    @property
    def has_listeners(self) -> bool:
        """Whether anybody would hear news."""
        return bool(self._queues)

    async def first_listener(self) -> None:
        """Return once somebody listens, who has to wait until the tables are watched."""
        self._is_watched.clear()
        self._has_first.clear()
        await self._has_first.wait()

    def tell_watched(self) -> None:
        """Let whoever waits know that what changes from now on is news."""
        self._is_watched.set()

    def start(self) -> None:
        """Belong to the running event loop from now on."""
        self._loop = asyncio.get_running_loop()
        self._is_closed = False
        self._begin()

    def _begin(self) -> None:
        self._has_first = asyncio.Event()
        # Where nobody watches, there is nothing to wait for.
        self._is_watched = asyncio.Event()
        self._is_watched.set()

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
        self._is_watched.set()
        for queue in self._queues:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(None)

    async def listen(self) -> AsyncGenerator[News | None]:
        """News as it comes; None first and as a heartbeat; ends when the hub closes.

        The first None says that whatever changes from then on is told.
        """
        queue: asyncio.Queue[News | None] = asyncio.Queue(_MAX_UNREAD)
        self._queues.add(queue)
        self._metrics.live_listeners.inc()
        try:
            await self._until_watched()
            yield None
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

    async def _until_watched(self) -> None:
        self._has_first.set()
        if not self._is_watched.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_watched.wait(), _LONGEST_LOOK)

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
    """Publish what other processes write; looks only while somebody listens, at once for the first.

    `look` blocks: it returns what it saw, by source; what one look missed counts as
    unchanged. A new version with as many rows as before is a compaction, which is no news.
    """
    before: dict[str, Seen] | None = None
    is_blind = False
    while True:
        if not hub.has_listeners:
            before = None
            await hub.first_listener()
        try:
            now = await asyncio.to_thread(look)
        except Exception as error:
            # The next look may succeed, and then tells what this one missed; until then it
            # is said once.
            if not is_blind:
                log.error("tables cannot be looked at", exc_info=error)
            is_blind = True
        else:
            is_blind = False
            if before is not None:
                for news in _differences(before, now, clock()):
                    hub.publish(news)
            before = {**(before or {}), **now}
        hub.tell_watched()
        await asyncio.sleep(every)


def _differences(
    before: Mapping[str, Seen], now: Mapping[str, Seen], at: datetime
) -> Iterator[News]:
    for source, seen in now.items():
        n_before = before[source].n_rows if source in before else 0
        if seen.n_rows != n_before:
            yield News(source, seen.version, max(0, seen.n_rows - n_before), at)

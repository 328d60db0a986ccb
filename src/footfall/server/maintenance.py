"""Keeps tables quick while the server runs: merges, clusters, vacuums; and counts complete."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog

from footfall.intake.upkeep import Kept

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder

log = structlog.get_logger("footfall.maintenance")

# A table that nobody writes to: its last day is over some time, old files may go.
_UNCHANGED_EVERY: Final = 600.0
_SHORTEST_PAUSE: Final = 1.0


class Maintenance:
    """Looks after every table of a lake, one at a time, in a thread of its own.

    A round does a little of what is due. While more may be, the next one comes after as long a
    pause as it took, so that years of history are put in order within minutes and half of the
    time is left to others. `look_after` does it for one source; `rest` is called after rounds in
    which there was nothing to do.
    """

    def __init__(
        self,
        lake: LakeFolder,
        look_after: Callable[[str], Kept],
        every: float,
        *,
        rest: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lake = lake
        self._look_after = look_after
        self._every = every
        self._rest = rest
        self._clock = clock
        self._seen: dict[str, tuple[object, float]] = {}
        self._done: dict[str, Kept] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="maintenance", daemon=True)

    def start(self) -> None:
        """Begin; the first round comes after one interval, when the start is over."""
        self._thread.start()

    async def stop(self) -> None:
        """End after the table that is being looked after."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        try:
            self._go_round()
        finally:
            self._rest()

    def _go_round(self) -> None:
        pause = self._every
        while not self._stop.wait(pause):
            began = time.monotonic()
            due = [source for source in self._sources() if self._is_due(source)]
            is_more = False
            for source in due:
                if self._stop.is_set():
                    return
                is_more |= self._maintain(source)
            if not due:
                self._rest()
            took = max(time.monotonic() - began, _SHORTEST_PAUSE)
            pause = min(took, self._every) if is_more else self._every

    def _sources(self) -> list[str]:
        try:
            return [source.name for source in self._lake.sources()]
        except Exception as error:
            # Tried again next time; an error here would end the thread for good.
            log.error("sources cannot be read", exc_info=error)
            return []

    def _is_due(self, source: str) -> bool:
        """Whether the table changed since the last round, or that was long ago."""
        mark = self._lake.table_mark(source)
        if mark is None:
            return False
        seen, at = self._seen.get(source, (None, 0.0))
        return mark != seen or self._clock() - at >= _UNCHANGED_EVERY

    def _maintain(self, source: str) -> bool:
        """Look after one table; whether there may be more to do."""
        # Looked at before: what changes meanwhile, or is changed by the round, is due again.
        mark = self._lake.table_mark(source)
        try:
            done = self._look_after(source)
        except Exception as error:
            # Tried again next time; the events are safe as they are.
            log.error("maintenance failed", source=source, exc_info=error)
            return False
        self._seen[source] = (mark, self._clock())
        self._done[source] = self._done.get(source, Kept()) + done
        if not done.n_jobs:
            self._tell(source)
        return done.n_jobs > 0

    def _tell(self, source: str) -> None:
        """Log what was done since there was last nothing to do."""
        done = self._done.pop(source)
        if done.n_jobs or done.n_removed:
            log.info(
                "maintained",
                source=source,
                jobs=done.n_jobs,
                files_before=done.n_files_before,
                files_after=done.n_files_after,
                removed=done.n_removed,
            )

"""Keeps tables quick while the server runs: merges, clusters, vacuums; and counts complete."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import structlog

from footfall.intake.mend import mend

if TYPE_CHECKING:
    from footfall.intake.ledger import Ledger
    from footfall.lake.folder import LakeFolder

log = structlog.get_logger("footfall.maintenance")


class Maintenance:
    """Looks after every table of a lake, one at a time, in a thread of its own."""

    def __init__(self, lake: LakeFolder, ledger: Ledger, every: float) -> None:
        self._lake = lake
        self._ledger = ledger
        self._every = every
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
        while not self._stop.wait(self._every):
            for source in self._sources():
                if self._stop.is_set():
                    return
                self._maintain(source)

    def _sources(self) -> list[str]:
        try:
            return [source.name for source in self._lake.sources()]
        except Exception as error:
            # Tried again next time; an error here would end the thread for good.
            log.error("sources cannot be read", exc_info=error)
            return []

    def _maintain(self, source: str) -> None:
        try:
            table = self._lake.table(source)
            # Counts that a dead process left out stand in the log, which is shortened below.
            mend(self._ledger, table)
            # Few jobs at a time, so that stopping need not wait long.
            done = table.maintain(most_jobs=2)
        except Exception as error:
            # Tried again next time; the events are safe as they are.
            log.error("maintenance failed", source=source, exc_info=error)
            return
        if done.compacted.n_jobs or done.n_removed:
            log.info(
                "maintained",
                source=source,
                files_before=done.compacted.n_files_before,
                files_after=done.compacted.n_files_after,
                removed=done.n_removed,
            )

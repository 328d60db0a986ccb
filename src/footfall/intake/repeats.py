"""Which events came before: those remembered here, and those that their table knows."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING, Final

from footfall.errors import FootfallError
from footfall.intake.payload import event_ids
from footfall.intake.pending import Pending
from footfall.intake.reader import JournalReader
from footfall.intake.standing import Standing

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder
    from footfall.lake.table import EventTable

_LIFETIME: Final = 1.0
"""Seconds after which a table is looked up again."""

_ASKED_LATELY: Final = 60.0
_log = logging.getLogger(__name__)


class Repeats:
    """Ids of events that came before, of all sources of a lake.

    `pending` is what this process remembers by itself, without asking a table.
    """

    def __init__(self, lake: LakeFolder, clock: Callable[[], datetime]) -> None:
        self.pending = Pending(clock)
        self._lake = lake
        self._tables: dict[str, tuple[float, EventTable]] = {}
        self._asked: dict[str, float] = {}

    def stored(self, source: str, ids: Collection[str]) -> set[str]:
        """Which of the ids the table knows; none where it cannot be asked."""
        # Without a table nothing was seen, and what opens tables need not be loaded.
        if not ids or self._lake.table_mark(source) is None:
            return set()
        try:
            table = self._table(source)
            if source not in self._asked:
                table.catch_up()
            self._asked[source] = time.monotonic()
            flags = table.seen(list(ids))
        except (FootfallError, OSError):
            # The lake drops what it has seen when the events are moved; only the answer to
            # the sender is less exact.
            _log.exception("source %s: repetitions cannot be told now", source)
            return set()
        if True not in flags:
            return set()
        return {each for each, is_seen in zip(ids, flags, strict=True) if is_seen}

    def remember(self, journal: JournalReader, start: int, end: int) -> None:
        """Remember the events that an earlier process left in the journal."""
        if start == end:
            return
        from footfall.intake.slices import slices

        for part in slices(journal, start, end):
            for source, requests in part.sources.items():
                for request in requests:
                    ids = event_ids(request.payload.body)
                    self.pending.add(source, ids, request.record.end_offset)
            if self.pending.is_full:
                return

    def moved(self, standing: Standing) -> None:
        """Take note of how far the lake has come."""
        # First what the lake knows, then what need not be remembered here any more.
        self._catch_up()
        self.pending.moved(standing)

    def _table(self, name: str) -> EventTable:
        now = time.monotonic()
        known = self._tables.get(name)
        if known is None or now - known[0] > _LIFETIME:
            known = self._tables[name] = (now, self._lake.table(name))
        return known[1]

    def _catch_up(self) -> None:
        """Take in what was stored by whoever moves, for tables that were asked lately."""
        now = time.monotonic()
        for source, asked_at in list(self._asked.items()):
            try:
                if now - asked_at < _ASKED_LATELY:
                    self._table(source).catch_up()
                    continue
            except (FootfallError, OSError):
                _log.exception("source %s: repetitions cannot be told now", source)
            self._asked.pop(source, None)

"""What keeps a table quick while it grows by a file a second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from footfall.lake.compact import Compacted, compact

if TYPE_CHECKING:
    from footfall.lake.table import EventTable

_VACUUM_EVERY: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Maintained:
    """What one round did."""

    compacted: Compacted
    n_removed: int


class Upkeep:
    """Rounds of what keeps one table quick; remembers when it last did what."""

    def __init__(self, table: EventTable) -> None:
        self._table = table
        self._vacuumed: datetime | None = None

    def run(self, most_jobs: int) -> Maintained:
        """Compact now; vacuum and shorten the log when their time has come."""
        compacted = compact(self._table, most_jobs=most_jobs, progress=None)
        now = self._table.clock()
        n_removed = 0
        if self._vacuumed is None or now - self._vacuumed >= _VACUUM_EVERY:
            n_removed = self._table.vacuum()
            self._table.shorten_log()
            self._vacuumed = now
        return Maintained(compacted, n_removed)

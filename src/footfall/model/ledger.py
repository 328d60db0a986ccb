"""A line of the ledger: what became of the events of one source in one hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """Counts for one source, hour of receipt (UTC) and protocol.

    `received` = `stored` + `duplicates` + `rejected`; `mismatched` counts values that did
    not fit their declared column and stayed in the JSON of a stored event.
    """

    source: str
    hour: datetime
    protocol: str
    received: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    mismatched: int = 0

    @property
    def is_balanced(self) -> bool:
        """Whether nothing went missing."""
        return self.received == self.stored + self.duplicates + self.rejected

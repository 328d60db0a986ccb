"""Events by their ids: those on their way to the lake, and those that got there lately.

Repetitions come soon, mostly, and are found here without asking the lake.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from footfall.model.time import utc_now

MOST: Final = 2_000_000
"""Ids pending at most, some 250 MB. Repetitions beyond are found when they reach the lake."""

_RECENT: Final = 250_000
_RECENT_TIME: Final = timedelta(minutes=10)
_STEP: Final = 2000

Ids = dict[str, set[str]]


class Pending:
    """Ids per source. Single calls are atomic: the loop adds and the mover moves.

    `known_since` is when this began to know all ids that came to this process: what
    happened later cannot have come before, unless the sender's clock is ahead.
    """

    def __init__(
        self,
        clock: Callable[[], datetime] = utc_now,
        *,
        most: int = MOST,
        n_recent: int = _RECENT,
    ) -> None:
        self._clock = clock
        self._most = most
        self._n_recent = n_recent
        self._pending: Ids = {}
        # Two generations: the younger takes in, the older is let go of as a whole.
        self._older: Ids = {}
        self._younger: Ids = {}
        self._younger_since = self.known_since = clock()

    def __len__(self) -> int:
        return _size(self._pending)

    @property
    def is_full(self) -> bool:
        """Whether no more ids are taken."""
        return len(self) >= self._most

    def add(self, source: str, ids: Collection[str]) -> None:
        """Remember events that are safely in the journal."""
        if not self.is_full:
            self._pending.setdefault(source, set()).update(ids)

    def moved(self, source: str, ids: Sequence[str]) -> None:
        """Take note of events that the lake has now."""
        pending = self._pending.setdefault(source, set())
        # In steps, between which other threads may run.
        for start in range(0, len(ids), _STEP):
            step = ids[start : start + _STEP]
            self._younger.setdefault(source, set()).update(step)
            pending.difference_update(step)
        now = self._clock()
        is_long_ago = now - self._younger_since >= _RECENT_TIME
        if is_long_ago or _size(self._younger) >= self._n_recent:
            self._older, self._younger = self._younger, {}
            self.known_since, self._younger_since = self._younger_since, now

    def among(self, source: str, ids: Collection[str]) -> set[str]:
        """Which of the ids are pending or came lately."""
        found: set[str] = set()
        for known in (self._pending, self._younger, self._older):
            of_source = known.get(source)
            if of_source is not None and not of_source.isdisjoint(ids):
                found |= of_source.intersection(ids)
        return found


def _size(ids: Ids) -> int:
    return sum(map(len, list(ids.values())))

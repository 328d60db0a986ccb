"""Events by their ids: those on their way to the lake, and those that got there lately.

Repetitions come soon, mostly, and are found here without asking the lake.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from footfall.intake.standing import Standing
from footfall.model.time import to_epoch_us, utc_now

MAX_IDS: Final = 2_000_000
"""Ids pending at most, some 250 MB. Repetitions beyond are found when they reach the lake."""

_RECENT: Final = 250_000
_RECENT_TIME: Final = timedelta(minutes=10)
_STEP: Final = 2000
_MAX_STRETCHES: Final = 8

Ids = dict[str, set[str]]


@dataclass(slots=True)
class _Stretch:
    """Ids of events that stand in the journal before `until`."""

    ids: Ids
    until: int


class Pending:
    """Ids per source. Single calls are atomic: the loop adds and the mover moves.

    `known_since` is when this began to know all ids that came to this process, µs since
    1970: what happened later cannot have come before, unless the sender's clock is ahead.
    """

    def __init__(
        self,
        clock: Callable[[], datetime] = utc_now,
        *,
        most: int = MAX_IDS,
        n_recent: int = _RECENT,
    ) -> None:
        self._clock = clock
        self._most = most
        self._n_recent = n_recent
        # Ids are not sorted out one by one: a stretch is let go of when all of it was moved.
        self._open = _Stretch({}, 0)
        self._stretches: list[_Stretch] = []
        # Two generations: the younger takes in, the older is let go of as a whole.
        self._older: Ids = {}
        self._younger: Ids = {}
        self._younger_since = clock()
        self.known_since = to_epoch_us(self._younger_since)

    def __len__(self) -> int:
        return sum(_size(stretch.ids) for stretch in (self._open, *self._stretches))

    @property
    def is_full(self) -> bool:
        """Whether no more ids are taken."""
        return len(self) >= self._most

    def add(self, source: str, ids: Collection[str], until: int) -> None:
        """Remember events that are safely in the journal, before the offset `until`."""
        if ids and not self.is_full:
            stretch = self._open
            stretch.until = max(stretch.until, until)
            stretch.ids.setdefault(source, set()).update(ids)

    def cut(self) -> None:
        """Begin a new stretch: what was added so far is about to be moved."""
        if not self._open.ids:
            return
        if len(self._stretches) >= _MAX_STRETCHES:
            # While a table cannot be written there would be ever more of them.
            first, second = self._stretches[:2]
            for source, ids in first.ids.items():
                second.ids.setdefault(source, set()).update(ids)
            self._stretches.remove(first)
        self._stretches.append(self._open)
        self._open = _Stretch({}, 0)

    def moved(self, standing: Standing) -> None:
        """Take note of how far the lake has come."""
        for stretch in list(self._stretches):
            for source in [each for each in stretch.ids if stretch.until <= standing.of(each)]:
                self._keep_lately(source, stretch.ids[source])
                del stretch.ids[source]
            if not stretch.ids:
                self._stretches.remove(stretch)
        self._pass()

    def among(self, source: str, ids: Collection[str]) -> set[str]:
        """Which of the ids are pending or came lately."""
        found: set[str] = set()
        # The order in which ids go from one to the next: none is missed on its way.
        pending = [stretch.ids for stretch in (self._open, *self._stretches)]
        for known in (*pending, self._younger, self._older):
            of_source = known.get(source)
            if of_source is not None and not of_source.isdisjoint(ids):
                found |= of_source.intersection(ids)
        return found

    def _keep_lately(self, source: str, ids: set[str]) -> None:
        lately = self._younger.setdefault(source, set())
        left = iter(ids)
        # In steps, between which other threads may run.
        while step := list(islice(left, _STEP)):
            lately.update(step)

    def _pass(self) -> None:
        now = self._clock()
        is_long_ago = now - self._younger_since >= _RECENT_TIME
        if is_long_ago or _size(self._younger) >= self._n_recent:
            self._older, self._younger = self._younger, {}
            self.known_since = to_epoch_us(self._younger_since)
            self._younger_since = now


def _size(ids: Ids) -> int:
    return sum(map(len, list(ids.values())))

"""Events by their ids: those on their way to the lake, and those that got there lately.

Repetitions come soon, mostly, and are found here without asking the lake.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from footfall.intake.standing import Standing
from footfall.model.time import to_epoch_us, utc_now

MAX_IDS: Final = 2_000_000
"""Ids known at most, some 250 MB. Repetitions of others are found when they reach the lake."""

_RECENT: Final = 250_000
_RECENT_TIME: Final = timedelta(minutes=10)
_MAX_GENERATIONS: Final = 8


@dataclass(slots=True)
class _Generation:
    """Ids per source that came one after the other, from the time `since`.

    Their events stand in the journal before the offset `until`.
    """

    since: datetime
    until: int = 0
    ids: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def __len__(self) -> int:
        return sum(map(len, list(self.ids.values())))


class Pending:
    """Ids per source. Single calls are atomic: the loop adds and the mover moves.

    Ids are not sorted out one by one: a generation is let go of as a whole when all of it was
    moved, but for the last two. `known_since` is when this began to know all ids that came to
    this process, µs since 1970: what happened later cannot have come before, unless the
    sender's clock is ahead.
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
        self._generations = [_Generation(clock())]
        self.known_since = to_epoch_us(self._generations[0].since)

    def __len__(self) -> int:
        return sum(map(len, list(self._generations)))

    @property
    def is_full(self) -> bool:
        """Whether no more ids are taken."""
        return len(self) >= self._most

    def add(self, source: str, ids: Collection[str], until: int) -> None:
        """Remember events that are safely in the journal, before the offset `until`."""
        if ids and not self.is_full:
            youngest = self._youngest()
            youngest.until = max(youngest.until, until)
            youngest.ids.setdefault(source, set()).update(ids)

    def moved(self, standing: Standing) -> None:
        """Take note of how far the lake has come."""
        pairs = list(pairwise(self._generations))
        for generation, younger in pairs[:-1]:  # the last two stay
            there = [each for each in generation.ids if generation.until <= standing.of(each)]
            if there:
                # First, so that nobody takes what is gone below for new.
                self.known_since = to_epoch_us(younger.since)
            for source in there:
                del generation.ids[source]
            if not generation.ids:
                self._generations.remove(generation)
        if len(self._generations) > _MAX_GENERATIONS:
            self._merge()

    def among(self, source: str, ids: Collection[str]) -> set[str]:
        """Which of the ids are pending or came lately."""
        found: set[str] = set()
        # Oldest first, as ids go to a younger one: none is missed on its way.
        for generation in list(self._generations):
            known = generation.ids.get(source)
            if known is not None and not known.isdisjoint(ids):
                found |= known.intersection(ids)
        return found

    def _youngest(self) -> _Generation:
        """The generation that takes ids in."""
        youngest, now = self._generations[-1], self._clock()
        if len(youngest) >= self._n_recent or now - youngest.since >= _RECENT_TIME:
            youngest = _Generation(now)
            self._generations.append(youngest)
        return youngest

    def _merge(self) -> None:
        """Make one of the oldest two: while a table cannot be written there would be ever more."""
        first, second = self._generations[:2]
        for source, ids in first.ids.items():
            second.ids.setdefault(source, set()).update(ids)
        self._generations.remove(first)

"""What an intake does now and then beside moving events."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from footfall.intake.journal import JOURNALS, Journal
from footfall.intake.mover import Carriage, Mover
from footfall.intake.standing import Moved

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder

_IDLE: Final = 30.0
_CLEAR_EVERY: Final = 300.0
_ADOPT_EVERY: Final = 60.0


class Chores:
    """What is done now and then: emptying the journal of what was moved, adopting leftovers.

    A journal that is emptied holds nothing that was erased from the lake meanwhile.
    """

    def __init__(
        self,
        lake: LakeFolder,
        carriage: Carriage,
        mover: Mover,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lake = lake
        self._carriage = carriage
        self._mover = mover
        self._clock = clock
        self._busy_at = self._cleared_at = clock()
        self._adopted_at = float("-inf")
        self._is_clear = False

    def run(self, *, is_idle: bool) -> None:
        """Do what is due; call after each round of moving."""
        now = self._clock()
        if not is_idle:
            self._busy_at, self._is_clear = now, False
        if not self._is_clear and self._is_due(now):
            self._mover.clear()
            self._cleared_at, self._is_clear = now, True
        if now - self._adopted_at >= _ADOPT_EVERY:
            self._adopted_at = now
            adopt(self._lake, self._carriage)

    def _is_due(self, now: float) -> bool:
        return now - self._busy_at >= _IDLE or now - self._cleared_at >= _CLEAR_EVERY


def adopt(lake: LakeFolder, carriage: Carriage) -> Moved:
    """Move what processes that are gone left in their journals."""
    moved = Moved()
    for journal in Journal.leftovers(lake.root / JOURNALS):
        mover = Mover(journal, carriage)
        moved += mover.run_once()
        mover.clear()
    return moved

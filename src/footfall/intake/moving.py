"""The thread that moves a journal into the lake while events come in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from footfall.intake.chores import Chores
from footfall.intake.mover import Carriage, Mover
from footfall.intake.standing import Moved
from footfall.model.time import parse_duration

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder

_LONGEST_PAUSE: Final = 30.0
_log = logging.getLogger(__name__)


class Moving:
    """Calls `move` every so often, and does the chores beside it, until it is stopped.

    A round that fails is tried again after pauses that grow.
    """

    def __init__(
        self, lake: LakeFolder, carriage: Carriage, mover: Mover, move: Callable[[], Moved]
    ) -> None:
        self._lake = lake
        self._carriage = carriage
        self._mover = mover
        self._move = move
        self._is_stopping = self._is_resting = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._is_stopping = False
        self._wake.clear()
        self._thread = threading.Thread(target=self._run, name="footfall-mover", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, once the round that it is in is done."""
        self._is_stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def rouse(self) -> None:
        """Move at once what comes after a while without events; else the next round does."""
        if self._is_resting:
            self._is_resting = False
            self._wake.set()

    def _run(self) -> None:
        every = parse_duration(self._lake.settings.intake.move_every).total_seconds()
        pause = every
        chores = Chores(self._lake, self._carriage, self._mover)
        while not self._pause(pause):
            is_failing = not self._go_round(chores)
            pause = min(pause * 2, _LONGEST_PAUSE) if is_failing else every

    def _go_round(self, chores: Chores) -> bool:
        """Move what there is; whether all of it could be moved."""
        try:
            moved = self._move()
            chores.run(is_idle=not moved.n_bytes)
            self._carriage.rest()
        except Exception:
            _log.exception("moving the journal failed; it is tried again")
            return False
        is_stuck = bool(self._mover.stuck)
        self._is_resting = not moved.n_bytes and not is_stuck
        return not is_stuck

    def _pause(self, seconds: float) -> bool:
        """Wait until there is something to do; whether that is to stop."""
        self._wake.wait(seconds)
        self._wake.clear()
        return self._is_stopping

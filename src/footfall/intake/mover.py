"""Moves one journal into the lake, here or in another process, and lets go of what is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from footfall.intake.journal import Journal
from footfall.intake.reader import JournalReader
from footfall.intake.standing import Moved, Standing


class Carriage(Protocol):
    """Whoever does the moving: a `Carrier` in this process, or a `Worker` that is one."""

    def prepare(self, journal: JournalReader) -> int:
        """The furthest offset of this journal that the lake has seen, or -1."""
        ...

    def move(
        self,
        journal: JournalReader,
        standing: Standing,
        end: int,
        report: Callable[[Standing], None],
    ) -> tuple[Moved, Standing]:
        """What was moved up to `end`, and how the journal stands then."""
        ...

    def rest(self) -> None:
        """Let go of what only moving needs, where there was nothing to move for a while."""
        ...


class Mover:
    """Keeps track of one journal being moved. Killed at any moment, it goes on where it was.

    `moved` is told how far the lake has come, before anything is let go of.
    """

    def __init__(
        self,
        journal: Journal,
        carriage: Carriage,
        *,
        moved: Callable[[Standing], None] = lambda _standing: None,
    ) -> None:
        self._journal = journal
        self._carriage = carriage
        self._notify = moved
        self._guard = threading.Lock()
        # No offset may be given out that a table or the ledger has seen already.
        journal.skip_to(carriage.prepare(journal))
        self.standing = Standing(journal.start)

    @property
    def position(self) -> int:
        """Offset up to which everything was moved, or waits for its table."""
        return self.standing.position

    @property
    def done(self) -> int:
        """Offset up to which every source has its events."""
        return self.standing.done

    @property
    def stuck(self) -> dict[str, int]:
        """Sources whose tables could not be written, and from where they wait."""
        return dict(self.standing.stuck)

    def run_once(self, end: int | None = None) -> Moved:
        """Move all that is in the journal, or up to `end`; segments done with are removed."""
        with self._guard:
            end = max(self.position, self._journal.end if end is None else end)
            if end == self.position and not self.standing.stuck:
                return Moved()
            moved, standing = self._carriage.move(self._journal, self.standing, end, self._report)
            self._report(standing)
            return moved

    def clear(self) -> None:
        """Let go of everything moved, of the newest segment's events too."""
        with self._guard:
            self._journal.seal()
            self._journal.remove_until(self.done)

    def _report(self, standing: Standing) -> None:
        self._notify(standing)
        self.standing = standing
        self._journal.remove_until(standing.done)

"""Events that are in the journal and not in the lake yet, by their ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

MOST: Final = 2_000_000
"""Ids held at most, some 250 MB. Repetitions beyond are found when they reach the lake."""

_STEP: Final = 2000


class Pending:
    """Ids per source. Single calls are atomic: the loop adds and the mover removes."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._ids: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return sum(map(len, list(self._ids.values())))

    @property
    def is_full(self) -> bool:
        """Whether no more ids are taken."""
        return len(self) >= self._most

    def add(self, source: str, ids: Collection[str]) -> None:
        """Remember events that are safely in the journal."""
        if not self.is_full:
            self._ids.setdefault(source, set()).update(ids)

    def remove(self, source: str, ids: Sequence[str]) -> None:
        """Forget events that the lake knows now."""
        known = self._ids.get(source)
        for start in range(0, len(ids) if known else 0, _STEP):
            # In steps, between which other threads may run.
            known.difference_update(ids[start : start + _STEP])  # type: ignore[union-attr]

    def among(self, source: str, ids: Collection[str]) -> set[str]:
        """Which of the ids are pending."""
        known = self._ids.get(source)
        if known is None or known.isdisjoint(ids):
            return set()
        return known.intersection(ids)

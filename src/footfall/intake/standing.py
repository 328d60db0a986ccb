"""How far a journal has been moved into the lake, and what a run of moving did."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Standing:
    """All before `position` is in the lake, but for sources that wait, from where `stuck` says."""

    position: int
    stuck: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def done(self) -> int:
        """The offset up to which every source has its events."""
        return min(self.position, *self.stuck.values()) if self.stuck else self.position

    def of(self, source: str) -> int:
        """The offset up to which this source has its events."""
        return self.stuck.get(source, self.position)


@dataclass(frozen=True, slots=True)
class Moved:
    """What one run did; `n_duplicates` and `n_rejected` include those found on acceptance."""

    n_bytes: int = 0
    n_stored: int = 0
    n_duplicates: int = 0
    n_rejected: int = 0

    def __add__(self, other: Moved) -> Moved:
        return Moved(
            self.n_bytes + other.n_bytes,
            self.n_stored + other.n_stored,
            self.n_duplicates + other.n_duplicates,
            self.n_rejected + other.n_rejected,
        )

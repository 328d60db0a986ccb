"""How sessions are told apart, and the SQL that does so by pauses; for metrics and for the list.

Two events of an actor that fall into the same stretch of the session gap's length belong to one
session, whatever lies between. So events are first put together into pieces by actor and
stretch; a piece that begins later than the gap after all pieces before it starts a session
(`is_start` 1), and the starts so far number the sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from footfall.model.time import parse_duration, to_us

if TYPE_CHECKING:
    from footfall.model.source import Source
    from footfall.query.sql.scope import Scope

MARGIN: Final = timedelta(hours=24)
"""How far around a range events are read to see its sessions whole."""

# RANGE: all pieces of a stretch get the number of the session it belongs to.
NUMBER_OF_SESSION: Final = (
    "sum(is_start) OVER (PARTITION BY actor ORDER BY stretch "
    "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
)


@dataclass(frozen=True, slots=True)
class SessionKind:
    """How a source's sessions are told apart: by pauses of `gap_us`, or by name if `is_given`."""

    is_given: bool
    gap_us: int

    @classmethod
    def of(cls, source: Source) -> SessionKind:
        """The kind of a source's sessions."""
        gap = parse_duration(source.session_gap, parameter="session_gap")
        return cls(source.sessions == "given", to_us(gap))

    @property
    def owner(self) -> str:
        """Whose events are put together: `session` where its sender names it, else `actor`."""
        return "session" if self.is_given else "actor"

    def key(self, scope: Scope) -> str:
        """The column whose values tell, with the start, one session from another."""
        return scope.column("session_id" if self.is_given else "actor_id")

    def stretch(self, scope: Scope, first_us: int) -> str:
        """The stretch that an event at `time_us`, not before `first_us`, falls into."""
        # Shifted above zero, where division rounds alike everywhere.
        return scope.dialect.floor_div(f"(time_us - ({first_us}))", max(self.gap_us, 1))

    def starts(self, first: str, before: str) -> str:
        """1 for a piece that starts a session, else 0; `before` is the end of those before it."""
        return f"CASE WHEN {first} - {before} <= {self.gap_us} THEN 0 ELSE 1 END"


def latest_before(column: str, first: str, *, reach: str = "UNBOUNDED") -> str:
    """The greatest value among the actor's pieces before one, by stretch and first event."""
    frame = f"ROWS BETWEEN {reach} PRECEDING AND 1 PRECEDING"
    return f"max({column}) OVER (PARTITION BY actor ORDER BY stretch, {first} {frame})"

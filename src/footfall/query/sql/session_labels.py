"""The statement for metrics about sessions by what describes sessions: pages and number.

Pieces are told apart by path as well, so that a session's first and last path are those of its
pieces. For the number the log is read from its beginning, but of what lies more than 24 hours
before the range only who and when, and only for actors of sessions that match.
"""

# ruff: noqa: S608 - statements are put together here, from names of our own; values are bound

from __future__ import annotations

from typing import Final

from footfall.model.metric import Metric
from footfall.model.time import FIRST_INSTANT, TimeRange
from footfall.query.sql.plan import Plan
from footfall.query.sql.scope import TIMESTAMP, Scope
from footfall.query.sql.session_steps import MARGIN
from footfall.query.sql.sessions import NUMBER, SessionsWriter

_ENTRY: Final = "session.entry_page"
_EXIT: Final = "session.exit_page"


class LabelsWriter(SessionsWriter):
    """Writes the statement where dimensions describe sessions."""

    def __init__(self, plan: Plan, scope: Scope) -> None:
        super().__init__(plan, scope)
        dialect = scope.dialect
        labels = plan.session_labels
        self.has_pages = bool({_ENTRY, _EXIT} & set(labels))
        self.has_number = NUMBER in labels
        # The number of a session that its sender names is counted for its first event's actor.
        self.has_owner = self.has_number and self.is_given
        if self.has_pages or self.has_owner:
            self.values["first_event"] = dialect.first("event", ["time_us", "event"])
            self.values["last_event"] = dialect.last("event", ["time_us", "event"])

    def _of_event(self) -> list[str]:
        return [*super()._of_event(), *(f"{sql} AS {name}" for name, sql in self._own().items())]

    def _own(self) -> dict[str, str]:
        """What is read of events besides."""
        column = self.scope.column
        found = {"page": column("path")} if self.has_pages else {}
        if self.has_owner:
            found["sender"] = column("actor_id")
        return found | ({"event": column("event_id")} if "first_event" in self.values else {})

    def _stretch(self) -> list[str]:
        return [*super()._stretch(), *self._own()]

    def _piece_keys(self) -> list[str]:
        return [*super()._piece_keys(), *(name for name in self._own() if name != "event")]

    def _add_base(self) -> None:
        if not self.has_number:
            super()._add_base()
            return
        near = self.plan.time_range.widened(MARGIN)
        select = ", ".join(self._of_event())
        text = f"SELECT {select} FROM {self.scope.events} WHERE {self.scope.within(near)}"
        self.steps.add("near", text, is_kept=True)
        self.steps.add("base", f"SELECT * FROM near\n  UNION ALL {self._long_before(near)}")

    def _long_before(self, near: TimeRange) -> str:
        """Events before those that are read whole, in the same columns."""
        own = self._own() | ({"page": "NULL"} if self.has_pages else {})
        select = [
            self._owner(),
            f"{self.dialect.epoch_us(TIMESTAMP)} AS time_us",
            *(f"NULL AS of_{name}" for name in self.keys),
            "0 AS is_hit",
            *(f"{sql} AS {name}" for name, sql in own.items()),
        ]
        concerned = (
            f"{self.scope.column('session_id')} IS NOT NULL"
            if self.is_given
            else f"{self.scope.column('actor_id')} IN (SELECT actor FROM near WHERE is_hit = 1)"
        )
        before = self.scope.within(TimeRange(FIRST_INSTANT, near.start, near.timezone))
        return (
            f"SELECT {', '.join(select)} FROM {self.scope.events}\n  WHERE {before} AND {concerned}"
        )

    def _add_facts(self, sessions: str) -> None:
        identity = ", ".join(self.identity)
        columns = ["max(ends) - min(begins) AS duration", "sum(n_events) AS size"]
        if self.has_pages:
            columns.append(f"{self.dialect.first('page', ['begins', 'first_event'])} AS entry")
            columns.append(f"{self.dialect.last('page', ['ends', 'last_event'])} AS leaving")
        if self.has_owner:
            owner = self.dialect.first("sender", ["begins", "first_event"])
            columns.append(f"min(begins) AS begun, {owner} AS owner")
        text = f"SELECT {identity}, {', '.join(columns)}\n  FROM {sessions} GROUP BY {identity}"
        if self.has_owner:
            self.steps.add(
                "owned", text.replace(" GROUP BY", " WHERE session IS NOT NULL GROUP BY")
            )
            text = (
                "SELECT *, row_number() OVER (PARTITION BY owner ORDER BY begun, session) AS nth\n"
                "  FROM owned"
            )
        self.steps.add("facts", text, is_kept=True)

    def _add_hits(self, sessions: str) -> str:
        hits = super()._add_hits(sessions)
        on = " AND ".join(f"r.{name} = facts.{name}" for name in self.identity)
        names = ["bucket"] if self.groups.has_key else []
        select = [f"r.{name} AS {name}" for name in names]
        select += [
            f"{self._label(place)} AS d{place}" for place in range(len(self.plan.dimensions))
        ]
        select += [f"r.{name} AS {name}" for name in [*self.identity, "hit"]]
        text = f"SELECT {', '.join(select)} FROM {hits} AS r LEFT JOIN facts ON {on}"
        return self.steps.add("described_hits", text, is_kept=True)

    def _label(self, place: int) -> str:
        """The value of a dimension for a session with matching events `r`."""
        text = self.plan.dimensions[place].text
        number = "facts.nth" if self.is_given else "r.session"
        known = {_ENTRY: "facts.entry", _EXIT: "facts.leaving", NUMBER: number}
        return known.get(text, f"r.d{place}")

    def _sql(self, metric: Metric) -> str:
        return "coalesce(sum(hit), 0)" if metric.kind == "events" else super()._sql(metric)

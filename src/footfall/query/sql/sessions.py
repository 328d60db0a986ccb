"""The statement for metrics about sessions.

Two events of an actor that fall into the same stretch of the session gap's length belong to
one session, whatever lies between. So events are first put together into pieces by actor and
stretch, and only pieces, of which there are far fewer, are put in order to find the pauses.
Where the sender names its sessions, a piece belongs to the session of that name, and an event
without one belongs to none.

`hits` are pairs of group and session with a matching event, and `facts` describe the whole
of each session, including events that do not match and up to 24 hours around the range.
"""

# ruff: noqa: S608 - statements are put together here, from names of our own; values are bound

from __future__ import annotations

from dataclasses import replace
from typing import Final

from footfall.model.metric import QUANTILES, Metric
from footfall.model.time import FIRST_INSTANT, SECOND_US, TimeRange
from footfall.query.sql.measures import ratio
from footfall.query.sql.plan import Plan
from footfall.query.sql.scope import TIMESTAMP, Scope
from footfall.query.sql.session_steps import (
    MARGIN,
    NUMBER_OF_SESSION,
    SessionKind,
    latest_before,
)
from footfall.query.sql.statement import (
    Groups,
    Statement,
    WithClause,
    groups_alone,
    groups_and_totals,
)

NUMBER: Final = "session.number"


def needs_facts(plan: Plan) -> bool:
    """Whether whole sessions are described, not only counted."""
    return bool(plan.session_labels) or any(
        _describes(metric) for metric in plan.of_family("sessions")
    )


def range_read(plan: Plan) -> TimeRange:
    """The time range of the events that have to be read."""
    if NUMBER in plan.session_labels:
        return replace(plan.time_range.widened(MARGIN), start=FIRST_INSTANT)
    return plan.time_range.widened(MARGIN) if needs_facts(plan) else plan.time_range


def sessions_statement(plan: Plan, scope: Scope) -> Statement:
    """The statement for the plan's metrics about sessions."""
    if plan.session_labels:
        from footfall.query.sql.session_labels import LabelsWriter

        return LabelsWriter(plan, scope).statement()
    return SessionsWriter(plan, scope).statement()


class SessionsWriter:
    """Writes the statement for metrics about sessions, grouped by what events have."""

    def __init__(self, plan: Plan, scope: Scope) -> None:
        self.plan = plan
        self.dialect = scope.dialect
        self.metrics = plan.of_family("sessions")
        self.scope = scope
        self.groups = Groups(plan, self.scope)
        self.keyed = self.groups.of_event()
        self.keys = list(self.keyed)
        self.steps = WithClause(scope.dialect)
        self.values = {
            "begins": "min(time_us)",
            "ends": "max(time_us)",
            "n_events": "count(*)",
        }
        self.has_facts = needs_facts(plan)
        self.kind = SessionKind.of(plan.source)
        self.is_given = self.kind.is_given
        self.identity = ["session"] if self.is_given else ["actor", "session"]
        # Whether some events are read only to see sessions whole.
        self.has_others = self.has_facts or plan.query.filter is not None
        # Whether pieces of one actor never overlap, because only their time tells them apart.
        self.is_sequence = not (self.is_given or self.groups.dimensions or self.has_others)

    def statement(self) -> Statement:
        """The whole statement."""
        self._add_pieces()
        final = self._counted() if self.is_sequence else self._found()
        sql, events = self.scope.noted(self.steps.sql(final)), self.scope.reading()
        return Statement(sql, events, self.scope.values, self.metrics)

    def _counted(self) -> str:
        """Sessions counted where they start, and again in every later bucket they reach."""
        self._add_paused(["bucket"] if self.groups.has_key else [])
        again = (
            "CASE WHEN bucket = bucket_before THEN is_start ELSE 1 END"
            if self.groups.has_key
            else "is_start"
        )
        started = f"SELECT *, {self.kind.starts('begins', 'ends_before')} AS is_start FROM paused"
        marks = f"SELECT *, {again} AS is_counted FROM ({started}) AS r"
        self.steps.add("marks", marks, is_kept=self.groups.has_key)
        of_group, of_all = (
            [self._from_marks(metric, column) for metric in self.metrics]
            for column in ("is_counted", "is_start")
        )
        return groups_and_totals("marks", "marks", self.groups.labels, of_group, of_all)

    def _from_marks(self, metric: Metric, column: str) -> str:
        count = f"coalesce(sum({column}), 0)"
        if metric.kind == "sessions":
            return count
        return ratio(self.dialect, "coalesce(sum(n_events), 0)", count)

    def _found(self) -> str:
        """Sessions told apart, so that they can be described and counted once in any group."""
        sessions = "pieces" if self.is_given else self._add_numbered()
        if self.has_facts:
            self._add_facts(sessions)
        hits = self._add_hits(sessions)
        if self.plan.has_limit:
            hits = self._add_labelled(hits)
        return self._final(hits)

    def _add_pieces(self) -> None:
        """Events put together by actor and stretch (or session named), and by group if matching."""
        self._add_base()
        self.steps.add("stretches", f"SELECT {', '.join(self._stretch())} FROM base")
        grouped = ", ".join(self._piece_keys())
        values = ", ".join(f"{sql} AS {name}" for name, sql in self.values.items())
        text = f"SELECT {grouped}, {values}\n  FROM stretches GROUP BY {grouped}"
        self.steps.add("pieces", text)

    def _add_base(self) -> None:
        """Events by time, and what they are grouped by."""
        within = self.scope.within(range_read(self.plan))
        select = ", ".join(self._of_event())
        self.steps.add("base", f"SELECT {select} FROM {self.scope.events} WHERE {within}")

    def _of_event(self) -> list[str]:
        epoch = self.dialect.epoch_us(TIMESTAMP)
        select = [
            self._owner(),
            f"{epoch} AS time_us",
            *(f"{v} AS of_{name}" for name, v in self.keyed.items()),
        ]
        return [*select, f"{self._matches()} AS is_hit"] if self.has_others else select

    def _owner(self) -> str:
        """Whose sessions are told apart: the session itself where it is given, else the actor."""
        return f"{self.kind.key(self.scope)} AS {self.kind.owner}"

    def _matches(self) -> str:
        parts = [self.scope.within()] if self.has_facts else []
        if self.plan.query.filter is not None:
            parts.append(self.scope.conditions.sql(self.plan.query.filter))
        return f"CASE WHEN {' AND '.join(parts)} THEN 1 ELSE 0 END"

    def _stretch(self) -> list[str]:
        """Columns of an event; what does not match need not be told apart by group."""
        stretch = self.kind.stretch(self.scope, range_read(self.plan).start_us)
        own = ["session"] if self.is_given else ["actor", f"{stretch} AS stretch"]
        keys = [
            f"CASE WHEN is_hit = 1 THEN of_{name} END AS {name}"
            if self.has_others
            else f"of_{name} AS {name}"
            for name in self.keys
        ]
        return [*own, "time_us", *(["is_hit"] if self.has_others else []), *keys]

    def _piece_keys(self) -> list[str]:
        own = ["session"] if self.is_given else ["actor", "stretch"]
        return [*own, *(["is_hit"] if self.has_others else []), *self.keys]

    def _add_numbered(self) -> str:
        """Pieces with the number `session` of theirs among the actor's."""
        self._add_paused([])
        columns = ", ".join([*self._piece_keys(), *self.values])
        starts = self.kind.starts("begins", "ends_before")
        self.steps.add("started", f"SELECT {columns}, {starts} AS is_start FROM paused")
        numbered = f"SELECT {columns}, {NUMBER_OF_SESSION} AS session FROM started"
        return self.steps.add("numbered", numbered, is_kept=self.has_facts)

    def _add_paused(self, remembered: list[str]) -> None:
        """Pieces with the end of the actor's events before, and other columns likewise."""
        reach = "1" if self.is_sequence else "UNBOUNDED"
        # The latest end, since pieces that overlap need not end in the order they start.
        before = [
            f"{latest_before(name, 'begins', reach=reach)} AS {name}_before"
            for name in ("ends", *remembered)
        ]
        columns = ", ".join([*self._piece_keys(), *self.values, *before])
        self.steps.add("paused", f"SELECT {columns} FROM pieces")

    def _add_facts(self, sessions: str) -> None:
        identity = ", ".join(self.identity)
        self.steps.add(
            "facts",
            f"SELECT {identity}, max(ends) - min(begins) AS duration, sum(n_events) AS size\n"
            f"  FROM {sessions} GROUP BY {identity}",
            is_kept=True,
        )

    def _add_hits(self, sessions: str) -> str:
        """One row per group and session with the number of its matching events."""
        keys = ", ".join([*self.keys, *self.identity])
        where = " WHERE is_hit = 1" if self.has_others else ""
        text = f"SELECT {keys}, sum(n_events) AS hit FROM {sessions}{where} GROUP BY {keys}"
        return self.steps.add("hits", text, is_kept=True)

    def _add_labelled(self, hits: str) -> str:
        ranking = self.plan.ranking("sessions")
        by = {item.by: self._sql(item.by) for item in ranking if isinstance(item.by, Metric)}
        ranked = self._add_per_session("ranked", hits, self.groups.dimensions)
        chosen = self.groups.chosen(self._described(ranked), by, ranking)
        self.steps.add("chosen", chosen, is_kept=True)
        labelled = self.groups.labelled(hits, "chosen", [*self.identity, "hit"])
        self.steps.add("labelled", labelled)
        return self._add_per_session("cells", "labelled", self.groups.labels, is_kept=True)

    def _add_per_session(
        self, name: str, source: str, keys: list[str], *, is_kept: bool = False
    ) -> str:
        """Each session once in every group of coarser keys."""
        grouped = ", ".join([*keys, *self.identity])
        renamed = f"SELECT {grouped}, hit AS hit0 FROM {source}"
        text = f"SELECT {grouped}, sum(hit0) AS hit FROM ({renamed}) AS r GROUP BY {grouped}"
        return self.steps.add(name, text, is_kept=is_kept)

    def _described(self, source: str) -> str:
        """Rows of `source` with the facts of their sessions."""
        if not self.has_facts:
            return source
        on = " AND ".join(f"r.{name} = facts.{name}" for name in self.identity)
        columns = "r.*, facts.duration AS duration, facts.size AS size"
        return f"(SELECT {columns} FROM {source} AS r LEFT JOIN facts ON {on}) AS described"

    def _final(self, hits: str) -> str:
        metrics = [self._sql(metric) for metric in self.metrics]
        if not self.plan.has_totals:
            return groups_alone(self._described(hits), self.groups.labels, metrics)
        alone = self._add_per_session("alone", hits, [])
        return groups_and_totals(
            self._described(hits), self._described(alone), self.groups.labels, metrics, metrics
        )

    def _sql(self, metric: Metric) -> str:
        """The aggregate of a metric over sessions."""
        if metric.kind == "sessions":
            return "count(session)"
        if metric.kind == "rate":
            # Where sessions are given, events without one are in none.
            hits = "coalesce(sum(CASE WHEN session IS NOT NULL THEN hit ELSE 0 END), 0)"
            return ratio(self.dialect, hits, "count(session)")
        if metric.kind == "bounce_rate":
            bounced = "sum(CASE WHEN session IS NOT NULL AND size = 1 THEN 1 ELSE 0 END)"
            return ratio(self.dialect, bounced, "count(session)")
        assert metric.field is not None
        is_duration = metric.field.text == "session.duration"
        return self._of_session(metric, "duration" if is_duration else "size")

    def _of_session(self, metric: Metric, column: str) -> str:
        value = f"CASE WHEN session IS NOT NULL THEN {column} END"
        aggregate = self._aggregate(metric, value)
        if column == "size" and metric.kind in ("sum", "min", "max"):
            return aggregate
        unit = SECOND_US if column == "duration" else 1
        return f"{self.dialect.cast(aggregate, 'float')} / {unit}"

    def _aggregate(self, metric: Metric, value: str) -> str:
        if metric.kind in QUANTILES:
            return self.dialect.quantile(value, QUANTILES[metric.kind])
        if metric.kind == "mean":
            return ratio(self.dialect, f"sum({value})", "count(session)")
        return f"coalesce(sum({value}), 0)" if metric.kind == "sum" else f"{metric.kind}({value})"


def _describes(metric: Metric) -> bool:
    is_of_session = metric.field is not None and metric.field.kind == "session"
    return is_of_session or metric.kind == "bounce_rate"

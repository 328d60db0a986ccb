"""The statement for metrics that need no sessions.

For counts, sums, means and extremes, events are grouped once; totals and the first groups
come from the groups. With one kind of uniques besides, events are grouped by that as well, so
that the totals need no second scan. For quantiles, estimates and several kinds of uniques
there is one scan, whose values are kept for the groups and for the totals.

With a limit and uniques or quantiles, a scan with the ordering metric alone finds the first
groups, so that the others need not be told apart afterwards.
"""

# ruff: noqa: S608 - statements are put together here, from names of our own; values are bound

from __future__ import annotations

from footfall.model.metric import Metric
from footfall.query.sql.measures import Direct, Parts, Values, can_be_parts, uniques
from footfall.query.sql.plan import Plan
from footfall.query.sql.scope import Scope
from footfall.query.sql.statement import (
    Groups,
    Statement,
    WithClause,
    groups_alone,
    groups_and_totals,
    with_totals,
)


def events_statement(plan: Plan, scope: Scope) -> Statement:
    """The statement for the plan's metrics over events."""
    return _Writer(plan, scope).statement()


class _Writer:
    def __init__(self, plan: Plan, scope: Scope) -> None:
        self.plan = plan
        self.metrics = plan.of_family("events")
        self.scope = scope
        self.groups = Groups(plan, self.scope)
        self.values = Values(self.scope.fields)
        self.direct = Direct(scope.dialect, self.values)
        self.steps = WithClause(scope.dialect)
        counted = uniques(self.metrics, self.values)
        self.is_in_parts = can_be_parts(self.metrics) and len(counted) <= 1
        self.parts = Parts(scope.dialect, self.values, counted[0] if counted else None)

    def statement(self) -> Statement:
        # Writing the aggregates first tells which values the events have to give.
        direct = [self.direct.sql(metric) for metric in self.metrics]
        ranking = self.plan.ranking("events") if self.plan.has_limit else []
        by = {item.by: self.direct.sql(item.by) for item in ranking if isinstance(item.by, Metric)}
        if self.is_in_parts and self.groups.labels:
            self._add_base(is_kept=False)
            final = self._in_parts(by)
        else:
            final = self._of_events(direct, by)
        sql, events = self.scope.noted(self.steps.sql(final)), self.scope.reading()
        return Statement(sql, events, self.scope.values, self.metrics)

    def _of_events(self, direct: list[str], by: dict[Metric, str]) -> str:
        """Aggregates that read events, once for the groups and once more for the totals."""
        labels = self.groups.labels
        is_twice = bool(labels) and self.plan.has_totals
        # Else what is read from JSON would be read for the groups and again for the totals.
        is_kept = is_twice and self.scope.dialect.keeps_steps
        self._add_base(is_kept=is_kept)
        source = self._labelled_base(by) if self.plan.has_limit else "base"
        if is_kept:
            return groups_and_totals(source, "base", labels, direct, direct)
        if is_twice or not labels:
            return with_totals(source, labels, direct)
        return groups_alone(source, labels, direct)

    def _add_base(self, *, is_kept: bool) -> None:
        keys = zip(self.groups.expressions(), self.groups.keys, strict=True)
        select = [f"{sql} AS {name}" for sql, name in keys] + self.values.select()
        where = self.scope.where(self.plan.query.filter)
        columns = ", ".join(select) or "1 AS one"
        self.steps.add(
            "base", f"SELECT {columns} FROM {self.scope.events} WHERE {where}", is_kept=is_kept
        )

    def _labelled_base(self, by: dict[Metric, str]) -> str:
        ranking = self.plan.ranking("events")
        chosen = self.groups.chosen("base", by, ranking)
        self.steps.add("chosen", chosen, is_kept=True)
        columns = list(self.values.names.values())
        return self.steps.add("labelled", self.groups.labelled("base", "chosen", columns))

    def _in_parts(self, by: dict[Metric, str]) -> str:
        in_groups = [self.parts.sql(metric, is_total=False) for metric in self.metrics]
        in_all = [self.parts.sql(metric, is_total=True) for metric in self.metrics]
        if self.parts.unique is not None:
            source = self._labelled_base(by) if self.plan.has_limit else "base"
            rows = self._add_rows(source, self.groups.labels, is_kept=self.plan.has_totals)
            if not self.plan.has_totals:
                return groups_alone(rows, self.groups.labels, in_groups)
            return groups_and_totals(rows, rows, self.groups.labels, in_groups, in_all)
        rows = self._add_rows("base", self.groups.keys, is_kept=self.plan.has_limit)
        if self.plan.has_limit:
            rows = self._labelled_rows(rows)
        return with_totals(rows, self.groups.labels, in_groups)

    def _add_rows(self, source: str, keys: list[str], *, is_kept: bool) -> str:
        unique = self.parts.unique
        named = [] if unique is None else [f"{unique} AS counted"]
        grouped = keys if unique is None else [*keys, unique]
        select = ", ".join([*keys, *named, *self.parts.parts])
        text = f"SELECT {select} FROM {source} GROUP BY {', '.join(grouped)}"
        return self.steps.add("parts", text, is_kept=is_kept)

    def _labelled_rows(self, rows: str) -> str:
        ranking = self.plan.ranking("events")
        by = {
            item.by: self.parts.sql(item.by, is_total=False)
            for item in ranking
            if isinstance(item.by, Metric)
        }
        self.steps.add("chosen", self.groups.chosen(rows, by, ranking), is_kept=True)
        labelled = self.groups.labelled(rows, "chosen", self.parts.names)
        return self.steps.add("labelled", labelled)

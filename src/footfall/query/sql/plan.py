"""What a query comes down to: a range, buckets, and metrics sorted by how they are found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from footfall.model.field import Field
from footfall.model.metric import Metric
from footfall.model.query import TIME_COLUMN, Query
from footfall.model.source import Source
from footfall.model.time import Bucket, TimeRange, buckets, parse_time_range
from footfall.query.sql.check import check_query

Family = Literal["events", "sessions"]

Group = tuple[Any, ...]
"""Values of the dimensions, in order."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the first groups are chosen by: a metric, or the place of a dimension."""

    by: Metric | int
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A query made definite for a source and an instant.

    Metrics that need sessions form a family of their own, because finding sessions is a
    question of its own; each family is one statement. `kept` are the groups to show when
    they are known beforehand: of the other family, or of the range compared with.
    """

    query: Query
    source: Source
    time_range: TimeRange
    buckets: tuple[Bucket, ...]
    metrics: tuple[Metric, ...]
    dimensions: tuple[Field, ...]
    kept: tuple[Group, ...] | None = None

    @property
    def has_limit(self) -> bool:
        """Whether groups beyond the first are joined in one row."""
        return self.query.limit is not None and bool(self.dimensions)

    @property
    def has_totals(self) -> bool:
        """Whether metrics over all groups are wanted, or are the only ones."""
        has_groups = bool(self.dimensions) or self.query.granularity is not None
        return self.query.has_totals or not has_groups

    def of_family(self, family: Family) -> tuple[Metric, ...]:
        """The metrics of a family, in order."""
        is_sessions = family == "sessions"
        return tuple(m for m in self.metrics if self._needs_sessions(m) == is_sessions)

    @property
    def session_labels(self) -> tuple[str, ...]:
        """The dimensions that describe sessions."""
        return tuple(field.text for field in self.dimensions if field.kind == "session")

    def _needs_sessions(self, metric: Metric) -> bool:
        return metric.is_about_sessions or bool(self.session_labels)

    def families(self) -> list[Family]:
        """Families that have metrics; the one that chooses the first groups comes first."""
        found: list[Family] = [name for name in ("events", "sessions") if self.of_family(name)]
        if len(found) > 1 and self._needs_sessions(self._leading()):
            found.reverse()
        return found

    def ranking(self, family: Family) -> list[Ranking]:
        """What a family chooses the first groups by, before their values break ties."""
        found: list[Ranking] = []
        for name, is_descending in self._order():
            metric = self._metric(name)
            if metric is not None and metric not in self.of_family(family):
                break
            if metric is not None:
                found.append(Ranking(metric, is_descending))
            elif name in self.query.dimensions:
                found.append(Ranking(self.query.dimensions.index(name), is_descending))
        return found

    def keeping(self, groups: tuple[Group, ...]) -> Plan:
        """The same plan with the groups to show given."""
        return replace(self, kept=groups)

    def _order(self) -> list[tuple[str, bool]]:
        """Names to choose groups by, and whether the largest come first."""
        if self.query.order is None:
            return [(self.query.metrics[0], True)]
        named = [(text.removeprefix("-"), text.startswith("-")) for text in self.query.order]
        chosen = [item for item in named if item[0] != TIME_COLUMN]
        return chosen or [(self.query.metrics[0], True)]

    def _leading(self) -> Metric:
        """The metric that decides which groups come first; dimensions are in every family."""
        metrics = [self._metric(name) for name, _ in self._order()]
        return next((metric for metric in metrics if metric is not None), Metric("events"))

    def _metric(self, name: str) -> Metric | None:
        return next((metric for metric in self.metrics if metric.text == name), None)


def make_plan(query: Query, source: Source, now: datetime) -> Plan:
    """The plan of a query; raises `InvalidQuery` naming the part that is wrong."""
    time_range = resolve_time_range(query, source, now)
    check_query(query, source, time_range.timezone)
    found = buckets(time_range, query.granularity, now) if query.granularity else []
    return Plan(
        query=query,
        source=source,
        time_range=time_range,
        buckets=tuple(found),
        metrics=query.parsed_metrics(),
        dimensions=query.parsed_dimensions(),
    )


def resolve_time_range(query: Query, source: Source, now: datetime) -> TimeRange:
    """The range in instants: in the query's zone, else the range's own, else the source's."""
    if isinstance(query.time_range, TimeRange):
        timezone = query.timezone or query.time_range.timezone
        return replace(query.time_range, timezone=timezone)
    return parse_time_range(query.time_range, query.timezone or source.timezone, now)

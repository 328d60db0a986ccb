"""Metrics over events as aggregates, in one step or in two.

In one step every aggregate reads events. In two, events are first put together by group (and
by actor, where actors are counted), and the second step puts those parts together; that is
faster wherever totals are wanted as well, since the parts are few.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from footfall.engines.dialect import Dialect
from footfall.model.field import Field
from footfall.model.metric import QUANTILES, Metric
from footfall.query.sql.fields import Fields

_NEEDS_EVENTS: Final = frozenset({"estimate", *QUANTILES})
_UNIQUES: Final = frozenset({"actors", "distinct"})


@dataclass
class Values:
    """Expressions that a statement reads of every event, each under one name (v0, v1, …)."""

    fields: Fields
    names: dict[str, str] = field(default_factory=dict[str, str])

    def name(self, sql: str) -> str:
        """The name of an expression."""
        return self.names.setdefault(sql, f"v{len(self.names)}")

    def select(self) -> list[str]:
        """The select list that gives the expressions their names."""
        return [f"{sql} AS {name}" for sql, name in self.names.items()]

    def unique(self, metric: Metric) -> str:
        """What is counted by `actors`, `distinct` or `estimate`."""
        if metric.field is None:
            return self.name(self.fields.column("actor_id"))
        return self.name(self.fields.expression(metric.field).sql)

    def measured(self, field_: Field, *, keeps_text: bool) -> str:
        """What is summed or compared, as a number unless it is text to be compared as such."""
        expression = self.fields.expression(field_)
        if keeps_text and expression.type == "text":
            return self.name(expression.sql)
        name = self.name(self.fields.number(expression))
        is_read = expression.type in ("json", "text")
        return self.fields.dialect.finite(name) if is_read else name

    def is_whole(self, field_: Field) -> bool:
        """Whether the numbers are integers, whose sums are exact."""
        return self.fields.expression(field_).type in ("int", "bool")


class Direct:
    """Aggregates that read events."""

    def __init__(self, dialect: Dialect, values: Values) -> None:
        self.dialect = dialect
        self.values = values

    def sql(self, metric: Metric) -> str:
        """The aggregate of a metric."""
        if metric.kind == "events":
            return "count(*)"
        if metric.kind == "rate":
            return ratio(self.dialect, "count(*)", self.sql(Metric("actors")))
        if metric.kind in _UNIQUES:
            return self.dialect.count_distinct(self.values.unique(metric))
        if metric.kind == "estimate":
            return self.dialect.approx_distinct(self.values.unique(metric))
        assert metric.field is not None
        return self._of_field(metric, metric.field)

    def _of_field(self, metric: Metric, field_: Field) -> str:
        value = self.values.measured(field_, keeps_text=metric.kind in ("min", "max"))
        if metric.kind in QUANTILES:
            return self.dialect.quantile(value, QUANTILES[metric.kind])
        if metric.kind in ("min", "max"):
            return f"{metric.kind}({value})"
        total = total_of(self.dialect, value, is_whole=self.values.is_whole(field_))
        if metric.kind == "sum":
            return f"coalesce({total}, 0)"
        return ratio(self.dialect, total, f"count({value})")


class Parts:
    """The two steps: `parts` of the first, `sql` over them in the second.

    `unique` is the one expression whose different values are counted, if any: the first step
    then has a row for each of its values in a group.
    """

    def __init__(self, dialect: Dialect, values: Values, unique: str | None) -> None:
        self.dialect = dialect
        self.values = values
        self.unique = unique
        self._names: dict[str, str] = {}

    @property
    def parts(self) -> list[str]:
        """Select list of the first step."""
        return [f"{sql} AS {name}" for sql, name in self._names.items()]

    @property
    def names(self) -> list[str]:
        """Columns that the parts have."""
        return list(self._names.values())

    def sql(self, metric: Metric, *, is_total: bool) -> str:
        """The aggregate of a metric in the second step."""
        if metric.kind == "events":
            return f"coalesce(sum({self._part('count(*)')}), 0)"
        if metric.kind == "rate":
            events, actors = Metric("events"), Metric("actors")
            n_events, n_actors = (self.sql(m, is_total=is_total) for m in (events, actors))
            return ratio(self.dialect, n_events, n_actors)
        if metric.kind in _UNIQUES:
            assert self.unique is not None
            return self.dialect.count_distinct("counted") if is_total else "count(counted)"
        assert metric.field is not None
        return self._of_field(metric, metric.field)

    def _of_field(self, metric: Metric, field_: Field) -> str:
        value = self.values.measured(field_, keeps_text=metric.kind in ("min", "max"))
        if metric.kind in ("min", "max"):
            return f"{metric.kind}({self._part(f'{metric.kind}({value})')})"
        is_whole = self.values.is_whole(field_)
        part = self._part(total_of(self.dialect, value, is_whole=is_whole))
        total = total_of(self.dialect, part, is_whole=is_whole)
        if metric.kind == "sum":
            return f"coalesce({total}, 0)"
        return ratio(self.dialect, total, f"sum({self._part(f'count({value})')})")

    def _part(self, sql: str) -> str:
        return self._names.setdefault(sql, f"c{len(self._names)}")


def uniques(metrics: tuple[Metric, ...], values: Values) -> list[str]:
    """The different expressions whose different values are counted exactly."""
    found = [_counted(metric) for metric in metrics]
    return list(dict.fromkeys(values.unique(metric) for metric in found if metric is not None))


def can_be_parts(metrics: tuple[Metric, ...]) -> bool:
    """Whether no metric needs the single events once more."""
    return not any(metric.kind in _NEEDS_EVENTS for metric in metrics)


def total_of(dialect: Dialect, value: str, *, is_whole: bool) -> str:
    """A sum: exact for whole numbers, compensated for floats."""
    return f"sum({value})" if is_whole else dialect.float_sum(value)


def ratio(dialect: Dialect, a: str, b: str) -> str:
    """A fraction, null where there is nothing to divide by."""
    return f"{dialect.cast(a, 'float')} / nullif({b}, 0)"


def _counted(metric: Metric) -> Metric | None:
    if metric.kind == "rate":
        return Metric("actors")
    return metric if metric.kind in _UNIQUES else None

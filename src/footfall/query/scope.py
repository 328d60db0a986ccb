"""The events that a statement is about: a snapshot, a time range, and a filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footfall.engines.columns import stored_columns, time_condition
from footfall.engines.dialect import Dialect
from footfall.model.filter import Filter
from footfall.model.time import TimeRange
from footfall.query.conditions import Conditions, Parameters
from footfall.query.fields import Fields
from footfall.query.local_time import LocalTime

if TYPE_CHECKING:
    from footfall.lake.snapshot import Snapshot

TIMESTAMP = '"timestamp"'


@dataclass(frozen=True)
class Scope:
    """Fields, parameters and conditions for one statement over the relation `events`.

    `shown` is the range of the events in that relation, where it was cut down to one.
    """

    dialect: Dialect
    time_range: TimeRange
    shown: TimeRange | None
    fields: Fields
    parameters: Parameters
    conditions: Conditions

    @classmethod
    def of(cls, snapshot: Snapshot, dialect: Dialect, time_range: TimeRange) -> Scope:
        """The scope of a snapshot; local times are those of the range's zone."""
        start, end, timezone = time_range.start_us, time_range.end_us, time_range.timezone
        local = LocalTime(dialect, dialect.epoch_us(TIMESTAMP), timezone, start, end)
        fields = Fields(dialect, snapshot.source, stored_columns(snapshot), local)
        parameters = Parameters(fields)
        conditions = Conditions(fields, parameters, timezone, snapshot.identities)
        return cls(dialect, time_range, snapshot.time_range, fields, parameters, conditions)

    def column(self, name: str) -> str:
        """A physical column, which the statement reads from now on."""
        return self.fields.column(name)

    def reading(self, snapshot: Snapshot) -> Snapshot:
        """The relation for the statement, once it is written: with the columns that it names."""
        return snapshot.narrowed(self.fields.named)

    @property
    def values(self) -> dict[str, Any]:
        """Values of the parameters that were bound so far."""
        return self.parameters.values

    def within(self, time_range: TimeRange | None = None) -> str:
        """The condition that an event lies in a time range, `true` where every one shown does."""
        span = time_range or self.time_range
        is_cut = self.shown is not None and _holds(span, self.shown)
        return "true" if is_cut else time_condition(self.dialect, span)

    def noted(self, sql: str) -> str:
        """The statement, telling its readers what the relation was cut down to."""
        if self.shown is None:
            return sql
        return f"-- events with {time_condition(self.dialect, self.shown)}\n{sql}"

    def where(self, item: Filter | None) -> str:
        """The condition that an event lies in the time range and passes the filter."""
        within = self.within()
        return within if item is None else f"{within} AND {self.conditions.sql(item)}"


def _holds(outer: TimeRange, inner: TimeRange) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end

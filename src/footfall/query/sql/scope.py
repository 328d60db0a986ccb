"""The events that a statement is about: a snapshot, a time range, and a filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footfall.engines.columns import stored_columns, time_condition
from footfall.engines.dialect import Dialect
from footfall.model.filter import Filter
from footfall.model.time import TimeRange
from footfall.query.sql.conditions import Conditions, Parameters
from footfall.query.sql.fields import Fields
from footfall.query.sql.local_time import LocalTime

if TYPE_CHECKING:
    from footfall.lake.snapshot import Snapshot

TIMESTAMP = '"timestamp"'


@dataclass(frozen=True)
class Scope:
    """Fields, parameters and conditions for one statement over the relation `events`.

    `events` is that relation as the statement has to write it, and `snapshot` what it shows.
    """

    dialect: Dialect
    time_range: TimeRange
    snapshot: Snapshot
    fields: Fields
    parameters: Parameters
    conditions: Conditions
    events: str = "events"

    @classmethod
    def of(cls, snapshot: Snapshot, dialect: Dialect, time_range: TimeRange) -> Scope:
        """The scope of a snapshot; local times are those of the range's zone."""
        local = local_time(dialect, time_range)
        fields = Fields(dialect, snapshot.source, stored_columns(snapshot), local)
        return cls.over(snapshot, fields, Parameters(fields), time_range)

    @classmethod
    def over(
        cls,
        snapshot: Snapshot,
        fields: Fields,
        parameters: Parameters,
        time_range: TimeRange,
        events: str = "events",
    ) -> Scope:
        """The scope in which fields and values are written in ways of their own."""
        conditions = Conditions(fields, parameters, time_range.timezone, snapshot.identities)
        return cls(fields.dialect, time_range, snapshot, fields, parameters, conditions, events)

    def column(self, name: str) -> str:
        """A physical column, which the statement reads from now on."""
        return self.fields.column(name)

    def reading(self) -> Snapshot:
        """The snapshot for the statement, once it is written: with the columns that it names."""
        return self.snapshot.narrowed(self.fields.named)

    @property
    def values(self) -> dict[str, Any]:
        """Values of the parameters that were bound so far."""
        return self.parameters.values

    def within(self, time_range: TimeRange | None = None) -> str:
        """The condition that an event lies in a time range, `true` where every one shown does."""
        span = time_range or self.time_range
        shown = self.snapshot.time_range
        is_cut = shown is not None and _holds(span, shown)
        return "true" if is_cut else time_condition(self.dialect, span)

    def noted(self, sql: str) -> str:
        """The statement, telling its readers what the relation was cut down to."""
        if self.snapshot.time_range is None:
            return sql
        return f"-- events with {time_condition(self.dialect, self.snapshot.time_range)}\n{sql}"

    def where(self, item: Filter | None) -> str:
        """The condition that an event lies in the time range and passes the filter."""
        within = self.within()
        return within if item is None else f"{within} AND {self.conditions.sql(item)}"


def local_time(dialect: Dialect, time_range: TimeRange) -> LocalTime:
    """The local times of events in a range, in its zone."""
    epoch, timezone = dialect.epoch_us(TIMESTAMP), time_range.timezone
    return LocalTime(dialect, epoch, timezone, time_range.start_us, time_range.end_us)


def _holds(outer: TimeRange, inner: TimeRange) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end

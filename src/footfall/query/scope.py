"""The events that a statement is about: a snapshot, a time range, and a filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footfall.engines.columns import stored_columns
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
    """Fields, parameters and conditions for one statement over the relation `events`."""

    dialect: Dialect
    time_range: TimeRange
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
        conditions = Conditions(fields, parameters, timezone)
        return cls(dialect, time_range, fields, parameters, conditions)

    @property
    def values(self) -> dict[str, Any]:
        """Values of the parameters that were bound so far."""
        return self.parameters.values

    def within(self, time_range: TimeRange | None = None) -> str:
        """The condition that an event lies in a time range, which lets files be skipped."""
        span = time_range or self.time_range
        start, end = (self.dialect.time_at(us) for us in (span.start_us, span.end_us))
        return f"{TIMESTAMP} >= {start} AND {TIMESTAMP} < {end}"

    def where(self, item: Filter | None) -> str:
        """The condition that an event lies in the time range and passes the filter."""
        within = self.within()
        return within if item is None else f"{within} AND {self.conditions.sql(item)}"

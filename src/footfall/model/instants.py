"""Instants and half-open ranges of time; all arithmetic happens in UTC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from footfall.errors import InvalidQuery, did_you_mean
from footfall.model.epoch import MICROSECOND, from_epoch_us, to_epoch_us
from footfall.model.zones import first_instant, zone

Clock: TypeAlias = Callable[[], datetime]
"""What tells the time: passed in, so that a test can hold it."""

# What the date types of all engines can hold.
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2298

FIRST_INSTANT: Final = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
LAST_INSTANT: Final = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - MICROSECOND


def utc_now() -> datetime:
    """The present instant, in UTC; the clock that is passed in unless a test holds it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The half-open span `[start, end)`, read in an IANA time zone.

    `start` and `end` are given aware and kept in UTC: two datetimes of one ZoneInfo would
    compare and subtract by wall clock, which goes wrong where clocks change.
    """

    start: datetime
    end: datetime
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        zone(self.timezone)
        for name in ("start", "end"):
            value: datetime = getattr(self, name)
            if value.tzinfo is None:
                raise InvalidQuery(
                    f"Time {value.isoformat()!r} has no offset: add one, such as "
                    f"'{value.isoformat()}+00:00'.",
                    parameter=f"time_range.{name}",
                )
            if not FIRST_INSTANT <= value <= LAST_INSTANT:
                raise InvalidQuery(
                    f"Time {value.isoformat()!r} cannot be asked: years go from {FIRST_YEAR} to "
                    f"{LAST_YEAR}, in UTC.",
                    parameter=f"time_range.{name}",
                )
            object.__setattr__(self, name, value.astimezone(UTC))
        if self.start >= self.end:
            raise InvalidQuery(
                f"The time range ends ({self.end.isoformat()}) before it starts or where it "
                f"starts ({self.start.isoformat()}): put the earlier time first.",
                parameter="time_range",
            )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the range is read."""
        return zone(self.timezone)

    @property
    def start_us(self) -> int:
        """Start in microseconds since 1970."""
        return to_epoch_us(self.start)

    @property
    def end_us(self) -> int:
        """End in microseconds since 1970, exclusive."""
        return to_epoch_us(self.end)

    def contains(self, instant: datetime) -> bool:
        """Whether an instant lies within."""
        return self.start <= instant < self.end

    def widened(self, margin: timedelta) -> TimeRange:
        """The same range with a margin on either side, as far as years can be asked."""
        start = max(self.start - margin, FIRST_INSTANT)
        end = min(self.end + margin, LAST_INSTANT)
        return TimeRange(start, end, self.timezone)

    def to_dict(self) -> dict[str, str]:
        """Start, end (local ISO 8601 with offset) and time zone."""
        return {
            "start": self.start.astimezone(self.zone).isoformat(),
            "end": self.end.astimezone(self.zone).isoformat(),
            "timezone": self.timezone,
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any], timezone: str) -> TimeRange:
        """The range of `{"start": iso, "end": iso}`; local to `timezone` where no offset."""
        allowed = ("start", "end", "timezone")
        for key in value:
            if key not in allowed:
                raise InvalidQuery(
                    f"A time range has no {key!r}; it has 'start' and 'end'."
                    + did_you_mean(key, allowed),
                    parameter=f"time_range.{key}",
                )
        name = str(value.get("timezone") or timezone)
        start, end = (
            parse_instant(value.get(key), name, f"time_range.{key}") for key in ("start", "end")
        )
        return cls(start, end, name)


def parse_instant(value: object, timezone: str, parameter: str) -> datetime:
    """The instant of an ISO 8601 text; without offset it is local to `timezone`."""
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidQuery(
            f"Time {value!r} is not ISO 8601: write it such as '2026-11-01T00:00:00+01:00' "
            "or '2026-11-01'.",
            parameter=parameter,
        ) from error
    try:
        if instant.tzinfo is None:
            return from_epoch_us(first_instant(instant, timezone))
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise InvalidQuery(
            f"Time {value!r} leaves the calendar: in UTC its year is not one of 1 to 9999.",
            parameter=parameter,
        ) from error

"""Instants as whole microseconds since 1970, and as others write them: numbers and ISO texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

SECOND_US: Final = 1_000_000
HOUR_US: Final = 3_600 * SECOND_US
DAY_US: Final = 24 * HOUR_US

LEAST_MILLISECONDS: Final = 10**11
"""A number of at least this size counts milliseconds: seconds would be past the year 5138."""

_LEAST_MICROSECONDS: Final = 10**14
_LEAST_NANOSECONDS: Final = 10**17


def to_epoch_us(instant: datetime) -> int:
    """Microseconds since 1970 of an aware instant.

    >>> to_epoch_us(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    return (instant - EPOCH) // MICROSECOND


def from_epoch_us(epoch_us: int) -> datetime:
    """The instant, in UTC, that lies so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=epoch_us)


def to_us(duration: timedelta) -> int:
    """Whole microseconds of a duration.

    >>> to_us(timedelta(milliseconds=1.5))
    1500
    """
    return duration // MICROSECOND


def us_per_unit(size: float | Decimal) -> int:
    """Microseconds in the unit of a number since 1970 of this size; 0 for nanoseconds.

    Seconds up to the year 5138, then milli-, micro- and nanoseconds.
    """
    if size < LEAST_MILLISECONDS:
        return SECOND_US
    if size < _LEAST_MICROSECONDS:
        return 1_000
    return 1 if size < _LEAST_NANOSECONDS else 0


def epoch_to_us(number: float) -> int:
    """Microseconds since 1970 of a number whose unit shows in its size (see `us_per_unit`).

    Raises `OverflowError` or `ValueError` for what is not a finite number.

    >>> epoch_to_us(1_762_000_000), epoch_to_us(1_762_000_000_123)
    (1762000000000000, 1762000000123000)
    """
    factor = us_per_unit(abs(number))
    return round(number * factor) if factor else round(number) // 1000


def read_iso(text: str, zone: tzinfo = UTC) -> datetime:
    """The instant, in UTC, of an ISO 8601 text; without offset it is local to `zone`.

    Of two equal clock times in autumn it is the first. Raises `ValueError` for other texts
    and `OverflowError` where its year in UTC is not one of 1 to 9999.

    >>> read_iso("2026-11-01T10:00+01:00").isoformat()
    '2026-11-01T09:00:00+00:00'
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    return found if found.tzinfo is UTC else found.astimezone(UTC)

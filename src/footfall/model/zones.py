"""UTC offsets of IANA time zones, as spans of constant offset, and the way from local to UTC.

`zoneinfo` answers what the offset is at an instant, not when it changes, so the changes of a
year are searched once per zone and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from footfall.errors import InvalidQuery, near_names, suggest
from footfall.model.epoch import DAY_US, SECOND_US, from_epoch_us, to_epoch_us

# Closer than this, no zone has two changes that cancel each other out.
_PROBE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OffsetSpan:
    """A span `[start_epoch_us, end_epoch_us)` during which local time is UTC + `offset_s`."""

    start_epoch_us: int
    end_epoch_us: int
    offset_s: int

    @property
    def offset_us(self) -> int:
        """The offset in microseconds."""
        return self.offset_s * SECOND_US


def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; raises `InvalidQuery` with near names."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError) as error:
        near = _near_zones(str(name))
        raise InvalidQuery(
            f"Time zone {name!r} is not known: use an IANA name such as 'Europe/Berlin'."
            + suggest(near),
            parameter="timezone",
            suggestions=near,
        ) from error


def offset_spans(timezone: str, start_us: int, end_us: int) -> list[OffsetSpan]:
    """Spans of constant UTC offset that together cover `[start_us, end_us)`, in order.

    >>> start = 1_792_886_400 * SECOND_US  # 2026-10-25T00:00Z, where clocks go back
    >>> [s.offset_s for s in offset_spans("Europe/Berlin", start, start + DAY_US)]
    [7200, 3600]
    """
    edges = [start_us, *_changes_between(timezone, start_us, end_us), end_us]
    where = zone(timezone)
    offsets = [_offset_s(where, from_epoch_us(low)) for low in edges[:-1]]
    return [
        OffsetSpan(*edge, offset) for edge, offset in zip(pairwise(edges), offsets, strict=True)
    ]


def first_instant(local: datetime, timezone: str) -> int:
    """The first instant (epoch µs) at which the zone's clocks read `local` or later.

    A local time that comes twice is its first occurrence; one that is skipped is the end of
    the gap. So a day starts when its date is first reached, and days never overlap.
    """
    target = to_epoch_us(local.replace(tzinfo=UTC))
    # Local dates differ from UTC by at most a day, and clocks have moved by a day at most.
    around = offset_spans(timezone, target - 3 * DAY_US, target + 3 * DAY_US)
    for span in around:
        instant = max(span.start_epoch_us, target - span.offset_us)
        if instant < span.end_epoch_us:
            return instant
    raise AssertionError(f"{local} is not reached in {timezone}")


def local_time(epoch_us: int, timezone: str) -> datetime:
    """What the zone's clocks read at an instant, without zone."""
    return from_epoch_us(epoch_us).astimezone(zone(timezone)).replace(tzinfo=None, fold=0)


def _changes_between(timezone: str, start_us: int, end_us: int) -> list[int]:
    years = range(from_epoch_us(start_us).year, from_epoch_us(end_us).year + 1)
    found = [change for year in years for change in _changes(timezone, year)]
    return [change for change in found if start_us < change < end_us]


@lru_cache(maxsize=8192)
def _changes(timezone: str, year: int) -> tuple[int, ...]:
    """Instants of a UTC year at which the offset changes, as epoch µs."""
    where = zone(timezone)
    found: list[int] = []
    low = datetime(year, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    end = datetime(year + 1, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    while low < end:
        high = min(low + _PROBE, end)
        if _offset_s(where, low) != _offset_s(where, high):
            found.append(to_epoch_us(_search(where, low, high)))
        low = high
    return tuple(found)


def _search(where: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The second after `low` from which on the offset is that of `high`."""
    before = _offset_s(where, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _offset_s(where, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset_s(where: ZoneInfo, instant: datetime) -> int:
    offset = instant.astimezone(where).utcoffset()
    return 0 if offset is None else offset // timedelta(seconds=1)


def _near_zones(name: str) -> list[str]:
    """Zones whose name, or whose city, looks like `name`."""
    known = sorted(available_timezones())
    cities = {item.rsplit("/", 1)[-1].lower(): item for item in known}
    city = name.rsplit("/", 1)[-1].lower().replace(" ", "_")
    by_city = [cities[near] for near in near_names(city, cities, most=2)]
    return list(dict.fromkeys([*near_names(name, known, most=2), *by_city]))[:3]

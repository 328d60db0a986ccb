"""Local time buckets: their bounds, their keys, and which of them are partial.

The key of a bucket is what the SQL groups by. Up to an hour it is the UTC instant (epoch µs)
at which the bucket starts, so that a local hour which comes twice stays two buckets. From a
day on it is a count: days since 1970-01-01, weeks (from Monday) since 1969-12-29, months,
quarters and years since year 0. A day starts when its date is first reached, hence days
follow each other without overlap even where clocks go back over midnight, and days that a
zone skipped do not exist.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, TypeGuard, get_args

from footfall.errors import InvalidQuery, near_names, suggest
from footfall.model.epoch import DAY_US, HOUR_US, SECOND_US, from_epoch_us, to_epoch_us
from footfall.model.instants import TimeRange
from footfall.model.zones import OffsetSpan, first_instant, local_time, offset_spans

Granularity = Literal["minute", "hour", "day", "week", "month", "quarter", "year"]
GRANULARITIES: Final[tuple[Granularity, ...]] = get_args(Granularity)

STEP_US: Final[dict[str, int]] = {"minute": 60 * SECOND_US, "hour": HOUR_US}

MAX_BUCKETS: Final = 50_000

_EPOCH_DAY: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket `[start, end)` in UTC; `is_partial` if the range cuts it or it still runs."""

    start: datetime
    end: datetime
    is_partial: bool
    key: int


def check_granularity(value: object) -> Granularity:
    """The granularity of that name; raises `InvalidQuery`."""
    if _is_granularity(value):
        return value
    raise not_among("Granularity", value, GRANULARITIES, "granularity")


def not_among(what: str, value: object, known: Sequence[str], parameter: str) -> InvalidQuery:
    """The error for a word that is none of those that there are."""
    near = near_names(str(value), known)
    return InvalidQuery(
        f"{what} {value!r} is not known; there are {', '.join(known)}.{suggest(near)}",
        parameter=parameter,
        suggestions=near,
    )


def buckets(time_range: TimeRange, granularity: Granularity, now: datetime) -> list[Bucket]:
    """Every bucket that shares an instant with the range, in order and without gaps.

    Raises `InvalidQuery` when there would be more than `MAX_BUCKETS`.
    """
    found: list[Bucket] = []
    for key, start, end in _bounds(time_range, granularity):
        is_cut = start < time_range.start_us or end > time_range.end_us
        is_running = start <= to_epoch_us(now) < end
        found.append(Bucket(from_epoch_us(start), from_epoch_us(end), is_cut or is_running, key))
        if len(found) > MAX_BUCKETS:
            raise _too_many(granularity)
    return found


def period_start(local: datetime, granularity: Granularity) -> datetime:
    """The local time at which the period around `local` starts, by the calendar alone."""
    if granularity == "minute":
        return local.replace(second=0, microsecond=0)
    if granularity == "hour":
        return local.replace(minute=0, second=0, microsecond=0)
    first = _DATE_OF[granularity](_KEY_OF[granularity](local.date()))
    return datetime(first.year, first.month, first.day)  # noqa: DTZ001 local by intent


def period_after(start: datetime, granularity: Granularity, count: int = 1) -> datetime:
    """The local start of the period `count` later (earlier if negative)."""
    if granularity in STEP_US:
        return start + timedelta(microseconds=count * STEP_US[granularity])
    key = _KEY_OF[granularity](start.date()) + count
    first = _DATE_OF[granularity](key)
    return datetime(first.year, first.month, first.day)  # noqa: DTZ001 local by intent


def _is_granularity(value: object) -> TypeGuard[Granularity]:
    return value in GRANULARITIES


def _bounds(time_range: TimeRange, granularity: Granularity) -> Iterator[tuple[int, int, int]]:
    step = STEP_US.get(granularity)
    if step is not None:
        return _instants(time_range, step)
    return _dates(time_range, granularity)


def _instants(time_range: TimeRange, step: int) -> Iterator[tuple[int, int, int]]:
    """Key, start and end of buckets shorter than a day, cut where the offset changes."""
    spans = offset_spans(
        time_range.timezone, time_range.start_us - DAY_US, time_range.end_us + DAY_US
    )
    starts = [span.start_epoch_us for span in spans]
    instant = time_range.start_us
    while instant < time_range.end_us:
        span = spans[bisect_right(starts, instant) - 1]
        start, instant = _within(span, instant, step)
        yield start, start, instant


def _within(span: OffsetSpan, instant: int, step: int) -> tuple[int, int]:
    floor = (instant + span.offset_us) // step * step - span.offset_us
    return max(floor, span.start_epoch_us), min(floor + step, span.end_epoch_us)


def _dates(time_range: TimeRange, granularity: Granularity) -> Iterator[tuple[int, int, int]]:
    """Key, start and end of buckets of whole dates; dates that were skipped are left out."""
    key = _first_key(time_range, granularity)
    start = _start_of(key, time_range.timezone, granularity)
    while start < time_range.end_us:
        end = _start_of(key + 1, time_range.timezone, granularity)
        if start < end and end > time_range.start_us:
            yield key, start, end
        key, start = key + 1, end


def _first_key(time_range: TimeRange, granularity: Granularity) -> int:
    # One day earlier: where clocks went back over midnight, the later date counts.
    local = local_time(time_range.start_us, time_range.timezone)
    key = _KEY_OF[granularity](local.date())
    while _start_of(key, time_range.timezone, granularity) > time_range.start_us:
        key -= 1
    return key


def _start_of(key: int, timezone: str, granularity: Granularity) -> int:
    first = _DATE_OF[granularity](key)
    local = datetime(first.year, first.month, first.day)  # noqa: DTZ001 local by intent
    return first_instant(local, timezone)


def _too_many(granularity: Granularity) -> InvalidQuery:
    coarser = GRANULARITIES[GRANULARITIES.index(granularity) + 1 :]
    return InvalidQuery(
        f"Granularity {granularity!r} would give more than {MAX_BUCKETS:,} buckets in this "
        "time range: choose a coarser one or a shorter range.",
        parameter="granularity",
        suggestions=coarser[:3],
    )


def _month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


_KEY_OF: Final[dict[str, Callable[[date], int]]] = {
    "day": lambda day: (day - _EPOCH_DAY).days,
    "week": lambda day: ((day - _EPOCH_DAY).days + 3) // 7,
    "month": _month_of,
    "quarter": lambda day: _month_of(day) // 3,
    "year": lambda day: day.year,
}

_DATE_OF: Final[dict[str, Callable[[int], date]]] = {
    "day": lambda key: _EPOCH_DAY + timedelta(days=key),
    "week": lambda key: _EPOCH_DAY + timedelta(days=key * 7 - 3),
    "month": lambda key: date(key // 12, key % 12 + 1, 1),
    "quarter": lambda key: date(key // 4, key % 4 * 3 + 1, 1),
    "year": lambda key: date(key, 1, 1),
}

"""Time ranges in words, and the earlier range that one is compared with."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, TypeGuard, get_args

from footfall.errors import InvalidQuery, did_you_mean, near_names
from footfall.model.buckets import (
    STEP_US,
    Granularity,
    check_granularity,
    not_among,
    period_after,
    period_start,
)
from footfall.model.epoch import MICROSECOND, from_epoch_us, to_epoch_us
from footfall.model.instants import FIRST_YEAR, LAST_YEAR, TimeRange, parse_instant
from footfall.model.zones import first_instant, local_time

ComparisonKind = Literal["previous_period", "week", "month", "quarter", "year"]
COMPARISON_KINDS: Final[tuple[ComparisonKind, ...]] = get_args(ComparisonKind)

EXAMPLES: Final = (
    "today",
    "yesterday",
    "last 7 days",
    "last 30 days",
    "last 24 hours",
    "last 12 months",
    "this week",
    "last month",
    "month to date",
    "year to date",
)

_UNIT: Final = r"(minute|hour|day|week|month|quarter|year)"
_LAST: Final = re.compile(rf"(?:last|past) (\d{{1,5}}) {_UNIT}s?")
_ONE: Final = re.compile(rf"(this|last|previous) {_UNIT}")
_TO_DATE: Final = re.compile(r"(day|week|month|quarter|year) to date")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
_YEAR: Final = re.compile(r"\d{4}")

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


def parse_time_range(text: str, timezone: str, now: datetime) -> TimeRange:
    """The range that a text means in a time zone at an instant.

    `last 7 days` are the seven local days up to and including the running one, and likewise
    for other units; `last week` is the calendar week before this one; `month to date` ends
    now. `2026-11-01`, `2026-11` and `2026` are a day, a month, a year; two of them joined by
    `..` are both included. Times, as in `2026-11-01T09:00..2026-11-01T17:00`, are half-open;
    without offset they are local. Raises `InvalidQuery` with near texts.
    """
    plain = " ".join(text.strip().lower().replace("_", " ").split())
    for reader in (_read_words, _read_period, _read_dates):
        found = _within_calendar(reader, plain, timezone, now)
        if found is not None:
            return found
    near = near_names(plain, EXAMPLES)
    raise InvalidQuery(
        f"Time range {text!r} is not understood: write such as {', '.join(map(repr, EXAMPLES))}, "
        "'2026-11-01..2026-11-08' (both days included) or two ISO times joined by '..'."
        + did_you_mean(plain, EXAMPLES),
        parameter="time_range",
        suggestions=near,
    )


def check_comparison(value: object) -> ComparisonKind:
    """The kind of comparison of that name; raises `InvalidQuery`."""
    if _is_comparison(value):
        return value
    raise not_among("Comparison", value, COMPARISON_KINDS, "compare")


def comparison_range(
    time_range: TimeRange, kind: ComparisonKind, now: datetime | None = None
) -> TimeRange:
    """The earlier range: both ends moved by the local calendar.

    With `now`, a range that is still running then is compared as far as it has come: `now`
    is moved in place of the end.

    `previous_period` lies directly before and is as long: in local days where both ends are
    starts of a day (a 23- or 25-hour day is one day), else in elapsed time. The other kinds
    move both ends back by a week, month, quarter or year; a date that the shorter month
    lacks becomes its last one.
    """
    back = _shift_of(time_range, kind)
    start, end = (_moved(edge, time_range.timezone, back) for edge in _edges(time_range))
    if kind == "previous_period":
        end = time_range.start_us
    if start >= end:
        # Only where a shorter month folds the whole range onto its last day.
        end = start + (time_range.end_us - time_range.start_us)
    if now is not None and time_range.contains(now):
        end = _reached(time_range, now, back, start, end)
    return TimeRange(from_epoch_us(start), from_epoch_us(end), time_range.timezone)


def _reached(time_range: TimeRange, now: datetime, back: _Shift, start: int, end: int) -> int:
    """Where the earlier range stood when it had come as far as this one has at `now`."""
    reached = _moved(to_epoch_us(now), time_range.timezone, back)
    if reached <= start:
        # A shorter month or a change of clocks folds the start and `now` onto one instant.
        reached = start + max(to_epoch_us(now) - time_range.start_us, 1)
    return min(reached, end)


def _is_comparison(value: object) -> TypeGuard[ComparisonKind]:
    return value in COMPARISON_KINDS


_Shift = Callable[[datetime], datetime] | timedelta


def _shift_of(time_range: TimeRange, kind: ComparisonKind) -> _Shift:
    if kind == "week":
        return lambda local: local - timedelta(days=7)
    if kind in _MONTHS:
        return lambda local: _months_before(local, _MONTHS[kind])
    first, last = (_date_started(edge, time_range.timezone) for edge in _edges(time_range))
    if first is None or last is None:
        return time_range.end - time_range.start
    return lambda local: local - (last - first)


def _moved(epoch_us: int, timezone: str, back: _Shift) -> int:
    if isinstance(back, timedelta):
        return epoch_us - back // MICROSECOND
    started = _date_started(epoch_us, timezone)
    local = local_time(epoch_us, timezone) if started is None else _midnight(started)
    return first_instant(back(local), timezone)


def _edges(time_range: TimeRange) -> tuple[int, int]:
    return time_range.start_us, time_range.end_us


def _date_started(epoch_us: int, timezone: str) -> date | None:
    """The date that starts at this instant (there may be no midnight), or None."""
    day = local_time(epoch_us, timezone).date()
    return day if first_instant(_midnight(day), timezone) == epoch_us else None


def _months_before(local: datetime, months: int) -> datetime:
    index = local.year * 12 + local.month - 1 - months
    first = local.replace(year=index // 12, month=index % 12 + 1, day=1)
    days = (period_after(first, "month") - period_start(first, "month")).days
    return first.replace(day=min(local.day, days))


_Reader = Callable[[str, str, datetime], TimeRange | None]


def _within_calendar(reader: _Reader, text: str, timezone: str, now: datetime) -> TimeRange | None:
    try:
        return reader(text, timezone, now)
    except (OverflowError, ValueError) as error:
        raise InvalidQuery(
            f"Time range {text!r} leaves the calendar: {FIRST_YEAR} to {LAST_YEAR} can be asked.",
            parameter="time_range",
        ) from error


def _read_words(text: str, timezone: str, now: datetime) -> TimeRange | None:
    if text in ("today", "yesterday"):
        return _periods("day", 0 if text == "today" else -1, 1, timezone, now)
    if (match := _LAST.fullmatch(text)) and (count := int(match[1])):
        return _periods(check_granularity(match[2]), 1 - count, count, timezone, now)
    if match := _ONE.fullmatch(text):
        return _periods(
            check_granularity(match[2]), 0 if match[1] == "this" else -1, 1, timezone, now
        )
    if match := _TO_DATE.fullmatch(text):
        whole = _periods(check_granularity(match[1]), 0, 1, timezone, now)
        return TimeRange(whole.start, max(now, whole.start + MICROSECOND), timezone)
    return None


def _periods(unit: Granularity, first: int, count: int, timezone: str, now: datetime) -> TimeRange:
    """`count` periods; the first lies so many after the running one."""
    if unit in ("minute", "hour"):
        return _elapsed(unit, first, count, timezone, now)
    running = period_start(local_time(to_epoch_us(now), timezone), unit)
    start = period_after(running, unit, first)
    return _between(start, period_after(start, unit, count), timezone)


def _elapsed(unit: Granularity, first: int, count: int, timezone: str, now: datetime) -> TimeRange:
    """Hours and minutes pass evenly, whatever the clocks do."""
    local = local_time(to_epoch_us(now), timezone)
    running = now.astimezone(UTC) - (local - period_start(local, unit))
    one = timedelta(microseconds=STEP_US[unit])
    return TimeRange(running + first * one, running + (first + count) * one, timezone)


def _read_period(text: str, timezone: str, now: datetime) -> TimeRange | None:
    """A single day, month or year."""
    del now
    if _DATE.fullmatch(text):
        return _day(text, timezone)
    try:
        if match := _MONTH.fullmatch(text):
            start = datetime(int(match[1]), int(match[2]), 1)  # noqa: DTZ001 local by intent
            return _between(start, period_after(start, "month"), timezone)
        if _YEAR.fullmatch(text):
            start = datetime(int(text), 1, 1)  # noqa: DTZ001 local by intent
            return _between(start, period_after(start, "year"), timezone)
    except ValueError:
        return None
    return None


def _read_dates(text: str, timezone: str, now: datetime) -> TimeRange | None:
    """Two periods or times joined by `..`; an open end is now."""
    start, dots, end = (part.strip() for part in text.partition(".."))
    if not dots or not start:
        return None
    first = _edge(start, timezone, now, is_end=False)
    last = _edge(end, timezone, now, is_end=True) if end else now
    return TimeRange(first, last, timezone)


def _edge(text: str, timezone: str, now: datetime, *, is_end: bool) -> datetime:
    period = _read_period(text, timezone, now)
    if period is not None:
        return period.end if is_end else period.start
    return parse_instant(text.upper(), timezone, f"time_range.{'end' if is_end else 'start'}")


def _day(text: str, timezone: str) -> TimeRange:
    try:
        day = _midnight(date.fromisoformat(text))
    except ValueError as error:
        raise InvalidQuery(
            f"There is no day {text!r} in the calendar.", parameter="time_range"
        ) from error
    return _between(day, day + timedelta(days=1), timezone)


def _between(start: datetime, end: datetime, timezone: str) -> TimeRange:
    first, last = (from_epoch_us(first_instant(edge, timezone)) for edge in (start, end))
    return TimeRange(first, last, timezone)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 local by intent

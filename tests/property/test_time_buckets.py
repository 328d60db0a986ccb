"""Local buckets in every zone: whole, without gap or overlap, and alike in SQL and Python.

The oracle asks `zoneinfo` alone, instant by instant, and knows nothing of offset spans.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from footfall.engines.base import Engine
from footfall.engines.registry import get_engine
from footfall.model.time import (
    DAY_US,
    GRANULARITIES,
    Granularity,
    TimeRange,
    buckets,
    from_epoch_us,
    offset_spans,
    parse_time_range,
    to_epoch_us,
)
from footfall.query.sql.local_time import LocalTime

ZONES = sorted(available_timezones() - {"localtime"})
FAR_FUTURE = datetime(2299, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime(1905, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - Hypothesis wants so
EPOCH_DAY = date(1970, 1, 1)

# Half-hour and 45-minute offsets, a 30-minute change, days that do not exist, midnights that
# do not exist, and a change back over midnight.
ODD = [
    ("Asia/Kolkata", "2026-03-29"),
    ("Asia/Kathmandu", "1986-01-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Pacific/Apia", "2011-12-30"),
    ("Pacific/Kwajalein", "1993-08-21"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("Asia/Beirut", "2026-03-29"),
    ("America/Havana", "2026-03-08"),
    ("America/St_Johns", "2006-10-29"),
    ("America/St_Johns", "2006-04-02"),
    ("Europe/Berlin", "2026-10-25"),
    ("Europe/Berlin", "2026-03-29"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Africa/Monrovia", "1972-01-07"),
    ("Antarctica/Troll", "2026-03-29"),
    ("Asia/Pyongyang", "2018-05-04"),
    ("Europe/Amsterdam", "1937-07-01"),
]


@lru_cache(maxsize=4096)
def local(instant: datetime, timezone: str) -> datetime:
    return instant.astimezone(ZoneInfo(timezone))


def reached_date(instant: datetime, timezone: str) -> date:
    """The latest local date up to an instant: dates do not come back when clocks do."""
    # St. John's went back at one minute past midnight, others by up to a day.
    minutes = (instant - timedelta(seconds=30 * n) for n in range(2 * 60 * 2))
    day = (instant - timedelta(minutes=30 * n) for n in range(2 * 26))
    return max(local(step, timezone).date() for step in (*minutes, *day))


def hour_start(instant: datetime, timezone: str, hours: timedelta) -> datetime:
    """Back to the full hour of the local clock, or to the change of offset if it is nearer."""
    now = local(instant, timezone)
    offset = now.utcoffset()
    assert offset is not None
    start = instant - ((instant + offset) - datetime(1970, 1, 1, tzinfo=UTC)) % hours
    if local(start, timezone).utcoffset() == offset:
        return start
    low, high = start, instant
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        if local(middle, timezone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high


def expected_key(instant: datetime, timezone: str, granularity: Granularity) -> int:
    if granularity in ("minute", "hour"):
        step = timedelta(minutes=1) if granularity == "minute" else timedelta(hours=1)
        return to_epoch_us(hour_start(instant, timezone, step))
    day = reached_date(instant, timezone)
    month = day.year * 12 + day.month - 1
    return {
        "day": (day - EPOCH_DAY).days,
        "week": (day - timedelta(days=day.weekday()) - date(1969, 12, 29)).days // 7,
        "month": month,
        "quarter": month // 3,
        "year": day.year,
    }[granularity]


def spans(longest: timedelta) -> st.SearchStrategy[TimeRange]:
    """Ranges in any zone; half of them begin near a change of clocks."""

    def span(zone: str, start: datetime, length: timedelta, near_change: bool) -> TimeRange:
        begin = start.replace(tzinfo=UTC)
        if near_change:
            start = to_epoch_us(begin)
            year = offset_spans(zone, start, start + 366 * DAY_US)
            change = from_epoch_us(year[-1].start_epoch_us)
            begin = change - length / 2 if len(year) > 1 else begin
        return TimeRange(begin, begin + length, zone)

    return st.builds(
        span,
        st.sampled_from(ZONES),
        st.datetimes(FIRST, LAST),
        st.timedeltas(timedelta(minutes=1), longest),
        st.booleans(),
    )


LENGTHS = {
    "minute": timedelta(hours=3),
    "hour": timedelta(days=4),
    "day": timedelta(days=40),
    "week": timedelta(days=90),
    "month": timedelta(days=500),
    "quarter": timedelta(days=900),
    "year": timedelta(days=3000),
}


@pytest.mark.parametrize("granularity", GRANULARITIES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_buckets_cover_the_range_without_gap_or_overlap(
    granularity: Granularity, data: st.DataObject
) -> None:
    span = data.draw(spans(LENGTHS[granularity]))
    found = buckets(span, granularity, FAR_FUTURE)
    assert found[0].start <= span.start < found[0].end
    assert found[-1].start < span.end <= found[-1].end
    assert all(a.end == b.start and a.key < b.key for a, b in pairwise(found))
    for bucket in (found[0], found[-1], found[len(found) // 2]):
        last = bucket.end - timedelta(microseconds=1)
        assert expected_key(bucket.start, span.timezone, granularity) == bucket.key
        assert expected_key(last, span.timezone, granularity) == bucket.key
        is_cut = bucket.start < span.start or bucket.end > span.end
        assert bucket.is_partial == is_cut


@settings(max_examples=40, deadline=None)
@given(span=spans(timedelta(days=20)))
def test_parts_add_up_to_wholes(span: TimeRange) -> None:
    for day in buckets(span, "day", FAR_FUTURE)[:4]:
        whole = TimeRange(day.start, day.end, span.timezone)
        hours = buckets(whole, "hour", FAR_FUTURE)
        assert sum((hour.end - hour.start for hour in hours), timedelta()) == day.end - day.start
        assert (hours[0].start, hours[-1].end) == (day.start, day.end)
        assert not any(hour.is_partial for hour in hours)
    for month in buckets(span, "month", FAR_FUTURE):
        days = buckets(TimeRange(month.start, month.end, span.timezone), "day", FAR_FUTURE)
        assert (days[0].start, days[-1].end) == (month.start, month.end)
        assert not any(day.is_partial for day in days)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    found = get_engine("duckdb")
    yield found
    found.close()


def sql_keys(
    engine: Engine, span: TimeRange, granularity: Granularity, instants: list[datetime]
) -> list[tuple[int, int, int]]:
    """Keys and local hours that SQL gives."""
    dialect = engine.dialect
    epoch = dialect.epoch_us('"timestamp"')
    clock = LocalTime(dialect, epoch, span.timezone, span.start_us, span.end_us)
    column = pa.array(instants, pa.timestamp("us", tz="UTC"))
    sql = (
        f"SELECT {clock.key(granularity)} AS k, {clock.hour_of_day()} AS h, "
        f"{clock.day_of_week()} AS w FROM events"
    )
    table = engine.run(sql, {"events": pa.table({"timestamp": column})}).table
    return [tuple(row.values()) for row in table.to_pylist()]


def check_sql(
    engine: Engine, span: TimeRange, granularity: Granularity, shares: list[float]
) -> None:
    length = span.end - span.start
    edges = [bucket.start for bucket in buckets(span, granularity, FAR_FUTURE)[:50]]
    before = [edge - timedelta(microseconds=1) for edge in edges]
    inner = [span.start + length * share for share in shares]
    instants = [i for i in (*edges, *before, *inner) if span.contains(i)]
    keys = {bucket.key for bucket in buckets(span, granularity, FAR_FUTURE)}
    for instant, (key, hour, weekday) in zip(
        instants, sql_keys(engine, span, granularity, instants), strict=True
    ):
        assert key in keys
        assert key == expected_key(instant, span.timezone, granularity), instant
        assert hour == local(instant, span.timezone).hour
        assert weekday == reached_date(instant, span.timezone).isoweekday()


@pytest.mark.parametrize("granularity", GRANULARITIES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_sql_gives_the_same_keys(
    engine: Engine, granularity: Granularity, data: st.DataObject
) -> None:
    span = data.draw(spans(LENGTHS[granularity]))
    check_sql(engine, span, granularity, data.draw(st.lists(st.floats(0, 0.999), max_size=8)))


@pytest.mark.parametrize("granularity", ["minute", "hour", "day", "week", "month"])
@pytest.mark.parametrize(("zone", "day"), ODD)
def test_odd_clocks(engine: Engine, zone: str, day: str, granularity: Granularity) -> None:
    middle = datetime.fromisoformat(day).replace(tzinfo=UTC)
    reach = timedelta(hours=14) if granularity == "minute" else timedelta(days=3)
    span = TimeRange(middle - reach, middle + reach, zone)
    check_sql(engine, span, granularity, [n / 97 for n in range(97)])


APIA = TimeRange(
    datetime(2011, 12, 30, 9, tzinfo=UTC), datetime(2011, 12, 30, 11, tzinfo=UTC), "Pacific/Apia"
)


@settings(max_examples=60, deadline=None)
@given(span=spans(timedelta(days=1)))
@example(span=APIA)
def test_a_day_in_words_is_its_bucket(span: TimeRange) -> None:
    day = buckets(TimeRange(span.start, span.start + timedelta(1), span.timezone), "day", span.end)
    first = day[0]
    today = parse_time_range("today", span.timezone, first.start)
    assert (today.start, today.end) == (first.start, first.end)

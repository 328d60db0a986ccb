"""Durations, ranges in words, buckets and comparisons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from footfall.errors import InvalidInput, InvalidQuery
from footfall.model.instants import parse_instant
from footfall.model.time import (
    DAY_US,
    ComparisonKind,
    Granularity,
    TimeRange,
    buckets,
    comparison_range,
    format_duration,
    offset_spans,
    parse_duration,
    parse_time_range,
    to_epoch_us,
    zone,
)

# A Sunday morning in Berlin, 06:34 local time.
NOW = datetime(2026, 11, 22, 5, 34, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "duration", "shortest"),
    [
        ("30m", timedelta(minutes=30), "30m"),
        ("1h 30m", timedelta(minutes=90), "1h30m"),
        ("90m", timedelta(minutes=90), "1h30m"),
        ("7d", timedelta(days=7), "1w"),
        ("10d", timedelta(days=10), "10d"),
        ("1500ms", timedelta(milliseconds=1500), "1s500ms"),
        ("0s", timedelta(), "0s"),
    ],
)
def test_durations(text: str, duration: timedelta, shortest: str) -> None:
    assert parse_duration(text) == duration
    assert format_duration(duration) == shortest


@pytest.mark.parametrize(
    "text", ["", "30", "m30", "1.5h", "3 fortnights", "-5m", "9" * 20 + "w", "9" * 5000 + "w"]
)
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_duration(text, parameter="session_gap")
    assert error.value.parameter == "session_gap"
    assert repr(text) in error.value.message


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-11-22T00:00:00+01:00", "2026-11-23T00:00:00+01:00"),
        ("Yesterday", "2026-11-21T00:00:00+01:00", "2026-11-22T00:00:00+01:00"),
        ("last 7 days", "2026-11-16T00:00:00+01:00", "2026-11-23T00:00:00+01:00"),
        ("last_30_days", "2026-10-24T00:00:00+02:00", "2026-11-23T00:00:00+01:00"),
        ("last 24 hours", "2026-11-21T07:00:00+01:00", "2026-11-22T07:00:00+01:00"),
        ("last 30 minutes", "2026-11-22T06:05:00+01:00", "2026-11-22T06:35:00+01:00"),
        ("past 2 weeks", "2026-11-09T00:00:00+01:00", "2026-11-23T00:00:00+01:00"),
        ("last 12 months", "2025-12-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00"),
        ("this week", "2026-11-16T00:00:00+01:00", "2026-11-23T00:00:00+01:00"),
        ("last week", "2026-11-09T00:00:00+01:00", "2026-11-16T00:00:00+01:00"),
        ("this quarter", "2026-10-01T00:00:00+02:00", "2027-01-01T00:00:00+01:00"),
        ("previous month", "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00"),
        ("month to date", "2026-11-01T00:00:00+01:00", "2026-11-22T06:34:00+01:00"),
        ("year to date", "2026-01-01T00:00:00+01:00", "2026-11-22T06:34:00+01:00"),
        ("2026-11-01..2026-11-08", "2026-11-01T00:00:00+01:00", "2026-11-09T00:00:00+01:00"),
        ("2026-10-25", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
        ("2026-02", "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00"),
        ("2025", "2025-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
        ("2026-02..2026-03", "2026-02-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
        ("2026-11-20..", "2026-11-20T00:00:00+01:00", "2026-11-22T06:34:00+01:00"),
        (
            "2026-11-01T09:00..2026-11-01T17:30",
            "2026-11-01T09:00:00+01:00",
            "2026-11-01T17:30:00+01:00",
        ),
        (
            "2026-11-01T09:00:00Z..2026-11-02",
            "2026-11-01T10:00:00+01:00",
            "2026-11-03T00:00:00+01:00",
        ),
    ],
)
def test_ranges_in_words(text: str, start: str, end: str) -> None:
    found = parse_time_range(text, "Europe/Berlin", NOW).to_dict()
    assert (found["start"], found["end"]) == (start, end)


@pytest.mark.parametrize(
    ("text", "parameter", "suggestion"),
    [
        ("lst 7 days", "time_range", "last 7 days"),
        ("last 0 days", "time_range", "last 30 days"),
        ("last 99999 years", "time_range", None),
        ("2026-02-30", "time_range", None),
        ("2026-13", "time_range", None),
        ("2026-11-08..2026-11-01", "time_range", None),
        ("1066-01-01..1066-12-31", "time_range.start", None),
        ("nonsense..2026-11-01", "time_range.start", None),
        ("", "time_range", None),
    ],
)
def test_ranges_that_are_none(text: str, parameter: str, suggestion: str | None) -> None:
    with pytest.raises(InvalidQuery) as error:
        parse_time_range(text, "UTC", NOW)
    assert error.value.parameter == parameter
    assert suggestion is None or suggestion in error.value.suggestions


def test_a_range_needs_offsets_and_an_order() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - what is refused
    with pytest.raises(InvalidQuery, match="no offset"):
        TimeRange(naive, NOW)
    with pytest.raises(InvalidQuery, match="earlier time first"):
        TimeRange(NOW, NOW)


def test_a_margin_ends_where_years_can_no_longer_be_asked() -> None:
    day = timedelta(days=1)
    first = TimeRange(datetime(1900, 1, 1, tzinfo=UTC), datetime(1900, 2, 1, tzinfo=UTC))
    assert first.widened(day) == TimeRange(first.start, first.end + day)
    last = TimeRange(datetime(2298, 12, 1, tzinfo=UTC), datetime(2298, 12, 31, tzinfo=UTC))
    assert last.widened(day).start == last.start - day
    assert last.widened(2 * day).end == datetime(2298, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    with pytest.raises(InvalidQuery, match="1900 to 2298"):
        TimeRange(first.start - day, first.end)


def test_ranges_are_kept_in_utc_where_clocks_change() -> None:
    # By the wall clock, both ends of this range read 02:30.
    start = datetime(2026, 10, 25, 2, 30, tzinfo=zone("Europe/Berlin"))
    span = TimeRange(start, start.replace(fold=1), "Europe/Berlin")
    assert span.end - span.start == timedelta(hours=1)


def test_an_unknown_zone_suggests_its_city() -> None:
    with pytest.raises(InvalidQuery) as error:
        zone("Germany/Berlin")
    assert "Europe/Berlin" in error.value.suggestions


@pytest.mark.parametrize("name", ["", "../etc/passwd", "Europe", "\0"])
def test_names_that_are_no_zone(name: str) -> None:
    with pytest.raises(InvalidQuery):
        zone(name)


def test_offset_spans_of_lord_howe() -> None:
    # Summer time there is half an hour: +11:00 until 2026-04-05 02:00 local (15:00 UTC).
    day = to_epoch_us(datetime(2026, 4, 4, tzinfo=UTC))
    found = offset_spans("Australia/Lord_Howe", day, day + DAY_US)
    assert [span.offset_s for span in found] == [39600, 37800]
    assert found[0].end_epoch_us == 1_775_314_800_000_000


def bucket_texts(text: str, timezone: str, granularity: Granularity) -> list[tuple[str, bool]]:
    span = parse_time_range(text, timezone, NOW)
    found = buckets(span, granularity, NOW)
    return [(b.start.astimezone(span.zone).isoformat(), b.is_partial) for b in found]


def test_a_bucket_is_partial_if_cut_or_running() -> None:
    assert bucket_texts("2026-11-20T12:00..2026-11-23", "Europe/Berlin", "day") == [
        ("2026-11-20T00:00:00+01:00", True),
        ("2026-11-21T00:00:00+01:00", False),
        ("2026-11-22T00:00:00+01:00", True),
        ("2026-11-23T00:00:00+01:00", False),
    ]


def test_a_day_that_was_skipped_is_not_made_up() -> None:
    found = bucket_texts("2011-12-29..2011-12-31", "Pacific/Apia", "day")
    assert [text for text, _ in found] == [
        "2011-12-29T00:00:00-10:00",
        "2011-12-31T00:00:00+14:00",
    ]


def test_a_day_without_midnight_starts_at_one() -> None:
    found = bucket_texts("2018-11-04", "America/Sao_Paulo", "day")
    assert found == [("2018-11-04T01:00:00-02:00", False)]


def test_half_hours_of_lord_howe_are_buckets_of_their_own() -> None:
    # Clocks go from 02:00 back to 01:30.
    found = bucket_texts("2026-04-05T01:00..2026-04-05T03:00", "Australia/Lord_Howe", "hour")
    assert [text for text, _ in found] == [
        "2026-04-05T01:00:00+11:00",
        "2026-04-05T01:30:00+10:30",
        "2026-04-05T02:00:00+10:30",
    ]


def test_weeks_start_on_monday_and_quarters_with_their_month() -> None:
    assert bucket_texts("2026-11-22..2026-11-23", "UTC", "week") == [
        ("2026-11-16T00:00:00+00:00", True),
        ("2026-11-23T00:00:00+00:00", True),
    ]
    assert bucket_texts("2026-03..2026-04-01", "UTC", "quarter")[0][0].startswith("2026-01-01")


def test_too_many_buckets_name_a_coarser_granularity() -> None:
    with pytest.raises(InvalidQuery) as error:
        bucket_texts("2026", "UTC", "minute")
    assert (error.value.parameter, error.value.suggestions[0]) == ("granularity", "hour")


@pytest.mark.parametrize(
    ("text", "kind", "start", "end"),
    [
        # The 25-hour day is one day, and so is the 23-hour day.
        ("2026-10-26", "previous_period", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
        ("2026-03-30", "previous_period", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        ("2026-11", "previous_period", "2026-10-02T00:00:00+02:00", "2026-11-01T00:00:00+01:00"),
        (
            "2026-10-25T02:00+02:00..2026-10-25T02:00+01:00",
            "previous_period",
            "2026-10-25T01:00:00+02:00",
            "2026-10-25T02:00:00+02:00",
        ),
        ("2026-10-26", "week", "2026-10-19T00:00:00+02:00", "2026-10-20T00:00:00+02:00"),
        ("2026-03", "month", "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00"),
        ("2026-03-31", "month", "2026-02-28T00:00:00+01:00", "2026-03-01T00:00:00+01:00"),
        ("2026-03-30", "month", "2026-02-28T00:00:00+01:00", "2026-03-01T00:00:00+01:00"),
        ("2026-11", "quarter", "2026-08-01T00:00:00+02:00", "2026-09-01T00:00:00+02:00"),
        ("2024-02-29", "year", "2023-02-28T00:00:00+01:00", "2023-03-01T00:00:00+01:00"),
    ],
)
def test_comparisons(text: str, kind: ComparisonKind, start: str, end: str) -> None:
    span = parse_time_range(text, "Europe/Berlin", NOW)
    found = comparison_range(span, kind).to_dict()
    assert (found["start"], found["end"]) == (start, end)


@pytest.mark.parametrize(
    ("text", "kind", "now", "start", "end"),
    [
        # Berlin's 25th had 25 hours: the same time by the clock, not the same hours later.
        ("today", "previous_period", "2026-10-26T15:00+01:00",
         "2026-10-25T00:00:00+02:00", "2026-10-25T15:00:00+01:00"),
        ("this week", "previous_period", "2026-11-05T15:00+01:00",
         "2026-10-26T00:00:00+01:00", "2026-10-29T15:00:00+01:00"),
        ("last 7 days", "week", "2026-11-05T15:00+01:00",
         "2026-10-23T00:00:00+02:00", "2026-10-29T15:00:00+01:00"),
        ("this month", "month", "2026-03-31T09:00+02:00",
         "2026-02-01T00:00:00+01:00", "2026-02-28T09:00:00+01:00"),
        ("last 2 hours", "previous_period", "2026-11-05T15:15+01:00",
         "2026-11-05T12:00:00+01:00", "2026-11-05T13:15:00+01:00"),
        # The 31st and the 30th both become the 28th: what has passed is what counts.
        ("2026-03-30..2026-03-31", "month", "2026-03-31T00:00+02:00",
         "2026-02-28T00:00:00+01:00", "2026-03-01T00:00:00+01:00"),
        # Over, not begun, or ending now: whole.
        ("2026-11-04", "previous_period", "2026-11-05T15:00+01:00",
         "2026-11-03T00:00:00+01:00", "2026-11-04T00:00:00+01:00"),
        ("2026-11-06", "previous_period", "2026-11-05T15:00+01:00",
         "2026-11-05T00:00:00+01:00", "2026-11-06T00:00:00+01:00"),
        ("month to date", "month", "2026-11-05T15:00+01:00",
         "2026-10-01T00:00:00+02:00", "2026-10-05T15:00:00+02:00"),
    ],
)  # fmt: skip
def test_a_running_range_is_compared_as_far_as_it_has_come(
    text: str, kind: ComparisonKind, now: str, start: str, end: str
) -> None:
    moment = datetime.fromisoformat(now)
    span = parse_time_range(text, "Europe/Berlin", moment)
    found = comparison_range(span, kind, moment).to_dict()
    assert (found["start"], found["end"]) == (start, end)


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00", "0001-01-01"]
)
def test_a_time_that_leaves_the_calendar_in_utc_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery) as error:
        parse_instant(text, "Asia/Tokyo", "filter.value")
    assert error.value.parameter == "filter.value"

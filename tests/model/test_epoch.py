"""Instants as microseconds since 1970: numbers of any unit, and ISO texts."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.model.time import epoch_to_us, from_epoch_us, read_iso, to_epoch_us, us_per_unit


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_the_instant(instant: datetime) -> None:
    assert from_epoch_us(to_epoch_us(instant)) == instant


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, 0),
        (1.5, 1_500_000),
        (-1, -1_000_000),
        # The last second, millisecond and microsecond of their unit, and the first of the next.
        (99_999_999_999, 99_999_999_999_000_000),
        (100_000_000_000, 100_000_000_000_000),
        (99_999_999_999_999, 99_999_999_999_999_000),
        (100_000_000_000_000, 100_000_000_000_000),
        (99_999_999_999_999_999, 99_999_999_999_999_999),
        (100_000_000_000_000_000, 100_000_000_000_000),
        (1_762_000_000_123_456_789, 1_762_000_000_123_456),
    ],
)
def test_the_size_of_a_number_tells_its_unit(number: float, expected: int) -> None:
    assert epoch_to_us(number) == expected


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_not_finite_is_no_instant(number: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        epoch_to_us(number)


def test_nanoseconds_have_no_whole_number_of_microseconds() -> None:
    assert [us_per_unit(10**size) for size in (10, 11, 14, 17)] == [1_000_000, 1_000, 1, 0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-01T10:00:00Z", "2026-11-01T10:00:00+00:00"),
        ("2026-11-01T10:00:00+05:30", "2026-11-01T04:30:00+00:00"),
        ("2026-11-01", "2026-10-31T23:00:00+00:00"),
        # Clocks go back at 03:00: of the two 02:30 it is the first, in summer time.
        ("2026-10-25T02:30", "2026-10-25T00:30:00+00:00"),
    ],
)
def test_iso_texts(text: str, expected: str) -> None:
    found = read_iso(text, ZoneInfo("Europe/Berlin"))
    assert (found.isoformat(), found.tzinfo) == (expected, UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00+14:00"])
def test_other_texts_are_no_instants(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        read_iso(text)

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.capture.protocols.calls import NOW

from footfall.capture.protocols.clock import read_instant, slowness
from footfall.intake.validate import EARLIEST

DAY = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("off", "counts"),
    [
        (timedelta(seconds=30), False),
        (timedelta(seconds=31), True),
        (timedelta(days=3_652), True),
        (-timedelta(seconds=30), False),
        (-timedelta(seconds=31), True),
        (-timedelta(days=3_652), True),
        (-timedelta(days=3_653), False),
    ],
)
def test_a_clock_is_off_by_more_than_the_way_takes_and_less_than_is_absurd(
    off: timedelta, counts: bool
) -> None:
    assert slowness(NOW - off, NOW) == (off if counts else timedelta(0))


@pytest.mark.parametrize("text", ["-1", "0", "1", "99999999999999999999", "nan", "inf"])
def test_what_is_no_time_of_sending_sets_nothing_right(text: str) -> None:
    assert slowness(read_instant(text), NOW) == timedelta(0)


def test_a_clock_may_be_as_late_as_the_earliest_event() -> None:
    assert slowness(EARLIEST, NOW) == NOW - EARLIEST
    assert slowness(EARLIEST - timedelta(seconds=1), NOW) == timedelta(0)


def test_without_a_clock_nothing_is_set_right() -> None:
    assert slowness(None, NOW) == timedelta(0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-01", DAY),
        ("2026-11-01T01:00:00+01:00", DAY),
        (1793491200, DAY),
        ("1793491200000", DAY),
        (1793491200000000, DAY),
        (1793491200000000000, DAY),
        ("20261101", datetime(1970, 8, 23, 12, 5, 1, tzinfo=UTC)),
        ("yesterday", None),
        (True, None),
        (1e300, None),
        ("nan", None),
        (None, None),
        ([1], None),
    ],
)
def test_instants(value: object, expected: datetime | None) -> None:
    assert read_instant(value) == expected

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.capture.logfiles.clock import WIDTH, read_times

MINUTES = st.integers(-23 * 60 - 59, 23 * 60 + 59)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def read(*texts: str) -> list[int | None]:
    data = np.frombuffer("".join(texts).encode(), np.uint8)
    values, valid = read_times(data, np.arange(len(texts)) * WIDTH)
    return [int(v) if ok else None for v, ok in zip(values, valid, strict=True)]


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), MINUTES)  # noqa: DTZ001
def test_every_time_reads_as_python_reads_it(moment: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    aware = moment.replace(microsecond=0, tzinfo=zone)
    text = f"{aware:%d}/{MONTHS[aware.month - 1]}/{aware.year:04d}:{aware:%H:%M:%S %z}"
    expected = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert read(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "29/Feb/2015:10:05:03 +0000",
        "31/Apr/2015:10:05:03 +0000",
        "00/May/2015:10:05:03 +0000",
        "17/Mai/2015:10:05:03 +0000",
        "17/May/2015:24:05:03 +0000",
        "17/May/2015:10:60:03 +0000",
        "17/May/2015:10:05:61 +0000",
        "17/May/2015:10:05:03 00000",
        "17-May-2015:10:05:03 +0000",
        "1x/May/2015:10:05:03 +0000",
        "17/May/2015:10:05:03 +9900",
    ],
)
def test_what_is_no_time_is_not_valid(text: str) -> None:
    good = "17/May/2015:10:05:03 +0000"
    # date -u -d '2015-05-17 10:05:03' +%s
    assert read(good, text, good) == [1431857103000000, None, 1431857103000000]


def test_leap_second_falls_on_the_next() -> None:
    assert read("31/Dec/2016:23:59:60 +0000") == read("01/Jan/2017:00:00:00 +0000")

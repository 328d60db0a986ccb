from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from footfall.capture.times import time_reader
from footfall.errors import InvalidMapping

# date -u -d '2026-11-03 10:20:30' +%s
AT = 1793701230


@pytest.mark.parametrize(
    ("form", "value", "seconds"),
    [
        ("auto", "2026-11-03T10:20:30Z", AT),
        ("auto", "2026-11-03 10:20:30", AT),
        ("auto", "2026-11-03 10:20:30 UTC", AT),
        ("auto", "2026-11-03T12:20:30+02:00", AT),
        ("auto", "2026-11-03T10:20:30.250000Z", AT + 0.25),
        ("auto", AT, AT),
        ("auto", str(AT), AT),
        ("auto", AT + 0.5, AT + 0.5),
        ("auto", AT * 1000 + 125, AT + 0.125),
        ("auto", AT * 1_000_000, AT),
        ("auto", AT * 1_000_000_000, AT),
        ("auto", "03/Nov/2026:10:20:30 +0000", AT),
        ("epoch_s", 5, 5),
        ("epoch_s", "5.5", 5.5),
        ("epoch_s", 1.1, 1.1),
        ("epoch_ms", -1500, -1.5),
        ("epoch_us", 7_000_000, 7),
        ("epoch_ns", 7_000_000_000, 7),
        ("iso", "2026-11-03", AT - 37230),
        ("%d.%m.%Y %H:%M", "03.11.2026 10:20", AT - 30),
    ],
)
def test_times(form: str, value: Any, seconds: float) -> None:
    assert time_reader(form, "UTC")(value) == round(seconds * 1_000_000)


@pytest.mark.parametrize(
    ("form", "value", "reason"),
    [
        ("auto", "soon", "'soon' is not a time"),
        ("auto", True, "True is not a number"),
        ("auto", float("nan"), "nan is not a time"),
        ("auto", None, "None is not a number"),
        ("auto", "1e999", "'1e999' is not a number"),
        ("epoch_ms", "x", "'x' is not a number"),
        ("epoch_s", 10**14, "outside the years 1 to 9999"),
        ("iso", 5, "5 is not text"),
        ("iso", "2026-02-30", "'2026-02-30' is not a time"),
        ("%d.%m.%Y", "2026-11-03", "'2026-11-03' is not a time"),
    ],
)
def test_what_is_no_time_says_why(form: str, value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        time_reader(form, "UTC")(value)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-07-01 12:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-12-01 12:00", datetime(2026, 12, 1, 11, tzinfo=UTC)),
        # Clocks go back at 3:00 on 25 October: of the two 2:30 the first is meant.
        ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        # There is no 2:30 on 29 March: clocks go from 2:00 to 3:00.
        ("2026-03-29 02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
)
def test_time_without_offset_is_local_to_the_source(local: str, utc: datetime) -> None:
    assert time_reader("auto", "Europe/Berlin")(local) == int(utc.timestamp()) * 1_000_000


def test_unknown_format_is_told_with_near_names() -> None:
    with pytest.raises(InvalidMapping, match="Did you mean 'epoch_ms'"):
        time_reader("epochms", "UTC")

"""Portions of days grow with what is missing, and hold every file once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from footfall.lake.snapshot import DataFile, Snapshot
from footfall.model.source import Source
from footfall.query.listings.portions import days_needed, portions

FIRST = date(2026, 1, 1)


def file_of(day: date, name: str = "a") -> DataFile:
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(hours=23)
    return DataFile(f"{day}/{name}", 10, 100, day, start, end, end)


def snapshot_of(n_days: int) -> Snapshot:
    days = [FIRST + timedelta(days=n) for n in range(n_days)]
    files = tuple(file_of(day, name) for day in days for name in "ab")
    return Snapshot(Source("web"), 1, files)


def sizes(n_days: int, found: list[int], wanted: int = 101) -> list[int]:
    """Days of each portion, where the portions so far have had `found` events."""
    counts = iter(found)
    parts = portions(
        snapshot_of(n_days),
        wanted,
        lambda: next(counts, wanted - 1),
        is_newest_first=True,
        after=None,
    )
    return [len({file.day for file in part.files}) for part in parts]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        # 15 in four days: 86 more are in 23 such days, and in 35 with some to spare. 60 in
        # those 39: 41 more are in 26.7, and in 40 with some to spare.
        ([15, 60], [4, 35, 40, 21]),
        # Nothing at all: 32 times as many.
        ([0, 0], [4, 96]),
        # All but one: as many as so far each time, not day by day.
        ([100] * 5, [4, 4, 8, 16, 32, 36]),
    ],
)
def test_the_next_portion_follows_from_what_was_found(
    found: list[int], expected: list[int]
) -> None:
    assert sizes(100, found) == expected


@pytest.mark.parametrize("is_newest_first", [True, False])
def test_every_file_is_in_one_portion_in_the_order_of_days(is_newest_first: bool) -> None:
    whole = snapshot_of(50)
    parts = portions(whole, 101, lambda: 50, is_newest_first=is_newest_first, after=None)
    files = [file for part in parts for file in part.files]
    assert sorted(file.path for file in files) == sorted(file.path for file in whole.files)
    assert [file.day for file in files] == sorted(
        (file.day for file in files), reverse=is_newest_first
    )


def test_files_before_the_cursor_are_left_out() -> None:
    whole = snapshot_of(3)
    noon = int(datetime(2026, 1, 2, 12, tzinfo=UTC).timestamp()) * 1_000_000
    older = portions(whole, 1, lambda: 0, is_newest_first=True, after=noon)
    assert {file.day.day for part in older for file in part.files} == {1, 2}
    newer = portions(whole, 1, lambda: 0, is_newest_first=False, after=noon)
    assert {file.day.day for part in newer for file in part.files} == {2, 3}


def test_a_snapshot_without_files_is_one_portion() -> None:
    parts = portions(snapshot_of(0), 101, lambda: 0, is_newest_first=True, after=None)
    assert [part.files for part in parts] == [()]


def test_days_needed_have_something_to_spare() -> None:
    assert days_needed(10, 100, 50) == 15

"""Which files of a snapshot lie wholly in the range that is asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from footfall.lake.snapshot import DataFile, Snapshot
from footfall.model.source import Source
from footfall.model.time import TimeRange


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def file(day: str, first: str, last: str) -> DataFile:
    start = at(f"{day}T{first}")
    return DataFile(day, 1, 1, date.fromisoformat(day), start, at(f"{day}T{last}"), start)


# An evening, a day without its last second, a morning.
FILES = (
    file("2026-10-23", "20:00", "23:59:59"),
    file("2026-10-24", "00:00", "23:59:59"),
    file("2026-10-25", "00:00", "10:00"),
)


def split(start: str, end: str) -> tuple[list[str], list[str]]:
    snapshot = Snapshot(Source("web"), 0, FILES).prune(TimeRange(at(start), at(end), "UTC"))
    inner, edge = snapshot.split()
    return [f.path[-2:] for f in inner], [f.path[-2:] for f in edge]


@pytest.mark.parametrize(
    ("start", "end", "inner", "edge"),
    [
        # Bounds of files are inclusive, the end of a range is not.
        ("2026-10-23T20:00", "2026-10-25T10:00:01", ["23", "24", "25"], []),
        ("2026-10-23T20:00", "2026-10-25T10:00", ["23", "24"], ["25"]),
        ("2026-10-23T20:01", "2026-10-25T10:00:01", ["24", "25"], ["23"]),
        ("2026-10-24T08:00", "2026-10-24T09:00", [], ["24"]),
        ("2026-10-24T00:00", "2026-10-25T00:00", ["24"], []),
        # Less than a millisecond before the end a bound that was cut short might deceive.
        ("2026-10-24T00:00", "2026-10-24T23:59:59.001", ["24"], []),
        ("2026-10-24T00:00", "2026-10-24T23:59:59.000999", [], ["24"]),
    ],
)
def test_files_wholly_in_the_range_are_told_from_those_at_its_edges(
    start: str, end: str, inner: list[str], edge: list[str]
) -> None:
    assert split(start, end) == (inner, edge)


def test_without_a_range_every_file_is_inside() -> None:
    assert Snapshot(Source("web"), 0, FILES).split() == (FILES, ())

"""A snapshot in portions of days, so that a page of events is found without reading them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from footfall.model.time import to_epoch_us

if TYPE_CHECKING:
    from footfall.lake.snapshot import DataFile, Snapshot

# Few for a page of frequent events, then many: each statement more costs as much as some files.
_FIRST_DAYS: Final = 4
_GROWTH: Final = 32


def portions(snapshot: Snapshot, *, is_newest_first: bool, after: int | None) -> Iterator[Snapshot]:
    """Parts of a snapshot, one after the other in time; events of one day stay together.

    `after` is the time (epoch microseconds) of the event behind which to continue: files
    that lie wholly before it in the order are left out. Without files there is one part.
    """
    files = [file for file in snapshot.files if _is_behind(file, after, is_newest_first)]
    files.sort(key=lambda file: file.day, reverse=is_newest_first)
    days = [tuple(group) for _, group in groupby(files, key=lambda file: file.day)]
    if not days:
        yield replace(snapshot, files=())
    start, n_days = 0, _FIRST_DAYS
    while start < len(days):
        chosen = days[start : start + n_days]
        yield replace(snapshot, files=tuple(file for group in chosen for file in group))
        start, n_days = start + n_days, n_days * _GROWTH


def _is_behind(file: DataFile, after: int | None, is_newest_first: bool) -> bool:
    if after is None:
        return True
    if is_newest_first:
        return to_epoch_us(file.min_timestamp) <= after
    # Statistics may leave out what is less than a millisecond.
    return to_epoch_us(file.max_timestamp) + 1_000 > after

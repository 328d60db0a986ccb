"""A snapshot in portions of days, so that a page of events is found without reading them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, Final

from footfall.model.time import to_epoch_us

if TYPE_CHECKING:
    from footfall.lake.snapshot import DataFile, Snapshot

# Few for a page of frequent events; where those have nothing, then many.
_FIRST_DAYS: Final = 4
_GROWTH: Final = 32
# Days differ, and one more statement costs as much as some files.
_SPARE: Final = 1.5


def portions(
    snapshot: Snapshot,
    wanted: int,
    found: Callable[[], int],
    *,
    is_newest_first: bool,
    after: int | None,
) -> Iterator[Snapshot]:
    """Parts of a snapshot, one after the other in time; events of one day stay together.

    `found` tells how many of the events `wanted` the parts so far had, from which follows how
    many days the next one has. `after` is the time (epoch microseconds) of the event behind
    which to continue: files that lie wholly before it in the order are left out. Without files
    there is one part.
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
        start += n_days
        # At least as many as so far, so that a few that are missing are not sought day by day.
        n_days = min(n_days * _GROWTH, max(start, days_needed(start, wanted, found())))


def days_needed(n_days: int, wanted: int, found: int) -> int:
    """How many days more have what is still wanted, if they are as those read and some spare.

    >>> days_needed(4, 101, 15), days_needed(4, 101, 100), days_needed(4, 101, 0)
    (35, 1, 606)
    """
    return ceil((wanted - found) * n_days / max(found, 1) * _SPARE)


def _is_behind(file: DataFile, after: int | None, is_newest_first: bool) -> bool:
    if after is None:
        return True
    if is_newest_first:
        return to_epoch_us(file.min_timestamp) <= after
    # Statistics may leave out what is less than a millisecond.
    return to_epoch_us(file.max_timestamp) + 1_000 > after

"""Which files of a table to rewrite, and why: pure decisions about lists of files.

Small files are merged in tiers: as soon as eight of about the same size lie in a day they
become one, so that an event is rewritten once for every eightfold growth of its file. A
day that is over is clustered as a whole, again when enough came in late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from footfall.lake.parquet import is_clustered
from footfall.lake.snapshot import DataFile

Kind = Literal["merge", "cluster"]

FANOUT: Final = 8
# Files with more rows than this are not merged again before their day is over.
LARGEST_MERGED: Final = 1_000_000

_SMALLEST_TIER: Final = 1_000
_CLOSED_AFTER: Final = timedelta(hours=1)
_QUIET: Final = timedelta(minutes=10)
_LATE_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Job:
    """Files of one day to be rewritten together."""

    kind: Kind
    day: date
    files: tuple[DataFile, ...]


def plan(
    files: Iterable[DataFile], declared: frozenset[str], now: datetime, *, is_forced: bool = False
) -> list[Job]:
    """What to rewrite now, oldest day first.

    `declared` are the columns of declared properties: a closed day's files that lack one
    are rewritten to get it. `is_forced` clusters every day, open or not, that is not
    clustered wholly yet.
    """
    days: dict[date, list[DataFile]] = defaultdict(list)
    for file in files:
        days[file.day].append(file)
    jobs = (_plan_day(day, days[day], declared, now, is_forced) for day in sorted(days))
    return [job for job in jobs if job is not None]


def _plan_day(
    day: date, files: list[DataFile], declared: frozenset[str], now: datetime, is_forced: bool
) -> Job | None:
    clustered = [file for file in files if is_clustered(file.key)]
    loose = [file for file in files if not is_clustered(file.key)]
    if is_forced or _is_over(day, loose, now):
        lacking = [file for file in clustered if not declared <= file.columns]
        if loose and (is_forced or _is_many(loose, clustered)):
            return Job("cluster", day, tuple(files))
        if lacking:
            return Job("cluster", day, (*lacking, *loose))
    merged = _mergeable(loose)
    return Job("merge", day, tuple(merged)) if merged else None


def _is_over(day: date, loose: Sequence[DataFile], now: datetime) -> bool:
    """Whether the day has ended, and nothing late has come in for a while."""
    end = datetime.combine(day, time(), UTC) + timedelta(days=1)
    latest = max((file.max_received_at for file in loose), default=end)
    return now >= end + _CLOSED_AFTER and now - latest >= _QUIET


def _is_many(loose: Sequence[DataFile], clustered: Sequence[DataFile]) -> bool:
    """Whether the events that are not clustered are worth rewriting the day."""
    return _rows(loose) >= _LATE_SHARE * _rows(clustered)


def _mergeable(loose: Sequence[DataFile]) -> list[DataFile]:
    """Files of the largest tier that is full, with all smaller ones."""
    small = [file for file in loose if file.n_rows < LARGEST_MERGED]
    tiers: dict[int, int] = defaultdict(int)
    for file in small:
        tiers[_tier(file.n_rows)] += 1
    full = [tier for tier, count in tiers.items() if count >= FANOUT]
    return [file for file in small if full and _tier(file.n_rows) <= max(full)]


def _tier(n_rows: int) -> int:
    tier, bound = 0, _SMALLEST_TIER
    while n_rows >= bound:
        tier, bound = tier + 1, bound * FANOUT
    return tier


def _rows(files: Iterable[DataFile]) -> int:
    return sum(file.n_rows for file in files)

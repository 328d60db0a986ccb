"""A simulated day of one commit a second: appends and queries must not slow down."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from benchmarks.options import Options
from benchmarks.report import Report, tenths
from footfall.demo.generator import Generator
from footfall.demo.recipe import DEMO_SOURCE, Recipe
from footfall.engines.registry import get_engine
from footfall.lake.folder import LakeFolder
from footfall.lake.schema import conform
from footfall.lake.table import Position
from footfall.model.query import Query
from footfall.model.time import TimeRange, parse_duration
from footfall.query.run import run_query
from footfall.settings import FILE_NAME as SETTINGS

START: Final = datetime(2026, 1, 15, tzinfo=UTC)
_QUERY_EVERY: Final = 50
_VACUUM_EVERY: Final = 600
_MAX_JOBS: Final = 8
# Commits follow each other some fifty times as fast as in a real day, and what is kept "for
# an hour" is kept by the real clock: a minute of it keeps about as many commits.
_SETTINGS: Final = '[lake]\nlog_retention = "1m"\nvacuum_after = "1m"\n'


class SimulatedClock:
    """Tells the time of the simulated day, a second later with each commit."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def tick(self) -> None:
        """Go on to the next commit."""
        self.now += timedelta(seconds=1)


@dataclass(slots=True)
class Course:
    """Seconds that each thing took, in order, and how many files there were."""

    appends: list[float] = field(default_factory=list[float])
    recent: list[float] = field(default_factory=list[float])
    whole: list[float] = field(default_factory=list[float])
    compactions: list[float] = field(default_factory=list[float])
    files: list[float] = field(default_factory=list[float])
    compact_every: int = 0


def run(options: Options) -> list[Report]:
    """Medians of each tenth of the run."""
    root = options.work / "day-lake"
    shutil.rmtree(root, ignore_errors=True)
    course = _simulate(options, root)
    shutil.rmtree(root)
    report = Report(
        f"{options.commits:,} seconds of a day, each with a commit of {options.commit_events} "
        "events (median milliseconds of each tenth)",
        ["tenth", "append", "query, last 15 minutes", "query, day so far", "compaction", "files"],
    )
    timed = (course.appends, course.recent, course.whole, course.compactions)
    columns = [[value * 1000 for value in tenths(values)] for values in timed]
    columns.append(tenths(course.files))
    for at in range(10):
        report.add(str(at + 1), *(column[at] if at < len(column) else None for column in columns))
    report.notes.append(
        "A commit for each second of the simulated day, one right after the other, compaction "
        f"every {course.compact_every} and vacuum every {_VACUUM_EVERY} of them; files and log "
        "entries are kept for a real minute, in which about as many commits pass as in an hour "
        "of a real day. The "
        "queries count events, actors and sessions by event name; that of the day so far reads "
        "more rows each time."
    )
    return [report]


def _simulate(options: Options, root: Path) -> Course:
    clock = SimulatedClock()
    LakeFolder.create(root)
    (root / SETTINGS).write_text(_SETTINGS, "utf-8")
    lake = LakeFolder.open(root, clock=clock)
    lake.save_source(DEMO_SOURCE)
    table = lake.table(DEMO_SOURCE.name)
    engine = get_engine("duckdb", lake.settings.query)
    every = _compact_every(lake, options.commits)
    course = Course(compact_every=every)

    def ask(since: datetime) -> float:
        return _timed(lambda: run_query(_query(since, clock.now), lake, engine, now=clock.now))

    for number, batch in enumerate(_batches(options, clock), 1):
        position = Position("file:day", number)
        course.appends.append(_timed(lambda: table.append(batch, position)))  # noqa: B023
        if number % every == 0:
            course.compactions.append(_timed(lambda: table.compact(most_jobs=_MAX_JOBS)))
        if number % _VACUUM_EVERY == 0:
            table.vacuum(timedelta(0))
            table.shorten_log()
        if number % _QUERY_EVERY == 0:
            course.recent.append(ask(clock.now - timedelta(minutes=15)))
            course.whole.append(ask(START))
            course.files.append(len(table.snapshot().files))
    return course


def _batches(options: Options, clock: SimulatedClock) -> Iterator[pa.Table]:
    """Demo events cut into commits, given the times of the simulated day."""
    needed = options.commits * options.commit_events
    pool = _pool(min(needed, 500_000))
    for number in range(options.commits):
        clock.tick()
        first = number * options.commit_events % (pool.num_rows - options.commit_events)
        yield _at(pool.slice(first, options.commit_events), number, clock.now)


def _pool(n_events: int) -> pa.Table:
    recipe = Recipe(n_events=max(1_000, int(n_events * 1.1)), n_days=14, now=START)
    return pa.concat_tables(Generator(recipe).batches())


def _at(batch: pa.Table, number: int, now: datetime) -> pa.Table:
    """The same events, happening now, with ids that only this commit has."""
    n = batch.num_rows
    moments = pa.array([now] * n, pa.timestamp("us", "UTC"))
    ids = pa.array([f"{number:08x}{place:08x}" for place in range(n)])
    names = batch.column_names
    for name, values in (("event_id", ids), ("timestamp", moments), ("received_at", moments)):
        batch = batch.set_column(names.index(name), name, values)
    return conform(batch, batch.schema)


def _compact_every(lake: LakeFolder, commits: int) -> int:
    """Commits between two compactions, as the settings space them at one commit a second."""
    seconds = parse_duration(lake.settings.lake.compact_every).total_seconds()
    return max(1, min(int(seconds), commits // 10))


def _query(start: datetime, end: datetime) -> Query:
    return Query(
        DEMO_SOURCE.name,
        metrics=("events", "actors", "sessions"),
        dimensions=("name",),
        time_range=TimeRange(start, end, "UTC"),
    )


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started

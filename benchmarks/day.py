"""(e) A simulated day of one commit a second: appends and queries must not slow down."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
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
from footfall.lake.table import EventTable, Position
from footfall.model.query import Query
from footfall.model.time import parse_duration
from footfall.query import run_query

START: Final = datetime(2026, 1, 15, tzinfo=UTC)
_QUERY_EVERY: Final = 50
_SOURCE: Final = DEMO_SOURCE.name


class SimulatedClock:
    """Tells the time of the simulated day; `commits` of them fill 24 hours."""

    def __init__(self, commits: int) -> None:
        self.now = START
        self._step = timedelta(days=1) / commits

    def __call__(self) -> datetime:
        return self.now

    def tick(self) -> None:
        """Go on to the next commit."""
        self.now += self._step


def run(options: Options) -> list[Report]:
    """Medians of each tenth of the day, and how the last compares with the second."""
    root = options.work / "day-lake"
    shutil.rmtree(root, ignore_errors=True)
    appends, queries, compactions, files = _simulate(options, root)
    report = Report(
        f"A day of {options.commits:,} commits of {options.commit_events} events "
        "(median milliseconds of each tenth)",
        ["tenth", "append", "query", "compaction", "files at its end"],
    )
    columns = [tenths([value * 1000 for value in part]) for part in (appends, queries, compactions)]
    for at in range(10):
        cells = [column[at] if at < len(column) else None for column in columns]
        report.add(str(at + 1), *cells, files[min(len(files) - 1, (at + 1) * len(files) // 10 - 1)])
    report.notes.append(
        "Commits follow each other at once; compaction and vacuum run between them as often as "
        "the settings ask for in simulated seconds, with the clock of the simulated day. The "
        "query counts events, actors and sessions of the last hours by event name."
    )
    shutil.rmtree(root)
    return [report]


def _simulate(
    options: Options, root: Path
) -> tuple[list[float], list[float], list[float], list[int]]:
    clock = SimulatedClock(options.commits)
    lake = LakeFolder.create(root, clock=clock)
    lake.save_source(DEMO_SOURCE)
    table = lake.table(_SOURCE)
    engine = get_engine("duckdb", lake.settings.query)
    every = _compact_every(lake, options.commits)
    appends: list[float] = []
    queries: list[float] = []
    compactions: list[float] = []
    files: list[int] = []
    for number, batch in enumerate(_batches(options, clock)):
        appends.append(_timed(lambda: table.append(batch, Position("file:day", number))))  # noqa: B023
        if number % every == every - 1:
            compactions.append(_timed(lambda: _maintain(table)))
        if number % _QUERY_EVERY == _QUERY_EVERY - 1:
            queries.append(_timed(lambda: run_query(_query(), lake, engine, now=clock.now)))
            files.append(len(table.snapshot().files))
    return appends, queries, compactions, files


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


def _maintain(table: EventTable) -> None:
    table.compact()
    table.vacuum()


def _query() -> Query:
    return Query(
        _SOURCE,
        metrics=("events", "actors", "sessions"),
        dimensions=("name",),
        time_range="today",
        timezone="UTC",
    )


def _timed(action: object) -> float:
    assert callable(action)
    started = time.perf_counter()
    action()
    return time.perf_counter() - started

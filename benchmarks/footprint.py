"""Memory idle and under load, time to start, time to the help text."""

from __future__ import annotations

import shutil
import time
from statistics import median

from benchmarks.load import check_answer, send_load
from benchmarks.options import Options
from benchmarks.processes import (
    PeakMemory,
    footfall,
    measure,
    memory_of,
    private_memory_of,
    processor_seconds,
)
from benchmarks.report import Report
from benchmarks.servers import Running, footfall_server, lake_with_key
from footfall.intake.worker import IDLE_SECONDS

_SETTLE_SECONDS = 3.0
# Longer than the processes stay that write to the tables.
_IDLE_SECONDS = 2.5 * IDLE_SECONDS
_TRICKLE_SECONDS = 10


def run(options: Options) -> list[Report]:
    """Medians of several starts, and one server watched while it rests and works."""
    report = Report("Start and memory", ["what", "value"])
    root = options.work / "footprint-lake"
    shutil.rmtree(root, ignore_errors=True)
    key = lake_with_key(root)
    help_seconds = [measure(footfall("--help")).seconds for _ in range(options.starts)]
    report.add("footfall --help, ms", median(help_seconds) * 1000)
    starts: list[float] = []
    for _ in range(options.starts):
        with footfall_server(root) as server:
            starts.append(server.seconds_to_ready)
    report.add("footfall serve to ready, s", median(starts))
    with footfall_server(root) as server:
        check_answer(server.port, 1, key)
        time.sleep(_IDLE_SECONDS)
        _add(report, "idle", server.pid)
        for _ in range(_TRICKLE_SECONDS):
            check_answer(server.port, 1, key)
            time.sleep(1)
        _add(report, "one event a second", server.pid)
        for events in (1, 100):
            _load(report, options, server, key, events)
        time.sleep(_IDLE_SECONDS)
        _add(report, "idle again", server.pid)
    shutil.rmtree(root)
    report.notes.append(
        "All processes of the server together: resident memory, in which pages that they share "
        "count several times, and what is theirs alone. Idle is over a minute after the last event."
    )
    return [report]


def _add(report: Report, when: str, pid: int) -> None:
    report.add(f"memory {when}, MB", memory_of(pid) / 1e6)
    report.add(f"memory {when}, not shared, MB", private_memory_of(pid) / 1e6)


def _load(report: Report, options: Options, server: Running, key: str, events: int) -> None:
    before = processor_seconds(server.pid)
    with PeakMemory(server.pid) as watch:
        load = send_load(
            server.port,
            events=events,
            connections=options.connections,
            seconds=options.seconds,
            run=f"m{events}",
            key=key,
            own=options.own_load,
        )
        # What was acknowledged last is moved meanwhile.
        time.sleep(_SETTLE_SECONDS)
    what = "single events" if events == 1 else f"batches of {events}"
    report.add(f"peak memory, {what} as fast as it can, MB", watch.peak / 1e6)
    used = (processor_seconds(server.pid) - before) / (load.requests * events)
    report.add(f"processor, {what}, µs per event", used * 1e6)

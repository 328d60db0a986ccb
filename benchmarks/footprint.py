"""(d) Memory idle and under load, time to start, time to the help text."""

from __future__ import annotations

import shutil
import time
from statistics import median

from benchmarks.load import check_answer, send_load
from benchmarks.options import Options
from benchmarks.processes import PeakMemory, footfall, measure, memory_of
from benchmarks.report import Report
from benchmarks.servers import footfall_server, lake_with_key

_SETTLE_SECONDS = 3.0


def run(options: Options) -> list[Report]:
    """Medians of several starts, and one server watched while it works."""
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
        time.sleep(_SETTLE_SECONDS)
        report.add("memory idle, MB", memory_of(server.pid) / 1e6)
        for events in (1, 100):
            with PeakMemory(server.pid) as watch:
                send_load(
                    server.port,
                    events=events,
                    connections=options.connections,
                    seconds=options.seconds,
                    run=f"m{events}",
                    key=key,
                    own=options.own_load,
                )
            what = "single events" if events == 1 else f"batches of {events}"
            report.add(f"peak memory, {what} as fast as it can, MB", watch.peak / 1e6)
    shutil.rmtree(root)
    return [report]

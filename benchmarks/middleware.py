"""The Python client: what its middleware adds to a request, and how fast a spool comes back."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Final

from benchmarks.applications import APPLICATIONS, Request
from benchmarks.options import Options
from benchmarks.report import Report
from benchmarks.servers import (
    SOURCE,
    at_once_server,
    footfall_server,
    lake_with_key,
    wait_until_stored,
)
from footfall_client import Client
from footfall_client.encoding import encode
from footfall_client.sender import pack
from footfall_client.spool import Spool, folder_name

_BLOCK: Final = 20
_PAUSE: Final = 0.02
_BATCH: Final = 500
_N_BATCHES: Final = 100
_IMPORTED: Final = ("footfall_client", "json", "logging", "http.client", "asyncio")
_TOTAL: Final = re.compile(r"\|\s*(\d+) \|\s+(\S+)\s*$")


def run(options: Options) -> list[Report]:
    """Overhead per request, spool recovery, import time."""
    return [_overhead(options), _recovery(options), _imports(options)]


@dataclass(slots=True)
class Times:
    """Wall and processor time of single requests, in microseconds."""

    wall: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])

    def take(self, request: Request) -> None:
        """Make some requests one after the other."""
        for _ in range(_BLOCK):
            cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
            request()
            self.wall.append((time.perf_counter_ns() - wall) / 1000)
            self.cpu.append((time.thread_time_ns() - cpu) / 1000)

    @property
    def p99(self) -> float:
        return quantiles(self.wall, n=100)[98]


def _overhead(options: Options) -> Report:
    report = Report(
        "Python middleware, time of one request",
        ["application", "bare µs", "with µs", "added µs", "bare p99 µs", "with p99 µs",
         "added p99 µs", "added processor µs"],
    )  # fmt: skip
    n_requests = 0
    with at_once_server() as server:
        client = Client(f"http://127.0.0.1:{server.port}", "bench", spool=False)
        for name, make in APPLICATIONS.items():
            bare, watched = make(client)
            before, after = _alternate(bare, watched, options.seconds)
            n_requests += len(after.wall) + 1
            _add(report, name, before, after)
        is_sent, stats = client.flush("30s"), client.stats
        client.close()
    if not is_sent or stats.captured != n_requests or stats.dropped:
        raise AssertionError(f"{n_requests:,} requests were made, and of their events: {stats}")
    report.notes.append(
        f"Medians of {n_requests:,} requests within this process, bare and watched in turns of "
        f"{_BLOCK} with pauses of {_PAUSE * 1000:.0f} ms between; the client's thread packs and "
        "sends the events meanwhile. Rules of the community pack, a session cookie, five more "
        "headers. Processor time is that of the answering thread alone."
    )
    return report


def _alternate(bare: Request, watched: Request, seconds: float) -> tuple[Times, Times]:
    for request in (bare, watched):
        request()  # the first one imports and prepares
    before, after = Times(), Times()
    until = time.monotonic() + seconds
    while time.monotonic() < until or len(after.wall) < 2 * _BLOCK:
        before.take(bare)
        after.take(watched)
        time.sleep(_PAUSE)
    return before, after


def _add(report: Report, name: str, before: Times, after: Times) -> None:
    bare, watched = median(before.wall), median(after.wall)
    cpu = median(after.cpu) - median(before.cpu)
    tail = after.p99 - before.p99
    report.add(name, bare, watched, watched - bare, before.p99, after.p99, tail, cpu)


def _recovery(options: Options) -> Report:
    root, folder = options.work / "client-lake", options.work / "client-spool"
    for path in (root, folder):
        shutil.rmtree(path, ignore_errors=True)
    key = lake_with_key(root)
    n_batches = min(_N_BATCHES, max(options.events // _BATCH, 1))
    with footfall_server(root) as server:
        url = f"http://127.0.0.1:{server.port}"
        spool = Spool(str(folder / folder_name(url, key)), 2**30)
        for _ in range(n_batches):
            spool.put(_batch(), _BATCH)
        started = time.perf_counter()
        with Client(url, key, spool=folder) as client:
            is_sent = client.flush("120s")
            seconds = time.perf_counter() - started
        n_events = n_batches * _BATCH
        if not is_sent or client.stats.stored != n_events or spool.has_any():
            raise AssertionError(f"{n_events:,} events were spooled: {client.stats}")
        wait_until_stored(root, n_events)
    report = Report("Python client, spool recovery", ["what", "value"])
    report.add(f"spooled events, in batches of {_BATCH}", n_events)
    report.add("seconds until all are acknowledged, durably", seconds)
    report.add("events/s", n_events / seconds)
    for path in (root, folder):
        shutil.rmtree(path)
    return report


def _batch() -> bytes:
    now = time.time_ns()
    columns = {"distinct_id": "u1", "url": f"https://{SOURCE}.example/articles/a-long-walk/"}
    return pack([encode("article.view", columns, {"value": n}, now) for n in range(_BATCH)])


def _imports(options: Options) -> Report:
    report = Report("Python client, import", ["module", "ms"])
    for name in _IMPORTED:
        times = [_import_time(name) for _ in range(options.starts)]
        report.add(name, median(times))
    report.notes.append(
        "Each in a process of its own, with all that it takes in (`python -X importtime`)."
    )
    return report


def _import_time(name: str) -> float:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {name}"],
        capture_output=True,
        text=True,
        check=True,
    )
    totals = [_TOTAL.search(line) for line in done.stderr.splitlines()]
    found = {each[2]: int(each[1]) / 1000 for each in totals if each}
    # Importing a part of a package imports the package first.
    package = name.partition(".")[0]
    return found[name] + (found[package] if package != name else 0)

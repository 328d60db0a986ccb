"""Access logs: lines per second and peak memory, beside goaccess on the same file."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.access_log import MONTHS, combined_log, stamp
from benchmarks.options import Options
from benchmarks.processes import Measured, footfall, measure
from benchmarks.report import Report, ratio
from footfall.lake.folder import LakeFolder

_TIME = re.compile(rb"\[(\d\d)/(\w{3})/(\d{4}):(\d\d):(\d\d):(\d\d) \+0000\]")
_MADE_LINES = 10_000
# Each copy of the original fills this many seconds, so that the whole stays in order of time.
_COPY_SECONDS = 21_600


def run(options: Options) -> list[Report]:
    """Footfall's `ingest` and goaccess, each in a process of its own."""
    log = make_log(options)
    report = Report(
        f"Access log of {options.lines:,} lines ({log.stat().st_size / 1e6:,.0f} MB)",
        ["program", "lines/s", "seconds", "peak MB", "rate against goaccess"],
    )
    peer = _goaccess(options, log)
    ours = [_ingest(options, log) for _ in range(_repeats(options))]
    rate = options.lines / _seconds(ours)
    peer_rate = options.lines / _seconds(peer) if peer else None
    report.add("footfall ingest", rate, _seconds(ours), _peak(ours), ratio(rate, peer_rate))
    if peer and peer_rate:
        report.add("goaccess", peer_rate, _seconds(peer), _peak(peer), "1.00x")
    else:
        report.notes.append("goaccess is not installed here, so there is no peer.")
    origin = f"copies of {options.log.name}" if options.log else "made by a generator"
    report.notes.append(f"The log is {origin}.")
    report.notes.append(
        "footfall's time covers parsing, enriching, deduplicating and committing Parquet to the "
        "lake, where there was an event for every line afterwards; goaccess counts into memory "
        "and writes one report."
    )
    return [report]


def make_log(options: Options) -> Path:
    """The log to read: copies of a short one, each moved in time so that no line repeats.

    The short one is the file that `options` name, else made. Raises `FileNotFoundError`.
    """
    name = options.log.stem if options.log else "made"
    path = options.work / f"access-{name}-{options.lines}.log"
    if path.exists():
        return path
    original = _original(options.log)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as out:
        out.writelines(shifted(original, options.lines))
    unfinished.rename(path)
    return path


def _original(log: Path | None) -> list[bytes]:
    if log is None:
        return combined_log(_MADE_LINES)
    if not log.is_file():
        raise FileNotFoundError(
            f"There is no log {log}: give --log the path of one in the combined format, or "
            "leave it away, and one is made."
        )
    return log.read_bytes().splitlines(keepends=True)


def shifted(original: list[bytes], n_lines: int) -> Iterator[bytes]:
    """`n_lines` lines: the original over and over, its times squeezed and moved on."""
    times = [_time_of(line) for line in original]
    first, span = min(times), max(times) - min(times) + 1
    for number in range(n_lines):
        copy, at = divmod(number, len(original))
        moment = first + copy * _COPY_SECONDS + (times[at] - first) * _COPY_SECONDS // span
        yield _TIME.sub(stamp(moment).encode(), original[at], count=1)


def _time_of(line: bytes) -> int:
    match = _TIME.search(line)
    if match is None:
        raise ValueError(f"no time in UTC in this line: {line!r}")
    day, month, year, hour, minute, second = (part.decode() for part in match.groups())
    moment = datetime(
        int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second),
        tzinfo=UTC,
    )  # fmt: skip
    return int(moment.timestamp())


def _ingest(options: Options, log: Path) -> Measured:
    lake = options.work / "log-lake"
    shutil.rmtree(lake, ignore_errors=True)
    measure(footfall("--lake", str(lake), "source", "add", "web", "--mapping", "combined"))
    done = measure(footfall("--lake", str(lake), "ingest", str(log), "--source", "web"))
    n = LakeFolder.open(lake).table("web").snapshot().n_rows
    if n != options.lines:
        raise AssertionError(f"{n:,} of {options.lines:,} lines are in the lake")
    shutil.rmtree(lake)
    return done


def _goaccess(options: Options, log: Path) -> list[Measured]:
    program = shutil.which("goaccess")
    if program is None:
        return []
    out = options.work / "goaccess.json"
    command = [program, "-f", str(log), "--log-format=COMBINED", "--no-global-config",
               "--no-progress", "-o", str(out)]  # fmt: skip
    return [measure(command) for _ in range(_repeats(options))]


def _repeats(options: Options) -> int:
    return min(3, options.repeats)


def _seconds(runs: list[Measured]) -> float:
    return median(run.seconds for run in runs)


def _peak(runs: list[Measured]) -> float:
    return median(run.peak for run in runs) / 1e6

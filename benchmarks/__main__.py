"""Run benchmarks: `python -m benchmarks`, or some of them by name."""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import cast

from benchmarks.machine import machine
from benchmarks.options import Options
from benchmarks.report import Report

BENCHMARKS = {
    "intake": "benchmarks.intake",
    "protocols": "benchmarks.protocols",
    "logs": "benchmarks.logs",
    "queries": "benchmarks.queries.run",
    "footprint": "benchmarks.footprint",
    "day": "benchmarks.day",
    "browser": "benchmarks.browser",
    "middleware": "benchmarks.middleware",
}
PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
READING = "## Reading the figures\n"
_HEAD = """\
# Benchmarks

Written by `make bench ARGS=--write`. Every figure was measured in one run on the machine
below, peers beside Footfall; times are medians.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; 1 if a benchmark failed."""
    given = _parser().parse_args(arguments)
    options = _options(given)
    options.work.mkdir(parents=True, exist_ok=True)
    reports = [machine()]
    print(reports[0].to_text(), flush=True)
    failed: list[str] = []
    for name in given.names or BENCHMARKS:
        try:
            found = _benchmark(name)(options)
        except Exception:
            # The others still run, and this one is told.
            failed.append(name)
            print(f"== {name} failed", file=sys.stderr)
            traceback.print_exc()
            continue
        for report in found:
            print(report.to_text(), flush=True)
        reports += found
    if given.write and not failed:
        write(PAGE, reports)
    return 1 if failed else 0


def write(page: Path, reports: Sequence[Report]) -> None:
    """Write the reports into the page; what people wrote below the heading `READING` stays."""
    tables = "\n".join([_HEAD, *(report.to_markdown() for report in reports)])
    before = page.read_text("utf-8") if page.exists() else ""
    # The last one, so that a heading that stands there twice comes back once.
    _, heading, text = before.rpartition(READING)
    page.write_text(f"{tables}\n{heading}{text}" if heading else tables, "utf-8")


def _benchmark(name: str) -> Callable[[Options], list[Report]]:
    return cast("Callable[[Options], list[Report]]", import_module(BENCHMARKS[name]).run)


def _options(given: argparse.Namespace) -> Options:
    return Options(**{item.name: getattr(given, item.name) for item in fields(Options)})


def _parser() -> argparse.ArgumentParser:
    default = Options(work=Path(tempfile.gettempdir()) / "footfall-bench")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Footfall beside its peers, in one run.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=", ".join(BENCHMARKS))
    add("--work", type=Path, default=default.work, help="folder for data, kept for later runs")
    add("--events", type=int, default=default.events, help="events that queries are asked of")
    add("--lines", type=int, default=default.lines, help="lines of the access log")
    add("--log", type=Path, help="log in the combined format to read copies of, not a made one")
    add("--seconds", type=float, default=default.seconds, help="length of one load run")
    add("--connections", type=int, default=default.connections, help="of the load generator")
    add("--repeats", type=int, default=default.repeats, help="runs that a median is taken of")
    add("--commits", type=int, default=default.commits, help="of the simulated day (86400: real)")
    add("--commit-events", type=int, default=default.commit_events, help="events in each commit")
    add("--starts", type=int, default=default.starts, help="starts that a median is taken of")
    add("--own-load", action="store_true", help="use the built-in load generator, not wrk")
    add("--questions", nargs="+", default=(), help="of the queries, such as top-urls; else all")
    add("--write", action="store_true", help="write docs/benchmarks.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())

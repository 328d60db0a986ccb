"""Intake: events per second acknowledged durably, beside servers and loops that do less."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.baseline import append_and_sync
from benchmarks.load import EVENT, Load, check_answer, load_generator, send_load
from benchmarks.options import Options
from benchmarks.report import Report, ratio
from benchmarks.servers import (
    Running,
    at_once_server,
    footfall_server,
    lake_with_key,
    wait_until_stored,
)

BATCH = 100


def run(options: Options) -> list[Report]:
    """Single events and batches, with the load generator beside the server."""
    return [_compare(options, 1), _compare(options, BATCH)]


def _compare(options: Options, events: int) -> Report:
    what = "single events" if events == 1 else f"batches of {events}"
    report = Report(
        f"Intake of {what}, {options.connections} connections",
        ["who", "requests/s", "events/s", "p50 ms", "p99 ms", "failed", "against Footfall"],
    )
    ours = _footfall(options, events)
    base = median(load.rate for load in ours)
    _add(report, "Footfall, durable", ours, events, base)
    _add(report, "answers at once, keeps nothing", _at_once(options, events), events, base)
    records = _append_loop(options, events)
    report.add(
        f"append and sync, {options.connections} a group",
        records, records * events, None, None, 0, ratio(records, base),
    )  # fmt: skip
    report.notes.append(
        "Acknowledged means on disk: every event counted here was found in the lake afterwards. "
        f"The load comes from {load_generator(own=options.own_load)}, on the same machine. The "
        "loop writes records as large as the requests' bodies and syncs once a group, without "
        "HTTP, checks or answers."
    )
    return report


def _add(report: Report, who: str, loads: list[Load], events: int, base: float) -> None:
    rate = median(load.rate for load in loads)
    report.add(
        who,
        rate,
        rate * events,
        median(load.p50_ms for load in loads),
        median(load.p99_ms for load in loads),
        sum(load.errors for load in loads),
        ratio(rate, base),
    )


def _footfall(options: Options, events: int) -> list[Load]:
    root = options.work / "intake-lake"
    shutil.rmtree(root, ignore_errors=True)
    key = lake_with_key(root)
    with footfall_server(root) as server:
        loads = _loads(options, events, server, key)
        wait_until_stored(root, sum(load.requests for load in loads) * events)
    shutil.rmtree(root)
    return loads


def _at_once(options: Options, events: int) -> list[Load]:
    with at_once_server() as server:
        return _loads(options, events, server, "")


def _loads(options: Options, events: int, server: Running, key: str) -> list[Load]:
    check_answer(server.port, events, key)

    def send(run: str, seconds: float) -> Load:
        return send_load(
            server.port,
            events=events,
            connections=options.connections,
            seconds=seconds,
            run=run,
            key=key,
            own=options.own_load,
        )

    return _repeated(send, options)


def _repeated(send: Callable[[str, float], Load], options: Options) -> list[Load]:
    # What the warm-up sends is stored too, but does not count.
    send("warm", options.seconds / 10)
    return [send(f"r{number}", options.seconds) for number in range(min(3, options.repeats))]


def _append_loop(options: Options, events: int) -> float:
    body = (EVENT % ("r0-1-1000000", 1_800_000_000_000, 1000, 100)).encode()
    return append_and_sync(
        Path(options.work), body * events, options.connections, min(5.0, options.seconds)
    )

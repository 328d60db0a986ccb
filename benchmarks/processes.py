"""Children that are measured: wall time, peak memory, memory now."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psutil

POLL = 0.05

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Measured:
    """How a command went: seconds of wall time, peak bytes of memory, what it printed."""

    seconds: float
    peak: int
    output: str


class CommandFailed(RuntimeError):
    """A measured command did not end well; the message holds the end of its output."""


def measure(
    command: Sequence[str], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Measured:
    """Run a command to its end; its memory is that of all its processes together."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, cwd=cwd, env=environment
        )
        watch = PeakMemory(child.pid)
        with watch:
            child.wait()
        seconds = time.perf_counter() - started
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if child.returncode:
        raise CommandFailed(f"{' '.join(command)} ended with {child.returncode}:\n{text[-2000:]}")
    return Measured(seconds, watch.peak, text)


class PeakMemory:
    """Watches the resident memory of a process and its children while the block runs."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(POLL):
            self.peak = max(self.peak, memory_of(self._pid))


def memory_of(pid: int) -> int:
    """Resident bytes of a process and its children; 0 when it is gone."""
    return _sum(pid, lambda process: process.memory_info().rss)


def private_memory_of(pid: int) -> int:
    """Bytes that would be free without a process and its children; 0 when it is gone.

    Pages that several of them share are left out, as `memory_of` counts each several times.
    """
    return _sum(pid, lambda process: process.memory_full_info().uss)


def processor_seconds(pid: int) -> float:
    """Seconds of all cores that a process and its children have used, those that left included."""
    return _sum(pid, lambda process: sum(process.cpu_times()[:2])) + _of_those_that_left(pid)


def _of_those_that_left(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)


def _sum(pid: int, value: Callable[[psutil.Process], Number]) -> Number:
    total: Number = 0  # pyright: ignore[reportAssignmentType]
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return total
    for process in family:
        try:
            total += value(process)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return total


def run_module(module: str, *arguments: str) -> Any:
    """JSON that a module of this package prints as its last line, in a process of its own."""
    done = measure([sys.executable, "-m", module, *arguments])
    return msgspec.json.decode(done.output.strip().splitlines()[-1])


def footfall(*arguments: str) -> list[str]:
    """The `footfall` command of this environment."""
    return [sys.executable, "-m", "footfall.cli.main", *arguments]

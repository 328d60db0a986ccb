from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.machine import machine
from benchmarks.processes import CommandFailed, measure, memory_of, run_module
from tests.waiting import PATIENCE

from benchmarks import processes

Holding = Callable[[int], str]


@pytest.fixture
def holding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Holding:
    """Programs that hold so many bytes until whoever measures them has looked at that."""
    seen = tmp_path / "seen"

    def code(n_bytes: int) -> str:
        def look(pid: int) -> int:
            found = memory_of(pid)
            if found >= n_bytes:
                seen.touch()
            return found

        monkeypatch.setattr(processes, "memory_of", look)
        return (
            f"import os, time; held = b'x' * {n_bytes}; end = time.monotonic() + {PATIENCE}\n"
            f"while not os.path.exists({str(seen)!r}) and time.monotonic() < end:\n"
            " time.sleep(0.01)\n"
            "print('done')"
        )

    return code


def test_time_memory_and_output_of_a_child(holding: Holding) -> None:
    done = measure([sys.executable, "-c", holding(200_000_000)])
    assert done.output == "done\n"
    assert done.seconds > 0
    assert 200_000_000 <= done.peak < 400_000_000


def test_memory_of_grandchildren_counts(holding: Holding) -> None:
    inner = holding(150_000_000)
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    assert measure([sys.executable, "-c", code]).peak >= 150_000_000


def test_a_failing_child_is_told_with_its_output() -> None:
    with pytest.raises(CommandFailed, match=r"ended with 3:\nwhy"):
        measure([sys.executable, "-c", "print('why'); raise SystemExit(3)"])


def test_a_process_that_is_gone_has_no_memory() -> None:
    assert memory_of(2**22 + 1) == 0


def test_a_module_answers_with_its_last_line() -> None:
    with pytest.raises(CommandFailed, match="not enough values"):
        run_module("benchmarks.load")


def test_machine_names_versions() -> None:
    facts = dict(machine().rows)
    assert int(str(facts["cores"])) >= 1
    assert facts["footfall"]
    assert facts["duckdb"]

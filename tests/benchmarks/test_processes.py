from __future__ import annotations

import sys

import pytest
from benchmarks.machine import machine
from benchmarks.processes import CommandFailed, measure, memory_of, run_module


def test_time_memory_and_output_of_a_child() -> None:
    # The child holds 200 MB for long enough to be looked at.
    code = "import time; held = b'x' * 200_000_000; time.sleep(0.4); print('done')"
    done = measure([sys.executable, "-c", code])
    assert done.output == "done\n"
    assert done.seconds > 0
    assert 200_000_000 <= done.peak < 400_000_000


def test_memory_of_grandchildren_counts() -> None:
    inner = "import time; held = b'x' * 150_000_000; time.sleep(0.5)"
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

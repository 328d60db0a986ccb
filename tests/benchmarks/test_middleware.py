"""The benchmark of the Python client, in a process of its own: it sets Django up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


def test_it_runs_to_its_end_and_loses_no_event(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "middleware", "--work", str(tmp_path)]
    sizes = ["--seconds", "0.1", "--events", "1000", "--starts", "1"]
    done = subprocess.run(
        [*command, *sizes], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = {line.split("  ")[0]: line.split() for line in done.stdout.splitlines()}
    for name in ("Django", "Starlette", "Flask"):
        assert float(rows[name][2].replace(",", "")) > 1
    assert rows["spooled events, in batches of 500"][-1] == "1,000"
    assert 0 < float(rows["footfall_client"][1]) < 2000

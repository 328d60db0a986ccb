"""Ingesting is killed at random moments and begun again: nothing is lost, nothing doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.capture.conftest import events
from tests.waiting import PATIENCE

from footfall.capture.definition import Changes, define
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder

N_LINES = 6_000
SCRIPT = """
import sys
from footfall.capture.collector import Collector
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder

lake = LakeFolder.open(sys.argv[1])
with Ledger(lake.root / "ledger.db") as ledger:
    print("ready", flush=True)
    Collector(lake, "app", ledger, piece_size=16_384).ingest([sys.argv[2]])
"""


def _line(number: int) -> str:
    if number % 500 == 7:
        return f"bad {number // 1000}"
    # Every tenth line is the same as the one before it.
    number -= number % 10 == 0
    return f'{{"t":"2026-11-01T00:{number // 60 % 60:02d}:{number % 60:02d}Z","n":"n{number}"}}'


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    lake = LakeFolder.create(tmp_path / "lake")
    lake.save_source(define("app", Changes("jsonlines", {"timestamp": "t", "name": "n"})))
    return lake


def _start(lake: LakeFolder, path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, str(lake.root), str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.slow
def test_killed_anywhere_every_line_is_there_once(lake: LakeFolder, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = [_line(number) for number in range(N_LINES)]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    chance, n_killed = random.Random(11), 0
    for _ in range(60):
        with _start(lake, path) as process:
            time.sleep(chance.uniform(0.0, 0.25))
            n_killed += process.poll() is None
            process.kill()
        if process.returncode == 0:
            break
    with _start(lake, path) as process:
        assert process.wait(PATIENCE) == 0
    assert n_killed >= 3
    _check(lake, lines)


def _check(lake: LakeFolder, lines: list[str]) -> None:
    found = events(lake)
    good = Counter(line.split('"n":"')[1][:-2] for line in lines if not line.startswith("bad"))
    assert Counter(event["name"] for event in found) == good
    assert len({event["event_id"] for event in found}) == len(found)
    bad = [number for number, line in enumerate(lines, 1) if line.startswith("bad")]
    with Ledger(lake.root / "ledger.db") as ledger:
        assert [item.line for item in ledger.rejects("app")] == bad
        balance = ledger.balance("app")["app"]
    assert (balance.received, balance.stored, balance.rejected) == (
        len(lines),
        len(found),
        len(bad),
    )

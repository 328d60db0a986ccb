"""Processes that write one lake are killed at any moment; nothing is lost or doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.waiting import PATIENCE

from footfall.lake.table import EventTable, Position
from footfall.model.source import Source

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
SOURCE = Source("web")

# Appends batches of ten from where the stream stands, and says so after each; every third
# id of a batch is shared with the other streams.
WRITER = """
import sys
from pathlib import Path
from tests.faults.test_lake_kill import SOURCE, append_next
from footfall.lake.table import EventTable
table = EventTable(Path(sys.argv[1]), SOURCE)
print("ready", flush=True)
while True:
    print(append_next(table, sys.argv[2]), flush=True)
"""

COMPACTOR = """
import sys
from datetime import timedelta
from pathlib import Path
from tests.faults.test_lake_kill import SOURCE
from footfall.lake.table import EventTable
table = EventTable(Path(sys.argv[1]), SOURCE)
print("ready", flush=True)
while True:
    done = table.compact(is_forced=sys.argv[2] == "all")
    table.vacuum(timedelta(hours=1))
    print(done.n_jobs, flush=True)
"""


def event_ids(stream: str, offset: int) -> list[str]:
    own = [f"{stream}-{offset}-{place}" for place in range(7)]
    return own + [f"shared-{offset}-{place}" for place in range(3)]


def append_next(table: EventTable, stream: str) -> int:
    """Append the batch behind the stream's position; the position afterwards."""
    offset = table.position(stream) + 1
    ids = event_ids(stream, offset)
    times = pa.array([NOON] * len(ids), pa.timestamp("us", "UTC"))
    batch = pa.table(
        {
            "event_id": ids,
            "timestamp": times,
            "received_at": pa.array([datetime.now(UTC)] * len(ids), pa.timestamp("us", "UTC")),
            "name": [f"n{offset % 5}"] * len(ids),
            "actor_id": ["a"] * len(ids),
            "is_bot": [False] * len(ids),
        }
    )
    table.append(batch, Position(stream, offset))
    return offset


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True, cwd=root
    )


def read_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def read_number(process: subprocess.Popen[str]) -> int:
    """The next number that the process prints."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def kill(process: subprocess.Popen[str]) -> list[int]:
    """Kill the process; the numbers it had printed in whole lines."""
    process.kill()
    output, _ = process.communicate()
    return [int(line) for line in output.splitlines(keepends=True) if line.endswith("\n")]


def check_table(root: Path, streams: list[str]) -> EventTable:
    """Every batch up to each stream's position is there, once, and nothing else."""
    table = EventTable(root, SOURCE)
    expected = {
        event_id
        for stream in streams
        for offset in range(table.position(stream) + 1)
        for event_id in event_ids(stream, offset)
    }
    counts = Counter(
        event_id
        for file in table.snapshot().files
        for event_id in pq.read_table(file.path, columns=["event_id"])["event_id"].to_pylist()
    )
    assert set(counts) == expected
    assert max(counts.values(), default=1) == 1
    assert [finding.code for finding in table.check(is_full=True)] == []
    return table


@pytest.mark.slow
def test_two_writers_and_a_compactor_are_killed_again_and_again(tmp_path: Path) -> None:
    choice = random.Random(11)
    acknowledged = {"journal:1": -1, "journal:2": -1}
    for _ in range(5):
        writers = {stream: start(WRITER, str(tmp_path), stream) for stream in acknowledged}
        compactor = start(COMPACTOR, str(tmp_path), choice.choice(["all", "due"]))
        for process in (*writers.values(), compactor):
            read_ready(process)
        for stream, process in writers.items():
            acknowledged[stream] = [read_number(process) for _ in range(2)][-1]
        time.sleep(choice.uniform(0.05, 1.5))
        for stream, process in sorted(writers.items(), key=lambda _: choice.random()):
            acknowledged[stream] = max([acknowledged[stream], *kill(process)])
            time.sleep(choice.uniform(0, 0.1))
        kill(compactor)
        table = check_table(tmp_path, list(acknowledged))
        for stream, offset in acknowledged.items():
            # What was acknowledged is there; one more batch may be, unacknowledged.
            assert offset <= table.position(stream) <= offset + 1
            acknowledged[stream] = table.position(stream)
    assert all(offset >= 5 for offset in acknowledged.values())


@pytest.mark.slow
def test_a_reader_sees_whole_versions_during_compaction(tmp_path: Path) -> None:
    writer = start(WRITER, str(tmp_path), "journal:1")
    compactor = start(COMPACTOR, str(tmp_path), "all")
    try:
        read_ready(writer)
        read_ready(compactor)
        reader = EventTable(tmp_path, SOURCE)
        seen: list[int] = []
        versions: set[int] = set()
        end = time.monotonic() + PATIENCE
        while len(versions) < 15:
            assert time.monotonic() < end, "too few versions in time"
            snapshot = reader.snapshot()
            rows = sum(pq.read_table(f.path, columns=["name"]).num_rows for f in snapshot.files)
            assert rows == snapshot.n_rows
            # Every version holds whole batches of ten, and never fewer than the one before.
            assert rows % 10 == 0
            seen.append(rows)
            versions.add(snapshot.version)
        assert seen == sorted(seen)
    finally:
        kill(writer)
        kill(compactor)
    check_table(tmp_path, ["journal:1"])

"""A disk that is full: every request of the group is told, and later ones work again."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from footfall.errors import StorageFull
from footfall.intake.intake import Intake
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source

N_FITTING = 40


def body(first: int) -> bytes:
    filler = "x" * 2000
    events = [{"name": "a", "event_id": str(n), "title": filler} for n in range(first, first + 5)]
    return json.dumps(events).encode()


async def fill(intake: Intake, resource: Any) -> tuple[list[int], list[int], list[int]]:
    """First numbers of the requests kept before, refused at, and kept after the limit."""
    before, refused, after = [], [], []
    for group in range(0, 200, 20):
        starts = list(range(group, group + 20, 5))
        results = await asyncio.gather(
            *(intake.accept("web", body(n)) for n in starts), return_exceptions=True
        )
        for start, result in zip(starts, results, strict=True):
            if isinstance(result, StorageFull):
                refused.append(start)
            else:
                assert not isinstance(result, BaseException), result
                before.append(start)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for start in refused:
        assert (await intake.accept("web", body(start))).stored == 5
        after.append(start)
    return before, refused, after


def main(root: Path) -> None:
    """Run in a process of its own, as the limit holds for all files of a process."""
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    intake = Intake.open(LakeFolder.open(root))
    limit = 150_000  # bytes of one file: 15 requests of about 10,300 bytes do not fit
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    intake._commit.start()
    before, refused, after = asyncio.run(fill(intake, resource))
    intake._commit.stop()
    intake.close()
    print(json.dumps([before, refused, after, len(intake.journal.damages)]))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the size of a file")
def test_a_file_that_cannot_grow(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    LakeFolder.create(root).save_source(Source("web"))
    code = (
        "import sys; from pathlib import Path; "
        "from tests.faults.test_journal_full import main; main(Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    before, refused, after, n_damages = json.loads(done.stdout)
    assert len(before) + len(refused) == N_FITTING
    assert len(before) >= 8
    assert len(refused) >= 20
    assert after == refused
    assert n_damages == 0
    files = LakeFolder.open(root).table("web").snapshot().files
    ids = [
        int(each)
        for file in files
        for each in pq.read_table(file.path, columns=["event_id"], partitioning=None)[
            "event_id"
        ].to_pylist()
    ]
    assert sorted(ids) == list(range(200))
    with Ledger(root / "ledger.db") as ledger:
        balance = ledger.balance()["web"]
    # What was refused was not taken, so it does not count; sent again, it does.
    assert (balance.received, balance.stored, balance.duplicates) == (200, 200, 0)

from __future__ import annotations

import asyncio
import threading
from functools import partial
from pathlib import Path

import pytest
from tests.server.conftest import make_lake
from tests.waiting import PATIENCE, wait_until

from footfall.intake.intake import Intake
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.intake.upkeep import Kept, look_after
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable
from footfall.model.source import Source
from footfall.server.maintenance import Maintenance, log


def test_it_goes_on_after_a_disk_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = make_lake(tmp_path / "lake")
    sources = LakeFolder.sources
    faults = [OSError("input/output error")]
    maintained = threading.Event()

    def read(folder: LakeFolder) -> list[Source]:
        if faults:
            raise faults.pop()
        return sources(folder)

    def look_after(source: str) -> Kept:
        assert source == "web"
        maintained.set()
        raise OSError("and again")

    _append(lake)
    monkeypatch.setattr(LakeFolder, "sources", read)
    maintenance = Maintenance(lake, look_after, every=0.001)
    maintenance.start()
    assert maintained.wait(PATIENCE)
    asyncio.run(maintenance.stop())
    assert not faults


def test_only_what_changed_is_looked_after_until_long_after(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake")
    lake.save_source(Source("empty"))
    now = 0.0
    rounds: list[float] = []
    n_rests = 0

    def rest() -> None:
        nonlocal n_rests
        n_rests += 1

    def look_after(source: str) -> Kept:
        assert source == "web"
        rounds.append(now)
        return Kept()

    def n_rounds(so_many: int) -> None:
        """Wait for a round, and for two more in which nothing is done."""
        wait_until(lambda: len(rounds) == so_many)
        before = n_rests
        wait_until(lambda: n_rests >= before + 2)

    _append(lake)
    maintenance = Maintenance(lake, look_after, 0.001, rest=rest, clock=lambda: now)
    maintenance.start()
    n_rounds(1)
    _append(lake)
    n_rounds(2)
    now = 599.0
    n_rounds(2)
    now = 600.0
    n_rounds(3)
    asyncio.run(maintenance.stop())
    assert rounds == [0.0, 0.0, 600.0]


def test_what_is_left_to_do_is_not_put_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = make_lake(tmp_path / "lake")
    jobs, pauses = [2, 2, 1, 0], list[float]()
    told: list[dict[str, object]] = []
    monkeypatch.setattr(log, "info", lambda _, **values: told.append(values))

    class Impatient(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0.0)
            return super().wait(0.001)

    def look_after(_: str) -> Kept:
        n_jobs = jobs.pop(0)
        if n_jobs:
            # As if files had been rewritten.
            _append(lake)
        return Kept(n_jobs, 3 * n_jobs, n_jobs)

    _append(lake)
    maintenance = Maintenance(lake, look_after, every=2 * PATIENCE)
    monkeypatch.setattr(maintenance, "_stop", Impatient())
    maintenance.start()
    wait_until(lambda: len(pauses) > 5)
    asyncio.run(maintenance.stop())
    assert [pause < PATIENCE for pause in pauses[:5]] == [False, True, True, True, False]
    assert told == [
        {"source": "web", "jobs": 5, "files_before": 15, "files_after": 5, "removed": 0}
    ]


def _append(lake: LakeFolder) -> None:
    intake = Intake.open(lake)
    intake.append("web", [{"name": "a"}])
    intake.close()


def test_counts_are_mended_before_the_log_is_shortened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = make_lake(tmp_path / "lake")
    with monkeypatch.context() as patch:
        # As if it was killed between the table and the ledger.
        patch.setattr(Ledger, "add", lambda *_: False)
        patch.setattr(Ledger, "note_mended", lambda *_: None)
        intake = Intake.open(lake)
        intake.append("web", [{"name": "a"}])
        intake.close()
    stored: list[int] = []
    maintained = threading.Event()
    with Ledger(lake.root / FILE_NAME) as ledger:

        def note(table: EventTable, *, most_jobs: int) -> None:
            stored.append(ledger.balance()[table.source.name].stored)
            maintained.set()
            raise OSError("the rest is not looked at")

        monkeypatch.setattr(EventTable, "maintain", note)
        maintenance = Maintenance(lake, partial(look_after, lake, ledger), every=0.001)
        maintenance.start()
        assert maintained.wait(PATIENCE)
        asyncio.run(maintenance.stop())
    assert stored[0] == 1

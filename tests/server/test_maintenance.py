from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from tests.server.conftest import make_lake

from footfall.intake.intake import Intake
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable
from footfall.model.source import Source
from footfall.server.maintenance import Maintenance


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

    def note(_: EventTable, *, most_jobs: int) -> None:
        assert most_jobs > 0
        maintained.set()
        raise OSError("and again")

    monkeypatch.setattr(LakeFolder, "sources", read)
    monkeypatch.setattr(EventTable, "maintain", note)
    with Ledger(lake.root / FILE_NAME) as ledger:
        maintenance = Maintenance(lake, ledger, every=0.001)
        maintenance.start()
        assert maintained.wait(10)
        asyncio.run(maintenance.stop())
    assert not faults


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
        maintenance = Maintenance(lake, ledger, every=0.001)
        maintenance.start()
        assert maintained.wait(10)
        asyncio.run(maintenance.stop())
    assert stored[0] == 1

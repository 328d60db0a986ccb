from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from tests.server.conftest import make_lake

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
    maintenance = Maintenance(lake, every=0.001)
    maintenance.start()
    assert maintained.wait(10)
    asyncio.run(maintenance.stop())
    assert not faults

"""A lake with two sources, its intake, and the clock of both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.intake.running import Clock

from footfall.intake.intake import Intake
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lake(tmp_path: Path, clock: Clock) -> LakeFolder:
    lake = LakeFolder.create(tmp_path / "lake", clock=clock)
    lake.save_source(Source("web", properties={"price": "float"}))
    lake.save_source(Source("shop"))
    return lake


@pytest.fixture
def intake(lake: LakeFolder, clock: Clock) -> Iterator[Intake]:
    intake = Intake.open(lake, clock)
    yield intake
    if intake.journal.is_open:
        intake.close()

from __future__ import annotations

from pathlib import Path

from footfall.intake.carrier import Carrier
from footfall.intake.chores import Chores
from footfall.intake.intake import Intake
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source


def test_moved_events_leave_the_journal_when_it_is_quiet_or_time(
    tmp_path: Path,
) -> None:
    lake = LakeFolder.create(tmp_path / "lake")
    lake.save_source(Source("web"))
    intake = Intake.open(lake)
    now = 0.0
    chores = Chores(lake, Carrier(lake, intake.ledger), intake.mover, lambda: now)

    def kept() -> int:
        return sum(path.stat().st_size for path in intake.journal.folder.glob("*.seg"))

    intake.append("web", [{"name": "a"}])
    chores.run(is_idle=False)
    now = 29.0
    chores.run(is_idle=True)
    assert kept() > 0
    now = 30.0
    chores.run(is_idle=True)
    assert kept() == 0
    intake.append("web", [{"name": "b"}])
    while now < 330.0:
        assert kept() > 0
        now += 1.0
        chores.run(is_idle=False)
    assert kept() == 0
    intake.close()

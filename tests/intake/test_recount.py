from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from footfall.intake.intake import Intake
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.intake.recount import recount, settled_difference
from footfall.lake.folder import LakeFolder
from footfall.model.ledger import Entry
from footfall.model.source import Source

NOW = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
HOUR = datetime(2026, 11, 1, 10, tzinfo=UTC)


@pytest.fixture
def filled(tmp_path: Path) -> LakeFolder:
    """A lake with ten events."""
    lake = LakeFolder.create(tmp_path / "lake")
    lake.save_source(Source("web"))
    intake = Intake.open(lake)
    intake.append("web", [{"name": "view", "distinct_id": f"u{n}"} for n in range(10)])
    intake.close()
    return lake


def anew(lake: LakeFolder) -> Ledger:
    """A ledger that knows nothing, not even from the table's log."""
    for path in lake.root.glob("ledger.db*"):
        path.unlink()
    ledger = Ledger(lake.root / FILE_NAME)
    ledger.note_mended("web", lake.table("web").snapshot().version)
    return ledger


def test_a_lost_ledger_counts_what_the_table_has(filled: LakeFolder) -> None:
    with anew(filled) as ledger:
        assert recount(filled, ledger, now=NOW, sleep=lambda _: None) == {"web": 10}
        assert ledger.entries() == [Entry("web", HOUR, "recount", received=10, stored=10)]
        assert recount(filled, ledger, now=NOW, sleep=lambda _: None) == {}


def test_what_stands_in_the_log_is_counted_as_it_came(filled: LakeFolder) -> None:
    for path in filled.root.glob("ledger.db*"):
        path.unlink()
    with Ledger(filled.root / FILE_NAME) as ledger:
        assert recount(filled, ledger, now=NOW, sleep=lambda _: None) == {}
        assert [entry.protocol for entry in ledger.entries()] == ["library"]


def test_events_that_are_gone_are_taken_off(filled: LakeFolder) -> None:
    with Ledger(filled.root / FILE_NAME) as ledger:
        ledger.add([Entry("web", HOUR, "http", received=4, stored=3, rejected=1)], "other", 1)
        assert recount(filled, ledger, now=NOW, sleep=lambda _: None) == {"web": -3}
        entry = ledger.balance("web")["web"]
    # 10 + 4 - 3 received; the reject stays one.
    assert (entry.received, entry.stored, entry.rejected) == (11, 10, 1)


def test_a_source_whose_events_come_in_meanwhile_is_left_alone(filled: LakeFolder) -> None:
    with anew(filled) as ledger:

        def more(_: float) -> None:
            late = Intake.open(filled)
            late.append("web", [{"name": "late", "distinct_id": "x"}, {"distinct_id": "nameless"}])
            late.ledger.add([Entry("web", HOUR, "http", 1, 1)], "other", 1)
            late.close()

        assert recount(filled, ledger, now=NOW, sleep=more) == {}


def test_a_difference_is_told_once_three_looks_found_it(filled: LakeFolder) -> None:
    pauses: list[float] = []
    table = filled.table("web")
    with Ledger(filled.root / FILE_NAME) as ledger:
        assert settled_difference(ledger, table, pauses.append) == 0
        assert pauses == []
        ledger.add([Entry("web", HOUR, "http", received=4, stored=4)], "other", 1)
        assert settled_difference(ledger, table, pauses.append) == -4
    assert len(pauses) == 2


def test_a_difference_that_changes_is_none(filled: LakeFolder) -> None:
    with anew(filled) as ledger:
        position = iter(range(1, 9))

        def count(_: float) -> None:
            ledger.add([Entry("web", HOUR, "http", 1, 1)], "other", next(position))

        # The ledger lacks 10, then 9.
        assert settled_difference(ledger, filled.table("web"), count) == 0
        assert next(position) == 2

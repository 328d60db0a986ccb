from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.intake.mend import mend
from footfall.lake.folder import LakeFolder
from footfall.lake.schema import arrow_schema
from footfall.lake.table import Appended, EventTable, Position
from footfall.model.ledger import Entry
from footfall.model.source import Source

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    lake = LakeFolder.create(tmp_path / "lake", clock=lambda: NOW)
    lake.save_source(Source("web"))
    return lake


@pytest.fixture
def table(lake: LakeFolder) -> EventTable:
    return lake.table("web")


@pytest.fixture
def ledger(lake: LakeFolder) -> Iterator[Ledger]:
    with Ledger(lake.root / FILE_NAME) as opened:
        yield opened


def append(table: EventTable, event_id: str, stream: str, offset: int) -> Appended:
    """One event, committed but not counted."""
    row = {
        "event_id": event_id, "timestamp": NOW, "received_at": NOW, "name": "a",
        "actor_id": "u", "is_bot": False,
    }  # fmt: skip
    batch = pa.Table.from_pylist([row], arrow_schema(table.source))
    entries = [Entry("web", NOW, "file", received=1)]
    return table.append(batch, Position(stream, offset), entries=entries)


def test_counts_of_every_stream_are_mended(table: EventTable, ledger: Ledger) -> None:
    append(table, "1", "file:a", 10)
    append(table, "2", "file:b", 10)
    append(table, "3", "journal:x", 7)
    assert mend(ledger, table) == 3
    assert ledger.balance()["web"] == Entry("web", NOW, "*", 3, 3)
    assert mend(ledger, table) == 0
    append(table, "4", "file:a", 20)
    assert mend(ledger, table) == 1
    assert ledger.balance()["web"].stored == 4


def test_what_was_counted_meanwhile_counts_once(table: EventTable, ledger: Ledger) -> None:
    done = append(table, "1", "file:a", 10)
    assert mend(ledger, table) == 1
    assert not ledger.add(done.entries, "file:a", 10)


def test_mended_counts_outlive_the_log(table: EventTable, ledger: Ledger) -> None:
    append(table, "1", "file:a", 10)
    mend(ledger, table)
    for number in range(3):
        done = append(table, f"later {number}", "file:b", number)
        ledger.add(done.entries, "file:b", number)
    assert mend(ledger, table) == 0
    assert ledger.mended("web") == table.snapshot().version


def test_a_stream_that_is_counted_costs_no_look(table: EventTable, ledger: Ledger) -> None:
    done = append(table, "1", "file:a", 10)
    append(table, "2", "file:b", 10)
    ledger.add(done.entries, "file:a", 10)
    assert mend(ledger, table, "file:a") == 0
    assert mend(ledger, table, "file:b") == 1


def test_a_table_from_a_backup_is_mended(table: EventTable, ledger: Ledger) -> None:
    ledger.note_mended("web", 500)
    append(table, "1", "file:a", 10)
    assert mend(ledger, table) == 1

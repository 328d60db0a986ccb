"""What becomes of events that were taken in, and whose source is gone when they are moved."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from footfall.capture.replay import Replayed, replay
from footfall.intake.carrier import Carrier
from footfall.intake.check import check_lake
from footfall.intake.chores import adopt
from footfall.intake.journal import Journal
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.intake.payload import Payload, RejectItem, encode_payload
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source

NOW = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
EVENTS = [
    {"name": "view", "event_id": f"e{n}", "distinct_id": "u", "timestamp": "2026-11-01T10:00:00Z",
     "properties": {"n": n, "note": "x" * 50_000}}
    for n in range(3)
]  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    """A lake whose source was removed while a request for it lay in a journal."""
    lake = LakeFolder.create(tmp_path / "lake")
    lake.add_source(Source("web"))
    journal = Journal.open(lake.root / "journal", "left")
    body = json.dumps(EVENTS).encode()
    rejects = [RejectItem(0, "missing_name", "why", b"{}")]
    received_at = int(NOW.timestamp() * 1_000_000)
    journal.commit(
        [encode_payload(Payload(1, "web", received_at, "http", (), body, 3, 1, rejects))]
    )
    journal.close()
    lake.remove_source("web", with_data=False)
    return lake


def codes(lake: LakeFolder) -> list[str]:
    return [each.finding.code for each in check_lake(lake, is_full=True, sleep=lambda _: None)]


def test_added_again_in_time_nothing_happened(lake: LakeFolder) -> None:
    assert codes(lake) == ["source_gone"]
    lake.add_source(Source("web"))
    with Ledger(lake.root / FILE_NAME) as ledger:
        adopt(lake, Carrier(lake, ledger))
        assert list(ledger.reject_codes("web")) == ["missing_name"]
    assert lake.table("web").snapshot().n_rows == 3
    assert codes(lake) == []


def test_each_event_becomes_a_reject_and_can_be_replayed(lake: LakeFolder) -> None:
    with Ledger(lake.root / FILE_NAME) as ledger:
        adopt(lake, Carrier(lake, ledger))
        # Together they are more than is kept of one reject: each has one of its own.
        assert ledger.reject_codes("web") == {"not_stored": 3, "missing_name": 1}
        assert not any(reject.is_cut for reject in ledger.rejects("web"))
        entry = ledger.balance("web")["web"]
        assert (entry.received, entry.stored, entry.duplicates, entry.rejected) == (5, 0, 1, 4)
        assert codes(lake) == []
        lake.add_source(Source("web"))
        assert replay(lake, "web", ledger, lambda: NOW) == Replayed(4, 3, 0, 1)
        entry = ledger.balance("web")["web"]
        assert (entry.received, entry.stored, entry.duplicates, entry.rejected) == (5, 3, 1, 1)
        # The senders' ids are theirs still: what is sent again is known.
    assert lake.table("web").seen(["e0", "e1", "e2"]) == [True] * 3
    assert codes(lake) == []

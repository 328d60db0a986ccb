from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from footfall.errors import StorageFull
from footfall.intake import check
from footfall.intake.carrier import Carrier
from footfall.intake.check import check_lake
from footfall.intake.chores import adopt
from footfall.intake.intake import Intake
from footfall.intake.journal import Journal
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.intake.payload import Payload, RejectItem, encode_payload
from footfall.lake.folder import LakeFolder
from footfall.model.ledger import Entry
from footfall.model.source import Source
from footfall.model.time import utc_now


def events(n_events: int) -> list[dict[str, Any]]:
    return [{"name": "view", "distinct_id": f"u{n}", "event_id": f"e{n}"} for n in range(n_events)]


@pytest.fixture
def filled(tmp_path: Path) -> LakeFolder:
    """A lake with ten events, and one reject."""
    lake = LakeFolder.create(tmp_path / "lake")
    lake.save_source(Source("web"))
    intake = Intake.open(lake)
    intake.append("web", [*events(10), {"distinct_id": "nameless"}])
    intake.close()
    return lake


def leave(lake: LakeFolder, *records: bytes) -> str:
    """Records in a journal that nobody works on; its stream."""
    journal = Journal.open(lake.root / "journal", "left")
    journal.commit(records)
    journal.close()
    return journal.stream


def record(source: str, *, n_events: int = 1, n_rejects: int = 0) -> bytes:
    body = b'[{"name":"a","event_id":"x","timestamp":"2026-11-01T00:00:00Z"}]' if n_events else b""
    rejects = [RejectItem(0, "malformed", "why", b"x")] * n_rejects
    payload = Payload(1, source, 1_793_527_200_000_000, "http", (), body, n_events, 0, rejects)
    return encode_payload(payload)


def found(lake: LakeFolder) -> dict[str, str]:
    """Messages by code."""
    checked = check_lake(lake, is_full=False, sleep=lambda _: None)
    return {each.finding.code: each.finding.message for each in checked}


def test_a_definition_that_cannot_be_read_is_found(filled: LakeFolder) -> None:
    (filled.root / "sources" / "torn.toml").write_text("timezone =", "utf-8")
    (only,) = check_lake(filled, is_full=False, sleep=lambda _: None)
    assert (only.about, only.finding.code) == ("torn", "definition_broken")


def test_a_request_of_rejects_alone_waits_until_it_is_counted(filled: LakeFolder) -> None:
    stream = leave(filled, record("web", n_events=0, n_rejects=1))
    assert "holds 1 request;" in found(filled)["journal_waiting"]
    with Ledger(filled.root / FILE_NAME) as ledger:
        entry = Entry("web", utc_now().replace(minute=0, second=0, microsecond=0), "http")
        ledger.add([entry], f"{stream}:accepted", 10_000)
    assert found(filled) == {}


def test_requests_of_a_source_that_is_gone_are_told(filled: LakeFolder) -> None:
    leave(filled, record("gone"), record("gone"), record("web"))
    messages = found(filled)
    assert "holds 2 requests for the source 'gone'" in messages["source_gone"]
    assert "holds 1 request;" in messages["journal_waiting"]
    filled.save_source(Source("gone"))
    assert "holds 3 requests;" in found(filled)["journal_waiting"]


def test_a_request_that_cannot_be_understood_is_told(filled: LakeFolder) -> None:
    leave(filled, b"gibberish", record("web"))
    assert "holds a request that cannot be understood" in found(filled)["journal_damaged"]
    with Ledger(filled.root / FILE_NAME) as ledger:
        adopt(filled, Carrier(filled, ledger))
    # Now a copy lies in the journal's folder, and it is that which is told.
    assert list(found(filled)) == ["journal_damaged"]
    assert "they are kept in" in found(filled)["journal_damaged"]


def test_a_ledger_that_counts_otherwise_is_found(filled: LakeFolder) -> None:
    ledger = Ledger(filled.root / FILE_NAME)
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    ledger.add([Entry("web", hour, "http", received=3, stored=3)], "other", 1)
    pauses: list[float] = []
    found = list(check_lake(filled, is_full=False, sleep=pauses.append))
    ledger.close()
    assert [each.finding.code for each in found] == ["ledger_differs"]
    assert "counts 13 events stored for 'web'; its table has 10" in found[0].finding.message
    # The table may be a moment ahead, so it is looked at again before it is called wrong.
    assert len(pauses) == 2


def test_a_ledger_that_does_not_add_up_is_found(filled: LakeFolder) -> None:
    ledger = Ledger(filled.root / FILE_NAME)
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    ledger.add([Entry("web", hour, "http", received=2, rejected=1)], "other", 1)
    found = list(check_lake(filled, is_full=False, sleep=lambda _: None))
    ledger.close()
    assert [each.finding.code for each in found] == ["ledger_unbalanced"]


def test_a_ledger_that_catches_up_is_sound(filled: LakeFolder) -> None:
    ledger = Ledger(filled.root / FILE_NAME)
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    ledger.add([Entry("web", hour, "http", received=1, stored=1)], "other", 1)
    late = Intake.open(filled)

    def catch_up(_: float) -> None:
        late.append("web", [{"name": "late", "distinct_id": "x"}])
        ledger.add([Entry("web", hour, "http", received=-1, stored=-1)], "other", 2)

    found = list(check_lake(filled, is_full=False, sleep=catch_up))
    late.close()
    ledger.close()
    assert found == []


def test_a_ledger_that_is_no_database_is_told_with_the_rest(filled: LakeFolder) -> None:
    filled.save_source(Source("app"))
    (file,) = filled.table("web").snapshot().files
    Path(file.path).unlink()
    leave(filled, record("web"), record("app", n_events=0, n_rejects=1), record("gone"))
    for path in filled.root.glob("ledger.db*"):
        path.unlink()
    (filled.root / FILE_NAME).write_bytes(b"no database, but as long as one is " * 9)
    messages = found(filled)
    assert list(messages) == [
        "file_missing", "ledger_unreadable", "journal_waiting", "source_gone",
    ]  # fmt: skip
    assert "file is not a database" in messages["ledger_unreadable"]
    # Whether rejects were counted cannot be told, so only the request with an event waits.
    assert "holds 1 request;" in messages["journal_waiting"]


def test_a_ledger_that_cannot_be_opened_for_want_of_space_is_not_called_damaged(
    filled: LakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> Ledger:
        raise StorageFull("No space is left for the ledger: make room on the disk.")

    monkeypatch.setattr(check, "Ledger", full)
    (only,) = check_lake(filled, is_full=False)
    assert (only.about, only.finding.code) == ("ledger", "storage_full")
    assert only.finding.way_out.startswith("Make room on the disk")


@pytest.mark.parametrize("is_full", [False, True])
def test_a_ledger_with_a_torn_page_is_told(filled: LakeFolder, is_full: bool) -> None:
    path = filled.root / FILE_NAME
    content = bytearray(path.read_bytes())
    # All but the first page, which holds the layout: the file opens, its tables do not read.
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    (only,) = check_lake(filled, is_full=is_full)
    assert (only.about, only.finding.code) == ("ledger", "ledger_unreadable")
    assert "--recount" in only.finding.way_out


def test_a_ledger_of_a_newer_footfall_is_told(filled: LakeFolder) -> None:
    with Ledger(filled.root / FILE_NAME) as ledger:
        ledger._db.execute("PRAGMA user_version = 99")
    assert "newer Footfall" in found(filled)["ledger_layout"]

from __future__ import annotations

from pathlib import Path

import pytest
from tests.capture.conftest import NOW, Ingest, events

from footfall.capture.definition import Changes, define, redefine
from footfall.capture.replay import Replayed, replay
from footfall.errors import InvalidEvents
from footfall.intake.ledger import Ledger, Reject
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable
from footfall.model.ledger import Entry

ROWS = "t,n,u\n2026-11-01,a,x\n02.11.2026,b,x\n02.11.2026,b,x\n03.11.2026,c,x\nbad,d,x\n"


def mend(lake: LakeFolder) -> None:
    rules = {"timestamp": "t:%d.%m.%Y"}
    lake.save_source(redefine(lake.source("shop"), Changes(rules=rules)))


def replay_failing(
    lake: LakeFolder, ledger: Ledger, patching: pytest.MonkeyPatch, of: type, step: str
) -> None:
    """Replay up to a step that finds the disk full."""

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with patching.context() as patch, pytest.raises(OSError, match="no space"):
        patch.setattr(of, step, fail)
        replay(lake, "shop", ledger, lambda: NOW)


@pytest.fixture
def path(ingest: Ingest, tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_text(ROWS, "utf-8")
    assert ingest(path, "shop").rejected == 4
    return path


def test_mended_mapping_makes_events_of_rejects(
    lake: LakeFolder, ledger: Ledger, path: Path
) -> None:
    assert replay(lake, "shop", ledger, lambda: NOW) == Replayed(4, 0, 0, 4)
    mend(lake)
    assert replay(lake, "shop", ledger, lambda: NOW) == Replayed(4, 3, 0, 1)
    assert [event["name"] for event in events(lake, "shop")] == ["a", "b", "b", "c"]
    assert [item.line for item in ledger.rejects("shop")] == [6]
    # 5 rows: 4 stored, 1 rejected.
    balance = ledger.balance("shop")["shop"]
    assert (balance.received, balance.stored, balance.rejected) == (5, 4, 1)
    assert replay(lake, "shop", ledger, lambda: NOW) == Replayed(1, 0, 0, 1)


def test_replayed_events_have_the_ids_of_their_lines(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, path: Path, tmp_path: Path
) -> None:
    mend(lake)
    replay(lake, "shop", ledger, lambda: NOW)
    ids = {event["event_id"] for event in events(lake, "shop")}
    # Read from the start by the mended mapping, the same lines are the same events.
    (tmp_path / "b.csv").write_text("\n" + ROWS, "utf-8")
    counts = ingest(tmp_path / "b.csv", "shop")
    assert counts.duplicates == 3
    assert {event["event_id"] for event in events(lake, "shop")} == ids


def test_replay_cut_short_counts_once(
    lake: LakeFolder, ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mend(lake)
    replay_failing(lake, ledger, monkeypatch, Ledger, "mark_replayed")
    replay(lake, "shop", ledger, lambda: NOW)
    balance = ledger.balance("shop")["shop"]
    assert (balance.received, balance.stored, balance.rejected) == (5, 4, 1)
    assert ledger.n_rejects("shop") == 1


def test_replay_killed_before_it_counts_is_mended(
    lake: LakeFolder, ledger: Ledger, path: Path, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    mend(lake)
    replay_failing(lake, ledger, monkeypatch, Ledger, "add")
    # More rejects than those that were being replayed, which are events by now.
    with path.open("a", encoding="utf-8") as file:
        file.write("2026-11-04,e,x\n")
    assert ingest(path, "shop").rejected == 1
    assert replay(lake, "shop", ledger, lambda: NOW) == Replayed(2, 0, 0, 2)
    balance = ledger.balance("shop")["shop"]
    # 6 rows: 4 stored, 2 rejected.
    assert (balance.received, balance.stored, balance.duplicates) == (6, 4, 0)
    assert balance.rejected == ledger.n_rejects("shop") == 2


def test_replay_killed_before_it_stores_begins_anew(
    lake: LakeFolder, ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mend(lake)
    replay_failing(lake, ledger, monkeypatch, EventTable, "append")
    assert replay(lake, "shop", ledger, lambda: NOW) == Replayed(4, 3, 0, 1)
    assert ledger.begun_replays("shop") == {}


def test_what_was_sent_is_replayed_under_its_protocol(
    lake: LakeFolder, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b'{"name":"a","timestamp":"2026-11-01T10:00:00Z","distinct_id":"u"}'
    reject = Reject("shop", "http", 0, "malformed", "was not read", raw, NOW, protocol="http")
    ledger.reject([reject], "journal:1", 10)
    ledger.add([Entry("shop", NOW.replace(minute=0), "http", 1, rejected=1)], "journal:1", 10)
    # A file of that name is none of its business; nor is what the source's files are like.
    (tmp_path / "http").write_text("t,n,u\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert replay(lake, "shop", ledger, lambda: NOW) == Replayed(1, 1, 0, 0)
    assert [event["actor_id"] for event in events(lake, "shop")] == ["u"]
    (entry,) = ledger.entries("shop")
    assert entry == Entry("shop", NOW.replace(minute=0), "http", 1, 1)


def test_rows_without_their_header_cannot_be_replayed(
    lake: LakeFolder, ledger: Ledger, path: Path
) -> None:
    path.unlink()
    with pytest.raises(InvalidEvents, match="the header that tells what its cells are"):
        replay(lake, "shop", ledger, lambda: NOW)
    mend(lake)
    columns = Changes(options={"columns": "t,n,u"})
    lake.save_source(redefine(lake.source("shop"), columns))
    assert replay(lake, "shop", ledger, lambda: NOW).stored == 3


def test_line_that_was_cut_stays_a_reject(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"t":"2026-11-01","n":"a","x":"' + "y" * 2_000_000 + '"}\n', "utf-8")
    ingest(path)
    assert replay(lake, "app", ledger, lambda: NOW) == Replayed(1, 0, 0, 1)


@pytest.mark.parametrize("mapping", ["canonical", "own"])
def test_addresses_beside_what_was_sent_are_not_replayed(
    lake: LakeFolder, ledger: Ledger, mapping: str
) -> None:
    rules = {"timestamp": "timestamp", "name": "name"}
    changes = Changes("canonical") if mapping == "canonical" else Changes("jsonlines", rules)
    lake.save_source(define("sent", changes))
    hidden = '"ip":"192.0.2.1","$ip":"192.0.2.1","ip_address":"192.0.2.1","context":{"ip":"::1"}'
    raw = f'{{"name":"a","timestamp":"2026-11-01T10:00:00Z",{hidden},"plan":"pro"}}'.encode()
    reject = Reject("sent", "http", 0, "malformed", "was not read", raw, NOW, protocol="http")
    ledger.reject([reject], "journal:1", 10)
    assert replay(lake, "sent", ledger, lambda: NOW).stored == 1
    (event,) = events(lake, "sent")
    assert event["properties"] == '{"plan":"pro"}'

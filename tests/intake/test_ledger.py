from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from footfall.errors import InternalError, StorageFull
from footfall.intake.ledger import MAX_RAW, Ledger, Reject
from footfall.model.ledger import Entry

HOUR = datetime(2026, 11, 1, 10, tzinfo=UTC)
NOW = HOUR + timedelta(minutes=5)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.db", clock=lambda: NOW) as opened:
        yield opened


def reject(line: int, code: str = "malformed", raw: bytes = b"x") -> Reject:
    return Reject("web", "access.log", line, code, "cannot be read", raw, NOW)


def test_a_slice_counts_once(ledger: Ledger) -> None:
    entry = Entry("web", HOUR, "http", received=5, stored=3, duplicates=1, rejected=1)
    assert ledger.add([entry], "journal:a", 100)
    assert not ledger.add([entry], "journal:a", 100)
    assert ledger.entries() == [entry]
    assert ledger.position("journal:a", "web") == 100


def test_counts_add_up_per_hour_and_protocol(ledger: Ledger) -> None:
    later = HOUR + timedelta(hours=1)
    ledger.add([Entry("web", HOUR, "http", 2, 2), Entry("web", later, "http", 1, 1)], "j", 10)
    ledger.add(
        [Entry("web", HOUR, "http", 3, 1, 2, 0, 1), Entry("web", HOUR, "file", 1, 1)], "j", 20
    )
    assert ledger.entries("web") == [
        Entry("web", HOUR, "file", 1, 1),
        Entry("web", HOUR, "http", 5, 3, 2, 0, 1),
        Entry("web", later, "http", 1, 1),
    ]
    assert ledger.entries("web", start=later) == [Entry("web", later, "http", 1, 1)]
    assert ledger.entries(end=HOUR) == []
    assert ledger.balance() == {"web": Entry("web", HOUR, "*", 7, 5, 2, 0, 1)}


def test_two_sources_in_one_slice_are_counted_apart(ledger: Ledger) -> None:
    assert ledger.add([Entry("web", HOUR, "http", 1, 1)], "j", 10)
    assert ledger.add([Entry("shop", HOUR, "http", 1, 1)], "j", 10)
    assert set(ledger.balance()) == {"web", "shop"}


def test_a_reject_is_kept_once_and_cut(ledger: Ledger) -> None:
    long = reject(2, raw=b"y" * (MAX_RAW + 1))
    assert ledger.reject([reject(1), long], "file:f", 50) == 2
    assert ledger.reject([reject(1), long], "file:f", 50) == 0
    first, second = ledger.rejects("web")
    assert (first.line, first.raw, first.is_cut) == (1, b"x", False)
    assert (len(second.raw), second.is_cut) == (MAX_RAW, True)
    assert second.received_at == NOW


def test_replayed_rejects_are_listed_apart(ledger: Ledger) -> None:
    ledger.reject([reject(1), reject(2, "bad_time"), reject(3, "bad_time")], "file:f", 50)
    first = next(iter(ledger.rejects()))
    assert ledger.mark_replayed([first.id]) == 1
    assert ledger.mark_replayed([first.id]) == 0
    assert ledger.n_rejects() == 2
    assert ledger.n_rejects(is_replayed=True) == 1
    assert ledger.n_rejects("shop", is_replayed=None) == 0
    assert ledger.reject_codes() == {"bad_time": 2}
    assert [item.line for item in ledger.rejects(is_replayed=None, limit=2)] == [1, 2]
    assert next(iter(ledger.rejects(is_replayed=True))).replayed_at == NOW


def test_more_rejects_than_a_page_come_all(ledger: Ledger) -> None:
    ledger.reject([reject(line) for line in range(1203)], "file:f", 50)
    assert [item.line for item in ledger.rejects()] == list(range(1203))


def test_file_positions(ledger: Ledger) -> None:
    ledger.note_file("f", "web", "a.log", 10, 1)
    ledger.note_file("f", "web", "a.log", 30, 3)
    (found,) = ledger.files("web")
    assert (found.position, found.n_lines, found.updated_at) == (30, 3, NOW)


def test_times_survive_to_the_microsecond(ledger: Ledger) -> None:
    odd = datetime(2038, 1, 19, 3, 14, 7, 999_999, tzinfo=UTC)
    ledger.reject([Reject("web", "http", 0, "c", "r", b"", odd)], "j", 1)
    assert next(iter(ledger.rejects())).received_at == odd


def test_a_reject_remembers_whether_a_secret_key_came_with_it(ledger: Ledger) -> None:
    told = Reject("web", "http", 0, "c", "r", b"", NOW, "segment", is_vouched=True)
    ledger.reject([told, Reject("web", "http", 1, "c", "r", b"", NOW, "segment")], "j", 1)
    assert [each.is_vouched for each in ledger.rejects()] == [True, False]


def test_rejects_that_were_none_are_withdrawn(ledger: Ledger) -> None:
    half, whole = (
        replace(reject(line), event_id=event_id) for line, event_id in ((1, "e1"), (2, "e2"))
    )
    ledger.reject([half, whole, reject(3)], "file:1", 0)
    assert ledger.withdraw("web", ["e1", ""]) == 1
    assert [item.line for item in ledger.rejects("web")] == [2, 3]


def test_a_source_that_was_removed_is_forgotten(ledger: Ledger) -> None:
    for source in ("web", "app"):
        ledger.add([Entry(source, HOUR, "file", received=1, rejected=1)], "file:1", 10)
        ledger.reject([replace(reject(1), source=source)], "file:1", 0)
        ledger.note_file("1", source, "a.log", 10, 1)
        ledger.note_mended(source, 7)
    ledger.forget("web")
    assert list(ledger.balance()) == ["app"]
    assert [item.source for item in ledger.rejects()] == ["app"]
    assert [file.source for file in ledger.files()] == ["app"]
    assert ledger.position("file:1", "web") == -1
    assert (ledger.mended("web"), ledger.mended("app")) == (-1, 7)


def test_what_was_sent_leaves_the_file_too(ledger: Ledger) -> None:
    ledger.reject([reject(1, raw=b"a secret word")], "file:1", 0)
    ledger.forget("web")
    for path in ledger.path.parent.glob("ledger.db*"):
        assert b"a secret word" not in path.read_bytes()


def test_the_furthest_position_of_a_stream(ledger: Ledger) -> None:
    assert ledger.reached("journal:1") == -1
    ledger.add([Entry("web", HOUR, "http", 1, 1)], "journal:1", 10)
    ledger.add([Entry("app", HOUR, "http", 1, 0, 0, 1)], "journal:1:accepted", 30)
    ledger.add([Entry("web", HOUR, "http", 1, 1)], "journal:2", 50)
    assert ledger.reached("journal:1") == 30


def test_a_full_disk_is_told_and_the_ledger_goes_on(ledger: Ledger) -> None:
    n_pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
    ledger._db.execute(f"PRAGMA max_page_count = {n_pages}")
    with pytest.raises(StorageFull, match="make room on the disk"):
        ledger.reject([reject(line, raw=b"x" * 60_000) for line in range(20)], "file:1", 0)
    assert ledger.n_rejects() == 0
    ledger._db.execute("PRAGMA max_page_count = 100000")
    assert ledger.reject([reject(1)], "file:1", 0) == 1


def test_what_fails_inside_is_an_error_of_ours(ledger: Ledger) -> None:
    ledger.close()
    with pytest.raises(InternalError, match="cannot be used"):
        ledger.balance()
    with pytest.raises(InternalError, match="cannot be used"):
        ledger.add([Entry("web", HOUR, "http", 1, 1)], "j", 1)

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from footfall.errors import JournalError, StorageFull
from footfall.intake import journal as journal_module
from footfall.intake.journal import Journal
from footfall.intake.segment import MARKER, OVERHEAD, Segment


def payloads(journal: Journal, start: int = 0) -> list[bytes]:
    return [record.payload for record in journal.read(start)]


def segments(journal: Journal) -> list[Path]:
    return sorted(journal.folder.glob("*.seg"))


def test_what_is_committed_is_read_in_order(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    # 16 bytes of header each: 16 + 3, then 16 + 0, then 16 + 2
    assert journal.commit([b"one", b""]) == 35
    assert journal.commit([b"22"]) == 53
    records = list(journal.read())
    assert [(r.offset, r.end_offset, r.payload) for r in records] == [
        (0, 19, b"one"),
        (19, 35, b""),
        (35, 53, b"22"),
    ]
    assert payloads(journal, start=35) == [b"22"]
    assert [r.payload for r in journal.read(0, 35)] == [b"one", b""]
    journal.close()


def test_segments_rotate_and_are_let_go(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, segment_bytes=100)
    ends = [journal.commit([b"x" * 60]) for _ in range(5)]
    assert ends == [76, 152, 228, 304, 380]
    assert len(segments(journal)) == 3
    assert payloads(journal) == [b"x" * 60] * 5
    journal.remove_until(151)
    assert len(segments(journal)) == 3
    journal.remove_until(380)
    assert len(segments(journal)) == 1
    assert journal.start == 304
    journal.close()


def test_a_sealed_journal_can_be_emptied_and_never_gives_an_offset_twice(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    end = journal.commit([b"moved"])
    journal.seal()
    journal.seal()
    journal.remove_until(end)
    assert [path.stat().st_size for path in segments(journal)] == [0]
    journal.close()
    again = Journal.open(tmp_path)
    assert again.id == journal.id
    assert again.end == end
    assert again.commit([b"next"]) == end + OVERHEAD + 4
    assert payloads(again) == [b"next"]
    assert len(segments(again)) == 1
    again.close()


def test_offsets_can_be_skipped(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.commit([b"a"])
    journal.skip_to(1000)
    assert journal.commit([b"b"]) == 1000 + OVERHEAD + 1
    assert payloads(journal) == [b"a", b"b"]
    journal.skip_to(5)
    assert journal.end == 1017
    journal.close()


def test_each_process_has_its_own_journal(tmp_path: Path) -> None:
    first = Journal.open(tmp_path)
    second = Journal.open(tmp_path)
    assert first.id != second.id
    with pytest.raises(JournalError, match="in use by another"):
        Journal.open(tmp_path, first.id)
    first.close()
    third = Journal.open(tmp_path)
    assert third.id == first.id
    third.close()
    second.close()


def test_leftovers_are_the_unheld_journals_with_records(tmp_path: Path) -> None:
    held, dead, empty = (Journal.open(tmp_path) for _ in range(3))
    for journal in (held, dead):
        journal.commit([journal.id.encode()])
    dead.close()
    empty.close()
    found = []
    for journal in Journal.leftovers(tmp_path):
        found.append((journal.id, payloads(journal)))
        assert Journal.open(tmp_path).id != dead.id
    assert found == [(dead.id, [dead.id.encode()])]
    held.close()


def test_a_torn_tail_is_cut_off_and_its_offsets_are_not_used_again(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.commit([b"whole", b"torn later"])
    journal.close()
    (path,) = segments(journal)
    os.truncate(path, path.stat().st_size - 3)  # 21 + 26 - 3 = 44 bytes are left
    again = Journal.open(tmp_path)
    (damage,) = again.damages
    assert (damage.kind, damage.offset, damage.n_bytes) == ("torn", 21, 23)
    assert damage.kept is not None
    assert damage.kept.stat().st_size == 23
    assert path.stat().st_size == 21
    assert again.end == 44
    again.commit([b"new"])
    assert payloads(again) == [b"whole", b"new"]
    again.close()


def test_a_damaged_record_is_set_aside_and_the_rest_is_read(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.commit([b"first", b"second", b"third"])
    (path,) = segments(journal)
    content = bytearray(path.read_bytes())
    content[21 + OVERHEAD] ^= 1
    path.write_bytes(content)
    assert payloads(journal) == [b"first", b"third"]
    assert payloads(journal) == [b"first", b"third"]
    (damage,) = journal.damages
    assert (damage.kind, damage.offset, damage.n_bytes) == ("damaged", 21, 22)
    assert damage.kept is not None
    assert b"econd" in damage.kept.read_bytes()
    journal.close()


def broken(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_a_payload_that_holds_a_record_is_not_read_as_one(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    inner = Segment.name(tmp_path, 0, 0).frame(b"evil", 0) + b"evil"
    journal.commit([b"a" + inner + MARKER * 10, b"good"])
    (path,) = segments(journal)
    content = bytearray(path.read_bytes())
    content[OVERHEAD] ^= 1
    path.write_bytes(content)
    assert payloads(journal) == [b"good"]
    journal.close()


def test_a_full_disk_leaves_the_journal_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.open(tmp_path)
    journal.commit([b"before"])
    real = os.write
    n_calls = 0

    def half_then_full(descriptor: int, content: bytes) -> int:
        nonlocal n_calls
        n_calls += 1
        if n_calls == 1:
            return real(descriptor, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half_then_full)
        with pytest.raises(StorageFull) as caught:
            journal.commit([b"lost", b"lost as well"])
    assert (caught.value.code, caught.value.status) == ("storage_full", 503)
    assert caught.value.retry_after
    journal.commit([b"after"])
    assert payloads(journal) == [b"before", b"after"]
    journal.close()
    again = Journal.open(tmp_path)
    assert payloads(again) == [b"before", b"after"]
    assert again.damages == []
    again.close()


def test_after_a_failed_sync_nothing_is_written_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.open(tmp_path)
    journal.commit([b"before"])

    with monkeypatch.context() as patch:
        patch.setattr(journal_module, "sync_data", broken)
        with pytest.raises(JournalError, match="Input/output"):
            journal.commit([b"in doubt"])
    journal.commit([b"after"])
    assert len(segments(journal)) == 2
    assert payloads(journal) == [b"before", b"after"]
    journal.close()


def test_a_write_that_cannot_be_taken_back_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.open(tmp_path)
    journal.commit([b"before"])

    with monkeypatch.context() as patch:
        patch.setattr(journal_module, "sync_data", broken)
        patch.setattr(os, "ftruncate", broken)
        with pytest.raises(JournalError):
            journal.commit([b"in doubt"])
    journal.commit([b"after"])
    assert payloads(journal) == [b"before", b"after"]
    journal.close()
    again = Journal.open(tmp_path)
    assert payloads(again) == [b"before", b"after"]
    again.close()


@pytest.mark.parametrize("is_whole", [True, False])
def test_of_two_segments_at_one_place_the_one_written_anew_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_whole: bool
) -> None:
    journal = Journal.open(tmp_path)

    def torn(descriptor: int, content: bytes) -> int:
        real(descriptor, bytes(content)[: -1 if not is_whole else None])
        raise OSError(errno.EIO, "Input/output error")

    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", torn)
        patch.setattr(os, "ftruncate", broken)
        with pytest.raises(JournalError):
            journal.commit([b"in doubt, and longer than what comes"])
    (doubtful,) = segments(journal)
    os.utime(doubtful, ns=(0, 0))
    journal.commit([b"after"])
    assert len(segments(journal)) == 2
    journal.close()
    again = Journal.open(tmp_path)
    assert payloads(again) == [b"after"]
    # No offset is given out twice, also not of those in doubt.
    assert again.commit([b"more"]) > OVERHEAD + 36
    assert payloads(again) == [b"after", b"more"]
    again.close()


def test_a_closed_journal_refuses(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.commit([b"x"])

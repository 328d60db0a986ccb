"""What is kept when reading ends before its time, and what the next reading makes of it."""

from __future__ import annotations

import errno
import gzip
import io
import threading
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from tests.capture.conftest import LINES, NOW, Ingest, events, write

from footfall.capture import opening
from footfall.capture.collector import Collector
from footfall.errors import FileMissing
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable


def test_stop_ends_between_pieces_and_the_next_reading_goes_on(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", LINES)
    stop = threading.Event()
    first = ingest(path, piece_size=120, stop=stop, on_bytes=lambda _: stop.set())
    assert 0 < first.stored < 10
    second = ingest(path, piece_size=120)
    assert first.stored + second.stored == 10
    assert len(events(lake)) == 10


def test_damaged_file_keeps_what_came_before(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    path = tmp_path / "a.gz"
    text = "".join(f"{item}\n" for item in LINES).encode()
    path.write_bytes(gzip.compress(text[:300]) + gzip.compress(text[300:])[:-20])
    (problem,) = ingest(path, piece_size=100).problems
    assert "ends in the middle" in problem
    n_before = len(events(lake))
    assert 0 < n_before < 10
    path.write_bytes(gzip.compress(text))
    assert ingest(path).stored == 10 - n_before
    assert len(events(lake)) == 10


def test_other_files_are_read_beside_a_damaged_one(
    lake: LakeFolder, ledger: Ledger, tmp_path: Path
) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"x")[:-4])
    (tmp_path / "b").write_text(f"{LINES[0]}\n", "utf-8")
    collector = Collector(lake, "app", ledger, clock=lambda: NOW)
    counts = collector.ingest([tmp_path / "a.gz", tmp_path / "b"])
    assert (counts.stored, len(counts.problems)) == (1, 1)


def test_batch_that_cannot_be_stored_is_not_jumped_over(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.jsonl", LINES)
    append, calls = EventTable.append, iter(range(100))

    def fail_once(*arguments: Any, **options: Any) -> Any:
        if next(calls) == 1:
            raise OSError("no space left on device")
        return append(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(EventTable, "append", fail_once)
        with pytest.raises(OSError, match="no space"):
            ingest(path, piece_size=120)
    assert 0 < len(events(lake)) < 10
    ingest(path, piece_size=120)
    assert len(events(lake)) == 10


def test_missing_file_is_told(ingest: Ingest, tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match=r"none\.log"):
        ingest(tmp_path / "none.log")


def test_file_that_may_not_be_read_is_told(
    ingest: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> BinaryIO:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(opening, "open_shared", refuse)
    (problem,) = ingest(write(tmp_path / "a.jsonl", LINES)).problems
    assert "a.jsonl cannot be opened: Permission denied" in problem


def test_file_that_fails_is_told_after_what_came_before(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path
) -> None:
    class Failing(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            return super().read1(size) or self._fail()

        def _fail(self) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    data = "".join(f"{text}\n" for text in LINES[:3]).encode()
    collector = Collector(lake, "app", ledger, clock=lambda: NOW)
    counts = collector.ingest(["-"], Failing(data))
    assert counts.stored == 3
    assert counts.problems == [
        "standard input cannot be read: Input/output error. What came before is kept."
    ]


def _fail(*_: object) -> None:
    raise OSError("no space left on device")


def test_counts_that_a_crash_left_out_are_mended(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.jsonl", LINES[:4])
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "add", _fail)
        with pytest.raises(OSError, match="no space"):
            ingest(path)
    assert len(events(lake)) == 4
    assert ingest(path).received == 0
    with Ledger(lake.root / "ledger.db") as ledger:
        assert ledger.balance("app")["app"].stored == 4
    write(path, LINES[:6])
    ingest(path)
    with Ledger(lake.root / "ledger.db") as ledger:
        balance = ledger.balance("app")["app"]
    assert (balance.received, balance.stored) == (6, 6)


def test_counts_of_other_files_are_mended_too(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "add", _fail)
        with pytest.raises(OSError, match="no space"):
            ingest(write(tmp_path / "a.jsonl", LINES[:4]))
    ingest(write(tmp_path / "b.jsonl", LINES[5:6]))
    with Ledger(lake.root / "ledger.db") as ledger:
        assert ledger.balance("app")["app"].stored == 5


@pytest.mark.parametrize("name", ["withdraw", "delete"])
def test_crash_while_a_line_is_taken_back_counts_once(
    lake: LakeFolder,
    ledger: Ledger,
    ingest: Ingest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("t,n,u\n2026-11-01,a,u\n2026-11-02,b,user", "utf-8")
    ingest(path, "shop")
    path.write_text("t,n,u\n2026-11-01,a,u\n2026-11-02,b,user7\n", "utf-8")
    owner = Ledger if name == "withdraw" else EventTable
    real = getattr(owner, name)

    def killed(*arguments: Any) -> None:
        real(*arguments)
        raise OSError("killed behind it")

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, killed)
        with pytest.raises(OSError, match="killed"):
            ingest(path, "shop")
    ingest(path, "shop")
    assert [event["actor_id"] for event in events(lake, "shop")] == ["u", "user7"]
    balance = ledger.balance("shop")["shop"]
    # 2 + 1 received and stored, one taken back.
    assert (balance.received, balance.stored, balance.is_balanced) == (2, 2, True)

"""A file that was read is known again, and goes on where it grew."""

from __future__ import annotations

import bz2
import gzip
import io
from pathlib import Path

import pytest
import zstandard
from tests.capture.conftest import LINES, NOW, Ingest, events, line, write

from footfall.capture.collector import Collector
from footfall.capture.definition import Changes, define
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder


def test_file_again_adds_nothing(ingest: Ingest, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", LINES)
    assert ingest(path).stored == 10
    assert ingest(path).received == 0


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, zstandard.ZstdCompressor().compress, bytes]
)
def test_renamed_or_packed_it_is_the_same_file(
    ingest: Ingest, tmp_path: Path, pack: type[bytes]
) -> None:
    path = write(tmp_path / "a.jsonl", LINES)
    ingest(path)
    (tmp_path / "b").write_bytes(pack(path.read_bytes()))
    assert ingest(tmp_path / "b").received == 0


def test_grown_file_goes_on(lake: LakeFolder, ingest: Ingest, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [*LINES[:3], LINES[0]])
    ingest(path)
    write(path, [*LINES[:3], LINES[0], LINES[3], LINES[0]])
    counts = ingest(path)
    assert (counts.received, counts.stored) == (2, 2)
    assert len(events(lake)) == 6


def test_packed_file_that_has_grown_goes_on(ingest: Ingest, tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(f"{LINES[0]}\n".encode()))
    ingest(path)
    with path.open("ab") as file:
        file.write(gzip.compress(f"{LINES[1]}\n".encode()))
    assert ingest(path).stored == 1


def test_files_that_begin_alike_do_not_double_what_they_share(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    ingest(write(tmp_path / "a.jsonl", [LINES[0], *LINES[1:7]]))
    counts = ingest(write(tmp_path / "b.jsonl", [LINES[0], *LINES[4:]]))
    # Lines 0 and 4 to 6 were there.
    assert (counts.stored, counts.duplicates) == (3, 4)
    assert len(events(lake)) == 10


def test_equal_lines_of_two_servers_are_two_events(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    ingest(write(tmp_path / "a.jsonl", [LINES[0], LINES[2]]))
    counts = ingest(write(tmp_path / "b.jsonl", [LINES[1], LINES[2]]))
    assert (counts.stored, counts.duplicates) == (2, 0)
    assert len(events(lake)) == 4


def test_files_that_only_begin_alike_are_two(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    header = "t,n,u"
    ingest(write(tmp_path / "a.csv", [header]), "shop")
    ingest(write(tmp_path / "b.csv", [header, "2026-11-01,a,u"]), "shop")
    ingest(write(tmp_path / "c.csv", [header, "2026-11-02,b,u", "2026-11-03,c,u"]), "shop")
    assert [event["name"] for event in events(lake, "shop")] == ["a", "b", "c"]


def test_line_without_end_is_taken_and_not_again(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", LINES[:2], end="")
    assert ingest(path).stored == 2
    write(path, LINES[:2])
    assert ingest(path).received == 0
    write(path, LINES[:3])
    assert ingest(path).stored == 1
    assert len(events(lake)) == 3


def test_line_that_was_written_on_is_read_whole(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("t,n,u\n2026-11-01,a,u\n2026-11-02,b,user", "utf-8")
    ingest(path, "shop")
    assert [event["actor_id"] for event in events(lake, "shop")] == ["u", "user"]
    path.write_text("t,n,u\n2026-11-01,a,u\n2026-11-02,b,user7\n2026-11-03,c,x\n", "utf-8")
    ingest(path, "shop")
    assert [event["actor_id"] for event in events(lake, "shop")] == ["u", "user7", "x"]
    # 2 + 2 received and stored, one taken back.
    balance = ledger.balance("shop")["shop"]
    assert (balance.received, balance.stored, balance.is_balanced) == (3, 3, True)


def test_line_with_an_id_of_its_own_that_was_written_on_is_read_whole(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    rules = {"timestamp": "t", "name": "n", "event_id": "e"}
    lake.save_source(define("till", Changes("csv", rules)))
    path = tmp_path / "a.csv"
    for text in ("t,n,e\n2026-11-01,a,e1\n2026-11-02,b,e2", "5\n2026-11-02,c,e3\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
        ingest(path, "till")
    assert [event["event_id"] for event in events(lake, "till")] == ["e1", "e25", "e3"]


def test_half_a_line_is_a_reject_until_the_rest_comes(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", [LINES[0], LINES[1][:20]], end="")
    assert ingest(path).rejected == 1
    (reject,) = ledger.rejects("app")
    assert (reject.line, reject.raw) == (2, LINES[1][:20].encode())
    write(path, LINES[:2])
    assert ingest(path).stored == 1
    assert ledger.n_rejects("app") == 0
    assert len(events(lake)) == 2


def test_standard_input_is_a_file_as_well(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", LINES)
    ingest(path)
    data = path.read_bytes() + f"{line(30)}\n".encode()
    collector = Collector(lake, "app", ledger, clock=lambda: NOW)
    assert collector.ingest(["-"], io.BytesIO(data)).received == 1


def test_lost_ledger_does_not_double(lake: LakeFolder, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", LINES)
    for _ in range(2):
        with Ledger(lake.root / "ledger.db") as ledger:
            Collector(lake, "app", ledger, clock=lambda: NOW).ingest([path])
        (lake.root / "ledger.db").unlink()
    assert len(events(lake)) == 10


def test_large_file_is_known_by_its_beginning_without_the_ledger(
    lake: LakeFolder, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", [line(n % 60, f"n{n}") for n in range(2000)])
    for expected in (2000, 0):
        with Ledger(lake.root / "ledger.db") as ledger:
            counts = Collector(lake, "app", ledger, clock=lambda: NOW).ingest([path])
        assert counts.received == expected
        (lake.root / "ledger.db").unlink()

from __future__ import annotations

import bz2
import errno
import gzip
import io
import threading
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import zstandard
from tests.capture.conftest import NOW, Ingest, events, line

from footfall.capture import opening
from footfall.capture.collector import Collector
from footfall.capture.definition import Changes, define, redefine
from footfall.errors import FileMissing
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable

LINES = [line(second) for second in range(10)]


def write(path: Path, lines: list[str], *, end: str = "\n") -> Path:
    path.write_text("\n".join(lines) + end, "utf-8", newline="")
    return path


def test_events_are_stored_with_what_follows_from_them(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    counts = ingest(write(tmp_path / "a.jsonl", LINES[:1]))
    assert counts.to_dict() == {
        "files": 1,
        "received": 1,
        "stored": 1,
        "duplicates": 0,
        "rejected": 0,
        "mismatched": 0,
    }
    (event,) = events(lake)
    found = {key: event[key] for key in ("name", "distinct_id", "actor_id", "is_bot")}
    assert found == {"name": "a", "distinct_id": "u", "actor_id": "u", "is_bot": False}
    assert event["received_at"] == NOW


def test_equal_lines_are_events_of_their_own(ingest: Ingest, tmp_path: Path) -> None:
    assert ingest(write(tmp_path / "a.jsonl", LINES[:1] * 3)).stored == 3


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


def test_rejects_are_kept_with_place_reason_and_raw_bytes(
    ledger: Ledger, ingest: Ingest, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(f"{LINES[0]}\n\n".encode() + b"\xff{\n" + f"{LINES[1]}\n".encode())
    counts = ingest(path)
    assert (counts.received, counts.stored, counts.rejected) == (3, 2, 1)
    (reject,) = ledger.rejects("app")
    assert (reject.origin, reject.line, reject.code) == (str(path), 3, "malformed")
    assert reject.raw == b"\xff{"
    assert ledger.balance("app")["app"].is_balanced


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"n":"a"}', "missing_timestamp"),
        ('{"t":"x","n":"a"}', "invalid_timestamp"),
        ('{"t":"1066-10-14","n":"a"}', "invalid_timestamp"),
        ('{"t":"2026-11-09","n":"a"}', "invalid_timestamp"),
        ('{"t":"2026-11-01"}', "missing_name"),
        ('{"t":"2026-11-01","n":"' + "a" * 257 + '"}', "invalid_name"),
        ('["2026-11-01", "a"]', "malformed"),
        ("x" * (1024 * 1024 + 1), "too_long"),
        ("x" * (9 * 1024 * 1024), "too_long"),
    ],
)
def test_codes_of_rejects(
    ledger: Ledger, ingest: Ingest, tmp_path: Path, text: str, code: str
) -> None:
    path = write(tmp_path / "a.jsonl", [LINES[0], text, LINES[1], LINES[2]])
    counts = ingest(path)
    assert (counts.stored, counts.rejected) == (3, 1)
    (reject,) = ledger.rejects("app")
    assert (reject.code, reject.line) == (code, 2)
    assert reject.is_cut == (len(text) > 1000)


def test_strict_reading_stops_before_the_first_reject(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", [LINES[0], LINES[1], "bad", LINES[2], "bad"])
    counts = ingest(path, is_strict=True)
    assert (counts.stored, counts.rejected) == (2, 1)
    assert counts.halt is not None
    assert (counts.halt.line, counts.halt.raw) == (3, b"bad")
    assert ledger.n_rejects("app") == 0
    write(path, [*LINES[:2], LINES[5], LINES[2]])
    counts = ingest(path, is_strict=True)
    assert (counts.stored, counts.halt) == (2, None)
    assert len(events(lake)) == 4


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


def test_standard_input_is_a_file_as_well(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", LINES)
    ingest(path)
    data = path.read_bytes() + f"{line(30)}\n".encode()
    collector = Collector(lake, "app", ledger, clock=lambda: NOW)
    assert collector.ingest(["-"], io.BytesIO(data)).received == 1


def test_missing_file_is_told(ingest: Ingest, tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match=r"none\.log"):
        ingest(tmp_path / "none.log")


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


def _fail(*_: object) -> None:
    raise OSError("no space left on device")


def test_progress_adds_up_to_the_size_of_the_file(ingest: Ingest, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", LINES)
    done: list[int] = []
    ingest(path, piece_size=100, on_bytes=done.append)
    assert sum(done) == path.stat().st_size
    done.clear()
    ingest(path, on_bytes=done.append)
    assert sum(done) == path.stat().st_size


def test_dialect_of_csv_is_told_by_the_file(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    for name, mark in (("a", ","), ("b", ";"), ("c", "\t"), ("d", "|")):
        rows = [("t", "n", "u"), ("2026-11-01", name, "x"), ("2026-11-02", name, "y")]
        path = write(tmp_path / f"{name}.csv", [mark.join(row) for row in rows])
        assert ingest(path, "shop").stored == 2
    assert len(events(lake, "shop")) == 8


def test_delimiter_that_is_given_stands(lake: LakeFolder, ingest: Ingest, tmp_path: Path) -> None:
    source = redefine(lake.source("shop"), Changes(options={"delimiter": ","}))
    lake.save_source(source)
    path = write(tmp_path / "a.csv", ["t,n,u;v;w", "2026-11-01,a,x;y;z"])
    # By semicolons there would be three cells in each row, too.
    assert ingest(path, "shop").stored == 1


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


def test_origins_do_not_depend_on_the_folder(
    lake: LakeFolder,
    ledger: Ledger,
    ingest: Ingest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(tmp_path / "a.jsonl", [*LINES[:1], "broken"])
    monkeypatch.chdir(tmp_path)
    ingest(Path("a.jsonl"))
    (reject,) = ledger.rejects("app")
    (file,) = ledger.files("app")
    assert reject.origin == file.path == str((tmp_path / "a.jsonl").resolve())


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

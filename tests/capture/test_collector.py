"""What becomes of the lines of a file: events, counts and rejects."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.capture.conftest import LINES, NOW, Ingest, events, write

from footfall.capture.definition import Changes, redefine
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder


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
    assert reject.origin == str((tmp_path / "a.jsonl").resolve())
    assert {file.path for file in ledger.files("app")} == {reject.origin}

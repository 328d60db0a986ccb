"""Secrets of Footfall in files: they are not kept, and the same file is the same events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.capture.conftest import Ingest, events, write

from footfall.capture.definition import Changes, define
from footfall.capture.pieces import PIECE
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder

REST = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYm9"
assert len(REST) == 43
HIDDEN = REST[8:]
MASKED = "*" * 35
WRITE, LOGIN, CODED = f"ffw_{REST}", f"ffl_{REST}", f"ffw%5F{REST}"
START = "192.0.2.1 - - [01/Nov/2026:10:00:00 +0000]"
LOGS = {
    "combined": [
        f'{START} "GET /v1/events?key={WRITE} HTTP/1.1" 200 1 "-" "curl/8"',
        f'{START} "GET /k/{WRITE}/matomo.php HTTP/1.1" 200 1 "-" "curl/8"',
        f'{START} "GET /a HTTP/1.1" 200 1 "https://stats.example/login?key={LOGIN}" "curl/8"',
        f'{START} "GET /b?next=%2Fk%2F{CODED} HTTP/1.1" 200 1 "-" "curl/8"',
        f'{START} "odd {WRITE}" 200 1 "-" "curl/8"',
        f'192.0.2.1 - {WRITE} [01/Nov/2026:10:00:00 +0000] "GET /c HTTP/1.1" 200 1 "-" "curl/8"',
        f"what is {WRITE}",
    ],
    "iis": [
        "#Fields: date time c-ip cs-uri-stem cs-uri-query cs(Referer)",
        f"2026-11-01 10:00:00 192.0.2.1 /k/{WRITE}/x key={LOGIN} https://a.example/{CODED}",
        f"2026-11-01 10:00:00 {WRITE}",
    ],
    "canonical": [
        json.dumps({"name": "a", "timestamp": "2026-11-01", "url": f"/{WRITE}", "x": [CODED]}),
        json.dumps({"name": "b", "timestamp": WRITE}),
    ],
    "nginx_error": [
        f"2026/11/01 10:00:00 [error] 1#1: *1 no /k/{WRITE}/x, client: 192.0.2.1, "
        f'request: "GET /login?key={LOGIN} HTTP/1.1", referrer: "https://a.example/?k={CODED}"',
        f"what is {WRITE}",
    ],
}


@pytest.mark.parametrize("mapping", LOGS)
def test_no_secret_of_a_file_is_kept(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path, mapping: str
) -> None:
    lake.save_source(define("edge", Changes(mapping)))
    path = write(tmp_path / "a.log", LOGS[mapping])
    counts = ingest(path, "edge")
    assert counts.rejected == 1
    kept = str([event | {"event_id": ""} for event in events(lake, "edge")])
    (reject,) = ledger.rejects("edge")
    assert MASKED in kept
    assert MASKED.encode() in reject.raw
    assert HIDDEN not in kept + reject.reason + reject.raw.decode()
    files = [file for file in lake.root.rglob("*") if file.is_file()]
    assert [file for file in files if HIDDEN.encode() in file.read_bytes()] == []


@pytest.mark.parametrize("mapping", LOGS)
def test_the_same_lines_are_the_same_events(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path, mapping: str
) -> None:
    lake.save_source(define("edge", Changes(mapping)))
    lines = LOGS[mapping]
    first = ingest(write(tmp_path / "a.log", lines), "edge")
    assert first.stored == first.received - 1 > 0
    again = ingest(write(tmp_path / "b.log", ["", *lines]), "edge")
    assert (again.stored, again.duplicates) == (0, first.stored)


def test_events_that_differ_in_a_secret_alone_are_two(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    other = WRITE[:-1] + "x"
    lines = [f'{START} "GET /{key} HTTP/1.1" 200 1 "-" "-"' for key in (WRITE, other)]
    assert ingest(write(tmp_path / "a.log", lines), "web").stored == 2
    assert len({event["path"] for event in events(lake, "web")}) == 1


def test_of_a_record_that_is_too_long_no_part_of_a_secret_is_kept(
    ledger: Ledger, ingest: Ingest, tmp_path: Path
) -> None:
    # The key lies across the end of what is kept of such a record, 64 KiB.
    text = "x" * (64 * 1024 - 31) + "/" + WRITE
    path = write(tmp_path / "a.jsonl", [text + "y" * (PIECE + 10)])
    assert ingest(path).rejected == 1
    (reject,) = ledger.rejects("app")
    assert reject.raw.endswith(WRITE[:12].encode() + b"*" * 18)

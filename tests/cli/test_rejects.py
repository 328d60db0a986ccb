from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

GOOD = '{"name":"buy","timestamp":"2026-11-01T10:00:00Z","user_id":"u1"}'
OTHER = '{"name":"look","when":"2026-11-01T10:00:00Z","user_id":"u1"}'


@pytest.fixture
def path(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(f"{GOOD}\n{OTHER}\n".encode() + b"\xff bad\n")
    assert "2 rejected" in run("ingest", str(path), "-s", "web").stdout
    return path


def test_list_tells_place_and_reason(run: Run, path: Path) -> None:
    rows = json.loads(run("rejects", "list", "--source", "web", "--json").stdout)
    assert [(row["origin"], row["line"], row["code"]) for row in rows] == [
        (str(path), 2, "missing_timestamp"),
        (str(path), 3, "malformed"),
    ]
    assert rows[0]["raw"] == OTHER
    assert "missing_timestamp" in run("rejects").stdout
    assert "missing_timestamp" in run("rejects", "--source", "web").stdout


def test_limit_says_that_there_are_more(run: Run, path: Path) -> None:
    done = run("rejects", "list", "--limit", "1")
    assert "1 of 2 are shown" in done.stderr


def test_unknown_source_is_told(run: Run) -> None:
    assert run("rejects", "list", "--source", "wep").exit_code == 3
    assert run("rejects").stdout == "There are no rejects.\n"


def test_export_as_json_and_as_they_came(run: Run, path: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in run("rejects", "export").stdout.splitlines()]
    assert [row["line"] for row in rows] == [2, 3]
    raw = tmp_path / "raw.txt"
    assert run("rejects", "export", "--raw", "--output", str(raw)).exit_code == 0
    assert raw.read_bytes() == OTHER.encode() + b"\n\xff bad\n"


def test_replay_after_the_mapping_was_mended(run: Run, path: Path) -> None:
    run("source", "set", "web", "--timestamp", "timestamp,when")
    done = json.loads(run("rejects", "replay", "-s", "web", "--json").stdout)
    assert done == {"read": 2, "stored": 1, "duplicates": 0, "rejected": 1}
    assert len(json.loads(run("rejects", "list", "--json").stdout)) == 1
    assert len(json.loads(run("rejects", "list", "--all", "--json").stdout)) == 2
    assert "1 rejects read: 0 stored" in run("rejects", "replay", "-s", "web").stdout

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.server.conftest import run as run_server

from footfall.lake.folder import LakeFolder

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
    assert rows[1]["raw"] == "\\xff bad"
    raw = tmp_path / "raw.txt"
    assert run("rejects", "export", "--raw", "--output", str(raw)).exit_code == 0
    assert raw.read_bytes() == OTHER.encode() + b"\n\xff bad\n"


def test_replay_after_the_mapping_was_mended(run: Run, path: Path) -> None:
    run("source", "set", "web", "--timestamp", "timestamp,when")
    done = json.loads(run("rejects", "replay", "-s", "web", "--json").stdout)
    assert done == {"read": 2, "stored": 1, "duplicates": 0, "rejected": 1}
    assert len(json.loads(run("rejects", "list", "--json").stdout)) == 1
    replayed = json.loads(run("rejects", "list", "--replayed", "yes", "--json").stdout)
    assert [row["line"] for row in replayed] == [2]
    assert len(json.loads(run("rejects", "list", "--replayed", "all", "--json").stdout)) == 2
    assert len(run("rejects", "export", "--replayed", "yes").stdout.splitlines()) == 1
    assert "replayed_at" in run("rejects", "list", "--replayed", "all").stdout
    assert "replayed_at" not in run("rejects").stdout
    assert (
        "1 reject read: 0 stored, 0 duplicates, 1 rejected still"
        in run("rejects", "replay", "-s", "web").stdout
    )


def test_all_doors_tell_the_same_of_a_reject(run: Run, path: Path, lake: LakeFolder) -> None:
    listed = json.loads(run("rejects", "list", "--json").stdout)
    (_, table) = csv.DictReader(io.StringIO(run("rejects", "list", "--csv").stdout))
    exported = run("rejects", "export").stdout_bytes.splitlines()
    with run_server(lake) as server, server.client(server.token()) as client:
        page = client.get("/api/v1/rejects").json()["rejects"]
        lines = client.get("/api/v1/rejects/export").content.splitlines()
    assert lines == exported
    assert page == [json.loads(line) for line in lines]
    assert [list(row) for row in (*listed, table)] == [list(page[0])] * 3
    told = [{**row, "received_at": row["received_at"].replace("+00:00", "Z")} for row in listed]
    assert told == page

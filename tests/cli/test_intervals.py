from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.capture.logfiles.samples import LEARNING
from tests.cli.conftest import Run


@pytest.fixture
def lab(run: Run, tmp_path: Path) -> Run:
    run("source", "add", "lab", "--mapping", "learning", "--timezone", "Europe/Athens")
    path = tmp_path / "lab.log"
    path.write_text(LEARNING + "1 | 02/03/2024 08:00:00 | bert | 192.0.2.8\n", "utf-8")
    assert run("ingest", str(path), "-s", "lab").exit_code == 0
    return run


def test_exercises_with_their_durations(lab: Run) -> None:
    done = lab("intervals", "lab", "exercise", "--range", "all", "--field", "host", "--json")
    (row,) = json.loads(done.stdout)
    assert (row["actor_id"], row["state"]) == ("anna", "complete")
    assert row["start"] == "2024-03-01T08:05:00+02:00"
    assert row["duration"] == 1830.0  # 08:05:00 to 08:35:30
    assert row["properties.exercise"] == "dns-basics"
    assert row["properties.container"] == "c0ffee123456"


def test_sessions_that_did_not_end(lab: Run) -> None:
    done = lab("intervals", "lab", "session", "--range", "all", "--csv")
    lines = [line.split(",") for line in done.stdout.splitlines()]
    assert [(line[1], line[4], line[5]) for line in lines[1:]] == [
        ("anna", "3600.0", "complete"),
        ("bert", "", "no_end"),
    ]
    few = lab("intervals", "lab", "session", "--range", "all", "--limit", "1")
    assert "There are more than 1" in few.stderr
    none = lab("intervals", "lab", "session", "--range", "all", "--where", "properties.kind=7")
    assert none.stdout == "No intervals.\n"


def test_an_interval_that_is_not_there(lab: Run) -> None:
    done = lab("intervals", "lab", "exercize")
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: Source 'lab' has no interval 'exercize'")
    assert "there are session, exercise" in done.stderr
    assert 'footfall source set lab --interval "exercize:START..END"' in done.stderr
    assert "none is declared" in lab("intervals", "web", "x").stderr

from __future__ import annotations

import json

from tests.cli.conftest import Run

from footfall.intake.intake import Intake
from footfall.lake.folder import LakeFolder


def test_many_small_files_become_one_with_the_same_events(run: Run, lake: LakeFolder) -> None:
    intake = Intake.open(lake)
    for batch in range(6):
        intake.append("web", [{"name": "view", "distinct_id": f"{batch}-{n}"} for n in range(5)])
    intake.close()
    assert len(lake.table("web").snapshot().files) >= 2
    result = run("compact", "--force", "--json")
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)
    assert (row["source"], row["n_files_after"], row["n_events"]) == ("web", 1, 30)
    snapshot = lake.table("web").snapshot()
    assert (len(snapshot.files), snapshot.n_rows) == (1, 30)
    # There is nothing left to do.
    (again,) = json.loads(run("compact", "web", "--json").stdout)
    assert again["n_files_before"] == again["n_files_after"] == 1
    assert (again["n_events"], again["n_jobs"], again["is_busy"]) == (30, 0, False)
    assert again["n_bytes_before"] == again["n_bytes_after"] == row["n_bytes_after"] > 0
    assert row["n_files_before"] >= 2
    assert row["n_jobs"] >= 1
    assert list(again) == list(row)
    shown = run("compact", "web")
    table = shown.stdout
    # Without a terminal there is no bar, nor an empty line in its place.
    assert shown.stderr == ""
    assert "files before" in table
    assert "nothing to do" in table
    assert run("doctor").exit_code == 0


def test_an_unknown_source_is_not_compacted(run: Run) -> None:
    assert run("compact", "wbe").exit_code == 3

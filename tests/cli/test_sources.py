from __future__ import annotations

import csv
import io
import json

from tests.cli.conftest import Run

from footfall.intake.intake import Intake
from footfall.lake.folder import LakeFolder


def test_sources_with_what_they_hold(run: Run, lake: LakeFolder) -> None:
    intake = Intake.open(lake)
    intake.append("web", [
        {"name": "a", "distinct_id": "x", "timestamp": "2025-03-01T09:00:00Z"},
        {"name": "b", "distinct_id": "x", "timestamp": "2025-03-02T10:30:00Z"},
    ])  # fmt: skip
    intake.close()
    (row,) = json.loads(run("sources", "--json").stdout)
    assert (row["name"], row["n_events"], row["properties"]) == ("web", 2, {"price": "float"})
    assert (row["first"], row["last"]) == (
        "2025-03-01T09:00:00+00:00",
        "2025-03-02T10:30:00+00:00",
    )
    (shown,) = csv.DictReader(io.StringIO(run("sources", "--csv").stdout))
    # Titles are for people: beside a time zone, a time has to say whose it is.
    assert list(shown) == list(row)
    assert (shown["name"], shown["n_events"], shown["timezone"]) == ("web", "2", "UTC")
    assert (shown["first"], shown["properties"]) == (row["first"], '{"price":"float"}')
    table = run("sources").stdout
    assert "first (UTC)" in table
    assert "2025-03-02 10:30:00" in table


def test_the_columns_of_a_source(run: Run) -> None:
    rows = json.loads(run("sources", "web", "--json").stdout)
    types = {row["name"]: row["type"] for row in rows}
    assert types["timestamp"] == "time"
    assert types["properties.price"] == "float"
    assert "properties" not in types


def test_a_lake_without_sources_says_how_to_add_one(run: Run, lake: LakeFolder) -> None:
    lake.remove_source("web", with_data=True)
    assert "footfall source add NAME" in run("sources").stdout
    assert run("sources", "--json").stdout.strip() == "[]"

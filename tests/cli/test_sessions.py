from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run


@pytest.fixture
def shop(run: Run, tmp_path: Path) -> Run:
    run("source", "add", "shop", "--timezone", "Europe/Berlin")
    # In March an hour behind Berlin. Two sessions of u1, an hour apart, and one of u2.
    events = [
        {"timestamp": "2026-03-01T08:00:00Z", "distinct_id": "u1", "path": "/"},
        {"timestamp": "2026-03-01T08:10:00Z", "distinct_id": "u1", "path": "/cart"},
        {"timestamp": "2026-03-01T09:10:00Z", "distinct_id": "u1", "path": "/again"},
        {"timestamp": "2026-03-02T08:00:00Z", "distinct_id": "u2", "path": "/"},
    ]
    lines = [json.dumps({"event_id": f"e{n}", "name": "view"} | e) for n, e in enumerate(events)]
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    assert run("ingest", str(path), "-s", "shop").exit_code == 0
    return run


def test_sessions_by_every_column(shop: Run) -> None:
    rows = json.loads(shop("sessions", "shop", "--range", "all", "--json").stdout)
    assert [(row["actor_id"], row["number"]) for row in rows] == [("u2", 1), ("u1", 2), ("u1", 1)]
    assert rows[2]["start"] == "2026-03-01T09:00:00+01:00"
    assert (rows[2]["entry_page"], rows[2]["exit_page"], rows[2]["duration"]) == ("/", "/cart", 600)
    assert {"session_id", "entry_utm_source", "browser"} <= rows[0].keys()


def test_conditions_order_and_what_is_left_out(shop: Run) -> None:
    done = shop("sessions", "shop", "--range", "all", "--order", "start", "--limit", "2", "--csv")
    header, *lines = (line.split(",") for line in done.stdout.splitlines())
    assert [line[header.index("entry_page")] for line in lines] == ["/", "/again"]
    assert "There are more than 2" in done.stderr
    cart = shop("sessions", "shop", "--range", "all", "--where", "path=/cart")
    assert "/cart" in cart.stdout
    assert "/again" not in cart.stdout
    none = shop("sessions", "shop", "--range", "all", "--where", "path=/no")
    assert none.stdout == "No sessions.\n"

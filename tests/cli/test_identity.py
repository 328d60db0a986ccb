from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

EVENTS = [
    {"name": "look", "distinct_id": "v1"},
    {"name": "identify", "distinct_id": "anna", "anonymous_id": "v1"},
    {"name": "look", "distinct_id": "ben"},
]


@pytest.fixture(autouse=True)
def events(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    dated = [{**each, "timestamp": f"2026-11-01T10:0{n}:00Z"} for n, each in enumerate(EVENTS)]
    path.write_text("\n".join(map(json.dumps, dated)))
    assert run("ingest", str(path), "-s", "web").exit_code == 0


def actors(run: Run) -> int:
    asked = run("sql", "select count(distinct actor_id) as n from web", "--json")
    return json.loads(asked.stdout)[0]["n"]


def test_show_tells_why(run: Run) -> None:
    shown = run("identity", "show", "web", "v1").stdout
    assert "actor  anna\nids    anna, v1\n" in shown
    assert "       2026-11-01 10:01:00  v1 identified as anna\n" in shown
    known = json.loads(run("identity", "show", "web", "anna", "--json").stdout)
    assert (known["actor_id"], known["ids"]) == ("anna", ["anna", "v1"])


def test_merge_split_and_undo_change_the_numbers(run: Run) -> None:
    assert actors(run) == 2
    run("identity", "merge", "web", "ben", "anna")
    assert actors(run) == 1
    run("identity", "split", "web", "v1")
    assert actors(run) == 2
    run("identity", "undo", "web", "ben")
    assert actors(run) == 3
    assert "split by command line" in run("identity", "show", "web", "v1").stdout


def test_an_id_that_nobody_has_is_said_so(run: Run) -> None:
    for known in ("anna", "v1", "ben"):
        assert run("identity", "show", "web", known).stderr == ""
    assert "No event of web has the id 'bob'" in run("identity", "show", "web", "bob").stderr


def test_undoing_what_nobody_decided_is_said_so(run: Run) -> None:
    assert "Nothing was decided about 'ben'" in run("identity", "undo", "web", "ben").stderr
    run("identity", "merge", "web", "ben", "anna")
    assert run("identity", "undo", "web", "ben").stderr == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("split", "web", "anna"), "Split what joined it: v1"),
        (("merge", "web", "anna", "v1"), "one actor already"),
        (("merge", "web", "anna", "undefined"), "people they do not know"),
    ],
)
def test_what_makes_no_sense_is_told(run: Run, words: tuple[str, ...], told: str) -> None:
    done = run("identity", *words)
    assert done.exit_code == 2
    assert told in done.stderr

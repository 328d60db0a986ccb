"""What the guide asks in four ways is one question."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.lakes import make_lake
from typer.testing import CliRunner

import footfall
from footfall.cli.main import app
from footfall.model.source import Source

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide.md"
SOURCE = Source("app", properties={"plan": "text"})
EVENTS = [
    {
        "timestamp": f"2026-{month:02d}-03T10:00:00Z",
        "distinct_id": who,
        "properties": {"plan": plan},
    }
    for month, who, plan in [
        (1, "u1", "free"),
        (9, "u1", "pro"),
        (10, "u2", "pro"),
        (11, "u2", "pro"),
    ]
]
# Of the plan free one event of one actor; of pro three of two.
EXPECTED = [("free", 1, 1), ("pro", 3, 2)]


def answers(rows: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    """Rows by plan, whatever the way calls it."""
    plans = [row["properties.plan" if "properties.plan" in row else "plan"] for row in rows]
    return sorted(
        (plan, row["events"], row["actors"]) for plan, row in zip(plans, rows, strict=True)
    )


def test_the_same_question_four_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_lake(tmp_path / "footfall", (SOURCE, EVENTS))
    monkeypatch.chdir(tmp_path)
    text = GUIDE.read_text("utf-8").split("The same question four ways:", 1)[1].split("\n## ")[0]
    commands = [
        shlex.split(line) for line in re.findall(r"^    footfall (.*)$", text, re.MULTILINE)
    ]
    query, sql = (next(each for each in commands if each[0] == name) for name in ("query", "sql"))
    for command in (query, [*sql, "--json"]):
        done = CliRunner().invoke(app, command)
        assert answers(json.loads(done.stdout)) == EXPECTED
    sent = json.loads(re.findall(r"^ +'(\{.*\})'$", text, re.MULTILINE)[0])
    with footfall.open("footfall") as lake:
        assert answers(lake.query(sent).to_dicts()) == EXPECTED
    program = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    assert program.count(".to_pandas()") == 1
    scope: dict[str, Any] = {}
    exec(
        program.replace("footfall.open(", "rows = footfall.open(", 1).replace(
            "to_pandas", "to_dicts"
        ),
        scope,
    )
    assert answers(scope["rows"]) == EXPECTED

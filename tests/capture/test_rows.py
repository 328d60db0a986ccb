from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from footfall.capture.presets import PRESETS
from footfall.capture.rows import RowMapper
from footfall.model.source import Mapping, Rule, Source

RULES = {"timestamp": Rule(("t",)), "name": Rule(("n",))}


def mapped(
    *rows: dict[str, Any], is_text: bool = False, timezone: str = "UTC", **mapping: Any
) -> list[dict[str, Any]]:
    fields = RULES | mapping.pop("fields", {})
    source = Source("app", timezone=timezone, mapping=Mapping("json", fields, **mapping))
    filled = [{"t": 0, "n": "a"} | row for row in rows]
    parsed = RowMapper(source, b"k", is_text=is_text).table(filled, np.arange(len(rows)))
    assert parsed.faults == []
    found = parsed.table.to_pylist()
    for row in found:
        row["properties"] = json.loads(row["properties"] or "{}")
    return found


def test_what_no_rule_names_is_in_the_properties() -> None:
    (row,) = mapped({"x": 1, "y": {"z": [True, 1.5]}, "w": None})
    assert row["properties"] == {"x": 1, "y": {"z": [True, 1.5]}}


@pytest.mark.parametrize(
    ("record", "expected", "left"),
    [
        ({"user": {"id": 7, "plan": "pro"}}, "7", {"user": {"plan": "pro"}}),
        ({"user": {"id": "x"}}, "x", {}),
        ({"user.id": "dotted", "user": {"id": "inner"}}, "dotted", {"user": {"id": "inner"}}),
        ({"uid": 1.5}, "1.5", {}),
        ({"uid": True}, "true", {}),
        ({"uid": ["a"]}, '["a"]', {}),
        ({"user": {"id": ""}, "uid": "second"}, "second", {"user": {"id": ""}}),
        ({"user": "text", "uid": "x"}, "x", {"user": "text"}),
        ({}, "nobody", {}),
    ],
)
def test_paths(record: dict[str, Any], expected: str, left: dict[str, Any]) -> None:
    rule = Rule(("user.id", "uid"), constant="nobody")
    (row,) = mapped(record, fields={"distinct_id": rule})
    assert (row["distinct_id"], row["properties"]) == (expected, left)


def test_hashed_value_is_left_nowhere() -> None:
    rule = Rule(("ip", "client.ip"), hashed=True)
    record = {"ip": "192.0.2.1", "client": {"ip": "192.0.2.1", "os": "x"}}
    first, second, nobody = mapped(record, dict(record), {}, fields={"distinct_id": rule})
    assert first["distinct_id"].startswith("h_")
    assert first["distinct_id"] == second["distinct_id"]
    assert nobody["distinct_id"] is None
    assert "192.0.2.1" not in str(first)
    assert first["properties"] == {"client": {"os": "x"}}


def test_dropped_and_renamed_properties() -> None:
    (row,) = mapped(
        {"secret": 1, "a": {"b": 2, "c": 3}, "k": 4},
        drop=("secret", "a.c"),
        properties={"price": "a.b"},
    )
    assert row["properties"] == {"price": 2, "k": 4}


def test_object_of_properties_is_spread() -> None:
    (row,) = mapped({"p": {"x": 1, "y": 2}, "y": 3}, options={"spread": "p"})
    assert row["properties"] == {"x": 1, "y": 3}


def test_flags_are_read_as_such() -> None:
    rule = {"is_bot": Rule(("bot",))}
    rows = mapped({"bot": True}, {"bot": "no"}, {"bot": "dunno"}, {}, fields=rule)
    assert [row["is_bot"] for row in rows] == [True, False, None, None]


def test_faults_name_the_place_of_the_record() -> None:
    mapper = RowMapper(Source("app", mapping=Mapping("json", RULES)), b"k", is_text=False)
    rows: list[dict[str, Any]] = [{"n": "a"}, {"t": 0, "n": "a"}, {"t": 0}, {"t": [], "n": ""}]
    parsed = mapper.table(rows, np.array([3, 5, 8, 9]))
    assert parsed.rows.tolist() == [5]
    assert parsed.faults == [
        (3, "timestamp: the record has no 't'", "missing_timestamp"),
        (8, "name: the record has no 'n'", "missing_name"),
        (9, "timestamp: [] is not a number", "invalid_timestamp"),
    ]


def test_canonical_record() -> None:
    source = replace(Source("app"), mapping=PRESETS["canonical"].mapping)
    record = {
        "event_id": "e1",
        "timestamp": "2026-11-01T00:00:00Z",
        "event": "buy",
        "user_id": "u1",
        "country": "de",
        "plan": "pro",
        "received_at": "2020-01-01",
        "properties": {"price": 2.5},
    }
    parsed = RowMapper(source, b"k", is_text=False).table([record], np.arange(1))
    (row,) = parsed.table.to_pylist()
    found = {key: row[key] for key in ("event_id", "name", "distinct_id", "country")}
    assert found == {"event_id": "e1", "name": "buy", "distinct_id": "u1", "country": "de"}
    assert json.loads(row["properties"]) == {"price": 2.5, "plan": "pro"}

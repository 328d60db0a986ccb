from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_client.encoding import MAX_EVENT, MAX_NAME, Unfit, encode, new_id

NOW = 1_762_000_000_123_456_789


def written(properties: Any = None, **columns: Any) -> dict[str, Any]:
    return json.loads(encode("x", columns, properties, NOW))


def test_an_event_has_an_id_a_time_and_what_was_given() -> None:
    event = written({"plan": "pro"}, distinct_id=42, url="https://a.example/", referrer="")
    assert UUID(event.pop("event_id")).version == 7
    # Microseconds; what is empty is left out, ids are text.
    assert event == {
        "timestamp": 1_762_000_000_123_456,
        "name": "x",
        "distinct_id": "42",
        "url": "https://a.example/",
        "properties": {"plan": "pro"},
    }


def test_ids_are_in_order_of_time_and_never_the_same() -> None:
    ids = [new_id(NOW + n * 1_000_000) for n in range(50)]
    assert ids == sorted(ids)
    assert len({new_id(NOW) for _ in range(1000)}) == 1000
    # 1_762_000_000_123 ms is 0x19a3f94c87b.
    assert new_id(NOW).startswith(f"{NOW // 1_000_000:012x}"[:8])


def test_given_ids_and_times_are_kept() -> None:
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    event = written(event_id="mine", timestamp=moment)
    assert (event["event_id"], event["timestamp"]) == ("mine", "2026-11-01T12:00:00+00:00")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, None),
        ([1.5, math.inf], [1.5, None]),
        ("a\0b", "ab"),
        ("\\u0000 as text", "\\u0000 as text"),
        ("half \ud83d of one", "half ? of one"),
        ("whole 😀", "whole 😀"),
        (date(2026, 11, 1), "2026-11-01"),
        (Decimal("1.50"), "1.50"),
        ({1: {2}}, {"1": [2]}),
        ((1, "a"), [1, "a"]),
        (ValueError("why"), "why"),
    ],
)
def test_odd_values_are_put_right(value: object, expected: object) -> None:
    assert written({"value": value})["properties"] == {"value": expected}


def test_what_holds_itself_ends_somewhere() -> None:
    ring: dict[str, Any] = {}
    ring["ring"] = ring
    assert "…" in json.dumps(written(ring), ensure_ascii=False)


def test_what_the_host_changes_later_changes_nothing() -> None:
    properties = {"items": [1]}
    line = encode("x", {}, properties, NOW)
    properties["items"].append(2)
    assert json.loads(line)["properties"] == {"items": [1]}


@pytest.mark.parametrize("name", ["", None, 7])
def test_an_event_needs_a_name(name: Any) -> None:
    with pytest.raises(Unfit, match="name of an event"):
        encode(name, {}, None, NOW)


def test_long_names_are_cut_and_long_events_refused() -> None:
    assert len(json.loads(encode("n" * 999, {}, None, NOW))["name"]) == MAX_NAME
    with pytest.raises(Unfit, match=f"allowed are {MAX_EVENT}"):
        encode("x", {}, {"text": "a" * MAX_EVENT}, NOW)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), ANY, max_size=3))
def test_whatever_comes_is_one_line_of_json_without_nul(properties: dict[str, Any]) -> None:
    line = encode("x", {}, properties, NOW)
    assert b"\n" not in line
    text = json.dumps(json.loads(line, parse_constant=pytest.fail), ensure_ascii=False)
    assert "\\u0000" not in text.replace("\\\\", "")
    text.encode()

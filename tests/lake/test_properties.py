"""Declared properties leave the JSON by strict casts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.lake.properties import cast_property, declare
from footfall.model.source import Source

SOURCE = Source(
    "web",
    properties={"price": "float", "n": "int", "ok": "bool", "at": "time", "plan.tier": "text"},
)


def declared(*texts: str | None, source: Source = SOURCE) -> tuple[list[dict[str, Any]], int]:
    table, n_mismatched = declare(pa.table({"properties": pa.array(texts, pa.string())}), source)
    return table.to_pylist(), n_mismatched


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        (b'"a"', "text", "a"),
        (b"1", "text", None),
        (b"3", "int", 3),
        (b"3.0", "int", 3),
        (b"3e2", "int", 300),
        (b"3.5", "int", None),
        (b"true", "int", None),
        (b'"3"', "int", None),
        (b"9223372036854775807", "int", 2**63 - 1),
        (b"9223372036854775808", "int", None),
        (b"-9223372036854775808", "int", -(2**63)),
        (b"3", "float", 3.0),
        (b"-0.5", "float", -0.5),
        (b'"0.5"', "float", None),
        (b"false", "float", None),
        (b"1e400", "float", None),
        (b"true", "bool", True),
        (b"false", "bool", False),
        (b"1", "bool", None),
        (b'"1970-01-01T00:00:01Z"', "time", 1_000_000),
        (b'"1970-01-01T01:00:00.25+01:00"', "time", 250_000),
        (b'"1970-01-02"', "time", 86_400_000_000),
        (b'"1901-01-01"', "time", -2_177_452_800_000_000),
        (b'"2298-12-31"', "time", 10_382_169_600_000_000),
        *((year, "time", None) for year in (b'"1900-12-31"', b'"2299-01-01"', b'"9999-12-31"')),
        (b'"1970-01-01 00:00"', "time", 0),
        (b'"19700101"', "time", None),
        (b'"1970-02-30"', "time", None),
        (b"0", "time", None),
        (b"null", "text", None),
        (b"{}", "text", None),
        (b"[1]", "int", None),
    ],
)
def test_casts_are_strict(raw: bytes, kind: Any, value: Any) -> None:
    assert cast_property(raw, kind) == value


def test_values_leave_the_json_and_the_rest_stays_as_it_was_written() -> None:
    rows, n_mismatched = declared('{"price":3,"x":1.0,"big":123456789012345678901234567890}')
    assert n_mismatched == 0
    assert rows[0]["p_price"] == 3.0
    assert rows[0]["properties"] == '{"x":1.0,"big":123456789012345678901234567890}'


def test_an_object_that_becomes_empty_goes() -> None:
    rows, _ = declared('{"n":1}', '{"plan":{"tier":"b"}}', '{"plan":{"tier":"b","z":1}}')
    assert [row["properties"] for row in rows] == [None, None, '{"plan":{"z":1}}']
    assert [row["p_plan_tier"] for row in rows] == [None, "b", "b"]


def test_the_key_itself_comes_before_its_dots() -> None:
    rows, _ = declared('{"plan.tier":"flat","plan":{"tier":"deep"}}')
    assert rows[0]["p_plan_tier"] == "flat"
    assert rows[0]["properties"] == '{"plan":{"tier":"deep"}}'


@pytest.mark.parametrize(
    ("text", "value", "left", "n_wrong"),
    [
        ('{"plan.tier":1,"plan":{"tier":"y"}}', "y", '{"plan.tier":1}', 0),
        ('{"plan.tier":null,"plan":{"tier":"y"}}', "y", None, 0),
        ('{"plan.tier":1,"plan":{"tier":2}}', None, '{"plan.tier":1,"plan":{"tier":2}}', 1),
        ('{"plan.tier":1,"plan":{"tier":null}}', None, '{"plan.tier":1}', 1),
        ('{"plan.tier":1,"plan":"y"}', None, '{"plan.tier":1,"plan":"y"}', 1),
        ('{"plan.tier":null,"plan":{"tier":null}}', None, None, 0),
    ],
)
def test_what_does_not_fit_under_the_key_is_looked_up_along_its_dots(
    text: str, value: str | None, left: str | None, n_wrong: int
) -> None:
    rows, n_mismatched = declared(text)
    assert (rows[0]["p_plan_tier"], rows[0]["properties"], n_mismatched) == (value, left, n_wrong)


def test_a_mismatch_stays_and_is_counted_for_every_event() -> None:
    # Two events share a JSON with two mismatches each, one has one: 5.
    rows, n_mismatched = declared(
        '{"n":"1","price":true}', '{"n":"1","price":true}', '{"n":2.5}', '{"n":null}', None
    )
    assert n_mismatched == 5
    assert [row["p_n"] for row in rows] == [None] * 5
    assert [row["properties"] for row in rows] == [
        '{"n":"1","price":true}',
        '{"n":"1","price":true}',
        '{"n":2.5}',
        None,
        None,
    ]


def test_a_column_that_is_filled_keeps_its_value_and_the_json_its_own() -> None:
    table = pa.table({"properties": ['{"n":1}', '{"n":1}'], "p_n": pa.array([7, None], pa.int64())})
    after, _ = declare(table, Source("web", properties={"n": "int"}))
    assert after.to_pylist() == [
        {"properties": '{"n":1}', "p_n": 7},
        {"properties": None, "p_n": 1},
    ]


def test_keys_written_with_escapes_are_found() -> None:
    rows, _ = declared('{"\\u006e":4}')
    assert rows[0]["p_n"] == 4


def test_text_that_is_no_object_stays() -> None:
    rows, n_mismatched = declared("[1]", '{"n":', '"n"')
    assert [row["properties"] for row in rows] == ["[1]", '{"n":', '"n"']
    assert n_mismatched == 0


def test_times_are_read_as_utc() -> None:
    rows, _ = declared('{"at":"2026-11-03T12:00:00+02:00"}')
    assert rows[0]["p_at"] == datetime(2026, 11, 3, 10, tzinfo=UTC)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b", "a.b", "c"]), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "a.b", "c"]), VALUES), max_size=5))
def test_what_leaves_the_json_is_in_a_column(objects: list[dict[str, Any]]) -> None:
    source = Source("web", properties={"a.b": "int", "c": "text"})
    rows, n_mismatched = declared(*(json.dumps(item) for item in objects), source=source)
    expected = [_expected(item) for item in objects]
    assert [(row["p_a_b"], row["p_c"]) for row in rows] == [item[0] for item in expected]
    assert n_mismatched == sum(item[1] for item in expected)
    again, _ = declare(pa.Table.from_pylist(rows, schema=_schema(source)), source)
    assert again.to_pylist() == rows


def _schema(source: Source) -> pa.Schema:
    empty, _ = declare(pa.table({"properties": pa.array([], pa.string())}), source)
    return empty.schema


def _expected(item: dict[str, Any]) -> tuple[tuple[int | None, str | None], int]:
    """The plain way to the same: look up, test the type."""
    inner = item.get("a")
    deep = inner.get("b") if isinstance(inner, dict) else None
    numbers = [value for value in (item.get("a.b"), deep) if value is not None]
    text = item.get("c")
    whole = next(filter(_is_whole, numbers), None)
    kept = text if isinstance(text, str) else None
    n_wrong = int(bool(numbers) and whole is None) + int(text is not None and kept is None)
    return (None if whole is None else int(whole), kept), n_wrong


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value == int(value) and -(2**63) <= value < 2**63

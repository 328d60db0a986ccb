"""A declared property has one value, whether it is read out of the JSON or out of its column."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.engines.columns import paths_of
from footfall.engines.duckdb_dialect import DuckDBDialect
from footfall.lake.properties import declare
from footfall.model.source import PropertyType, Source, property_column

KEYS = ("a", "b", "a.b", "a.b.a")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.sampled_from([0.5, 3.0, -2.25])
    | st.sampled_from(["", "y", "1", "2026-11-03", "2026-11-03T12:00:00+02:00", "2026-02-30"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4)


def read_by_query(texts: list[str], key: str, kind: PropertyType) -> list[Any]:
    """What a query reads before any file has the column."""
    dialect = DuckDBDialect()
    values = [dialect.json_typed("properties", path, kind) for path in paths_of(key)]
    value = f"coalesce({', '.join(values)}, NULL)"
    value = dialect.epoch_us(value) if kind == "time" else value
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        db.register("kept", pa.table({"place": range(len(texts)), "properties": texts}))
        rows = db.execute(f"SELECT {value} FROM kept ORDER BY place").fetchall()
    return [row[0] for row in rows]


def read_by_rewrite(texts: list[str], key: str, kind: PropertyType) -> list[Any]:
    """What stands in the column after a rewrite."""
    table = pa.table({"properties": pa.array(texts, pa.string())})
    after, _ = declare(table, Source("web", properties={key: kind}))
    column = after[property_column(key)]
    return (column.cast(pa.int64()) if kind == "time" else column).to_pylist()


@pytest.mark.parametrize("kind", ["text", "int", "float", "bool", "time"])
@pytest.mark.parametrize("key", ["a", "a.b", "a.b.a"])
def test_keys_that_clash_read_alike(key: str, kind: PropertyType) -> None:
    flat, deep = '"a.b":1,"a.b.a":1,', '{"b":{"a":"y"}}'
    texts = [
        '{"a.b":1,"a":{"b":"y"}}',
        '{"a.b":"y","a":{"b":1}}',
        '{"a.b":null,"a":{"b":true}}',
        '{"a.b":"2026-11-03","a":{"b":"2026-11-04"}}',
        f'{{{flat}"a":{deep}}}',
    ]
    assert read_by_query(texts, key, kind) == read_by_rewrite(texts, key, kind)


@given(
    st.lists(OBJECTS, min_size=1, max_size=5),
    st.sampled_from(["a", "a.b", "a.b.a"]),
    st.sampled_from(["text", "int", "float", "bool", "time"]),
)
def test_a_rewrite_changes_no_answer(
    objects: list[dict[str, Any]], key: str, kind: PropertyType
) -> None:
    texts = [json.dumps(item) for item in objects]
    assert read_by_query(texts, key, kind) == read_by_rewrite(texts, key, kind)

"""Batches are brought into the schema of the source."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from tests.lake.conftest import batch, event

from footfall.errors import LakeError
from footfall.lake.schema import arrow_schema, conform, day_of, table_schema
from footfall.model.event import COLUMNS
from footfall.model.source import Source

SOURCE = Source("web", properties={"price": "float", "plan.tier": "text"})


def test_the_schema_is_canonical_columns_then_declared_ones() -> None:
    names = arrow_schema(SOURCE).names
    assert names == [*(column.name for column in COLUMNS), "p_price", "p_plan_tier"]
    assert table_schema(SOURCE).names == ["day", *names]


def test_missing_columns_become_null_and_others_are_cast() -> None:
    rows = batch(event("a"))
    place = rows.column_names.index("name")
    encoded = rows.set_column(place, "name", rows["name"].dictionary_encode())
    shaped = conform(encoded, arrow_schema(SOURCE))
    assert shaped.schema == arrow_schema(SOURCE)
    assert shaped["name"].to_pylist() == ["page_view"]
    assert shaped["country"].null_count == 1


def test_an_unknown_column_is_refused_by_name() -> None:
    with pytest.raises(LakeError, match="p_qty"):
        conform(batch(event("a", p_qty=1)), arrow_schema(SOURCE))


def test_a_null_in_a_required_column_is_refused() -> None:
    with pytest.raises(LakeError, match="'actor_id' is null in 1 of 2"):
        conform(batch(event("a"), event("b", actor_id=None)), arrow_schema(SOURCE))


def test_a_missing_required_column_is_refused() -> None:
    with pytest.raises(LakeError, match="lacks the required column 'name'"):
        conform(batch(event("a")).drop_columns(["name"]), arrow_schema(SOURCE))


def test_the_day_is_that_of_utc() -> None:
    times = [
        datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 2, tzinfo=UTC),
        datetime(1969, 12, 31, 23, tzinfo=UTC),
    ]
    table = pa.table({"timestamp": pa.array(times, pa.timestamp("us", "UTC"))})
    assert day_of(table).to_pylist() == [date(2026, 3, 1), date(2026, 3, 2), date(1969, 12, 31)]

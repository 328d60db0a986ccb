from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from footfall.engines.arrow import unified


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1], pa.uint64()), pa.array([1], pa.int64())),
        (pa.array([1], pa.int8()), pa.array([1], pa.int64())),
        (pa.array([0.5], pa.float32()), pa.array([0.5], pa.float64())),
        (pa.array([Decimal(3)], pa.decimal128(38, 0)), pa.array([3], pa.int64())),
        (pa.array([Decimal("1.5")], pa.decimal128(5, 1)), pa.array([1.5], pa.float64())),
        (pa.array(["x"], pa.large_string()), pa.array(["x"], pa.string())),
        (pa.array(["x"]).dictionary_encode(), pa.array(["x"], pa.string())),
        (pa.array([[1]], pa.list_(pa.int8())), pa.array([[1]], pa.list_(pa.int64()))),
        (pa.array([{"a": 1}], pa.struct([("a", pa.int8())])),
         pa.array([{"a": 1}], pa.struct([("a", pa.int64())]))),
        (pa.array([True]), pa.array([True])),
        (pa.array([None], pa.null()), pa.array([None], pa.null())),
    ],
)  # fmt: skip
def test_each_kind_of_value_has_one_type(column, expected):
    assert unified(pa.table({"a": column}))["a"].combine_chunks().equals(expected)


def test_times_are_microseconds_in_utc():
    time = datetime(2026, 11, 1, tzinfo=UTC)
    column = pa.array([time], pa.timestamp("ns", "Etc/UTC"))
    table = unified(pa.table({"a": column}))
    assert table["a"].type == pa.timestamp("us", "UTC")
    assert table["a"].to_pylist() == [time]


def test_a_sum_beyond_64_bits_is_a_float():
    column = pa.array([Decimal(2**70)], pa.decimal128(38, 0))
    assert unified(pa.table({"a": column}))["a"].to_pylist() == [float(2**70)]


def test_columns_are_nullable_and_names_may_repeat():
    table = pa.Table.from_arrays(
        [pa.array([1]), pa.array([2])],
        schema=pa.schema([pa.field("a", pa.int64(), nullable=False), pa.field("a", pa.int64())]),
    )
    found = unified(table)
    assert found.column_names == ["a", "a"]
    assert all(field.nullable for field in found.schema)

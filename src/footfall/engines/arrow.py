"""Answers of every engine in the same Arrow types, so that they compare equal."""

from __future__ import annotations

import pyarrow as pa

_TIME = pa.timestamp("us", tz="UTC")


def unified(table: pa.Table) -> pa.Table:
    """The table with one type per kind of value, every column nullable.

    Whole numbers become int64, fractions float64, text string, times timestamp[us, UTC],
    dates date32; lists and structs likewise inside.

    >>> unified(pa.table({"n": pa.array([1], pa.uint8())})).schema.field("n").type
    DataType(int64)
    """
    columns = [_unified(column) for column in table.columns]
    fields = [
        pa.field(name, column.type)
        for name, column in zip(table.column_names, columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _unified(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = unified_type(column.type)
    if column.type == kind:
        return column
    if pa.types.is_decimal(column.type) and pa.types.is_integer(kind):
        return _whole(column)
    # Nanoseconds are the only digits that a wider type cannot hold.
    return column.cast(kind, safe=not pa.types.is_timestamp(kind))


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Sums of whole numbers come as decimals; one beyond 64 bits is shown as a float."""
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column.cast(pa.float64())


def unified_type(kind: pa.DataType) -> pa.DataType:
    """The one type that stands for this kind of value."""
    if pa.types.is_decimal(kind):
        return pa.int64() if kind.scale == 0 else pa.float64()
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind):
        return pa.float64()
    if pa.types.is_timestamp(kind):
        return _TIME if kind.tz is not None else pa.timestamp("us")
    if pa.types.is_dictionary(kind):
        return unified_type(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return _nested(kind)


def _nested(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(unified_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(item.name, unified_type(item.type)) for item in kind])
    return kind

"""Canonical columns as an Arrow schema, and how a batch is brought into that shape."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from footfall.errors import LakeError
from footfall.model.event import COLUMNS, PARTITION
from footfall.model.source import Source

ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "text": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}

DAY: Final = PARTITION.name


def arrow_schema(source: Source) -> pa.Schema:
    """Schema of a batch of this source: canonical columns, then one per declared property.

    The partition column `day` is not part of it: the lake derives it from `timestamp`.
    """
    return pa.schema([*_CANONICAL, *property_fields(source)])


def table_schema(source: Source) -> pa.Schema:
    """Schema of the source's table: that of a batch, with `day` in front."""
    day = pa.field(DAY, ARROW_TYPES["date"], nullable=False)
    return pa.schema([day, *arrow_schema(source)])


def property_fields(source: Source) -> list[pa.Field]:
    """Fields of the declared properties, in the order they were declared."""
    columns = source.property_columns()
    return [pa.field(columns[key], ARROW_TYPES[kind]) for key, kind in source.properties.items()]


def conform(batch: pa.Table, schema: pa.Schema) -> pa.Table:
    """The batch with exactly the columns of `schema`: cast, ordered, nulls where missing.

    Dictionary-encoded and large text columns become plain text. Raises `LakeError` for a
    column that the schema does not know, and for a null where one is not allowed.
    """
    unknown = set(batch.column_names) - set(schema.names)
    if unknown:
        raise LakeError(
            f"Batch has columns {sorted(unknown)} that the table does not have: declare them "
            "as properties of the source, or put them into `properties`."
        )
    return pa.Table.from_arrays([_column(batch, field) for field in schema], schema=schema)


def day_of(events: pa.Table) -> pa.ChunkedArray:
    """UTC date of each event's `timestamp`: the partition it belongs to."""
    return pc.cast(events["timestamp"], ARROW_TYPES["date"], safe=False)


def _column(batch: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    if field.name not in batch.column_names:
        if not field.nullable and batch.num_rows:
            raise LakeError(f"Batch lacks the required column {field.name!r}.")
        return pa.nulls(batch.num_rows, field.type)
    values = batch[field.name]
    if not field.nullable and values.null_count:
        raise LakeError(
            f"Column {field.name!r} is null in {values.null_count} of {batch.num_rows} events; "
            "it must have a value in every one."
        )
    return values if values.type == field.type else values.cast(field.type)


_CANONICAL: Final[list[pa.Field]] = [
    pa.field(column.name, ARROW_TYPES[column.type], nullable=not column.is_required)
    for column in COLUMNS
]
